"""What gate and plate process say to each other over its stdin and stdout: one Look, one Seen, and so on.

No other way leads a plate or a picture from one to the other. Belongs here: messages. Does not belong here: their
frames (process/pipe.py), or what follows from them.
"""

from typing import Final

import msgspec

from contract.plates import WHOLE, Within
from process.pipe import Incoming

MOST_BYTES: Final = 32 * 1024 * 1024


class Look(msgspec.Struct, frozen=True, array_like=True):
    """Read the plate in this picture (JPEG), written as in `countries`; it is looked for in that part of it alone."""

    jpeg: bytes
    countries: tuple[str, ...]
    within: Within = WHOLE

    def __repr__(self) -> str:
        """Without the picture."""
        return f"Look({len(self.jpeg)} bytes, countries={self.countries!r})"


class Spelt(msgspec.Struct, frozen=True, array_like=True):
    """One way to read the plate, with its confidence, 0 to 1."""

    plate: str
    confidence: float

    def __repr__(self) -> str:
        """Without the plate."""
        return f"Spelt({self.confidence:.2f})"


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """The answer: how the plate may be read, the best first, and the picture (JPEG) for the officer; none without."""

    spelt: tuple[Spelt, ...] = ()
    jpeg: bytes = b""

    def __repr__(self) -> str:
        """Without plate and picture."""
        return f"Seen({len(self.spelt)} ways, {len(self.jpeg)} bytes)"


_looks: Final = msgspec.msgpack.Decoder(Look)
_sights: Final = msgspec.msgpack.Decoder(Seen)


def looks() -> Incoming[Look]:
    """Return what cuts the gate's words into messages."""
    return Incoming(_looks, MOST_BYTES)


def sights() -> Incoming[Seen]:
    """Return what cuts the plate process's words into messages."""
    return Incoming(_sights, MOST_BYTES)
