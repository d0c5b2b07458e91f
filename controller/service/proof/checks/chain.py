"""Check: the ledger's file is still the chain of entries that was written (L6).

Reads the whole file, verifies chain and signature and compares its end with the one in memory. Takes a hundredth of the
time at most, however long the ledger is. Belongs here: that look. Does not belong here: what was cut off before this
program started, which only a witness knows (controller/ledger).
"""

import asyncio
import time
from collections import deque
from typing import Final

from controller.domain.violations import Violation
from controller.ledger import Ledger, LedgerError
from controller.service.proof.checks.check import Finding

_EVERY_S: Final = 60.0
_REST: Final = 100


class Chain:
    """Verifies the ledger that is being written."""

    name = "ledger-chain"

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.every_s = _EVERY_S

    async def look(self) -> set[Finding]:
        """See Check."""
        started_s = time.monotonic()
        try:
            await asyncio.to_thread(deque, self._ledger.entries(), 0)
        except (LedgerError, FileNotFoundError):
            return {Finding(Violation.LEDGER_TAMPERED, place="ledger")}
        finally:
            self.every_s = max(_EVERY_S, _REST * (time.monotonic() - started_s))
        return set()
