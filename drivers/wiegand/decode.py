"""Card bits to a credential, by the formats that a reader may read.

Belongs here: pure decoding. Does not belong here: where the bits came from, and any format by name.
"""

from collections.abc import Sequence

from drivers.ports import Credential
from drivers.wiegand.formats import CardFormat, Field


class CardBitsError(Exception):
    """Card bits that are no credential. Messages name formats and lengths, never bits."""


class UnknownFormatError(CardBitsError):
    """No format that this reader may read has this many bits."""


class ParityError(CardBitsError):
    """Formats of this length exist, but parity, fixed bits or digits contradict each of them."""


def word_of(data: bytes, bits: int) -> int:
    """Return the first `bits` bits of `data` (first bit sent = highest bit of the first byte) as a number.

    Raises UnknownFormatError if `data` is shorter than it says.
    """
    if not 0 < bits <= len(data) * 8:
        raise UnknownFormatError(f"{bits} bits announced, {len(data)} bytes sent")
    return int.from_bytes(data, "big") >> len(data) * 8 - bits


def decode(word: int, bits: int, formats: Sequence[CardFormat]) -> Credential:
    """Return the credential in the `bits` bits of `word` by the first of `formats` that accepts them.

    Raises UnknownFormatError if none of them has this length, ParityError if all that have refuse the bits.
    """
    candidates = [card_format for card_format in formats if card_format.bits == bits]
    if not candidates:
        raise UnknownFormatError(f"no accepted format has {bits} bits")
    for card_format in candidates:
        number = _number(word, card_format)
        if number is not None and _is_consistent(word, card_format):
            return Credential(
                format=card_format.name,
                number=number,
                facility=_value(word, card_format, card_format.facility),
                issue=_value(word, card_format, card_format.issue),
                oem=_value(word, card_format, card_format.oem),
            )
    raise ParityError(f"refused by {', '.join(candidate.name for candidate in candidates)}")


def _is_consistent(word: int, card_format: CardFormat) -> bool:
    parity_holds = all((word & rule.mask).bit_count() % 2 == rule.ones for rule in card_format.parities)
    return parity_holds and all(word & rule.mask == rule.value for rule in card_format.fixed)


def _value(word: int, card_format: CardFormat, field: Field | None) -> int | None:
    return None if field is None else _bits_of(word, card_format, field.positions)


def _number(word: int, card_format: CardFormat) -> int | None:
    positions = card_format.number.positions
    if not card_format.decimal_digits:
        return _bits_of(word, card_format, positions)
    digits = [_bits_of(word, card_format, positions[at : at + 4]) for at in range(0, len(positions), 4)]
    if max(digits) > 9:
        return None
    return int("".join(map(str, digits)))


def _bits_of(word: int, card_format: CardFormat, positions: Sequence[int]) -> int:
    value = 0
    for position in positions:
        value = value << 1 | word >> card_format.bits - 1 - position & 1
    return value
