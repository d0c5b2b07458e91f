"""What vehicles, tours and officers do in a scene, day by day.

Belongs here: putting it on the stage's agenda. Does not belong here: emergencies (emergency.py), or who walks (stage).
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Final

from contract.clock import NS_PER_S
from contract.ids import OUTSIDE, AccessPointId, AreaId
from contract.periods import HOUR_S
from simulators.scenes.mishaps import Reconfirming, Swept, Tour, Van
from simulators.scenes.stage import Stage

_HOUR_NS: Final = HOUR_S * NS_PER_S
_DRIVERS: Final = 90_001
"""Drivers of vans are numbered from here: nobody else who holds a pass is."""


def put_on(stage: Stage) -> None:
    """Put all of a scene's daily mishaps on the agenda of its stage."""
    for number, mishap in enumerate(stage.scored.about.mishap):
        if isinstance(mishap, Van):
            for at_ns in _daily(stage, mishap.at_h):
                stage.at(at_ns, _Drive(stage, mishap, _DRIVERS + number).come)
        elif isinstance(mishap, Tour):
            for at_ns in _daily(stage, mishap.at_h):
                stage.at(at_ns, _Visit(stage, mishap).come)
        elif isinstance(mishap, Swept):
            for at_ns in _daily(stage, mishap.at_h):
                stage.at(at_ns, _Sweep(stage, mishap.area).search)
        elif isinstance(mishap, Reconfirming):
            for hour in range(1, stage.scored.about.days * round(timedelta(1).total_seconds()) // HOUR_S):
                stage.at(stage.begin_ns + hour * _HOUR_NS, _Rounds(stage, mishap).look)


def _daily(stage: Stage, at_h: float) -> Iterator[int]:
    for day in range(stage.scored.about.days):
        yield stage.links.at(at_h + day * 24)


class _Drive:
    """One drive of one van."""

    def __init__(self, stage: Stage, van: Van, driver: int) -> None:
        self._stage = stage
        self._van = van
        self._driver = driver
        self._occupants = [stage.nobody_with_a_pass() for _ in range(van.occupants)]

    def come(self, at_ns: int) -> None:
        """The driver is read, the gate officer counts who is with him, and all of them are in."""
        stage, van = self._stage, self._van
        point = stage.points[van.into]
        grant = stage.passes(at_ns, self._driver, point)
        for person in (self._driver, *self._occupants):
            stage.truth.move(person, OUTSIDE, point.to_area, is_read=True)
        self._count(at_ns, van.into, grant, len(self._occupants))
        stage.at(at_ns + round(van.stays_h * _HOUR_NS), self._leave)

    def _leave(self, at_ns: int) -> None:
        stage, van = self._stage, self._van
        point = stage.points[van.out]
        grant = stage.passes(at_ns, self._driver, point)
        going, staying = self._occupants[: van.leave], self._occupants[van.leave :]
        for person in (self._driver, *going):
            stage.truth.move(person, point.from_area, OUTSIDE, is_read=True)
        if van.counted_out:
            self._count(at_ns, van.out, grant, len(going))
        for person in staying:
            after_ns = round(van.rest_h * stage.chance.uniform(0.5, 1.5) * _HOUR_NS)
            stage.at(at_ns + after_ns, partial(self._walk_out, person, point.from_area))

    def _walk_out(self, person: int, area: AreaId, _at_ns: int) -> None:
        self._stage.truth.move(person, area, OUTSIDE, is_read=False)

    def _count(self, at_ns: int, point: AccessPointId, grant: int, amount: int) -> None:
        gate = self._stage.gate_of(point)
        self._stage.act_at(gate, at_ns, "occupants", {"access_point": point, "grant_number": grant, "amount": amount})


class _Visit:
    """One tour without passes."""

    def __init__(self, stage: Stage, tour: Tour) -> None:
        self._stage = stage
        self._tour = tour
        self._people = [stage.nobody_with_a_pass() for _ in range(tour.amount)]

    def come(self, at_ns: int) -> None:
        """All go in, and plus n is entered."""
        for person in self._people:
            self._stage.truth.move(person, OUTSIDE, self._tour.area, is_read=True)
        self._enter(at_ns, self._tour.amount)
        self._stage.at(at_ns + round(self._tour.stays_h * _HOUR_NS), self._leave)

    def _leave(self, at_ns: int) -> None:
        for person in self._people:
            self._stage.truth.move(person, self._tour.area, OUTSIDE, is_read=True)
        self._enter(at_ns, self._tour.miscounted - self._tour.amount)

    def _enter(self, at_ns: int, amount: int) -> None:
        tour = self._tour
        said: dict[str, object] = {"amount": amount, "area": tour.area, "other": OUTSIDE}
        if tour.by_control_centre:
            self._stage.act(at_ns, "unnamed-passed", {"access_point": "", **said})
        else:
            gate = self._stage.gate_of(tour.access_point)
            self._stage.act_at(gate, at_ns, "unnamed-passed", {"access_point": tour.access_point, **said})


class _Sweep:
    """A search of one area."""

    def __init__(self, stage: Stage, area: AreaId) -> None:
        self._stage = stage
        self._area = area

    def search(self, at_ns: int) -> None:
        """Count whoever is there and has no name that can be read."""
        stage = self._stage
        found = [person for person, area in stage.truth.inside().items() if area == self._area]
        unnamed = sum(not stage.has_readable_name(person, self._area, at_ns) for person in found)
        stage.act(at_ns, "area-swept", {"operation": "", "area": self._area, "unnamed": unnamed})


class _Rounds:
    """Officers who look in on those whose records are about to die."""

    def __init__(self, stage: Stage, mishap: Reconfirming) -> None:
        self._stage = stage
        self._after_ns = round(mishap.after_h * _HOUR_NS)
        self._found = mishap.found

    def look(self, at_ns: int) -> None:
        """Reconfirm those who are where their last record placed them, and are found."""
        stage = self._stage
        for person, area in sorted(stage.truth.inside().items()):
            seen_ns, place = stage.last_seen(person)
            is_due = place == area and at_ns - seen_ns >= self._after_ns
            if is_due and stage.has_readable_name(person, area, at_ns) and stage.chance.random() < self._found:
                stage.say(stage.control_centre(at_ns), at_ns, "reconfirmed", area=area, person=person)
                stage.seen(at_ns, person, area)
