"""Where each controller's ledger ended, as far as this gate has seen: the gate is a witness against cutting it off.

With the time comes the controller's signed word of how long its ledger is. The highest is kept in the state folder and
told in the gate's health. A lower one, or another hash of the same entry, is counted and never replaces it.

Belongs here: keeping heads. Does not belong here: what a shorter ledger means (the controller's own witnesses).
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contract.ids import ControllerId
from contract.messages import VERSION, LedgerHead
from contract.signing import BadMessageError, SignatureError, verify
from edge.state_files import read_if_there, write_atomically

BEHIND: Final = "ledger-behind"
"""Counter: heads that said less than the one that is kept."""
_SUFFIX: Final = ".head"

_logger = structlog.get_logger(__name__)


class LedgerHeads:
    """The highest head of each controller. `folder`: where they are kept; made when needed."""

    def __init__(self, folder: Path, signers: Mapping[str, Ed25519PublicKey]) -> None:
        """Read what is kept. A damaged file, or one of a controller that is no longer enrolled, is passed over."""
        self._folder = folder
        self._signers = signers
        self._kept: dict[ControllerId, tuple[LedgerHead, bytes]] = {}
        self.counters: Counter[str] = Counter()
        for controller in signers:
            data = read_if_there(folder / f"{controller}{_SUFFIX}")
            if data is not None:
                try:
                    head = self._checked(data)
                except SignatureError as error:
                    _logger.warning("kept_head_refused", controller=controller, cause=str(error))
                else:
                    self._kept[head.controller] = (head, data)

    def kept(self) -> list[bytes]:
        """Return the signed head of each controller, as it came."""
        return [data for _, data in self._kept.values()]

    async def take(self, data: bytes) -> None:
        """Take a signed LedgerHead. Raises contract.signing.SignatureError if no enrolled controller signed it.

        What it says counts at once; that it could not be written is only logged.
        """
        if any(data == kept for _, kept in self._kept.values()):
            return
        head = self._checked(data)
        before, _ = self._kept.get(head.controller, (None, b""))
        if before is not None and (head.number, head.line_hash) == (before.number, before.line_hash):
            return
        if before is not None and head.number <= before.number:
            self.counters[BEHIND] += 1
            return
        self._kept[head.controller] = (head, data)
        try:
            await asyncio.to_thread(write_atomically, self._folder / f"{head.controller}{_SUFFIX}", data)
        except OSError as error:
            _logger.warning("head_not_kept", controller=head.controller, cause=error.strerror)

    def _checked(self, data: bytes) -> LedgerHead:
        signer, head = verify(data, LedgerHead, self._signers)
        if head.controller != signer or head.version != VERSION:
            raise BadMessageError("a head of another controller or version than its signer's")
        return head
