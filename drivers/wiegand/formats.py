"""Card formats: their description as data, checked when loaded.

Belongs here: what a format is. Does not belong here: decoding (decode.py), and any single format.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Final, Literal

import msgspec

DEFAULT_FORMAT: Final = "h10301"
MAX_CARD_BITS: Final = 512
"""Longer card words are refused unread; libosdp carries at most 64 bytes."""


class BadFormatError(ValueError):
    """A format description that contradicts itself, or a format name that nobody described."""


class ParityRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One parity bit, as written in formats.toml."""

    at: int
    kind: Literal["even", "odd"]
    over: str


class FixedBits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bits with one value on every card, as written in formats.toml."""

    bits: str
    value: int


class FormatDescription(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One format, as written in formats.toml; the keys are explained there."""

    name: str
    bits: int
    number: str
    facility: str = ""
    issue: str = ""
    oem: str = ""
    digits: Literal["binary", "bcd"] = "binary"
    parity: tuple[ParityRule, ...] = ()
    fixed: tuple[FixedBits, ...] = ()


class _FormatFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: tuple[FormatDescription, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """Positions of a field's bits, most significant first; bit 0 is the first that the reader sent."""

    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Parity:
    """The ones among the bits under `mask` (the parity bit and all that it covers), modulo two, must be `ones`."""

    mask: int
    ones: int


@dataclass(frozen=True, slots=True)
class Fixed:
    """The word's bits under `mask` must equal `value`."""

    mask: int
    value: int


@dataclass(frozen=True, slots=True)
class CardFormat:
    """A format, ready for decoding."""

    name: str
    bits: int
    number: Field
    facility: Field | None
    issue: Field | None
    oem: Field | None
    decimal_digits: bool
    parities: tuple[Parity, ...]
    fixed: tuple[Fixed, ...]


def card_formats(names: Iterable[str]) -> tuple[CardFormat, ...]:
    """Return the described formats called `names`. Raises BadFormatError for a name that nobody described."""
    known = all_card_formats()
    wanted = tuple(names)
    missing = [name for name in wanted if name not in known]
    if missing or not wanted:
        raise BadFormatError(f"unknown card formats {missing}; known are {', '.join(sorted(known))}")
    return tuple(known[name] for name in wanted)


@cache
def all_card_formats() -> dict[str, CardFormat]:
    """Return every format of formats.toml by its name."""
    return parse_formats(files("drivers.wiegand").joinpath("formats.toml").read_text(encoding="utf-8"))


def parse_formats(toml: str) -> dict[str, CardFormat]:
    """Read format descriptions. Raises BadFormatError if one contradicts itself or stands twice."""
    try:
        described = msgspec.convert(tomllib.loads(toml), _FormatFile).format
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadFormatError(str(error)) from error
    formats = {description.name: _card_format(description) for description in described}
    if len(formats) != len(described):
        raise BadFormatError("two formats have the same name")
    return formats


def _card_format(description: FormatDescription) -> CardFormat:
    bits = description.bits
    if not 1 <= bits <= MAX_CARD_BITS:
        raise BadFormatError(f"{description.name}: {bits} bits is no length of a card word")

    def field(text: str) -> Field | None:
        return Field(_positions(description, text)) if text else None

    number = Field(_positions(description, description.number))
    if description.digits == "bcd" and len(number.positions) % 4:
        raise BadFormatError(f"{description.name}: decimal digits need four bits each")
    parities = tuple(
        Parity(_mask(bits, {rule.at, *_positions(description, rule.over)}), int(rule.kind == "odd"))
        for rule in description.parity
    )
    fixed = tuple(_fixed(description, rule) for rule in description.fixed)
    return CardFormat(
        name=description.name,
        bits=bits,
        number=number,
        facility=field(description.facility),
        issue=field(description.issue),
        oem=field(description.oem),
        decimal_digits=description.digits == "bcd",
        parities=parities,
        fixed=fixed,
    )


def _fixed(description: FormatDescription, rule: FixedBits) -> Fixed:
    positions = _positions(description, rule.bits)
    if not 0 <= rule.value < 1 << len(positions) or any(right != left + 1 for left, right in pairwise(positions)):
        raise BadFormatError(f"{description.name}: {rule.value} does not fit into bits {rule.bits}")
    return Fixed(_mask(description.bits, positions), rule.value << description.bits - 1 - positions[-1])


def _mask(bits: int, positions: Iterable[int]) -> int:
    return sum(1 << bits - 1 - position for position in positions)


def _positions(description: FormatDescription, text: str) -> tuple[int, ...]:
    positions: list[int] = []
    try:
        for part in text.split(","):
            first, _, last = part.partition("-")
            positions.extend(range(int(first), int(last or first) + 1))
    except ValueError as error:
        raise BadFormatError(f"{description.name}: {text!r} does not name bits") from error
    if not positions or min(positions) < 0 or max(positions) >= description.bits or _repeats(positions):
        raise BadFormatError(f"{description.name}: {text!r} names bits twice, or bits that the word does not have")
    return tuple(positions)


def _repeats(positions: list[int]) -> bool:
    return len(set(positions)) != len(positions)
