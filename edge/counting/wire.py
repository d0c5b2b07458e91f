"""What recorder and counting process say to each other over its stdin and stdout.

No picture leads back. Belongs here: messages. Does not belong here: their frames (process/pipe.py), or what follows
from them.
"""

from typing import Final

import msgspec

from contract.site.camera import CountingLine, Mask
from edge.domain.counting.line import Side
from process.pipe import Incoming

MOST_BYTES: Final = 16 * 1024 * 1024
"""Of one message."""


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
_to_counter: msgspec.msgpack.Decoder[ToCounter] = msgspec.msgpack.Decoder(ToCounter)
_from_counter: msgspec.msgpack.Decoder[FromCounter] = msgspec.msgpack.Decoder(FromCounter)


def to_counter() -> Incoming[ToCounter]:
    """Return what cuts the recorder's words into messages."""
    return Incoming(_to_counter, MOST_BYTES)


def from_counter() -> Incoming[FromCounter]:
    """Return what cuts the counting process's words into messages."""
    return Incoming(_from_counter, MOST_BYTES)
