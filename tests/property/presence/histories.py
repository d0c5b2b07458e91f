"""Random histories of a small site, and a controller around the fold that stores, loses power and starts again.

The controller here is a model of the real one's transactions: rows, priors, tally table, cut and marker in dicts.
"""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import strategies as st

from contract.clock import NS_PER_S
from contract.events import AnyEvent
from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, AreaId, EdgeId, Epoch, HolderId
from contract.periods import HOUR_S
from controller.domain.presence import intake
from controller.domain.presence.answer import Answer
from controller.domain.presence.bounds import Headcount
from controller.domain.presence.declared import Declared
from controller.domain.presence.fold import NEVER, Presence
from controller.domain.presence.forgotten import Forgotten
from controller.domain.presence.layout import Layout
from controller.domain.presence.restore import Restoration
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.tallies import Tally, TallyKind

START_S = 500_000 * HOUR_S
KEEP_S = 24 * HOUR_S
MARGIN_S = 60
SETTLE_S = 900
YARD, HOUSE = AreaId("yard"), AreaId("house")
WAYS: dict[str, tuple[AreaId, AreaId]] = {
    "yard-in": (OUTSIDE, YARD),
    "yard-out": (YARD, OUTSIDE),
    "house-in": (YARD, HOUSE),
    "house-out": (HOUSE, YARD),
    "garage-out": (HOUSE, OUTSIDE),
    "yard-here": (ANYWHERE, YARD),
    "yard-seen": (ANYWHERE, YARD),
    "house-seen": (ANYWHERE, HOUSE),
}
SEEN = {"yard-seen", "house-seen"}
"""No access points: an officer reconfirms a holder there."""
POINTS = {AccessPointId(way): between for way, between in WAYS.items() if way not in SEEN}
PLAIN = Layout({YARD: 1000, HOUSE: None}, POINTS, Declared())
LAYOUT = Layout(
    {YARD: 1000, HOUSE: None},
    POINTS,
    Declared(),
    clock_errors_ns={EdgeId(f"gate-{way}"): 40 * NS_PER_S for way in ("yard-in", "yard-out", "house-in", "house-out")},
)
"""Passages of one minute at the first four come near to each other: their order is told by what fits."""
EPOCH = Epoch(bytes(16))


@dataclass(frozen=True)
class Passing:
    """One grant and what became of it; times in seconds, `after_s` and `delay_s` per record."""

    at_s: int
    holder: str
    way: str
    outcome: str | None = None
    after_s: int = 1
    delay_s: int = 0
    outcome_delay_s: int = 0


@dataclass(frozen=True)
class Record:
    """What arrives at a controller, and when."""

    stamp: Stamp
    period_s: int
    arrives_s: int
    holder: str = ""
    way: str = ""
    outcome: str = ""
    grant_number: int = 0
    event: AnyEvent | None = None

    @property
    def occurred_s(self) -> int:
        return self.stamp.occurred_ns // NS_PER_S


def period_of(at_s: int) -> int:
    return at_s // HOUR_S * HOUR_S


def dies_s(period_s: int) -> int:
    return period_s + KEEP_S - MARGIN_S


def passings(hours: int = 60, most: int = 12, longest_delay_s: int = 20 * HOUR_S) -> st.SearchStrategy[list[Passing]]:
    """Return histories: any holder at any reader at any time, seen through or not, delivered late or not."""
    delay = st.one_of(st.just(0), st.integers(0, longest_delay_s))
    one = st.builds(
        Passing,
        at_s=st.integers(0, hours * 60).map(lambda minute: minute * 60),
        holder=st.sampled_from(["ann", "bob", "cem"]),
        way=st.sampled_from(sorted(WAYS)),
        outcome=st.sampled_from([None, "taken", "not-taken"]),
        after_s=st.integers(1, SETTLE_S - 1),
        delay_s=delay,
        outcome_delay_s=delay,
    )
    return st.lists(one, max_size=most)


def records_of(history: list[Passing]) -> list[Record]:
    """Return the records of a history in stamp order; one edge for each access point, numbers and stamps rising."""
    moments: list[tuple[int, int, Passing, str]] = []
    for index, passing in enumerate(history):
        moments.append((START_S + passing.at_s, index, passing, ""))
        if passing.outcome and passing.way not in SEEN:
            moments.append((START_S + passing.at_s + passing.after_s, index, passing, passing.outcome))
    moments.sort(key=lambda m: (m[0], m[3] != "", m[1]))
    numbers: Counter[str] = Counter()
    grants: dict[int, int] = {}
    records = []
    for nth, (at_s, index, passing, outcome) in enumerate(moments):
        numbers[passing.way] += 1
        number = numbers[passing.way]
        delay_s = passing.outcome_delay_s if outcome else passing.delay_s
        stamp = Stamp(at_s * NS_PER_S + nth, EdgeId(f"gate-{passing.way}"), EPOCH, number)
        if outcome:
            records.append(Record(stamp, period_of(at_s), at_s + delay_s, outcome=outcome, grant_number=grants[index]))
        else:
            grants[index] = number
            records.append(Record(stamp, period_of(at_s), at_s + delay_s, passing.holder, passing.way))
    return records


@dataclass
class Controller:
    """The fold and its store; each act is one transaction."""

    layout: Layout = LAYOUT
    presence: Presence = field(init=False)
    rows: dict[Stamp, Record] = field(default_factory=dict)
    priors: dict[Stamp, tuple[AreaId, int]] = field(default_factory=dict)
    table: Counter[tuple[TallyKind, AreaId, int, AreaId]] = field(default_factory=Counter)
    closed_s: int = NEVER
    cut_ns: int = 0
    overstays: int = 0

    def __post_init__(self) -> None:
        self.presence = Presence(self.layout)

    def deliver(self, record: Record) -> Answer | None:
        answer = offer(self.presence, record)
        if answer is Answer.FOLDED:
            self.rows[record.stamp] = record
        return answer

    def close(self, closed_s: int) -> Forgotten:
        forgotten = self.presence.close_period(closed_s)
        self.closed_s = closed_s
        self._commit(forgotten)
        return forgotten

    def advance_cut(self, cut_ns: int) -> Forgotten:
        forgotten = self.presence.advance_cut(cut_ns)
        self.cut_ns = self.presence.cut_ns
        self._commit(forgotten)
        return forgotten

    def _commit(self, forgotten: Forgotten) -> None:
        for stamp in forgotten.records:
            del self.rows[stamp]
            self.priors.pop(stamp, None)
        for prior in forgotten.priors:
            self._store_prior(prior.stamp, prior.area, prior.left_ns)
        for tally in forgotten.tallies:
            self.table[tally.kind, tally.area, tally.period_s, tally.part] += tally.amount
        self.overstays += forgotten.overstays

    def _store_prior(self, stamp: Stamp, area: AreaId | None, left_ns: int) -> None:
        assert stamp in self.rows, "a prior lies beside a row, and goes with it"
        if area is None:
            del self.priors[stamp]
        else:
            self.priors[stamp] = area, left_ns

    def restart(self) -> None:
        table = [Tally(*key[:3], amount, key[3]) for key, amount in self.table.items()]
        again = Restoration(self.layout, table, closed_s=self.closed_s, cut_ns=self.cut_ns)
        for record in self.rows.values():
            offer(again, record)
        for stamp, (area, left_ns) in self.priors.items():
            again.prior(stamp, area, left_ns)
        self.presence = again.done()

    def figures(self) -> dict[AreaId, Headcount]:
        return self.presence.headcounts()

    def stored(self) -> tuple[object, ...]:
        return set(self.rows), dict(self.priors), +self.table, self.closed_s, self.cut_ns, self.overstays


def offer(fold: Presence | Restoration, record: Record) -> Answer | None:
    """Hand a record to a fold."""
    if record.event is not None:
        if isinstance(fold, Restoration):
            assert intake.restore(fold, record.stamp, record.event, record.period_s)
            return None
        return intake.fold(fold, record.stamp, record.event, record.period_s)
    if record.outcome == "taken":
        return fold.taken(record.stamp, record.grant_number, record.period_s)
    if record.outcome == "not-taken":
        return fold.not_taken(record.stamp, record.grant_number, record.period_s)
    if record.way in SEEN:
        return fold.reconfirmed(record.stamp, HolderId(record.holder), WAYS[record.way][1], record.period_s)
    return fold.granted(record.stamp, HolderId(record.holder), AccessPointId(record.way), record.period_s)


@dataclass(frozen=True)
class Act:
    """What a controller does at one moment: which records have come since the last, then close, then cut."""

    now_s: int
    arrived: tuple[Record, ...]
    closed_s: int
    cut_ns: int


def timeline(records: list[Record], step_s: int = 2 * HOUR_S) -> list[Act]:
    """Return the acts of a controller that every `step_s` closes what is due and moves the cut as rule 6 allows.

    Records that arrive past their key are left out: nobody can open them.
    """
    live = sorted((r for r in records if r.arrives_s < dies_s(r.period_s)), key=lambda r: r.arrives_s)
    if not live:
        return []
    end_s = max(r.occurred_s for r in live) + KEEP_S + 2 * HOUR_S
    acts = []
    now_s = START_S
    while now_s < end_s:
        before_s, now_s = now_s, now_s + step_s
        arrived = tuple(r for r in live if before_s <= r.arrives_s < now_s)
        coming = [r.occurred_s for r in live if r.arrives_s >= now_s]
        cut_s = min([now_s, *coming]) - SETTLE_S
        closed_s = (now_s - KEEP_S + MARGIN_S) // HOUR_S * HOUR_S
        while dies_s(closed_s) > now_s:
            closed_s -= HOUR_S
        acts.append(Act(now_s, arrived, closed_s, cut_s * NS_PER_S))
    return acts
