"""What a serial reader says, by its profile: a pure object, bytes in, cards and refusals out. No I/O, no clock.

Nothing is taken from a frame before its length, its digits and its checksum are right.

Belongs here: what stands in a frame. Does not belong here: where it begins and ends (framing.py), the line and the
events of a gate (reader.py), what raw card bits mean (drivers/wiegand).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from drivers.ports import HEX_DIGITS, Credential, ReadRefusal
from drivers.serial.checksum import checksum, size_bytes
from drivers.serial.framing import (
    BinaryFramer,
    BinaryShape,
    DelimitedFramer,
    Framer,
    FrameRefused,
    Frames,
    LineFramer,
    SilentFramer,
)
from drivers.serial.profile import WIEGAND, Card, Delimited, Fixed, Lines, SerialProfile, Silent, When, places
from drivers.wiegand.formats import MAX_CARD_BITS, card_formats

_ALPHABET: Final = {"hex": "0123456789ABCDEF", "decimal": "0123456789", "binary": "01"}
_BASE: Final = {"hex": 16, "bytes": 16, "decimal": 10, "binary": 2}
SILENCE_S: Final = 0.5
"""A frame that was begun this long ago will not be ended. Far above what adapters and machines delay a byte, for a
frame given up too early is a card lost; far below the time in which somebody presents a card again."""


@dataclass(frozen=True, slots=True, repr=False)
class CardWord:
    """The raw bits of a card: the lowest `bits` bits of `word`, the first sent being the highest."""

    word: int
    bits: int


Said = Credential | CardWord | FrameRefused


class _Misfit(Exception):  # noqa: N818 - a frame is no error of ours
    """Why a frame is of no use."""

    def __init__(self, blame: ReadRefusal) -> None:
        super().__init__(blame)
        self.blame = blame


class SerialDecoder:
    """Understands the bytes of one reader of the model `profile`.

    `silence_s`: how long nothing has to come before it is told of silence.
    """

    def __init__(self, profile: SerialProfile) -> None:
        self._profile = profile
        self._framer = _framer_of(profile, self)
        self.silence_s = profile.frame.silence_ms / 1000 if isinstance(profile.frame, Silent) else SILENCE_S

    @property
    def is_amid(self) -> bool:
        """Whether something has arrived that is neither understood nor refused yet."""
        return self._framer.is_amid

    def feed(self, piece: bytes) -> list[Said]:
        """Take the next bytes of the stream, however it was cut, and return what they say."""
        return list(self._said(self._framer.feed(piece)))

    def silence(self) -> list[Said]:
        """Nothing came for a while, or the line was lost: give up what was begun."""
        return list(self._said(self._framer.silence()))

    def blame_of(self, content: bytes) -> ReadRefusal | None:
        """Return what is wrong with the length, digits or checksum of a frame; None if nothing is."""
        try:
            self._digits(content)
        except _Misfit as misfit:
            return misfit.blame
        return None

    def _said(self, frames: Frames) -> Iterator[Said]:
        for frame in frames:
            if isinstance(frame, FrameRefused):
                yield frame
                continue
            try:
                read = self._read(self._digits(frame))
            except _Misfit as misfit:
                yield FrameRefused(misfit.blame, len(frame))
            else:
                if read is not None:
                    yield read

    def _digits(self, frame: bytes) -> str:
        """Return the digits of a frame that is whole. Raises _Misfit."""
        content = self._profile.content
        if content.digits == "bytes":
            digits = frame.hex().upper()
        else:
            text = frame.rstrip(b"\r\n").decode("latin-1").upper()
            digits = "".join(character for character in text if character not in content.skip)
        if not digits or (content.lengths and len(digits) not in content.lengths):
            raise _Misfit(ReadRefusal.WRONG_LENGTH)
        if content.digits != "bytes" and not set(digits).issubset(_ALPHABET[content.digits]):
            raise _Misfit(ReadRefusal.NOT_HEX)
        if not self._sums_up(digits):
            raise _Misfit(ReadRefusal.BAD_CHECKSUM)
        return digits

    def _sums_up(self, digits: str) -> bool:
        described = self._profile.checksum
        if described is None:
            return True
        sent, over = digits[places(described.at)], digits[places(described.over)]
        if len(sent) != 2 * size_bytes(described.kind) or not over or len(over) % 2:
            return False
        return int.from_bytes(bytes.fromhex(sent), described.order) == checksum(described.kind, bytes.fromhex(over))

    def _read(self, digits: str) -> Credential | CardWord | None:
        """Return what the digits say; None for a frame that is no read. Raises _Misfit."""
        if any(_hold(status.when, digits) for status in self._profile.status):
            return None
        for card in self._profile.card:
            if _hold(card.when, digits):
                return self._word(card, digits) if card.format == WIEGAND else self._credential(card, digits)
        raise _Misfit(ReadRefusal.UNSUPPORTED_CARD)

    def _credential(self, card: Card, digits: str) -> Credential:
        number = self._value(_ordered(card, digits[places(card.number)]))
        if card.format in HEX_DIGITS:
            _check_width(number, 4 * HEX_DIGITS[card.format])
            return Credential(format=card.format, number=number)
        (card_format,) = card_formats([card.format])
        _check_width(number, card_format.number.width)
        facility = None
        if card.facility is not None and card_format.facility is not None:
            facility = self._value(digits[places(card.facility)])
            _check_width(facility, card_format.facility.width)
        return Credential(format=card_format.name, number=number, facility=facility)

    def _word(self, card: Card, digits: str) -> CardWord:
        """Return raw card bits, sent in hex or as ones and zeros. Raises _Misfit."""
        sent = _ordered(card, digits[places(card.number)])
        bits = card.bits if card.bits is not None else _count(digits[places(card.count or ":")])
        per_digit = 4 if self._profile.content.digits in {"hex", "bytes"} else 1
        needed = {-(-bits // 4), -(-bits // 8) * 2} if per_digit == 4 else {bits}
        if not 1 <= bits <= MAX_CARD_BITS or len(sent) not in needed:
            raise _Misfit(ReadRefusal.WRONG_LENGTH)
        if per_digit == 1 and not set(sent) <= {"0", "1"}:
            raise _Misfit(ReadRefusal.NOT_HEX)
        word, spare = int(sent, 2**per_digit), len(sent) * per_digit - bits
        if card.align == "left":
            if word & (1 << spare) - 1:
                raise _Misfit(ReadRefusal.WRONG_LENGTH)
            return CardWord(word >> spare, bits)
        _check_width(word, bits)
        return CardWord(word, bits)

    def _value(self, digits: str) -> int:
        if not digits:
            raise _Misfit(ReadRefusal.WRONG_LENGTH)
        return int(digits, _BASE[self._profile.content.digits])


def _count(digits: str) -> int:
    if not digits.isdecimal():
        raise _Misfit(ReadRefusal.NOT_HEX)
    return int(digits)


def _check_width(value: int, bits: int) -> None:
    if value >> bits:
        raise _Misfit(ReadRefusal.WRONG_LENGTH)


def _ordered(card: Card, digits: str) -> str:
    """Return the digits of a number, highest byte first."""
    if card.order == "big":
        return digits
    if len(digits) % 2:
        raise _Misfit(ReadRefusal.WRONG_LENGTH)
    return bytes.fromhex(digits)[::-1].hex().upper()


def _hold(conditions: Sequence[When], digits: str) -> bool:
    return all(digits[places(condition.at)] == condition.means.upper() for condition in conditions)


def _framer_of(profile: SerialProfile, decoder: SerialDecoder) -> Framer:
    frame = profile.frame
    if isinstance(frame, Delimited):
        return DelimitedFramer(int(frame.start, 16), int(frame.end, 16))
    if isinstance(frame, Lines):
        return LineFramer()
    if isinstance(frame, Silent):
        return SilentFramer(frame.bytes)
    start, end = bytes.fromhex(frame.start), bytes.fromhex(frame.end)
    if isinstance(frame, Fixed):
        shape = BinaryShape(start=start, end=end, fixed_bytes=frame.bytes)
    else:
        shape = BinaryShape(
            start=start,
            end=end,
            count_at=frame.count_at,
            count_bytes=frame.count_bytes,
            adds=frame.adds,
            shortest_bytes=max(frame.shortest_bytes, len(start) + len(end) + 1),
            longest_bytes=frame.longest_bytes,
        )
    return BinaryFramer(shape, decoder.blame_of)
