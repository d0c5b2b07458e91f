"""The people of a drill: what becomes of each of them is known beforehand, and stands here as what a board must show.

Belongs here: fates and the truth. Does not belong here: gates and screens, through which the truth reaches a board.
"""

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from contract.site import Site
from simulators.people import Person, people
from simulators.scene import Scene, Simulation

LAWN: Final = "lawn"
CAR_PARK: Final = "car-park"


class Fate(enum.StrEnum):
    """How somebody comes to be accounted for."""

    EXIT = "goes out, and is read"
    READER = "is read at a muster point"
    AT_TABLET = "is seen by the warden of the hall"
    AT_TABLET_AWAY = "is seen by the warden of the tower, who has no network"
    PHONE = "answers by phone"
    STAYS = "stays by order"
    UNEXPECTED = "was never read inside, and stands at a muster point"
    RESPONDER = "comes in when the others have gone"


_OF_TWENTY: Final = (
    *[Fate.EXIT] * 6,
    *[Fate.READER] * 4,
    *[Fate.AT_TABLET] * 4,
    *[Fate.AT_TABLET_AWAY] * 4,
    Fate.PHONE,
    Fate.EXIT,
)
_STAYING: Final = 2
_NOT_INSIDE: Final = (Fate.UNEXPECTED, Fate.RESPONDER)


@dataclass(frozen=True, slots=True)
class Someone:
    """One person of the drill. `upstairs`: was in the tower when it began."""

    person: Person
    fate: Fate
    upstairs: bool

    @property
    def name(self) -> str:
        return self.person.name

    @property
    def card(self) -> str:
        return self.person.card.texts[0]

    @property
    def was_inside(self) -> bool:
        return self.fate not in _NOT_INSIDE


@dataclass
class Crowd:
    """Everybody, and the truth: state and muster point by name, as a board must show them."""

    everybody: list[Someone]
    truth: dict[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, inside: int, site: Site) -> "Crowd":
        """So many who are inside, and two who are not."""
        persons = people(Scene(site, Simulation(people=inside + len(_NOT_INSIDE), seed=5)))
        fates = [*[Fate.STAYS] * _STAYING, *[_OF_TWENTY[at % len(_OF_TWENTY)] for at in range(inside - _STAYING)]]
        return cls(
            [
                Someone(person, fate, fate is Fate.AT_TABLET_AWAY or (fate in {Fate.EXIT, Fate.READER} and at % 2 == 1))
                for at, (person, fate) in enumerate(zip(persons, [*fates, *_NOT_INSIDE], strict=True))
            ]
        )

    def who(self, fate: Fate) -> list[Someone]:
        return [each for each in self.everybody if each.fate is fate]

    def halves(self, fate: Fate) -> tuple[list[Someone], list[Someone]]:
        """Those who come to it before a controller dies, and those who do after."""
        found = self.who(fate)
        return found[: len(found) // 2], found[len(found) // 2 :]

    def inside(self) -> Iterator[Someone]:
        return (each for each in self.everybody if each.was_inside)

    def begins(self) -> None:
        """The roll is called: whoever is inside is missing."""
        self.truth = {each.name: ("missing", "") for each in self.inside()}

    def are(self, who: Iterable[Someone], state: str, point: str = "") -> None:
        for each in who:
            self.truth[each.name] = (state, point)

    def missing(self) -> int:
        return sum(state == "missing" for state, _ in self.truth.values())
