"""What gate and recorder say to each other over the recorder's stdin and stdout.

Down go orders: first Begin, then clock offsets, keys and snapshots that are wanted; the end of the pipe means Stop. Up
come reports. The pipe is the only place where the camera's address and a content key pass from one process to the
other: no argument, environment or file.

Belongs here: those messages. Does not belong here: their frames (process/pipe.py), or who sends them when.
"""

from typing import Final

import msgspec

from contract.camera_trouble import GapReason, PictureTrouble
from contract.ids import CameraId
from contract.periods import Retention
from contract.sealing import KeyName
from contract.site.camera import CountingLine, Mask
from edge.counting.wire import Crossing, Sight
from process.pipe import Incoming

MOST_BYTES: Final = 8 * 1024 * 1024
"""Of one message."""


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
_orders: msgspec.msgpack.Decoder[Order] = msgspec.msgpack.Decoder(Order)
_reports: msgspec.msgpack.Decoder[Report] = msgspec.msgpack.Decoder(Report)


def orders() -> Incoming[Order]:
    """Return what cuts the gate's words into messages."""
    return Incoming(_orders, MOST_BYTES)


def reports() -> Incoming[Report]:
    """Return what cuts the recorder's words into messages."""
    return Incoming(_reports, MOST_BYTES)
