"""Pairs that a gate used before their time: destroyed and replaced at once, with a receipt.

What was sealed to such a pair would stay readable until the pair's own end (L4), in the gate, at the broker and in any
copy. So as soon as the controller has put those records under the period that they belong to, the pair goes; that it
must is committed together with them, and so outlives a crash. An honest gate learns of the new pair with the next
message; what it seals to the old one before that opens nowhere, and is counted. Belongs here: those acts. Does not
belong here: seeing that a pair was used early (ingest.py).
"""

from typing import Final

from contract.clock import NS_PER_S, Clock, to_datetime
from contract.periods import Period
from controller.ledger import Ledger
from controller.service.records.key_ring import KeyRing
from controller.service.records.retention import InStore
from controller.store.records import RecordStore

KEY_REPLACED: Final = "key-replaced"


class Replacements:
    """Replaces what is `due`. `in_store` runs a call on the store's own thread."""

    def __init__(
        self,
        clock: Clock,
        key_ring: KeyRing,
        ledger: Ledger,
        store: RecordStore,
        in_store: InStore,
        used_early: dict[Period, bool],
    ) -> None:
        """`used_early`: as it is stored, when the program starts."""
        self._clock: Final = clock
        self._key_ring: Final = key_ring
        self._ledger: Final = ledger
        self._store: Final = store
        self._in_store: Final = in_store
        self._has_replaced = False
        self.due = {period for period, replaced in used_early.items() if not replaced}

    async def run(self) -> None:
        """Replace what is due. Raises OSError, VaultError or sqlite3.Error where the disk refuses: call again."""
        for period in sorted(self.due):
            self._key_ring.replace(period)
            self._has_replaced = True
            self._ledger.append(
                KEY_REPLACED,
                self._clock.now_ns(),
                period_kind=period.kind.value,
                period_start=to_datetime(period.start_s * NS_PER_S).isoformat(),
                period_s=period.length_s,
            )
            await self._in_store(lambda: self._store.replaced(period))  # noqa: B023  awaited in the same turn
            self.due.discard(period)

    def taken(self) -> bool:
        """Return whether pairs were replaced since this was last asked: publish them."""
        has_replaced, self._has_replaced = self._has_replaced, False
        return has_replaced
