"""What gate and recorder say to each other over the recorder's stdin and stdout.

Each message is a u32 length (big-endian) and a MessagePack array with a tag. Down go orders: first Begin, then clock
offsets, keys and snapshots that are wanted; the end of the pipe means Stop. Up come reports. The pipe is the only place
where the camera's address and a content key pass from one process to the other: no argument, environment or file.

Belongs here: those messages and their frames, without I/O. Does not belong here: who sends them when.
"""

from collections.abc import Iterator
from typing import Final, TypeVar

import msgspec

from contract.camera_trouble import GapReason, PictureTrouble
from contract.ids import CameraId
from contract.periods import Retention
from contract.sealing import KeyName
from contract.site.camera import CountingLine, Mask
from edge.counting.wire import Crossing, Sight

FRAME_LIMIT_BYTES: Final = 8 * 1024 * 1024
_LENGTH_BYTES: Final = 4
T = TypeVar("T")


class BadFrameError(ValueError):
    """Bytes that are no message of this pipe."""


class Begin(msgspec.Struct, frozen=True, array_like=True, tag="begin"):
    """The first order. `folder`: of this gate's video; `segment_s`: length of a segment in seconds.

    `clock_offset_ns`, `is_confirmed`: as in ClockOffset; given at once, as a wrong time would delete what is not due.
    `masks`: black in every picture that it gives. `keep_bytes`: how much disk its segments may take, None for all there
    is. `counts`: the line at which people are counted, None for none.
    """

    camera: CameraId
    address: str
    folder: str
    segment_s: int
    retention: Retention
    clock_offset_ns: int
    is_confirmed: bool
    masks: list[Mask]
    keep_bytes: int | None
    counts: CountingLine | None = None

    def __repr__(self) -> str:
        """Without the address: it holds a password."""
        return f"Begin(camera={self.camera!r}, segment_s={self.segment_s}, ...)"


class ClockOffset(msgspec.Struct, frozen=True, array_like=True, tag="clock"):
    """The gate's time of day minus CLOCK_BOOTTIME, in nanoseconds; nothing is deleted by one that is not confirmed."""

    offset_ns: int
    is_confirmed: bool


class GiveKey(msgspec.Struct, frozen=True, array_like=True, tag="key"):
    """The content key (32 bytes) that seals the segments of `name.period`, and its encoded Wraps."""

    name: KeyName
    key: bytes
    wraps: bytes

    def __repr__(self) -> str:
        """Without the key."""
        return f"GiveKey(name={self.name!r}, ...)"


class TakeSnapshot(msgspec.Struct, frozen=True, array_like=True, tag="snapshot"):
    """Answer with a Snapshot of the same `ask`, at most `width_pixels` wide; 0: as large as the camera sends it."""

    ask: int
    width_pixels: int = 0


class Stop(msgspec.Struct, frozen=True, array_like=True, tag="stop"):
    """Close and seal the open segment, and end."""


class State(msgspec.Struct, frozen=True, array_like=True, tag="state"):
    """Sent on change and every few seconds. `segments`: on disk; `error`: why it does not record, empty if it does.

    `oldest_dies_s`: when the key of the oldest of them dies (seconds since 1970-01-01 UTC), 0 without any.
    `why`: `error` out of a closed set; `picture`: what is wrong with what it records; `cut_short`: older segments had
    to go before their time, for want of room. `recorded_percent`: of the last hour, without long outages.
    """

    recording: bool
    segments: int
    error: str
    oldest_dies_s: int = 0
    why: GapReason | None = None
    picture: PictureTrouble | None = None
    cut_short: bool = False
    recorded_percent: int = 100


class Snapshot(msgspec.Struct, frozen=True, array_like=True, tag="picture"):
    """The picture (JPEG) for `ask`; empty if there is none."""

    ask: int
    jpeg: bytes

    def __repr__(self) -> str:
        """Without the picture."""
        return f"Snapshot(ask={self.ask}, {len(self.jpeg)} bytes)"


Order = Begin | ClockOffset | GiveKey | TakeSnapshot | Stop
Report = State | Snapshot | Crossing | Sight
_encoder = msgspec.msgpack.Encoder()
_orders: msgspec.msgpack.Decoder[Order] = msgspec.msgpack.Decoder(Order)
_reports: msgspec.msgpack.Decoder[Report] = msgspec.msgpack.Decoder(Report)


def framed(message: Order | Report) -> bytes:
    """Return one message with its length before it."""
    body = _encoder.encode(message)
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


class Frames:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def orders(self, data: bytes) -> Iterator[Order]:
        """Yield the orders that `data` completes. Raises BadFrameError."""
        for body in self._bodies(data):
            yield _decoded(_orders, body)

    def reports(self, data: bytes) -> Iterator[Report]:
        """Yield the reports that `data` completes. Raises BadFrameError."""
        for body in self._bodies(data):
            yield _decoded(_reports, body)

    def _bodies(self, data: bytes) -> Iterator[bytes]:
        self._buffer += data
        while len(self._buffer) >= _LENGTH_BYTES:
            end = _LENGTH_BYTES + int.from_bytes(self._buffer[:_LENGTH_BYTES], "big")
            if end > FRAME_LIMIT_BYTES:
                message = f"a message of {end} bytes: at most {FRAME_LIMIT_BYTES} are allowed"
                raise BadFrameError(message)
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[_LENGTH_BYTES:end])
            del self._buffer[:end]
            yield body


def _decoded(decoder: "msgspec.msgpack.Decoder[T]", body: bytes) -> T:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        message = f"{len(body)} bytes that are no message of this pipe"
    # Outside the handler: what was not understood may hold a password.
    raise BadFrameError(message)
