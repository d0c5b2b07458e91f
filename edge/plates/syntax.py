"""What countries write on number plates: forms as data (countries/*.toml), checked when loaded.

A canonical plate (contract/plates.py) is A-Z and 0-9 alone: no blanks, dots, hyphens, seals or emblems, an umlaut as
its plain letter.

Belongs here: forms, and which of them somebody asked for. Does not belong here: pictures, or how sure a character is.
"""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from math import log
from typing import Annotated, Final

import msgspec

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS: Final = "0123456789"
ALPHABET: Final = LETTERS + DIGITS
MOST_CHARACTERS: Final = 10
_SETS: Final = {"A": LETTERS, "9": DIGITS, "1": DIGITS[1:], "X": ALPHABET}
_NAME: Final = re.compile(r"[a-z]{2}")


class BadSyntaxError(ValueError):
    """A description of plates that contradicts itself, or a country that nobody described."""


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way to write a plate: a set for each character. `weight`: how usual it is beside the country's others.

    Sets: A a letter, 9 a digit, 1 a digit but 0, X either, and those of the country by their lower-case name; where
    the country lists its districts, leading d are the letters of one.
    """

    pattern: Annotated[str, msgspec.Meta(min_length=2, max_length=MOST_CHARACTERS)]
    weight: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0


class Country(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One country's plates. `band`: letters that stand at the plate's edge and are no part of it.

    `rare`: letters that are seldom or never issued because they look like digits; `districts`: what plates begin with;
    `source`: where the forms are from.
    """

    name: str
    source: str
    forms: list[Form]
    band: str = ""
    rare: str = ""
    districts: list[str] = []
    sets: dict[str, str] = {}


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    countries: dict[str, Country]


class Slots(msgspec.Struct, frozen=True):
    """A form, ready to be tried: which characters may stand where, and the logarithm of how usual it is.

    Its first `district_letters` are one of `districts`, as a rule: lists grow old.
    """

    sets: tuple[frozenset[str], ...]
    rare: frozenset[str]
    district_letters: int
    districts: frozenset[str]
    log_weight: float

    def has_district(self, plate: str) -> bool:
        """Tell whether `plate`, which has this form, begins with a district that is known, or needs none."""
        return not self.district_letters or plate[: self.district_letters] in self.districts

    def fits(self, plate: str) -> bool:
        """Tell whether `plate` has this form."""
        return len(plate) == len(self.sets) and all(c in allowed for c, allowed in zip(plate, self.sets, strict=True))


class Syntax(msgspec.Struct, frozen=True):
    """The forms of one or several countries, and what may stand in their plates' bands."""

    forms: tuple[Slots, ...]
    bands: frozenset[str]

    def fits(self, plate: str) -> bool:
        """Tell whether `plate`, canonical, has one of the forms."""
        return any(form.fits(plate) for form in self.forms)


def country_names() -> list[str]:
    """Return every name that syntax_of() knows: regions (eu, us, br) and the countries in them by ISO 3166-1."""
    regions = _regions()
    return sorted({*regions, *(code for countries in regions.values() for code in countries)})


@cache
def syntax_of(names: tuple[str, ...]) -> Syntax:
    """Return the forms of these regions or countries; of all that are known if none is named. Raises BadSyntaxError."""
    regions = _regions()
    wanted: dict[str, Country] = {}
    for name in names or tuple(regions):
        found = regions.get(name) or {code: known[name] for code, known in regions.items() if name in known}
        if not found:
            message = f"nobody has described the plates of {name[:20]!r}; known are {', '.join(country_names())}"
            raise BadSyntaxError(message)
        wanted |= {country.name: country for country in found.values()}
    forms: dict[Slots, float] = {}
    for country in wanted.values():
        for slots in _slots(country):
            key = msgspec.structs.replace(slots, log_weight=0.0)
            forms[key] = max(slots.log_weight, forms.get(key, slots.log_weight))
    return Syntax(
        tuple(msgspec.structs.replace(slots, log_weight=weight) for slots, weight in forms.items()),
        frozenset(country.band for country in wanted.values() if country.band),
    )


@cache
def _regions() -> dict[str, dict[str, Country]]:
    folder = files("edge.plates") / "countries"
    return {
        file.name.removesuffix(".toml"): parse_countries(file.read_text("utf-8"), file.name)
        for file in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if file.name.endswith(".toml")
    }


def parse_countries(text: str, file_name: str) -> dict[str, Country]:
    """Return the countries of one file by their codes. Raises BadSyntaxError."""
    try:
        found = msgspec.convert(tomllib.loads(text), _File).countries
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        message = f"{file_name}: {error}"
        raise BadSyntaxError(message) from None
    for code, country in found.items():
        if not _NAME.fullmatch(code) or not country.forms:
            message = f"{file_name}: {code[:20]!r} must be a country's two letters, with at least one form"
            raise BadSyntaxError(message)
        for form in country.forms:
            unknown = set(form.pattern) - {*_SETS, *country.sets, *("d" if country.districts else "")}
            if unknown or any(len(name) != 1 or not name.islower() for name in country.sets):
                message = f"{file_name}: {code}: pattern {form.pattern!r} needs sets that nobody described"
                raise BadSyntaxError(message)
        if any(not allowed or set(allowed) - set(ALPHABET) for allowed in country.sets.values()):
            message = f"{file_name}: {code}: a set holds some of A-Z and 0-9, each as it stands on a plate"
            raise BadSyntaxError(message)
    return found


def _slots(country: Country) -> Sequence[Slots]:
    described = {**_SETS, **country.sets, **({"d": LETTERS} if country.districts else {})}
    sets = {name: frozenset(allowed) for name, allowed in described.items()}
    return [
        Slots(
            tuple(sets[name] for name in form.pattern),
            frozenset(country.rare),
            len(form.pattern) - len(form.pattern.lstrip("d")) if country.districts else 0,
            frozenset(country.districts),
            log(form.weight),
        )
        for form in country.forms
    ]
