"""Check: no gate holds sealed records or video whose limit is over (L4, L5).

Gates delete by themselves and say in their health when the key of the oldest thing dies that they hold. What they hold
past that opens nothing any more, and must be gone all the same. Belongs here: that look. Does not belong here:
deleting (edge/ring.py, edge/recorder).
"""

from collections.abc import Callable, Iterable
from typing import Final

from contract.clock import NS_PER_S, Clock
from contract.ids import EdgeId
from contract.periods import Kind, Retention
from controller.domain.violations import Violation
from controller.service.proof.checks.check import Finding

_FOUND: Final = {Kind.MOVEMENT: Violation.GATE_OUTLIVED, Kind.VIDEO: Violation.VIDEO_OUTLIVED}


class GateStores:
    """`oldest`: of each gate and kind, when the key of the oldest thing that it holds dies."""

    name = "gate-stores"
    every_s = 5.0

    def __init__(
        self, clock: Clock, retention: Retention, oldest: Callable[[], Iterable[tuple[EdgeId, Kind, int]]]
    ) -> None:
        self._clock = clock
        self._retention = retention
        self._oldest = oldest

    async def look(self) -> set[Finding]:
        """See Check."""
        now_s = self._clock.now_ns() // NS_PER_S
        return {
            Finding(_FOUND[kind], gate=edge)
            for edge, kind, dies_s in self._oldest()
            if now_s >= dies_s + self._retention.margin_s(kind)
        }
