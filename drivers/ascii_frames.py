"""Frames of ASCII card readers, as a pure object: bytes in, frames and errors out. No I/O, no clock.

What is on the wire. EM4100 readers of the RDM6300 and ID-12 kind send, for each card,

    STX (02)  ten hex digits  [two hex digits: exclusive or of the five bytes]  [CR] [LF]  ETX (03)

Whatever stands between frames is noise from the line. A frame that is never ended is given up at
MAX_FRAME_BYTES, so a stream of garbage needs no more memory than that.

Belongs here: framing and the checksum. Does not belong here: the line (serial_link.py), the reader
(ascii_reader.py).
"""

from dataclasses import dataclass
from typing import Final

from drivers.ports import ReadRefusal

STX: Final = 0x02
ETX: Final = 0x03
CARD_DIGITS: Final = 10
CHECKSUM_DIGITS: Final = 2
MAX_FRAME_BYTES: Final = 32
"""Twice what the longest known frame needs."""
_HEX: Final = frozenset(b"0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class CardFrame:
    """A whole frame: the 40 bits of an EM4100 card."""

    number: int


@dataclass(frozen=True, slots=True)
class FrameRefused:
    """A frame of no use. `blame` is what is wrong with it, `length_bytes` its length between STX and ETX."""

    blame: ReadRefusal
    length_bytes: int


class AsciiFramer:
    """Cuts a byte stream into frames. Counts what it throws away: `noise_bytes` outside of frames.

    `has_checksum`: whether this kind of reader sends one. It must be told: a frame in which one wrong bit makes an STX
    of a digit has as many digits left as one without a checksum.
    """

    def __init__(self, *, has_checksum: bool = True) -> None:
        self.noise_bytes = 0
        self._digits = CARD_DIGITS + (CHECKSUM_DIGITS if has_checksum else 0)
        self._frame: bytearray | None = None

    def reset(self) -> None:
        """Forget a half frame: the line was lost."""
        self._frame = None

    def feed(self, piece: bytes) -> list[CardFrame | FrameRefused]:
        """Take the next bytes of the stream, however it was cut, and return what they complete."""
        out: list[CardFrame | FrameRefused] = []
        for byte in piece:
            if byte == STX:
                if self._frame is not None:
                    out.append(FrameRefused(ReadRefusal.TRUNCATED, len(self._frame)))
                self._frame = bytearray()
            elif self._frame is None:
                self.noise_bytes += 1
            elif byte == ETX:
                out.append(_understand(bytes(self._frame), self._digits))
                self._frame = None
            elif len(self._frame) == MAX_FRAME_BYTES:
                out.append(FrameRefused(ReadRefusal.OVERLONG, MAX_FRAME_BYTES))
                self._frame = None
                self.noise_bytes += 1
            else:
                self._frame.append(byte)
        return out


def _understand(frame: bytes, expected_digits: int) -> CardFrame | FrameRefused:
    digits = frame.removesuffix(b"\n").removesuffix(b"\r")
    if len(digits) != expected_digits:
        return FrameRefused(ReadRefusal.WRONG_LENGTH, len(frame))
    if not _HEX.issuperset(digits):
        return FrameRefused(ReadRefusal.NOT_HEX, len(frame))
    card, checksum = digits[:CARD_DIGITS], digits[CARD_DIGITS:]
    if checksum and int(checksum, 16) != _exclusive_or(bytes.fromhex(card.decode("ascii"))):
        return FrameRefused(ReadRefusal.BAD_CHECKSUM, len(frame))
    return CardFrame(int(card, 16))


def _exclusive_or(data: bytes) -> int:
    result = 0
    for byte in data:
        result ^= byte
    return result
