"""Cuts what a serial reader sends into frames: pure objects, bytes in, frames and errors out. No I/O, no clock.

A reader marks its frames in one of five ways: a first and a last byte, the end of a line, silence, a fixed length, or
a length inside. Text (the first two) can be picked up again at any mark. Binary frames (the last two) hold any byte, so
what looks like a mark may be none: after a frame that does not hold, the next byte that could begin one is tried. What
is marked by silence alone is taken only if it has silence on both sides: a card must never be made of the pieces of
two, and an exclusive or does not tell a number from its digits pushed on by one.

Who drives a framer tells it of silence: a frame that was begun and not ended by then will never be.

Belongs here: where frames begin and end. Does not belong here: what is in them (content.py), the line, time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from drivers.ports import ReadRefusal

MAX_FRAME_BYTES: Final = 160
"""More than any known reader's frame needs; so a stream of garbage needs no more memory than this."""
_LINE_ENDS: Final = b"\r\n"


@dataclass(frozen=True, slots=True)
class FrameRefused:
    """Bytes of no use. `blame` is what is wrong with them, `length_bytes` how many there were."""

    blame: ReadRefusal
    length_bytes: int


Frames = list[bytes | FrameRefused]


class Framer(Protocol):
    """Cuts a byte stream into frames. A frame is what stands between the marks."""

    @property
    def is_amid(self) -> bool:
        """Whether something has arrived that is neither a frame nor refused yet."""
        ...

    def feed(self, piece: bytes) -> Frames:
        """Take the next bytes of the stream, however it was cut, and return what they complete."""
        ...

    def silence(self) -> Frames:
        """Nothing came for a while: give up what was begun."""
        ...


class DelimitedFramer:
    """Frames from the byte `start` to the byte `end`. Whatever stands between frames is noise."""

    def __init__(self, start: int, end: int) -> None:
        self._start = start
        self._end = end
        self._frame: bytearray | None = None
        self._noise_bytes = 0

    @property
    def is_amid(self) -> bool:
        """See Framer."""
        return self._frame is not None or self._noise_bytes > 0

    def feed(self, piece: bytes) -> Frames:
        """See Framer."""
        out: Frames = []
        for byte in piece:
            if byte == self._start:
                if self._frame is not None:
                    out.append(FrameRefused(ReadRefusal.TRUNCATED, len(self._frame)))
                self._frame = bytearray()
            elif self._frame is None:
                self._noise_bytes += byte not in _LINE_ENDS
            elif byte == self._end:
                out.append(bytes(self._frame))
                self._frame = None
            elif len(self._frame) == MAX_FRAME_BYTES:
                out.append(FrameRefused(ReadRefusal.OVERLONG, MAX_FRAME_BYTES))
                self._frame = None
                self._noise_bytes += 1
            else:
                self._frame.append(byte)
        return out

    def silence(self) -> Frames:
        """See Framer."""
        out: Frames = []
        if self._noise_bytes:
            out.append(FrameRefused(ReadRefusal.NOISE, self._noise_bytes))
        if self._frame is not None:
            out.append(FrameRefused(ReadRefusal.TRUNCATED, len(self._frame)))
        self._frame = None
        self._noise_bytes = 0
        return out


class LineFramer:
    """Frames that end with CR or LF or both; an empty line is nothing."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._is_overlong = False

    @property
    def is_amid(self) -> bool:
        """See Framer."""
        return bool(self._line) or self._is_overlong

    def feed(self, piece: bytes) -> Frames:
        """See Framer."""
        out: Frames = []
        for byte in piece:
            if byte in _LINE_ENDS:
                if self._line and not self._is_overlong:
                    out.append(bytes(self._line))
                self._forget()
            elif self._is_overlong:
                continue  # the rest of it must not look like a line of its own
            elif len(self._line) == MAX_FRAME_BYTES:
                out.append(FrameRefused(ReadRefusal.OVERLONG, MAX_FRAME_BYTES))
                self._is_overlong = True
            else:
                self._line.append(byte)
        return out

    def silence(self) -> Frames:
        """See Framer."""
        begun = len(self._line)
        out: Frames = [FrameRefused(ReadRefusal.TRUNCATED, begun)] if begun and not self._is_overlong else []
        self._forget()
        return out

    def _forget(self) -> None:
        self._line.clear()
        self._is_overlong = False


class SilentFramer:
    """Frames of `size_bytes` that nothing marks but silence on both sides."""

    def __init__(self, size_bytes: int) -> None:
        self._size_bytes = size_bytes
        self._frame = bytearray()

    @property
    def is_amid(self) -> bool:
        """See Framer."""
        return bool(self._frame)

    def feed(self, piece: bytes) -> Frames:
        """See Framer."""
        self._frame += piece[: MAX_FRAME_BYTES - len(self._frame)]
        return []

    def silence(self) -> Frames:
        """See Framer."""
        frame = bytes(self._frame)
        self._frame.clear()
        if not frame:
            return []
        if len(frame) == self._size_bytes:
            return [frame]
        blame = ReadRefusal.TRUNCATED if len(frame) < self._size_bytes else ReadRefusal.OVERLONG
        return [FrameRefused(blame, len(frame))]


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryShape:
    """How binary frames are marked.

    `start`, `end`: bytes that begin and end every frame, if any. `fixed_bytes`: the length of every frame, marks
    included; 0 if it stands in the frame: then `count_at`, `count_bytes` say where (highest byte first, counted from
    the first byte of the frame) and `adds` what to add to it for the length of the whole frame, which is between
    `shortest_bytes` and `longest_bytes`.
    """

    start: bytes = b""
    end: bytes = b""
    fixed_bytes: int = 0
    count_at: int = 0
    count_bytes: int = 1
    adds: int = 0
    shortest_bytes: int = 1
    longest_bytes: int = MAX_FRAME_BYTES


class BinaryFramer:
    """Frames of `shape`. `blame_of`: what is wrong with what stands between the marks; None if nothing is."""

    def __init__(self, shape: BinaryShape, blame_of: Callable[[bytes], ReadRefusal | None]) -> None:
        self._shape = shape
        self._blame_of = blame_of
        self._buffer = bytearray()
        self._noise_bytes = 0
        self._is_lost = False

    @property
    def is_amid(self) -> bool:
        """See Framer."""
        return bool(self._buffer) or self._noise_bytes > 0 or self._is_lost

    def feed(self, piece: bytes) -> Frames:
        """See Framer."""
        out: Frames = []
        self._buffer += piece
        while self._buffer and self._advance(out):
            pass  # what is left over is less than one frame
        return out

    def silence(self) -> Frames:
        """See Framer."""
        out: Frames = []
        if self._noise_bytes:
            out.append(FrameRefused(ReadRefusal.NOISE, self._noise_bytes))
        if self._buffer and not self._is_lost:
            out.append(FrameRefused(ReadRefusal.TRUNCATED, len(self._buffer)))
        self._buffer.clear()
        self._noise_bytes = 0
        self._is_lost = False
        return out

    def _advance(self, out: Frames) -> bool:
        """Take one frame or one useless byte off the buffer. Returns whether it did."""
        shape, buffer = self._shape, self._buffer
        begins = bytes(buffer[: len(shape.start)])
        if begins != shape.start[: len(begins)]:
            self._skip()
            return True
        size = self._size()
        if size is None:
            return False
        if not shape.shortest_bytes <= size <= shape.longest_bytes:
            self._refuse(ReadRefusal.WRONG_LENGTH, len(buffer), out)
            return True
        if len(buffer) < size:
            return False
        whole = bytes(buffer[:size])
        content = whole[len(shape.start) : size - len(shape.end)]
        if not whole.endswith(shape.end):
            self._refuse(ReadRefusal.WRONG_LENGTH, size, out)
        elif (blame := self._blame_of(content)) is not None:
            self._refuse(blame, size, out)
        else:
            out.append(content)
            del buffer[:size]
            self._is_lost = False
        return True

    def _size(self) -> int | None:
        """Return how long the frame at the head of the buffer says it is; None before it does."""
        shape = self._shape
        if shape.fixed_bytes:
            return shape.fixed_bytes
        end = shape.count_at + shape.count_bytes
        if len(self._buffer) < end:
            return None
        return int.from_bytes(self._buffer[shape.count_at : end], "big") + shape.adds

    def _refuse(self, blame: ReadRefusal, length_bytes: int, out: Frames) -> None:
        """Give up the frame at the head of the buffer; told once until a frame holds again."""
        if not self._is_lost:
            out.append(FrameRefused(blame, length_bytes))
        self._is_lost = True
        del self._buffer[0]

    def _skip(self) -> None:
        """Drop a byte that can not begin a frame."""
        self._noise_bytes += not self._is_lost and self._buffer[0] not in _LINE_ENDS
        del self._buffer[0]
