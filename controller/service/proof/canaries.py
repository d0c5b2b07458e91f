"""Canaries: random texts of nobody, planted where texts of somebody go, that must never be found in clear.

Three stand for ever as reference data, registered as any holder is: a name, a pass number, a credential; the pass is
blocked and nobody has the card, so it never comes into a count, a roll or a search. One more is written in every period
as a note, goes the way of a note, and is searched for long after its key is gone. What was planted is kept in the
vault's folder, sealed under the reference key.

Belongs here: planting, and remembering what was planted. Does not belong here: looking for them (canary_scan.py).
"""

import contextlib
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import msgspec

from contract.ids import HolderId
from controller.files import write_atomically
from controller.service.site.reference import CANARY_IDS, NewHolder, NewPass, Reference, ReferenceKey, RefusedError

REMEMBERED: Final = 800
"""How many notes are searched for: those of a month of hours, and some."""
_COLUMN: Final = "canary"
_RANDOM_BYTES: Final = 12


class _Kept(msgspec.Struct):
    standing: list[str]
    is_planted: bool
    notes: list[str]


class Canaries:
    """What was planted. `path`: where that is kept; made when the first is planted."""

    def __init__(self, path: Path, key: ReferenceKey) -> None:
        """Read what is kept. Raises RefusedError if that does not open or is damaged."""
        self._path = path
        self._key = key
        self._kept = _Kept([], is_planted=False, notes=[])
        if path.exists():
            try:
                self._kept = msgspec.msgpack.decode(key.open(_COLUMN, path.read_bytes()), type=_Kept)
            except msgspec.DecodeError:
                raise RefusedError(f"{path.name} is damaged: remove it, and canaries are planted anew") from None

    @property
    def texts(self) -> list[str]:
        """All texts that must not be found."""
        return [*self._kept.standing, *self._kept.notes]

    def plant_standing(self, reference: Reference) -> None:
        """Register the canaries among the reference data, once. Raises OSError, sqlalchemy's errors, RefusedError."""
        if self._kept.is_planted:
            return
        if not self._kept.standing:  # remembered first: what a crash leaves half done is searched for all the same
            self._keep(msgspec.structs.replace(self._kept, standing=[_draw() for _ in range(3)]))
        name, number, credential = self._kept.standing
        new = NewHolder(name, "canary", [NewPass(number, [credential], "all", valid_until_s=0, blocked=True)])
        with contextlib.suppress(RefusedError):  # it was registered before the crash
            reference.register([new], lambda: HolderId(CANARY_IDS + secrets.token_hex(4)))
        self._keep(msgspec.structs.replace(self._kept, is_planted=True))

    async def plant_note(self, write: Callable[[str], Awaitable[object]]) -> None:
        """Write one more canary as a note. Raises OSError, and what `write` does."""
        text = _draw()
        self._keep(msgspec.structs.replace(self._kept, notes=[*self._kept.notes, text][-REMEMBERED:]))
        await write(text)

    def _keep(self, kept: _Kept) -> None:
        write_atomically(self._path, self._key.seal(_COLUMN, msgspec.msgpack.encode(kept)))
        self._kept = kept


def _draw() -> str:
    return f"canary {secrets.token_hex(_RANDOM_BYTES)}"
