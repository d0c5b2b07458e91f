"""What a gate tells a controller of a camera's recording, and by which resources: HTTPS, certificates on both sides.

    GET /video/CAMERA?from_ns=N&until_ns=N       a Recordings, MessagePack
    GET /video/CAMERA/NUMBER                     a SealedSegment, MessagePack: what there is of it now
    GET /video/CAMERA/NUMBER/records?first=N&count=M   M sealed records from place N on, each after its u32 length
    GET /video/CAMERA/picture                    a JPEG of this moment, its masks painted; nothing of the past

CAMERA is percent-encoded. 404: no such camera, segment or picture; 403: not on the list of controllers; 422: damaged;
503: try again.
Belongs here: those shapes. Does not belong here: what is inside a segment (segments.py), or who serves and asks.
"""

from typing import Annotated, Final, TypeVar

import msgspec

MOST_SEGMENTS: Final = 4096
"""A list holds no more than so many segments: some 68 hours of them."""
_Ns = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
T = TypeVar("T", bound=msgspec.Struct)


class BadRecordingsError(ValueError):
    """Bytes that are no answer of a gate."""


class RecordedSegment(msgspec.Struct, frozen=True, array_like=True):
    """One segment. `first_ns`, `last_ns`: when its first and its last frame were taken, ns since 1970 UTC.

    `is_complete`: its end mark is written; else it is being written, or was cut off, and `last_ns` is 0 where nobody
    knows it.
    """

    number: Annotated[int, msgspec.Meta(ge=0, lt=2**32)]
    first_ns: _Ns
    last_ns: _Ns
    size_bytes: _Ns
    is_complete: bool


class RecordedGap(msgspec.Struct, frozen=True, array_like=True):
    """A time of which nothing was recorded, and why: a word of the recorder's. `until_ns`: 0 while it lasts."""

    from_ns: _Ns
    until_ns: _Ns
    why: str


class Recordings(msgspec.Struct, frozen=True, array_like=True):
    """What a camera has recorded in a span, in order, by the gate's clock."""

    segments: list[RecordedSegment]
    gaps: list[RecordedGap]


class SealedSegment(msgspec.Struct, frozen=True, array_like=True):
    """The head of a segment in clear, as it stands in the file, and how long each sealed record after it is."""

    header: bytes
    lengths: list[int]


def decode_recordings(data: bytes) -> Recordings:
    """Return a gate's list. Raises BadRecordingsError."""
    return _decoded(data, Recordings)


def decode_sealed_segment(data: bytes) -> SealedSegment:
    """Return a gate's answer about one segment. Raises BadRecordingsError."""
    return _decoded(data, SealedSegment)


def _decoded(data: bytes, type_: type[T]) -> T:
    try:
        return msgspec.msgpack.decode(data, type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"no answer of a gate: {error}"
        raise BadRecordingsError(message) from error
