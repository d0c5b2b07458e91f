"""What the bits of a card say in every format of their length, as a value and in words.

Belongs here: what `sacs decode` and `sacs doctor --cards` share. Does not belong here: formats (drivers/wiegand), or
where the bits come from.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from drivers.wiegand.decode import Understood
    from drivers.wiegand.formats import CardFormat


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """One format of the right length, and what the bits say in it. A field that the format lacks is 0.

    `parity_ok`: nothing contradicts the format; where it has no parity (`has_parity`), that proves little.
    """

    format: str
    description: str
    facility_code: int
    card_number: int | None
    issue_level: int
    oem: int
    parity_ok: bool
    has_parity: bool


class CardWord(msgspec.Struct, frozen=True, kw_only=True):
    """A card word and every format that fits its length."""

    hex: str
    bits: int
    formats: list[Fit]


def card_word(word: int, bits: int, formats: Iterable["CardFormat"]) -> CardWord:
    """Return what the `bits` bits of `word` say in each of `formats` that has so many."""
    from drivers.wiegand.decode import understand

    fits = [_fit(understand(word, card_format)) for card_format in formats if card_format.bits == bits]
    return CardWord(hex=f"{word:0{-(-bits // 4)}X}", bits=bits, formats=fits)


def in_words(card: CardWord) -> Iterator[str]:
    """Yield the lines that a terminal shows."""
    yield f"{card.bits} bits: {int(card.hex, 16):0{card.bits}b}"
    if not card.formats:
        yield "No known format has this many bits. Send the bits, with the number printed on the card, to who"
        yield "made the card: its layout can be added to drivers/wiegand/formats.toml."
    for fit in card.formats:
        number = "none, a digit is above 9" if fit.card_number is None else str(fit.card_number)
        yield (
            f"{fit.format:<9} facility {fit.facility_code:>8}  number {number:>11}  issue {fit.issue_level:>2}"
            f"  oem {fit.oem:>4}  {_parity(fit):<12}  {fit.description}"
        )


def _parity(fit: Fit) -> str:
    if fit.has_parity:
        return "parity fits" if fit.parity_ok else "parity WRONG"
    return "no parity" if fit.parity_ok else "bits WRONG"


def _fit(understood: "Understood") -> Fit:
    return Fit(
        format=understood.card_format.published,
        description=understood.card_format.title,
        facility_code=understood.facility or 0,
        card_number=understood.number,
        issue_level=understood.issue or 0,
        oem=understood.oem or 0,
        parity_ok=understood.is_consistent,
        has_parity=bool(understood.card_format.parities),
    )
