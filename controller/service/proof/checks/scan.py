"""Check: all that was written is searched for canaries as often as it shall be (L7).

What the search finds is told by itself. Belongs here: noticing that it does not come. Does not belong here: searching
(canary_scan.py).
"""

from datetime import datetime
from typing import Final

from contract.clock import NS_PER_S, Clock, from_datetime
from controller.domain.violations import Violation
from controller.ledger import Ledger
from controller.service.proof.checks.check import Finding

SCANNED: Final = "canary-scan"
_PATIENCE: Final = 2
"""It is overdue after so many of its intervals: one that fails is tried again, and a large store takes a while."""


class Scan:
    """Looks at when the ledger last told of a search; `search_every_s`: how often there shall be one."""

    name = "canary-search"
    every_s = 60.0

    def __init__(self, clock: Clock, ledger: Ledger, search_every_s: int) -> None:
        self._clock = clock
        self._overdue_ns = _PATIENCE * search_every_s * NS_PER_S
        self._ledger = ledger
        self._since_ns = clock.now_ns()

    async def look(self) -> set[Finding]:
        """See Check."""
        entry = self._ledger.last.get(SCANNED)
        last_ns = from_datetime(datetime.fromisoformat(entry.at)) if entry else 0
        if self._clock.now_ns() - max(last_ns, self._since_ns) > self._overdue_ns:
            return {Finding(Violation.SCAN_OVERDUE, place="canaries")}
        return set()
