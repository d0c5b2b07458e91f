"""Fragmented MP4 (ISO/IEC 14496-12, 8.8) taken apart without decoding: its head, its fragments, and when each begins.

A segment of a gate is such a file. Whoever plays it gets the head and whole fragments, each moved on to the time of a
whole viewing by its `tfdt` (8.8.12). What is read here was sealed by a gate, which could be in foreign hands: whatever
does not fit is refused. Belongs here: these boxes. Does not belong here: sealing, or pictures.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from contract.clock import NS_PER_S

BOX_AT_MOST_BYTES: Final = 64 * 1024 * 1024
_HEAD_AT_MOST_BYTES: Final = 1024 * 1024
_BOX: Final = struct.Struct(">I4s")
_LARGE: Final = struct.Struct(">Q")
_MOST_TICKS: Final = 2**62
_NOT_SYNC: Final = 0x00010000
# Flags of tfhd (8.8.7.1) and trun (8.8.8.1).
_TFHD_BASE, _TFHD_DESCRIPTION, _TFHD_DURATION, _TFHD_SIZE, _TFHD_FLAGS = 0x1, 0x2, 0x8, 0x10, 0x20
_TRUN_OFFSET, _TRUN_FIRST_FLAGS = 0x1, 0x4
_TRUN_PER_SAMPLE: Final = (0x100, 0x200, 0x400, 0x800)
_TRUN_DURATION, _TRUN_FLAGS = 0x100, 0x400


class BadVideoError(ValueError):
    """Bytes that are no fragmented MP4 of one video track."""


@dataclass(frozen=True, slots=True)
class Head:
    """The boxes before the first fragment. `codec`: as RFC 6381 names it; `timescale`: ticks a second.

    `default_duration`, `default_flags`: of a sample that says nothing itself.
    """

    data: bytes
    codec: str
    timescale: int
    default_duration: int
    default_flags: int

    def ns(self, ticks: int) -> int:
        """Return so many ticks in nanoseconds."""
        return ticks * NS_PER_S // self.timescale

    @property
    def is_playable(self) -> bool:
        """Whether browsers play it as it is: H.264 alone."""
        return self.codec.startswith("avc1.")


@dataclass(frozen=True, slots=True)
class Fragment:
    """One `moof` with its `mdat`. `start`, `duration` in ticks; `is_sync`: it begins with a picture of its own."""

    data: bytes
    start: int
    duration: int
    is_sync: bool

    def __repr__(self) -> str:
        """Without pictures."""
        return f"Fragment(start={self.start}, duration={self.duration}, {len(self.data)} bytes)"


def read_head(data: bytes) -> Head:
    """Return the head in `data`: `ftyp` and `moov`. Raises BadVideoError."""
    try:
        moov = _child(data, b"moov")
        trak = _child(moov, b"trak")
        mdia = _child(trak, b"mdia")
        mdhd = _child(mdia, b"mdhd")
        (timescale,) = struct.unpack_from(">I", mdhd, 20 if mdhd[0] == 1 else 12)
        codec = _codec(_child(_child(_child(mdia, b"minf"), b"stbl"), b"stsd"))
        trex = _child(_child(moov, b"mvex"), b"trex")
        duration, _, flags = struct.unpack_from(">III", trex, 12)
    except (struct.error, IndexError) as error:
        raise BadVideoError("the head of a video is cut off") from error
    if timescale == 0:
        raise BadVideoError("a video without a time scale")
    return Head(data, codec, timescale, duration, flags)


class Cutter:
    """Cuts pieces of a file into its head and its fragments."""

    def __init__(self, head: Head | None = None) -> None:
        """`head`: where the pieces begin with a fragment, as it was read before; else it comes first."""
        self.head = head
        self._before = bytearray()
        self._buffer = bytearray()
        self._moof = b""

    def feed(self, piece: bytes) -> Iterator[Fragment]:
        """Yield the fragments that `piece` completes. Raises BadVideoError."""
        self._buffer += piece
        while (box := self._next_box()) is not None:
            kind = bytes(box[4:8])
            if kind == b"moof":
                self._begin(box)
            elif kind == b"mdat" and self._moof:
                assert self.head is not None  # noqa: S101  _begin has seen to it
                moof, self._moof = self._moof, b""
                yield _fragment(moof, box, self.head)
            elif self.head is None:
                self._before += box
                if len(self._before) > _HEAD_AT_MOST_BYTES:
                    raise BadVideoError("the head of a video is too long")
                if kind == b"moov":
                    self.head = read_head(bytes(self._before))

    def _begin(self, moof: bytes) -> None:
        if self.head is None:
            raise BadVideoError("a fragment before the head of its video")
        self._moof = moof

    def _next_box(self) -> bytes | None:
        if len(self._buffer) < _BOX.size:
            return None
        size, _ = _BOX.unpack_from(self._buffer)
        if size == 1:
            if len(self._buffer) < _BOX.size + _LARGE.size:
                return None
            (size,) = _LARGE.unpack_from(self._buffer, _BOX.size)
        if not _BOX.size <= size <= BOX_AT_MOST_BYTES:
            raise BadVideoError("a box of a video has an impossible length")
        if len(self._buffer) < size:
            return None
        box = bytes(self._buffer[:size])
        del self._buffer[:size]
        return box


def begins_fragment(piece: bytes) -> bool:
    """Whether a piece of a file, as it was written at once, begins with a fragment."""
    return piece[4:8] == b"moof"


def moved(fragment: Fragment, head: Head, by_ns: int) -> bytes:
    """Return the fragment's bytes, beginning later by so many nanoseconds (earlier, if negative).

    Raises BadVideoError where it would begin before 0, or so late that it can not say so.
    """
    ticks = fragment.start + by_ns * head.timescale // NS_PER_S
    data = bytearray(fragment.data)
    at = _tfdt_at(fragment.data)
    is_long = data[at] == 1
    if not 0 <= ticks < (_MOST_TICKS if is_long else 1 << 32):
        raise BadVideoError("a fragment that lies outside of what is looked at")
    struct.pack_into(">Q" if is_long else ">I", data, at + 4, ticks)
    return bytes(data)


def _fragment(moof: bytes, mdat: bytes, head: Head) -> Fragment:
    try:
        traf = _child(moof[8:], b"traf")
        duration, flags = _defaults(_child(traf, b"tfhd"), head)
        tfdt = _child(traf, b"tfdt")
        (start,) = struct.unpack_from(">Q" if tfdt[0] == 1 else ">I", tfdt, 4)
        total, first = 0, None
        for kind, body in _boxes(traf):
            if kind == b"trun":
                taken, begins = _run(body, duration, flags)
                total += taken
                first = begins if first is None else first
    except (struct.error, IndexError) as error:
        raise BadVideoError("a fragment of a video is cut off") from error
    if start + total >= _MOST_TICKS:
        raise BadVideoError("a fragment lies too far ahead")
    return Fragment(moof + mdat, start, total, bool(first))


def _defaults(tfhd: bytes, head: Head) -> tuple[int, int]:
    """Return the duration and the flags of a sample that says nothing itself."""
    flags = int.from_bytes(tfhd[1:4], "big")
    at, found = 8, {_TFHD_DURATION: head.default_duration, _TFHD_FLAGS: head.default_flags}
    for bit, size in ((_TFHD_BASE, 8), (_TFHD_DESCRIPTION, 4), (_TFHD_DURATION, 4), (_TFHD_SIZE, 4), (_TFHD_FLAGS, 4)):
        if flags & bit:
            if bit in found:
                (found[bit],) = struct.unpack_from(">I", tfhd, at)
            at += size
    return found[_TFHD_DURATION], found[_TFHD_FLAGS]


def _run(trun: bytes, duration: int, sample_flags: int) -> tuple[int, bool]:
    """Return how long a run of samples is in ticks, and whether its first one is a picture of its own."""
    flags = int.from_bytes(trun[1:4], "big")
    (count,) = struct.unpack_from(">I", trun, 4)
    at = 8 + (4 if flags & _TRUN_OFFSET else 0)
    first_flags = sample_flags
    if flags & _TRUN_FIRST_FLAGS:
        (first_flags,) = struct.unpack_from(">I", trun, at)
        at += 4
    width = 4 * sum(bool(flags & bit) for bit in _TRUN_PER_SAMPLE)
    if width * count > len(trun) - at:
        raise BadVideoError("a run of more samples than it has")
    if flags & _TRUN_FLAGS and count and not flags & _TRUN_FIRST_FLAGS:
        (first_flags,) = struct.unpack_from(">I", trun, at + 4 * bool(flags & 0x100) + 4 * bool(flags & 0x200))
    if flags & _TRUN_DURATION:
        total = sum(struct.unpack_from(">I", trun, at + width * each)[0] for each in range(count))
    else:
        total = duration * count
    return total, count > 0 and not first_flags & _NOT_SYNC


def _tfdt_at(fragment: bytes) -> int:
    """Return where the body of the first `tfdt` begins. Raises BadVideoError."""
    at = 8
    for wanted in (b"traf", b"tfdt"):
        for kind, begin, end in _spans(fragment, at, len(fragment)):
            if kind == wanted:
                at = begin
                if wanted == b"tfdt" and end - begin >= 12 - 4 * (fragment[begin] != 1):
                    return at
                break
        else:
            break
    raise BadVideoError("a fragment that does not say when it begins")


def _codec(stsd: bytes) -> str:
    """Return the codec as RFC 6381 names it: `avc1.64001f`, or the sample entry alone for any other."""
    kind, entry = next(_boxes(stsd[8:]), (b"", b""))
    name = kind.decode("latin-1")
    if kind not in {b"avc1", b"avc3"}:
        return name if name.isalnum() else "unknown"
    avcc = _child(entry[78:], b"avcC")  # 78: of a VisualSampleEntry (12.1.3)
    return f"avc1.{avcc[1]:02x}{avcc[2]:02x}{avcc[3]:02x}"


def _child(data: bytes, wanted: bytes) -> bytes:
    for kind, body in _boxes(data):
        if kind == wanted:
            return body
    raise BadVideoError(f"a video without {wanted.decode()}")


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and body of each box in `data`."""
    for kind, begin, end in _spans(data, 0, len(data)):
        yield kind, data[begin:end]


def _spans(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while at + _BOX.size <= end:
        size, kind = _BOX.unpack_from(data, at)
        begin = at + _BOX.size
        if size == 1 and begin + _LARGE.size <= end:
            (size,) = _LARGE.unpack_from(data, begin)
            begin += _LARGE.size
        if size < begin - at or at + size > end:
            raise BadVideoError("a box of a video is longer than what holds it")
        yield kind, begin, at + size
        at += size
