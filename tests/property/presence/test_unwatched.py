"""Doubts beside what was read: more of them never narrows, order changes nothing, and usual flows hold what comes."""

from datetime import UTC
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.clock import NS_PER_S
from contract.events import AnyEvent, DoorClosed, DoorForced, DoorHeld, FireRelease, FreeExit, PassageWithoutGrant
from contract.ids import AccessPointId, EdgeId, Epoch, PortalId
from contract.periods import HOUR_S
from controller.domain.presence.bounds import estimate
from controller.domain.presence.declared import Declared
from controller.domain.presence.doubts import Doubt
from controller.domain.presence.flows import HOURS_OF_WEEK, Flows
from controller.domain.presence.openings import Openings
from controller.domain.presence.reason import Reason
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.tallies import Counts, Sums
from tests.conftest import EFFORT, Effort

FEW = st.integers(0, 40)
COUNTS = st.builds(Counts, *(FEW for _ in Counts._fields))
SECONDS = st.integers(0, 10**9)
SUMS = st.builds(
    Sums,
    *(st.integers(0, 200), COUNTS, COUNTS, COUNTS, COUNTS),
    unfound=FEW,
    readable_s=SECONDS,
    unnamed_s=SECONDS,
    by_word=st.integers(-40, 40),
    beyond=FEW,
    beside=FEW,
)
RATES = st.sampled_from([0.0, 0.02, 0.2])
DECLARED = st.builds(
    Declared, longest_stay_s=st.sampled_from([None, 72 * HOUR_S]), missed_exits=RATES, missed_entries=RATES
)
DOUBT = st.builds(
    Doubt,
    st.sampled_from(Reason),
    FEW,
    FEW,
    st.integers(0, 9),
    st.sampled_from(["", "north"]),
    is_bounded=st.booleans(),
    unnamed=st.integers(0, 9),
)
DOUBTS = st.lists(DOUBT, max_size=5)
TRIALS = 20_000 if EFFORT is Effort.FULL else 300


@given(SUMS, DECLARED, DOUBTS, DOUBTS, st.one_of(st.none(), FEW))
@settings(max_examples=100, deadline=None)
def test_more_doubt_never_narrows(
    sums: Sums, declared: Declared, doubts: list[Doubt], more: list[Doubt], capacity: int | None
) -> None:
    less_wide, wide = (estimate(sums, declared, capacity, each) for each in (doubts, doubts + more))
    assert wide.lowest <= less_wide.lowest <= less_wide.highest <= wide.highest
    assert wide.best == less_wide.best
    assert wide.unknown or not less_wide.unknown


@given(SUMS, DECLARED, DOUBTS)
@settings(max_examples=100, deadline=None)
def test_each_difference_between_the_figures_has_its_cause(sums: Sums, declared: Declared, doubts: list[Doubt]) -> None:
    figures = estimate(sums, declared, None, doubts)
    assert 0 <= figures.lowest <= figures.best <= figures.highest
    more, fewer = (sum(getattr(cause, way) for cause in figures.causes) for way in ("more", "fewer"))
    there = figures.named + figures.beside
    assert figures.highest == max(figures.best, there + more)
    assert figures.lowest == min(figures.best, max(0, there - fewer))
    assert all(cause.up_to > 0 or not cause.is_bounded for cause in figures.causes)


@given(SUMS, DECLARED, DOUBTS, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_of_doubts_changes_no_figure(
    sums: Sums, declared: Declared, doubts: list[Doubt], chance: Random
) -> None:
    shuffled = chance.sample(doubts, len(doubts))
    one, other = estimate(sums, declared, None, doubts), estimate(sums, declared, None, shuffled)
    assert (one.lowest, one.best, one.highest, set(one.causes)) == (
        other.lowest, other.best, other.highest, set(other.causes)
    )  # fmt: skip


def portal_event(kind: int, at_s: int) -> AnyEvent:
    portal, at_ns = PortalId("door"), at_s * NS_PER_S
    events: list[AnyEvent] = [
        DoorForced(at_ns, portal),
        DoorHeld(at_ns, portal),
        DoorClosed(at_ns, portal),
        FireRelease(at_ns, portal, True),
        FireRelease(at_ns, portal, False),
        FreeExit(at_ns, portal),
        PassageWithoutGrant(at_ns, portal, AccessPointId("in")),
    ]
    return events[kind]


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6 * HOUR_S)), max_size=12), st.randoms(use_true_random=False)
)
@settings(max_examples=150, deadline=None)
def test_what_stood_open_does_not_depend_on_the_order_of_arrival(
    happened: list[tuple[int, int]], chance: Random
) -> None:
    records = [
        (Stamp(at_s * NS_PER_S, EdgeId("north"), Epoch(bytes(16)), number), portal_event(kind, at_s))
        for number, (kind, at_s) in enumerate(happened)
    ]
    seen = []
    for order in (records, chance.sample(records, len(records))):
        openings = Openings()
        for stamp, event in order:
            openings.add(stamp, event, event.occurred_ns // NS_PER_S // HOUR_S * HOUR_S)
        before = list(openings.stood_open()), list(openings.passed_unread())
        openings.close_period(3 * HOUR_S)
        seen.append((before, list(openings.stood_open()), list(openings.passed_unread())))
        assert all(until is None or until >= start for _, start, until in before[0])
    assert seen[0] == seen[1]


def test_usual_flows_hold_what_passes_unheard() -> None:
    """Counts of a rush, of a quiet night and in between, after one to five weeks, in silences of minutes to days."""
    chance = Random(11)
    point = AccessPointId("in")
    week_ns = HOURS_OF_WEEK * HOUR_S * NS_PER_S
    exceeded = 0
    for _ in range(TRIALS):
        weeks, scale = chance.randint(1, 5), chance.choice([0.2, 2, 20])
        rates = [scale * (6 if hour % 24 in (8, 17) else 1 if 9 <= hour % 24 < 17 else 0.1) for hour in range(48)]
        flows = Flows(UTC, 0)
        for week in range(weeks):
            start_ns = week * week_ns
            for hour, rate in enumerate(rates):
                for _ in range(poisson(chance, rate)):
                    flows.count(point, start_ns + hour * HOUR_S * NS_PER_S)
            flows.learn({point: start_ns + len(rates) * HOUR_S * NS_PER_S}, start_ns)
        from_h, length_h = chance.uniform(2, 30), chance.choice([0.1, 1, 4, 16])
        passed = sum(
            poisson(chance, rate * max(0.0, min(hour + 1, from_h + length_h) - max(hour, from_h)))
            for hour, rate in enumerate(rates)
        )
        span = tuple(int(weeks * week_ns + hour * HOUR_S * NS_PER_S) for hour in (from_h, from_h + length_h))
        exceeded += passed > flows.most([point], [(span[0], span[1])])
    assert exceeded <= 0.002 * TRIALS


def poisson(chance: Random, mean: float) -> int:
    """Draw a Poisson count: arrivals within one unit of time."""
    count, at = 0, chance.expovariate(1.0)
    while at < mean:
        count, at = count + 1, at + chance.expovariate(1.0)
    return count
