"""Free text beside ledger entries: sealed to the present movement period, so that it dies with that period's key.

Reasons are closed lists, for the ledger lives on; but an officer who hands over a paper must be able to write to whom.
The ledger's entry carries the note's id; the note lies in the record store under the key of its hour, as a movement
does, and is unreadable and removed when a movement of that hour is (L4). Belongs here: writing and reading notes. Does
not belong here: who may read one (controller/domain/rights), or what it belongs to.
"""

import secrets
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.clock import Clock
from contract.ids import EPOCH_BYTES, ControllerId, EdgeId, Epoch
from contract.periods import Kind, Period, Retention
from contract.sealing import ContentKey, KeyName, SealingError, Wraps, decode_wraps
from controller.service.records.retention import InStore
from controller.store.changes import Note
from controller.store.records import RecordStore
from controller.vault import KeyGoneError

LONGEST_BYTES: Final = 500
"""Of a note in UTF-8; each is padded to this, so that its length tells nothing."""
_ID_BYTES: Final = 12
_SOURCE: Final = EdgeId("note")
"""Names what was sealed; no gate can be taken for it, as a note is never in a message."""


class NoteTooLongError(ValueError):
    """More text than a note holds."""


class PeriodVault(Protocol):
    """What notes need of a vault."""

    def public_key(self, period: Period) -> bytes:
        """Return the public half of a period's pair."""
        ...

    def open(self, wraps: Wraps) -> ContentKey:
        """Return a content key. Raises KeyGoneError."""
        ...


class Notes:
    """Writes and reads notes. `in_store` runs a call on the store's own thread."""

    def __init__(
        self,
        clock: Clock,
        retention: Retention,
        controller: ControllerId,
        signer: Ed25519PrivateKey,
        vault: PeriodVault,
        store: RecordStore,
        in_store: InStore,
    ) -> None:
        self._clock: Final = clock
        self._retention: Final = retention
        self._controller: Final = controller
        self._signer: Final = signer
        self._vault: Final = vault
        self._store: Final = store
        self._in_store: Final = in_store

    async def write(self, text: str) -> str:
        """Seal and store `text`; return the id by which a ledger entry names it.

        Raises NoteTooLongError; sqlite3.Error where the disk refuses.
        """
        encoded = text.encode()
        if len(encoded) > LONGEST_BYTES:
            raise NoteTooLongError(f"a note has at most {LONGEST_BYTES} bytes of text: write less")
        period = self._retention.period_at(Kind.MOVEMENT, self._clock.now_ns())
        key = ContentKey.draw(KeyName(_SOURCE, Epoch(secrets.token_bytes(EPOCH_BYTES)), period))
        wraps = key.wrap({self._controller: self._vault.public_key(period)}, self._signer)
        note = Note(
            secrets.token_hex(_ID_BYTES), period.start_s, wraps, key.seal(0, encoded.ljust(LONGEST_BYTES, b"\0"))
        )
        await self._in_store(lambda: self._store.write_note(note))
        return note.id

    async def read(self, id_: str) -> str | None:
        """Return a note's text, or None when its period is gone."""
        note = await self._in_store(lambda: self._store.note(id_))
        if note is None:
            return None
        try:
            return self._vault.open(decode_wraps(note.wraps)).open(0, note.sealed).rstrip(b"\0").decode()
        except (KeyGoneError, SealingError):
            return None
