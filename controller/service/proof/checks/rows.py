"""Check: no row of a period stands in the record store past that period's limit, readable or not (L4).

The store is asked, not the fold that lets rows go. Belongs here: that look. Does not belong here: removing rows.
"""

from contract.clock import NS_PER_S, Clock
from contract.periods import Retention
from controller.domain.violations import Violation
from controller.service.proof.checks.check import Finding
from controller.service.records.retention import InStore
from controller.store.records import RecordStore


class Rows:
    """`in_store` runs a call on the store's own thread."""

    name = "rows"
    every_s = 30.0

    def __init__(self, clock: Clock, retention: Retention, store: RecordStore, in_store: InStore) -> None:
        self._clock = clock
        self._retention = retention
        self._store = store
        self._in_store = in_store

    async def look(self) -> set[Finding]:
        """See Check."""
        limit_s = self._clock.now_ns() // NS_PER_S - self._retention.movement_keep_s
        if await self._in_store(lambda: self._store.stand_from_before(limit_s)):
            return {Finding(Violation.ROWS_OUTLIVED, place="store")}
        return set()
