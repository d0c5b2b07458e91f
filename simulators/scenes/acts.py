"""What vehicles, tours and officers do in a scene, day by day.

Belongs here: putting it on the stage's agenda. Does not belong here: emergencies (emergency.py), or who walks (stage).
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Final

from contract.clock import NS_PER_S
from contract.ids import OUTSIDE, AccessPointId, AreaId
from contract.periods import HOUR_S
from contract.site import AccessPoint
from simulators.scenes.mishaps import Reconfirming, Swept, Tour, Traffic, Van
from simulators.scenes.stage import Stage

_HOUR_NS: Final = HOUR_S * NS_PER_S
_DRIVERS: Final = 90_001
"""Drivers of vans are numbered from here: nobody else who holds a pass is."""
_IN_TRAFFIC: Final = 100_000
"""Drivers of each traffic have so many numbers, from the same number on."""


def put_on(stage: Stage) -> None:
    """Put all of a scene's daily mishaps on the agenda of its stage."""
    for number, mishap in enumerate(stage.scored.about.mishap):
        if isinstance(mishap, Reconfirming):
            for hour in range(1, stage.scored.about.days * round(timedelta(1).total_seconds()) // HOUR_S):
                stage.at(stage.begin_ns + hour * _HOUR_NS, _Rounds(stage, mishap).look)
        elif isinstance(mishap, Traffic):
            lot = _Lot(stage, mishap, _IN_TRAFFIC * (1 + number))
            for at_ns in _daily(stage, mishap.at_h):
                lot.expect(at_ns)
        elif isinstance(mishap, Van | Tour | Swept):
            for at_ns in _daily(stage, mishap.at_h):
                stage.at(at_ns, _once(stage, mishap, number))


def _once(stage: Stage, mishap: Van | Tour | Swept, number: int) -> Callable[[int], None]:
    """Return what happens on one day."""
    if isinstance(mishap, Van):
        return _Drive(stage, mishap, _DRIVERS + number).come
    return _Visit(stage, mishap).come if isinstance(mishap, Tour) else _Sweep(stage, mishap.area).search


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


class _Lot:
    """All vehicles of one traffic. Each has a driver of its own, every day the same."""

    def __init__(self, stage: Stage, traffic: Traffic, first: int) -> None:
        self._stage = stage
        self._traffic = traffic
        self._first = first
        self._waiting: list[tuple[int, AreaId]] = []

    def expect(self, about_ns: int) -> None:
        """Let the vehicles of one day come, each at its time."""
        chance, traffic = self._stage.chance, self._traffic
        for number in range(traffic.vehicles):
            at_ns = about_ns + round(chance.gauss(0.0, traffic.spread_h) * _HOUR_NS)
            stays_ns = round(traffic.stays_h * chance.uniform(0.5, 1.5) * _HOUR_NS)
            (beside,) = chance.choices(range(len(traffic.beside)), traffic.beside)
            self._stage.at(at_ns, partial(self._comes, self._first + number, beside, stays_ns))

    def _comes(self, driver: int, beside: int, stays_ns: int, at_ns: int) -> None:
        stage = self._stage
        people = [stage.nobody_with_a_pass() for _ in range(beside)]
        self._passes(at_ns, driver, people, stage.points[stage.chance.choice(self._traffic.into)])
        stage.at(at_ns + stays_ns, partial(self._leaves, driver, people))

    def _leaves(self, driver: int, people: list[int], at_ns: int) -> None:
        chance, point = self._stage.chance, self._stage.points[self._stage.chance.choice(self._traffic.out)]
        here = [each for each in self._waiting if each[1] == point.from_area]
        if people and chance.random() < self._traffic.swaps:
            *people, left = people
            self._waiting.append((left, point.from_area))
        elif here:
            self._waiting.remove(here[0])
            people = [*people, here[0][0]]
        self._passes(at_ns, driver, people, point)

    def _passes(self, at_ns: int, driver: int, people: list[int], point: AccessPoint) -> None:
        stage, gate = self._stage, self._stage.gate_of(point.id)
        grant = stage.passes(at_ns, driver, point)
        for person in (driver, *people):
            stage.truth.move(person, point.from_area, point.to_area, is_read=True)
        said: dict[str, object] = {"access_point": point.id, "grant_number": grant}
        plate: dict[str, object] = {"plate": f"V{driver}", "confidence_percent": 97, "expected": "permitted"}
        stage.say(gate, at_ns, "vehicle-granted", lane=point.id, **said, **plate)
        stage.act_at(gate, at_ns, "occupants", {**said, "amount": len(people)})


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
