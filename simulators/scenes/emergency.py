"""An operation in a scene: everybody walks out and is accounted for, or stays and is.

Belongs here: what people and wardens do then. Does not belong here: doors and sirens, or what a board makes of it.
"""

from collections.abc import Mapping
from functools import partial
from typing import Final

from contract.clock import NS_PER_S
from contract.ids import OUTSIDE, AreaId
from contract.periods import HOUR_S
from contract.site import AccessPoint
from simulators.routes import Routes
from simulators.scenes.mishaps import Emergency
from simulators.scenes.stage import MINUTE_NS, Stage
from simulators.scenes.story import Order

_HOUR_NS: Final = HOUR_S * NS_PER_S
_BETWEEN_DOORS_S: Final = (10.0, 40.0)
_TO_MUSTER_S: Final = (60.0, 240.0)
_AT_A_READER_NS: Final = 3 * NS_PER_S
_SWEPT_BEFORE_END_MIN: Final = 10
_STAYS_AFTER_MIN: Final = (1.0, 5.0)


def put_on(stage: Stage) -> None:
    """Put a scene's emergencies on the agenda of its stage."""
    for number, mishap in enumerate(stage.scored.about.mishap):
        if isinstance(mishap, Emergency):
            stage.at(stage.links.at(mishap.at_h), _Operation(stage, mishap, f"operation-{number}").open)


class _Operation:
    """One operation from its opening to its end; the scene ends with it."""

    def __init__(self, stage: Stage, emergency: Emergency, name: str) -> None:
        self._stage = stage
        self._emergency = emergency
        self._name = name
        self._routes = Routes(stage.site)
        self._points = self._routes.access_points
        self._readers = [point for point in stage.points.values() if point.muster_point]
        self._free_at_ns: dict[str, int] = {}
        self._opened_ns = 0

    def open(self, at_ns: int) -> None:
        """Everybody stops what he is doing."""
        stage, emergency = self._stage, self._emergency
        self._opened_ns = at_ns
        closed_ns = at_ns + round(emergency.lasts_h * _HOUR_NS)
        stage.orders.append(Order(self._name, emergency.plan, at_ns, closed_ns))
        stage.walks = False
        stage.end_ns = closed_ns
        inside = sorted(stage.truth.inside().items())
        staying = {person for person, _ in inside if person > 0} if emergency.plan == "shelter" else set[int]()
        if emergency.stay_by_order:
            staying |= set(stage.chance.sample([p for p, _ in inside if p > 0], emergency.stay_by_order))
        for person, area in inside:
            if emergency.plan == "shelter":
                stage.at(self._within(at_ns, emergency.warden_min), partial(self._seen, person, area))
            elif person in staying:
                after_ns = round(stage.chance.uniform(*_STAYS_AFTER_MIN) * MINUTE_NS)
                stage.at(at_ns + after_ns, partial(self._stays, person, area))
            else:
                starts_ns = self._within(at_ns, emergency.within_min)
                stage.at(starts_ns, partial(self._set_out, person))
        for each in stage.site.area:
            stage.at(closed_ns - _SWEPT_BEFORE_END_MIN * MINUTE_NS, partial(self._sweep, each.id))

    def _within(self, at_ns: int, minutes: float) -> int:
        return at_ns + round(self._stage.chance.uniform(0.05, 1.0) * minutes * MINUTE_NS)

    # On the way out.

    def _set_out(self, person: int, at_ns: int) -> None:
        stage = self._stage
        place = stage.truth.place(person)
        if stage.chance.random() < self._emergency.by_window:
            stage.truth.move(person, place, OUTSIDE, is_read=False)
            self._is_out(at_ns, person)
        else:
            self._walk(person, self._routes.draw(self._points, place, OUTSIDE, stage.chance), at_ns)

    def _walk(self, person: int, route: list[AccessPoint], at_ns: int) -> None:
        stage, point = self._stage, route[0]
        is_read = person > 0 and not stage.is_dead(at_ns, point.id)
        stage.truth.move(person, point.from_area, point.to_area, is_read=is_read)
        if is_read:
            stage.passes(at_ns, person, point)
        if route[1:]:
            there_ns = at_ns + round(stage.chance.uniform(*_BETWEEN_DOORS_S) * NS_PER_S)
            stage.at(there_ns, partial(self._walk, person, route[1:]))
        else:
            self._is_out(at_ns, person)

    def _is_out(self, at_ns: int, person: int) -> None:
        stage = self._stage
        arrives_ns = at_ns + round(stage.chance.uniform(*_TO_MUSTER_S) * NS_PER_S)
        reader = stage.chance.choice(self._readers)
        if person > 0 and stage.chance.random() < self._emergency.at_readers:
            self._queue(arrives_ns, person, reader)
        else:
            ticked_ns = max(arrives_ns, self._within(self._opened_ns, self._emergency.warden_min))
            stage.at(ticked_ns, partial(self._ticked, person, reader))

    def _queue(self, at_ns: int, person: int, reader: AccessPoint) -> None:
        """One after the other: a card every three seconds."""
        turn_ns = max(at_ns, self._free_at_ns.get(reader.id, 0))
        self._free_at_ns[reader.id] = turn_ns + _AT_A_READER_NS
        self._stage.at(turn_ns, partial(self._read, person, reader))

    def _read(self, person: int, reader: AccessPoint, at_ns: int) -> None:
        gate = self._stage.gate_of(reader.id)
        self._stage.say(gate, at_ns, "granted", access_point=reader.id, person=person)
        self._stage.seen(at_ns, person, OUTSIDE)

    # What wardens and officers enter.

    def _ticked(self, person: int, reader: AccessPoint, at_ns: int) -> None:
        if person > 0:
            self._account(at_ns, person, OUTSIDE, reader.muster_point)
        else:
            self._enter(at_ns, "unnamed-seen", {"amount": 1, "area": OUTSIDE, "muster_point": reader.muster_point})

    def _seen(self, person: int, area: AreaId, at_ns: int) -> None:
        if person > 0:
            self._account(at_ns, person, area, "")
        else:
            self._enter(at_ns, "unnamed-seen", {"amount": 1, "area": area, "muster_point": ""})

    def _account(self, at_ns: int, person: int, area: AreaId, muster_point: str) -> None:
        said = {"person": person, "means": "warden", "area": area, "muster_point": muster_point}
        self._enter(at_ns, "accounted-for", said)
        self._stage.seen(at_ns, person, area)

    def _stays(self, person: int, area: AreaId, at_ns: int) -> None:
        self._enter(at_ns, "stays-by-order", {"person": person, "area": area})
        self._stage.seen(at_ns, person, area)

    def _sweep(self, area: AreaId, at_ns: int) -> None:
        stage = self._stage
        found = [person for person, place in stage.truth.inside().items() if place == area]
        unnamed = sum(not stage.has_readable_name(person, area, at_ns) for person in found)
        self._enter(at_ns, "area-swept", {"area": area, "unnamed": unnamed})

    def _enter(self, at_ns: int, what: str, said: Mapping[str, object]) -> None:
        """An act on a warden's tablet, which may be offline for the first minutes."""
        online_ns = self._opened_ns + round(self._emergency.tablet_offline_min * MINUTE_NS)
        self._stage.act(at_ns, what, {"operation": self._name, **said}, later_ns=max(0, online_ns - at_ns))
