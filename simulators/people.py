"""Seeded people: who holds which pass. The same scene and seed always give the same people.

Each person has one pass, a proximity card, which has two names (cards.py): what OSDP readers get from it
(`h10301:<facility>:<number>`) and what ASCII readers get (`em4100:<ten hexadecimal digits>`).

Belongs here: names, passes, credentials, and what a scan for leaked data has to look for. Does not belong here: where
people are (truth.py) and where they want to go (rhythm.py). Not simulated: lost and replaced passes, PINs, biometrics,
two people with one pass.
"""

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from random import Random
from typing import Final

from contract.ids import AccessPointId
from contract.site import Site
from simulators.cards import ProximityCard
from simulators.scene import Scene, Simulation

FOREVER: Final = datetime(2099, 12, 31, tzinfo=UTC)
LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)
_EXPIRED_AT: Final = datetime(2024, 12, 31, tzinfo=UTC)
_CATEGORIES: Final = ("staff", "staff", "staff", "delegate", "expert", "contractor")
VISITOR: Final = "visitor"
_DOUBLE_NAME_SHARE: Final = 0.25
# All numbers are drawn with a fixed, large count of digits: a search for them in raw bytes finds no accident.
_FACILITIES: Final = (101, 255)
_CARD_NUMBERS: Final = (10_000, 65_535)
_ISSUERS: Final = (0x1000, 0xFFFF)
_PASS_NUMBERS: Final = (10_000_000, 99_999_999)


@dataclass(frozen=True, slots=True)
class Person:
    """One person and the pass that he holds. `number` counts from 1 in this scene; times are aware UTC."""

    number: int
    name: str
    category: str
    pass_number: str
    card: ProximityCard
    access_points: tuple[AccessPointId, ...]
    valid_from: datetime = LONG_AGO
    valid_until: datetime = FOREVER
    blocked: bool = False

    @property
    def is_admitted(self) -> bool:
        """Whether a gate lets this person in: the pass is neither blocked nor expired."""
        return not self.blocked and self.valid_until == FOREVER


def people(scene: Scene, seed: int | None = None) -> list[Person]:
    """Return everybody who holds a pass. `seed` stands in for the scene's own."""
    chance = Random(f"people {scene.simulation.seed if seed is None else seed}")
    wanted = scene.simulation.people
    names = _names(wanted, chance)
    cards = _cards(wanted, chance)
    passes = chance.sample(range(*_PASS_NUMBERS), wanted)
    return [
        _person(number, name, f"UN-{printed}", card, scene, chance)
        for number, (name, card, printed) in enumerate(zip(names, cards, passes, strict=True), start=1)
    ]


def unknown_card(known: Iterable[Person], chance: Random) -> ProximityCard:
    """Return a card that nobody in `known` holds, by either of its names."""
    held = {person.card.data[2:] for person in known}
    while True:
        card = _card(chance.randint(*_FACILITIES), chance.randint(*_CARD_NUMBERS), chance)
        if card.data[2:] not in held:
            return card


def reference_data(persons: Iterable[Person]) -> bytes:
    """Return what a pass office knows, as JSON: a list of objects, in the order of `persons`.

    Keys: `name`, `category`, `pass_number`, `credentials` (canonical texts), `access_points`, `valid_from` and
    `valid_until` (ISO 8601, UTC), `blocked`.
    """
    rows = [
        {
            "name": person.name,
            "category": person.category,
            "pass_number": person.pass_number,
            "credentials": list(person.card.texts),
            "access_points": list(person.access_points),
            "valid_from": person.valid_from.isoformat(),
            "valid_until": person.valid_until.isoformat(),
            "blocked": person.blocked,
        }
        for person in persons
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1).encode()


def plants(persons: Iterable[Person]) -> list[str]:
    """Return every text that tells of a person and must not lie readable in anything that the system writes.

    Names (a name beyond ASCII also as JSON escapes it), pass numbers, canonical credentials, and card numbers in the
    forms that logs like: `facility:number`, and EM4100 digits in lower and upper case.
    """
    found: dict[str, None] = {}
    for person in persons:
        digits = person.card.data.hex()
        number = f"{person.card.facility}:{person.card.number}"
        escaped = json.dumps(person.name)[1:-1]
        for text in (
            person.name,
            escaped,
            person.pass_number,
            *person.card.texts,
            number,
            digits,
            digits.upper(),
        ):
            found[text] = None
    return list(found)


def _names(count: int, chance: Random) -> list[str]:
    listed = tomllib.loads(files("simulators").joinpath("names.toml").read_text(encoding="utf-8"))
    firsts, lasts = listed["first"].split(), listed["last"].split()
    found: dict[str, None] = {}
    while len(found) < count:
        last = chance.choice(lasts)
        if chance.random() < _DOUBLE_NAME_SHARE:
            last = f"{last} {chance.choice(lasts)}"
        found[f"{chance.choice(firsts)} {last}"] = None
    return list(found)


def _cards(count: int, chance: Random) -> list[ProximityCard]:
    numbers = range(_CARD_NUMBERS[0], _CARD_NUMBERS[1] + 1)
    facilities = range(_FACILITIES[0], _FACILITIES[1] + 1)
    drawn = chance.sample(range(len(numbers) * len(facilities)), count)
    return [_card(facilities[index // len(numbers)], numbers[index % len(numbers)], chance) for index in drawn]


def _card(facility: int, number: int, chance: Random) -> ProximityCard:
    return ProximityCard.of(facility, number, chance.randint(*_ISSUERS))


def _person(number: int, name: str, printed: str, card: ProximityCard, scene: Scene, chance: Random) -> Person:
    simulation = scene.simulation
    is_visitor, is_blocked, is_expired = _special(number, simulation)
    return Person(
        number=number,
        name=name,
        category=VISITOR if is_visitor else chance.choice(_CATEGORIES),
        pass_number=printed,
        card=card,
        access_points=tuple(simulation.visitor_access_points) if is_visitor else _every_access_point(scene.site),
        valid_until=_EXPIRED_AT if is_expired else FOREVER,
        blocked=is_blocked,
    )


def _special(number: int, simulation: Simulation) -> tuple[bool, bool, bool]:
    """The first people are visitors, the next ones hold blocked and then expired passes."""
    visitors, blocked = simulation.visitors, simulation.visitors + simulation.blocked
    return number <= visitors, visitors < number <= blocked, blocked < number <= blocked + simulation.expired


def _every_access_point(site: Site) -> tuple[AccessPointId, ...]:
    return tuple(point.id for point in site.access_point)
