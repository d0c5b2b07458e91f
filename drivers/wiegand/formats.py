"""Card formats: their description as data, checked when loaded.

Belongs here: what a format is. Does not belong here: decoding (decode.py), and any single format.
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Annotated, Final, Literal

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

    name: Annotated[str, msgspec.Meta(min_length=1)]
    bits: int
    number: str
    title: str = ""
    facility: str = ""
    issue: str = ""
    oem: str = ""
    digits: Literal["binary", "bcd"] = "binary"
    parity: tuple[ParityRule, ...] = ()
    fixed: tuple[FixedBits, ...] = ()


class _FormatFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: tuple[FormatDescription, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Bits of a word that stand together: `word >> shift & mask`; `width` of them."""

    shift: int
    mask: int
    width: int


@dataclass(frozen=True, slots=True)
class Field:
    """Where the bits of a field lie, most significant first."""

    runs: tuple[Run, ...]

    def of(self, word: int) -> int:
        """Return what `word` holds here."""
        value = 0
        for run in self.runs:
            value = value << run.width | word >> run.shift & run.mask
        return value

    @property
    def width(self) -> int:
        """How many bits the field has."""
        return sum(run.width for run in self.runs)


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
    """A format, ready for decoding. `name`: in small letters, as in texts; `published`: as the trade writes it."""

    name: str
    published: str
    title: str
    bits: int
    number: Field
    facility: Field | None
    issue: Field | None
    oem: Field | None
    decimal_digits: bool
    parities: tuple[Parity, ...]
    fixed: tuple[Fixed, ...]


def card_formats(names: Iterable[str]) -> tuple[CardFormat, ...]:
    """Return the described formats called `names`, in any case. Raises BadFormatError for one that nobody described.

    None at all: no card word is understood, and each is refused with its bits.
    """
    known = all_card_formats()
    wanted = tuple(name.lower() for name in names)
    missing = [name for name in wanted if name not in known]
    if missing:
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
    formats = {card_format.name: card_format for card_format in map(_card_format, described)}
    if len(formats) != len(described):
        raise BadFormatError("two formats have the same name")
    return formats


def _card_format(description: FormatDescription) -> CardFormat:
    bits = description.bits
    if not 1 <= bits <= MAX_CARD_BITS:
        raise BadFormatError(f"{description.name}: {bits} bits is no length of a card word")

    def field(text: str) -> Field | None:
        return _field(bits, _positions(description, text)) if text else None

    number = _field(bits, _positions(description, description.number))
    if description.digits == "bcd" and number.width % 4:
        raise BadFormatError(f"{description.name}: decimal digits need four bits each")
    if any(not 0 <= rule.at < bits for rule in description.parity):
        raise BadFormatError(f"{description.name}: a parity bit stands where the word has none")
    parities = tuple(
        Parity(_mask(bits, {rule.at, *_positions(description, rule.over)}), int(rule.kind == "odd"))
        for rule in description.parity
    )
    fixed = tuple(_fixed(description, rule) for rule in description.fixed)
    return CardFormat(
        name=description.name.lower(),
        published=description.name,
        title=description.title,
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


def _field(bits: int, positions: Sequence[int]) -> Field:
    starts = [at for at in range(len(positions)) if at == 0 or positions[at] != positions[at - 1] + 1]
    runs = [positions[start:end] for start, end in pairwise([*starts, len(positions)])]
    return Field(tuple(Run(bits - 1 - run[-1], (1 << len(run)) - 1, len(run)) for run in runs))


def _mask(bits: int, positions: Iterable[int]) -> int:
    return sum(1 << bits - 1 - position for position in positions)


def _positions(description: FormatDescription, text: str) -> tuple[int, ...]:
    positions: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        try:
            start, end = int(first), int(last or first)
        except ValueError as error:
            raise BadFormatError(f"{description.name}: {text!r} does not name bits") from error
        if not 0 <= start <= end < description.bits:
            raise BadFormatError(f"{description.name}: {text!r} names bits that the word does not have")
        positions.extend(range(start, end + 1))
    if _repeats(positions):
        raise BadFormatError(f"{description.name}: {text!r} names bits twice")
    return tuple(positions)


def _repeats(positions: list[int]) -> bool:
    return len(set(positions)) != len(positions)
