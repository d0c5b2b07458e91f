"""The sealed container of one video segment: written chunk by chunk, read back chunk by chunk.

Layout, integers big-endian:

    header   8 bytes magic, 1 byte version, u32 segment number, u32 length of the wraps, encoded Wraps
    record   u32 length, sealed bytes                                        (repeated)

A record is sealed with the camera's content key (contract/sealing.py); its number is the segment's number << 32 | the
record's place in the file, from 0. So the associated data are the content key's name (edge, epoch, period, camera) and
that number: a record of another place, segment, camera or day does not open. The first byte inside says what it is:

    0  head   SHA-256 of the header, u64 first_ns: always the first record
    1  data   a piece of the video file
    2  end    nothing: always the last record, and nothing follows it

`first_ns` is when media time 0 of the video file was, in nanoseconds since 1970-01-01 UTC: a frame that the file shows
at t seconds was taken at first_ns + t. The recorder begins another segment where the two drift apart by half a second.

Belongs here: these bytes, and what is wrong with them. Does not belong here: files, video, or where keys come from.
"""

import hashlib
import io
from collections.abc import Iterator
from enum import IntEnum
from typing import BinaryIO, Final, Protocol

import msgspec

from contract.sealing import (
    NONCE_BYTES,
    TAG_BYTES,
    BadWrapsError,
    ContentKey,
    RecordRefusedError,
    TruncatedRecordError,
    Wraps,
    decode_wraps,
)

MAGIC: Final = b"SACS-SEG"
VERSION: Final = 2
NUMBER_LIMIT: Final = 1 << 32
"""Segment numbers, and records within a segment, are below this."""
RECORD_LIMIT_BYTES: Final = 16 * 1024 * 1024
_WRAPS_LIMIT_BYTES: Final = 64 * 1024
_LENGTH_BYTES: Final = 4
_TIME_BYTES: Final = 8


class SegmentError(Exception):
    """A segment that can not be read."""


class TruncatedSegmentError(SegmentError):
    """The end is missing: still being written, or cut off. What was yielded before is genuine."""


class AlteredSegmentError(SegmentError):
    """Bytes are not those that were sealed, or not with this key. What was yielded before is genuine."""


class ForeignSegmentError(SegmentError):
    """No segment of this version at all, or one that another source sealed."""


class _Mark(IntEnum):
    HEAD = 0
    DATA = 1
    END = 2


class Sink(Protocol):
    """Where sealed bytes go."""

    def write(self, data: bytes, /) -> object:
        """Take all of `data`."""
        ...


class SegmentHeader(msgspec.Struct, frozen=True):
    """What stands in clear at the head of a segment: `encoded` is the header, `wraps` are not yet checked."""

    number: int
    wraps: Wraps
    encoded: bytes


class SegmentWriter:
    """Seals one segment while it is written; a file-like object to a muxer that can not seek."""

    def __init__(self, out: Sink, number: int, key: ContentKey, wraps: bytes, first_ns: int) -> None:
        """Write header and head record. `wraps`: encoded Wraps of `key`; `first_ns`: when media time 0 is.

        Raises ValueError for a number >= 2**32.
        """
        if not 0 <= number < NUMBER_LIMIT:
            message = f"segment number {number}: use 0 to {NUMBER_LIMIT - 1}"
            raise ValueError(message)
        self._out = out
        self._base = number << 32
        self._count = 0
        self._key = key
        header = b"".join((
            MAGIC, bytes((VERSION,)), number.to_bytes(4, "big"), len(wraps).to_bytes(4, "big"), wraps,
        ))  # fmt: skip
        out.write(header)
        self._put(_Mark.HEAD, hashlib.sha256(header).digest() + first_ns.to_bytes(_TIME_BYTES, "big"))

    def write(self, data: bytes) -> int:
        """Seal `data` (1 byte to 16 MiB) as one record, hand it on at once, and return its length."""
        self._put(_Mark.DATA, data)
        return len(data)

    def finish(self) -> None:
        """Write the end mark, without which a reader says that the segment was cut off."""
        self._put(_Mark.END, b"")

    def _put(self, mark: _Mark, data: bytes) -> None:
        if self._count >= NUMBER_LIMIT:
            message = f"a segment has at most {NUMBER_LIMIT} records"
            raise ValueError(message)
        sealed = self._key.seal(self._base | self._count, bytes((mark,)) + data)
        self._count += 1
        self._out.write(len(sealed).to_bytes(_LENGTH_BYTES, "big") + sealed)


def read_header(file: BinaryIO) -> SegmentHeader:
    """Read the header at the beginning of `file`; its wraps tell the period and open with a controller's private key.

    Whoever opens them checks their signature. Raises TruncatedSegmentError, AlteredSegmentError, ForeignSegmentError.
    """
    fixed = _exactly(file, len(MAGIC) + 1 + 4 + 4)
    if fixed[: len(MAGIC)] != MAGIC:
        raise ForeignSegmentError("not a video segment")
    version = fixed[len(MAGIC)]
    if version != VERSION:
        message = f"a segment of version {version}: this program knows {VERSION}"
        raise ForeignSegmentError(message)
    number, length = int.from_bytes(fixed[-8:-4], "big"), int.from_bytes(fixed[-4:], "big")
    if length > _WRAPS_LIMIT_BYTES:
        message = f"wraps of {length} bytes: at most {_WRAPS_LIMIT_BYTES} are possible"
        raise AlteredSegmentError(message)
    encoded = _exactly(file, length)
    try:
        wraps = decode_wraps(encoded)
    except BadWrapsError as error:
        raise AlteredSegmentError(str(error)) from error
    return SegmentHeader(number, wraps, fixed + encoded)


def read_chunks(file: BinaryIO, header: SegmentHeader, key: ContentKey) -> Iterator[bytes]:
    """Yield the video file's pieces in order, from where `read_header` stopped.

    Raises TruncatedSegmentError, AlteredSegmentError or ForeignSegmentError at the first record that is not as it was
    written. Returning without an error means: complete, and nothing of it was touched.
    """
    if key.name != header.wraps.name:
        message = f"sealed by {header.wraps.name.edge}, and this key is of {key.name.edge} or another day or camera"
        raise ForeignSegmentError(message)
    count = 0
    while (piece := open_piece(header, key, count, read_sealed(file))) is not None:
        if piece:
            yield piece
        count += 1
    if file.read(1):
        raise AlteredSegmentError("something follows the end mark")


def record_lengths(file: BinaryIO) -> list[int]:
    """Return how long each sealed record is, from where `read_header` stopped; the file may still be written.

    A last record that is not whole yet, or no record at all, is left out.
    """
    lengths: list[int] = []
    at = file.tell()
    end = file.seek(0, io.SEEK_END)
    while at + _LENGTH_BYTES <= end:
        file.seek(at)
        length = int.from_bytes(_exactly(file, _LENGTH_BYTES), "big")
        at += _LENGTH_BYTES + length
        if at > end or not _is_possible(length):
            break
        lengths.append(length)
    return lengths


def read_sealed(file: BinaryIO) -> bytes:
    """Return the next sealed record of `file`, its length before it taken off. Raises as `read_chunks`."""
    length = int.from_bytes(_exactly(file, _LENGTH_BYTES), "big")
    if not _is_possible(length):
        message = f"a record claims {length} bytes"
        raise AlteredSegmentError(message)
    return _exactly(file, length)


def open_piece(header: SegmentHeader, key: ContentKey, place: int, sealed: bytes) -> bytes | None:
    """Return the piece of the video file in the record at `place` (from 0), b"" for the head, None for the end.

    For whoever reads from the middle: what it returns is genuine and of that place, whatever came before it.
    Raises AlteredSegmentError.
    """
    mark, data = _opened(header.number << 32 | place, sealed, key)
    if (mark == _Mark.HEAD) != (place == 0):
        raise AlteredSegmentError("the head record is not in its place")
    if mark == _Mark.HEAD:
        _check_head(header, data)
    if mark == _Mark.END:
        return None
    return data if mark == _Mark.DATA else b""


def open_first_ns(header: SegmentHeader, key: ContentKey, sealed: bytes) -> int:
    """Return when media time 0 was (ns since 1970-01-01 UTC), out of the head record. Raises AlteredSegmentError."""
    mark, data = _opened(header.number << 32, sealed, key)
    if mark != _Mark.HEAD:
        raise AlteredSegmentError("the head record is not in its place")
    _check_head(header, data)
    return int.from_bytes(data[-_TIME_BYTES:], "big")


def _check_head(header: SegmentHeader, data: bytes) -> None:
    if data[:-_TIME_BYTES] != hashlib.sha256(header.encoded).digest():
        raise AlteredSegmentError("the header is not the one that was written")


def _opened(number: int, sealed: bytes, key: ContentKey) -> tuple[int, bytes]:
    try:
        plain = key.open(number, sealed)
    except (RecordRefusedError, TruncatedRecordError) as error:
        raise AlteredSegmentError(str(error)) from error
    return plain[0], plain[1:]


def _is_possible(length: int) -> bool:
    return NONCE_BYTES + TAG_BYTES < length <= RECORD_LIMIT_BYTES + NONCE_BYTES + TAG_BYTES + 1


def _exactly(file: BinaryIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) < length:
        raise TruncatedSegmentError("the segment ends before its end mark")
    return data
