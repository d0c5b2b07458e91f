"""The ground truth: in which area each body is, whatever any reader saw.

Belongs here: bodies, and what a perfect count of the reads would say. Does not belong here: why anybody moves. Only the
simulator and tests see this; the system never does.
"""

from collections import Counter
from dataclasses import dataclass

from contract.ids import OUTSIDE, AreaId


class TruthError(ValueError):
    """A move that no body can make: out of an area in which the person is not."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is true at one moment, without anybody's name.

    `read_present`, `read_by_area`: where people are if only moves that were read had happened, which is what a perfect
    count can know. `unread_entries` and `unread_exits` are moves over the border of the premises.
    """

    present: int
    by_area: dict[AreaId, int]
    read_present: int
    read_by_area: dict[AreaId, int]
    moves: int
    unread_entries: int
    unread_exits: int

    @property
    def unread(self) -> int:
        """Moves that no reader saw."""
        return self.unread_entries + self.unread_exits


class Truth:
    """Where everybody is. Persons are numbers; whoever was never mentioned is outside."""

    def __init__(self, areas: list[AreaId]) -> None:
        """Begin with everybody outside. `areas`: the areas inside."""
        self._areas = [area for area in areas if area != OUTSIDE]
        self._place: dict[int, AreaId] = {}
        self._read_place: dict[int, AreaId] = {}
        self._bodies = Counter[AreaId]()
        self._read_bodies = Counter[AreaId]()
        self._moves = 0
        self._unread_entries = 0
        self._unread_exits = 0

    def place(self, person: int) -> AreaId:
        """Return where a person is."""
        return self._place.get(person, OUTSIDE)

    def inside(self) -> dict[int, AreaId]:
        """Return everybody who is not outside, and where."""
        return dict(self._place)

    def move(self, person: int, source: AreaId, target: AreaId, *, is_read: bool) -> None:
        """A body goes from `source` to `target`. Raises TruthError if it is not in `source`."""
        if self.place(person) != source:
            message = f"a body can not leave {source}: it is in {self.place(person)}"
            raise TruthError(message)
        self._moves += 1
        _carry(self._place, self._bodies, person, target)
        if is_read:
            _carry(self._read_place, self._read_bodies, person, target)
        elif target == OUTSIDE:
            self._unread_exits += 1
        else:
            self._unread_entries += 1

    def figures(self) -> Figures:
        """Return the truth of this moment."""
        by_area = {area: self._bodies[area] for area in self._areas}
        read_by_area = {area: self._read_bodies[area] for area in self._areas}
        return Figures(
            present=sum(by_area.values()),
            by_area=by_area,
            read_present=sum(read_by_area.values()),
            read_by_area=read_by_area,
            moves=self._moves,
            unread_entries=self._unread_entries,
            unread_exits=self._unread_exits,
        )


def _carry(places: dict[int, AreaId], bodies: Counter[AreaId], person: int, target: AreaId) -> None:
    before = places.get(person, OUTSIDE)
    if before != OUTSIDE:
        bodies[before] -= 1
    if target == OUTSIDE:
        places.pop(person, None)
    else:
        places[person] = target
        bodies[target] += 1
