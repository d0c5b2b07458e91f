"""Movements that can be read: the presence fold, and beside it pictures and row counts of each period.

Belongs here: which event goes where, and which rows a forgotten passage takes along. Does not belong here: the rules
(controller/domain/presence), or storing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from contract.clock import NS_PER_S
from contract.events import AccessGranted, Admitted, AnyEvent, AreaSwept, Occupants, PassageSnapshot, UnnamedPassed
from contract.ids import EdgeId, Epoch, PassId
from contract.sealing import KeyName
from controller.domain.muster.acts import MARKS, Acts
from controller.domain.presence.answer import Answer
from controller.domain.presence.fold import Presence
from controller.domain.presence.forgotten import Forgotten
from controller.domain.presence.intake import fold, moves
from controller.domain.presence.passback import AntiPassback, Contradiction
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.unwatched import Unwatched

_Grant = tuple[EdgeId, Epoch, int]


Blocked = Callable[[], Mapping[PassId, int]]
"""Tells since when each pass is blocked that is, in seconds since 1970 UTC."""


def is_replaced(event: AccessGranted, blocked: Mapping[PassId, int]) -> bool:
    """Tell whether a grant was made with a pass that was blocked by then: a gate did not know yet, or it was a copy."""
    since_s = blocked.get(event.pass_id)
    return since_s is not None and event.occurred_ns > since_s * NS_PER_S


class Movements:
    """The fold as the service sees it: opened events in, stamps of rows that must go out."""

    def __init__(
        self,
        presence: Presence,
        period_length_s: int,
        unwatched: Unwatched,
        blocked: Blocked,
        rows: Counter[int] | None = None,
        snapshots: Iterable[tuple[Stamp, PassageSnapshot]] = (),
        acts: Acts | None = None,
    ) -> None:
        """`rows`, `snapshots` and `acts`: what is stored already, when the program starts."""
        self.presence: Final = presence
        self._period_length_s = period_length_s
        self.rows: Final = rows or Counter()
        """Rows that stand under each period's start."""
        self.overstays = 0
        self._blocked: Final = blocked
        self.unwatched: Final = unwatched
        """What may have happened that nobody read."""
        self.acts: Final = acts or Acts()
        """Officers' marks of operations."""
        self._passback = AntiPassback(presence)
        self._snapshots: dict[_Grant, list[Stamp]] = defaultdict(list)
        self._lonely: set[_Grant] = set()
        for stamp, snapshot in snapshots:
            self._keep(stamp, snapshot.grant_number)

    def too_late(self, name: KeyName, event: AnyEvent) -> bool:
        """Return whether rule 8 or rule 5 forbids to keep this event's row."""
        if name.period.start_s <= self.presence.closed_s:
            return True
        counts = isinstance(event, PassageSnapshot) or moves(self.presence.layout, event)
        return counts and event.occurred_ns <= self.presence.cut_ns

    def add(self, name: KeyName, number: int, event: AnyEvent, *, doubtful: bool = False) -> Contradiction | None:
        """Fold one committed event; return how it contradicts what was known of its holder, if it does.

        `doubtful`: its moment is not its gate's own word.
        """
        stamp = Stamp(event.occurred_ns, name.edge, name.epoch, number)
        period_s = name.period.start_s
        self.rows[period_s] += 1
        if type(event) in MARKS:
            self.acts.add(event, period_s, stamp)
        if isinstance(event, PassageSnapshot):
            self._keep(stamp, event.grant_number)
            return None
        answer = fold(self.presence, stamp, event, period_s)
        if answer is None:
            self.unwatched.add(stamp, event, period_s)
        elif isinstance(event, AccessGranted) and answer is Answer.FOLDED:
            self.unwatched.flows.count(event.access_point, event.occurred_ns)
            if doubtful:
                self.presence.doubt(stamp)
            contradiction = self._passback.judge(stamp, event.access_point)
            if is_replaced(event, self._blocked()):
                self.presence.contradict(stamp)
                return Contradiction.REPLACED_IN_USE
            return contradiction
        elif isinstance(event, AreaSwept | UnnamedPassed | Occupants | Admitted):
            if isinstance(event, Occupants) and answer is Answer.FOLDED:
                self.unwatched.flows.count(event.access_point, event.occurred_ns, event.amount)
            self._passback.look_again()
        return None

    def gone(self, forgotten: Forgotten) -> list[Stamp]:
        """Return all rows that go with forgotten passages, pictures among them, and stop counting them.

        A picture that came when its passage was forgotten already goes as soon as the cut has passed it.
        """
        stamps = [*forgotten.records, *self.acts.passed(self.presence.cut_ns)]
        for stamp in forgotten.records:
            stamps += self._snapshots.pop((stamp.edge, stamp.epoch, stamp.number), ())
        for grant in list(self._lonely):
            waiting = self._snapshots.get(grant)
            if waiting is None or self.presence.remembers(*grant):
                self._lonely.remove(grant)
            elif max(waiting).occurred_ns <= self.presence.cut_ns:
                self._lonely.remove(grant)
                stamps += self._snapshots.pop(grant)
        for stamp in stamps:
            self.rows[self._period_of(stamp)] -= 1
        self.overstays += forgotten.overstays
        self._passback.forgot(forgotten)
        return stamps

    def by_period(self, stamps: Iterable[Stamp]) -> Counter[int]:
        """Return how many of these rows stand under each period's start."""
        return Counter(self._period_of(stamp) for stamp in stamps)

    def close(self, closed_s: int) -> None:
        """Drop what stands beside the fold for periods up to `closed_s`."""
        self.acts.close(closed_s)
        self.unwatched.close_period(closed_s)
        for period_s in [p for p in self.rows if p <= closed_s]:
            del self.rows[period_s]
        for grant in [g for g, stamps in self._snapshots.items() if self._period_of(stamps[0]) <= closed_s]:
            del self._snapshots[grant]

    def readable_periods_s(self) -> list[int]:
        """Return the starts of the periods of which something can be read, in order."""
        return sorted(period_s for period_s, count in self.rows.items() if count > 0)

    def _keep(self, stamp: Stamp, grant_number: int) -> None:
        grant = stamp.edge, stamp.epoch, grant_number
        self._snapshots[grant].append(stamp)
        if not self.presence.remembers(*grant):
            self._lonely.add(grant)

    def _period_of(self, stamp: Stamp) -> int:
        return stamp.occurred_ns // NS_PER_S // self._period_length_s * self._period_length_s
