"""The figures as they are shown: what the fold counts, widened by all that nobody read, at this moment.

The fold reads no clock and hears no gate; so silent gates, lost records, open doors and evacuations are put beside it
here, and other controllers' counts, and that this one may still learn. Whoever shows or records a figure takes it from
here. Belongs here: putting these together. Does not belong here: the arithmetic (controller/domain/presence).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from contract.clock import NS_PER_S, Clock
from contract.ids import AreaId, EdgeId
from contract.periods import Retention
from contract.plans import Plan
from controller.domain.operation import Operation
from controller.domain.presence.bounds import Cause, Headcount
from controller.domain.presence.compared import Comparison
from controller.domain.presence.flows import Usual
from controller.domain.presence.layout import WHOLE_SITE
from controller.domain.presence.reason import Reason
from controller.domain.presence.unwatched import Lost, Outlook, Past, unheard
from controller.service.records.gates import GateWatch
from controller.service.records.ingest import EXPIRED, REPLACED
from controller.service.records.learning import Learning
from controller.service.records.movements import Movements
from controller.service.records.retention import FIGURES_KEPT_S

_EMPTYING: Final = frozenset({Plan.EVACUATE, Plan.RELOCATE})


class Figures:
    """Figures of one controller. Belongs to the event loop, for it reads the fold."""

    def __init__(
        self,
        clock: Clock,
        retention: Retention,
        movements: Movements,
        gates: GateWatch,
        learning: Learning,
        comparison: Comparison,
        totals: Counter[str],
    ) -> None:
        """`totals`: the counters of ingest, which know what came past its key."""
        self._clock: Final = clock
        self._retention: Final = retention
        self._movements: Final = movements
        self._gates: Final = gates
        self._learning: Final = learning
        self._comparison: Final = comparison
        self._totals: Final = totals
        self.open_operations: Callable[[], tuple[Operation, ...]] = tuple
        """The operations that are open: in some of them people leave."""

    def headcount(self, area: AreaId = WHOLE_SITE) -> Headcount:
        """Return the figures of one area, or of the premises. Raises KeyError for an area that there is not."""
        return self.headcounts()[area]

    def headcounts(self) -> Mapping[AreaId, Headcount]:
        """Return the figures of each area, those of the premises under WHOLE_SITE."""
        outlook = Outlook(
            self._clock.now_ns(),
            unheard(self._gates.awaited, self._clock.now_ns()),
            tuple(self._lost()),
            self._evacuating_ns(),
            self._movements.presence.swept_ns(),
            tuple(self._past()),
        )
        found = self._movements.presence.headcounts(self._movements.unwatched.doubts(outlook))
        counts = {area: self._comparison.widened(area, count) for area, count in found.items()}
        if self._learning.is_on:
            cause = Cause(Reason.LEARNING, 0, since_ns=self._learning.since_ns, is_bounded=False)
            counts = {
                area: replace(count, unknown=True, causes=(cause, *count.causes)) for area, count in counts.items()
            }
        return counts

    def learn(self) -> list[Usual]:
        """Learn what is usual from what gates have told since; return what is new, to be stored."""
        told = {
            point: self._gates.counted[edge]
            for edge, points in self._movements.unwatched.points.items()
            if edge in self._gates.counted
            for point in points
        }
        kept_s = self._clock.now_ns() // NS_PER_S - FIGURES_KEPT_S
        for name in [n for n in self._totals if "/" in n and int(n.rpartition("/")[2]) < kept_s]:
            del self._totals[name]
        oldest_ns = self._clock.now_ns() - self._retention.movement_keep_s * NS_PER_S
        return self._movements.unwatched.flows.learn(told, oldest_ns)

    def _lost(self) -> Iterator[Lost]:
        for name, count in self._totals.items():
            why, _, of = name.partition("/")
            if of and why in (EXPIRED, REPLACED):
                edge, _, period_s = of.rpartition("/")
                yield Lost(EdgeId(edge), int(period_s), count)

    def _past(self) -> Iterator[Past]:
        closed_s = self._movements.presence.closed_s
        for name, count in self._totals.items():
            why, _, of = name.partition("/")
            if of and why in (Reason.DOOR_OPEN, Reason.PASSED_UNREAD, Reason.SEEN_CROSSING):
                place, _, period_s = of.rpartition("/")
                if int(period_s) <= closed_s:
                    yield Past(Reason(why), place, int(period_s), count)

    def _evacuating_ns(self) -> int | None:
        emptying = (each.opened_ns for each in self.open_operations() if each.plan in _EMPTYING)
        return min(emptying, default=None)
