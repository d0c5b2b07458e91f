"""What gate and plate process say to each other over its stdin and stdout: one Look, one Seen, and so on.

Each message is a u32 length (big-endian) and a MessagePack array. No other way leads a plate or a picture from one to
the other. Belongs here: messages and their frames. Does not belong here: what follows from them.
"""

from typing import Final, TypeVar

import msgspec

LENGTH_BYTES: Final = 4
MOST_BYTES: Final = 32 * 1024 * 1024
T = TypeVar("T")


class BadPipeError(ValueError):
    """Bytes that are no message of this pipe."""


class Look(msgspec.Struct, frozen=True, array_like=True):
    """Read the plate in this picture (JPEG), written as in `countries`."""

    jpeg: bytes
    countries: tuple[str, ...]

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


_encoder = msgspec.msgpack.Encoder()


def framed(message: Look | Seen) -> bytes:
    """Return one message with its length before it."""
    body = _encoder.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def length_of(head: bytes) -> int:
    """Return how many bytes follow `head`. Raises BadPipeError."""
    length = int.from_bytes(head, "big")
    if len(head) != LENGTH_BYTES or length > MOST_BYTES:
        message = f"a message of {length} bytes: at most {MOST_BYTES} are allowed"
        raise BadPipeError(message)
    return length


def decoded(body: bytes, kind: type[T]) -> T:
    """Return the message of that kind. Raises BadPipeError."""
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        message = f"{len(body)} bytes that are no message of this pipe"
    # Outside the handler: what was not understood may hold a plate.
    raise BadPipeError(message)
