"""The ledger's witnesses: where it ends is signed again and again, and kept where whoever cuts it off does not reach.

Within a second of every entry, and every minute, a new head is signed, written to the vault's folder and handed to the
gates with the time; each gate keeps the highest and says so in its health. A witness that has seen an entry which this
ledger has not is a breach: alarmed, written down once, and the work goes on.

Belongs here: making heads and hearing witnesses. Does not belong here: the ledger (ledger/), or how a gate keeps one.
"""

import asyncio
from collections import deque
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contract.clock import NS_PER_S, Clock, to_datetime
from contract.ids import ControllerId, EdgeId
from contract.messages import LedgerHead
from contract.signing import SignatureError, UnknownSignerError
from controller.files import write_atomically
from controller.ledger import Ledger
from controller.ledger.head import fits, read_head
from controller.service.alarms import Alarms

CUT: Final = "ledger-cut"
DAMAGED: Final = "ledger-witness-damaged"
OWN_VAULT: Final = "vault"
SIGN_EVERY_S: Final = 60
_REMEMBERED: Final = 256
_Seen = tuple[int, str]


class LedgerWitnesses:
    """Signs where `ledger` ends, and compares it with what witnesses say. `kept`: the head's file beside the vault."""

    def __init__(self, ledger: Ledger, controller: ControllerId, clock: Clock, alarms: Alarms, kept: Path) -> None:
        self._ledger = ledger
        self._controller = controller
        self._key = Ed25519PublicKey.from_public_bytes(ledger.public_key)
        self._clock = clock
        self._alarms = alarms
        self._kept = kept
        self._settled: set[_Seen] = set()
        """Heads that were compared, or about which the ledger has an entry already."""
        self._heard: dict[_Seen, tuple[str, LedgerHead]] = {}
        self._last_of: dict[EdgeId, bytes] = {}
        self._signed: deque[_Seen] = deque(maxlen=_REMEMBERED)
        self._signed_ns = 0
        self._is_damaged = False
        self.head = b""
        """The newest signed head."""

    def begin(self) -> None:
        """Read the head that was kept before, to be compared by the first `keep`. Raises OSError."""
        if self._ledger.counts[CUT]:  # each cut is one entry, whoever else has seen it
            cuts = [entry.facts for entry in self._ledger.entries() if entry.kind == CUT]
            self._settled |= {(int(cut["known_number"]), str(cut["known_hash"])) for cut in cuts}
        if self._kept.exists():
            try:
                self._note(OWN_VAULT, read_head(self._kept.read_bytes(), self._controller, self._key))
            except SignatureError:
                self._is_damaged = True

    def hear(self, edge: EdgeId, heads: list[bytes]) -> None:
        """Take what a gate has seen. Raises contract.signing.SignatureError for a head that was forged."""
        for data in heads:
            if data in (self.head, self._last_of.get(edge)):
                continue
            try:
                head = read_head(data, self._controller, self._key)
            except UnknownSignerError:
                continue  # another controller's, which hears of it as well
            self._last_of[edge] = data
            self._note(edge, head)

    async def keep(self) -> None:
        """Do what is due: settle what was heard, and sign and keep a new head. Call once a second. Raises OSError."""
        if self._is_damaged:
            await asyncio.to_thread(self._ledger.append, DAMAGED, self._clock.now_ns(), witness=OWN_VAULT)
            self._is_damaged = False
            self._alarms.of_system(self._clock.now_ns(), "ledger-witness-damaged", place=OWN_VAULT)
        for seen, (witness, head) in tuple(self._heard.items()):
            if not await asyncio.to_thread(self._settle, witness, head):
                gate = "" if witness == OWN_VAULT else witness
                self._alarms.of_system(self._clock.now_ns(), "ledger-cut", gate, witness)
            self._settled.add(seen)
            del self._heard[seen]
        now_ns = self._clock.now_ns()
        message, head_now = self._ledger.head(now_ns)
        seen_now = _seen(message)
        if seen_now not in self._signed or abs(now_ns - self._signed_ns) >= SIGN_EVERY_S * NS_PER_S:
            await asyncio.to_thread(write_atomically, self._kept, head_now)
            self._signed.append(seen_now)
            self.head, self._signed_ns = head_now, now_ns

    def _note(self, witness: str, head: LedgerHead) -> None:
        seen = _seen(head)
        if seen not in self._settled and seen not in self._signed:
            self._heard.setdefault(seen, (witness, head))

    def _settle(self, witness: str, head: LedgerHead) -> bool:
        """Return whether the ledger still has what a witness saw; write it down if not."""
        if fits(head, self._ledger.hash_at):
            return True
        self._ledger.append(
            CUT,
            self._clock.now_ns(),
            witness=witness,
            known_number=head.number,
            known_hash=head.line_hash.hex(),
            known_at=to_datetime(head.at_ns).isoformat(),
            found_number=self._ledger.number,
        )
        return False


def _seen(head: LedgerHead) -> _Seen:
    return head.number, head.line_hash.hex()
