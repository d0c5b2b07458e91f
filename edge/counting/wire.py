"""What recorder and counting process say to each other over its stdin and stdout.

Each message is a u32 length (big-endian) and a MessagePack array. No picture leads back. Belongs here: messages and
their frames. Does not belong here: what follows from them.
"""

from collections.abc import Iterator
from typing import Final, TypeVar

import msgspec

from contract.site.camera import CountingLine, Mask
from edge.domain.counting.line import Side

MOST_BYTES: Final = 16 * 1024 * 1024
_LENGTH_BYTES: Final = 4
T = TypeVar("T")


class BadPipeError(ValueError):
    """Bytes that are no message of this pipe."""


class Begin(msgspec.Struct, frozen=True, array_like=True, tag="begin"):
    """The first message: what to count."""

    line: CountingLine
    masks: list[Mask]


class Stream(msgspec.Struct, frozen=True, array_like=True, tag="stream"):
    """A stream begins, with a key frame: codec (libav's name) and what its decoder needs to know."""

    codec: str
    extradata: bytes


class Packet(msgspec.Struct, frozen=True, array_like=True, tag="packet"):
    """One frame as the camera sent it: when it was taken, by the stream's own time, and came, by CLOCK_BOOTTIME."""

    data: bytes
    media_ns: int
    came_ns: int

    def __repr__(self) -> str:
        """Without the picture."""
        return f"Packet({len(self.data)} bytes)"


class Crossing(msgspec.Struct, frozen=True, array_like=True, tag="crossing"):
    """So many `persons` were seen on that side of the line at `at_ns` (CLOCK_BOOTTIME), and on the other before."""

    side: Side
    persons: int
    at_ns: int


class Sight(msgspec.Struct, frozen=True, array_like=True, tag="sight"):
    """Whether anybody who crosses can be seen: not while a picture is dark, or changed as a whole."""

    is_blind: bool


ToCounter = Begin | Stream | Packet
FromCounter = Crossing | Sight
_encoder = msgspec.msgpack.Encoder()
_to_counter: msgspec.msgpack.Decoder[ToCounter] = msgspec.msgpack.Decoder(ToCounter)
_from_counter: msgspec.msgpack.Decoder[FromCounter] = msgspec.msgpack.Decoder(FromCounter)


def framed(message: ToCounter | FromCounter) -> bytes:
    """Return one message with its length before it."""
    body = _encoder.encode(message)
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


class Frames:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def orders(self, data: bytes) -> Iterator[ToCounter]:
        """Yield what the recorder says that `data` completes. Raises BadPipeError."""
        for body in self._bodies(data):
            yield _decoded(_to_counter, body)

    def reports(self, data: bytes) -> Iterator[FromCounter]:
        """Yield what the counting process says that `data` completes. Raises BadPipeError."""
        for body in self._bodies(data):
            yield _decoded(_from_counter, body)

    def _bodies(self, data: bytes) -> Iterator[bytes]:
        self._buffer += data
        while len(self._buffer) >= _LENGTH_BYTES:
            end = _LENGTH_BYTES + int.from_bytes(self._buffer[:_LENGTH_BYTES], "big")
            if end > MOST_BYTES:
                message = f"a message of {end} bytes: at most {MOST_BYTES} are allowed"
                raise BadPipeError(message)
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[_LENGTH_BYTES:end])
            del self._buffer[:end]
            yield body


def _decoded(decoder: "msgspec.msgpack.Decoder[T]", body: bytes) -> T:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"{len(body)} bytes that are no message of this pipe"
        raise BadPipeError(message) from error
