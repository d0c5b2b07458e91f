"""Card bits to a credential, by the formats that a reader may read.

A credential made here is identified and nothing more: whoever once read a card can send the same bits.

Belongs here: pure decoding. Does not belong here: where the bits came from, and any format by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from contract.ids import ReaderId
from drivers.ports import Credential, CredentialRead, ReadRefusal, ReadRefused
from drivers.wiegand.formats import CardFormat, Field


class CardBitsError(Exception):
    """Card bits that are no credential. Messages name formats and lengths, never bits."""


class UnknownFormatError(CardBitsError):
    """No format that this reader may read has this many bits."""


class ParityError(CardBitsError):
    """Formats of this length exist, but parity, fixed bits or digits contradict each of them."""


@dataclass(frozen=True, slots=True, repr=False)
class Understood:
    """What a card word says if it is of `card_format`.

    `number` is None if its digits are none; the other fields are None where the format has no such field.
    `is_consistent`: whether parity, fixed bits and digits are as the format wants them.
    """

    card_format: CardFormat
    facility: int | None
    number: int | None
    issue: int | None
    oem: int | None
    is_consistent: bool


def word_of(data: bytes, bits: int) -> int:
    """Return the first `bits` bits of `data` (first bit sent = highest bit of the first byte) as a number.

    Raises UnknownFormatError if `data` is shorter than it says.
    """
    if not 0 < bits <= len(data) * 8:
        raise UnknownFormatError(f"{bits} bits announced, {len(data)} bytes sent")
    return int.from_bytes(data, "big") >> len(data) * 8 - bits


def understand(word: int, card_format: CardFormat) -> Understood:
    """Return what `word`, which has as many bits as `card_format`, says if it is of that format."""
    number = _number(word, card_format)
    return Understood(
        card_format=card_format,
        facility=_value(word, card_format.facility),
        number=number,
        issue=_value(word, card_format.issue),
        oem=_value(word, card_format.oem),
        is_consistent=number is not None and _is_consistent(word, card_format),
    )


def decode(word: int, bits: int, formats: Sequence[CardFormat]) -> Credential:
    """Return the credential in the `bits` bits of `word` by the first of `formats` that accepts them.

    Raises UnknownFormatError if none of them has this length, ParityError if all that have refuse the bits.
    """
    candidates = [card_format for card_format in formats if card_format.bits == bits]
    if not candidates:
        raise UnknownFormatError(f"no accepted format has {bits} bits")
    for card_format in candidates:
        understood = understand(word, card_format)
        if understood.is_consistent and understood.number is not None:
            return Credential(
                format=card_format.name,
                number=understood.number,
                facility=understood.facility,
                issue=understood.issue,
                oem=understood.oem,
            )
    raise ParityError(f"refused by {', '.join(candidate.name for candidate in candidates)}")


def read_word(
    reader: ReaderId, word: int, bits: int, formats: Sequence[CardFormat], read_boottime_ns: int
) -> CredentialRead | ReadRefused:
    """Return what a gate is told of the `bits` bits of `word`: a card, or why not, with the bits for the technician."""
    try:
        return CredentialRead(reader, decode(word, bits, formats), read_boottime_ns)
    except ParityError:
        return ReadRefused(reader, ReadRefusal.PARITY, bits, f"{word:0{bits}b}")
    except UnknownFormatError:
        return ReadRefused(reader, ReadRefusal.UNKNOWN_FORMAT, bits, f"{word:0{bits}b}" if bits > 0 else "")


def _is_consistent(word: int, card_format: CardFormat) -> bool:
    parity_holds = all((word & rule.mask).bit_count() % 2 == rule.ones for rule in card_format.parities)
    return parity_holds and all(word & rule.mask == rule.value for rule in card_format.fixed)


def _value(word: int, field: Field | None) -> int | None:
    return None if field is None else field.of(word)


def _number(word: int, card_format: CardFormat) -> int | None:
    number = card_format.number.of(word)
    if not card_format.decimal_digits:
        return number
    digits = f"{number:0{card_format.number.width // 4}x}"
    return int(digits) if digits.isdecimal() else None
