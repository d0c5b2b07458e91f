"""Check: no record can be read that is older than its limit, and no key is alive that could open one (L4, L5).

Belongs here: that look, from the vault's own list and the figure on the page. Does not belong here: the sweep.
"""

from collections.abc import Callable, Iterable

from contract.clock import NS_PER_S, Clock
from contract.periods import Period, Retention
from controller.domain.violations import Violation
from controller.service.proof.checks.check import Finding


class Records:
    """`oldest_readable_s`: age of the oldest readable record; `periods`: those whose keys are alive."""

    name = "records"
    every_s = 5.0

    def __init__(
        self,
        clock: Clock,
        retention: Retention,
        oldest_readable_s: Callable[[], float],
        periods: Callable[[], Iterable[Period]],
    ) -> None:
        self._clock = clock
        self._retention = retention
        self._oldest_readable_s = oldest_readable_s
        self._periods = periods

    async def look(self) -> set[Finding]:
        """See Check."""
        found = set()
        if self._oldest_readable_s() >= self._retention.movement_keep_s:
            found.add(Finding(Violation.RECORD_OUTLIVED, place="store"))
        now_s = self._clock.now_ns() // NS_PER_S
        if any(period.start_s + self._retention.keep_s(period.kind) <= now_s for period in self._periods()):
            found.add(Finding(Violation.KEY_OUTLIVED, place="vault"))
        return found
