"""Lanes of barriers that keep each other shut: which belong together, and who is between them.

Belongs here: what the lanes of one gate tell of that. Does not belong here: the count itself
(domain/vehicles/between.py), which barrier may be raised (domain/interlock.py).
"""

from collections.abc import Collection, Iterator, Mapping
from itertools import product

from contract.ids import OUTSIDE, AccessPointId, AreaId, PortalId
from contract.site import AccessPoint, Gate
from edge.domain.vehicles import barrier as seen
from edge.domain.vehicles.between import Between
from edge.vehicles.booms import Barrier, Lane
from edge.vehicles.visits import Visit


class InterlockedLanes:
    """One gate's. Times are nanoseconds of CLOCK_BOOTTIME."""

    def __init__(self, config: Gate, lanes: Collection[Lane], booms: Collection[Barrier]) -> None:
        self._groups = [set(interlock.portals) for interlock in config.interlock]
        self._lanes = lanes
        self._watched = {boom.portal.id for boom in booms}
        self._together = {boom.portal.id: [boom, *self._held_with(boom, booms)] for boom in booms}
        self._between = Between(lock_areas(config, {lane.point.id: lane.point for lane in lanes}))

    def together(self, boom: Barrier) -> list[Barrier]:
        """Return a barrier, and those that it may keep shut."""
        return self._together[boom.portal.id]

    def take(self, lane: Lane, visit: Visit | None, outcome: seen.Outcome, now_ns: int) -> None:
        """Take note of what became of the vehicle `visit` in `lane`."""
        origin, to = lane.point.from_area, lane.point.to_area
        match outcome:
            case seen.Passed() | seen.Followed():
                self._between.went(origin, to, now_ns)
            case seen.WentBack():
                self._between.went(origin, OUTSIDE, now_ns)
            case seen.Lost():
                self._between.may_have_gone(origin, to, now_ns)
            case seen.Left() if visit is not None and visit.is_turned_away and self._has_side_way(lane):
                self._between.went(origin, OUTSIDE, now_ns)
            case seen.Left() | seen.BackedOut():
                self._between.stood(origin, now_ns)

    def is_full(self, lane: Lane, now_ns: int, *, exits_free: bool) -> bool:
        """Tell whether a vehicle is between the barrier of `lane` and the next one that is interlocked with it.

        While everybody leaves (`exits_free`) only one that is seen there counts.
        """
        area = lane.point.to_area
        if area not in self._between:
            return False
        is_seen = any(other.visit is not None and other.point.from_area == area for other in self._lanes)
        return is_seen or (not exits_free and self._between.is_occupied(area, now_ns))

    def _has_side_way(self, lane: Lane) -> bool:
        """Whether who is turned away leaves where nobody sees vehicles."""
        portal = lane.config.reject_portal
        return bool(portal) and portal not in self._watched

    def _held_with(self, boom: Barrier, booms: Collection[Barrier]) -> Iterator[Barrier]:
        held: set[PortalId] = {name for group in self._groups if boom.portal.id in group for name in group}
        return (other for other in booms if other is not boom and other.portal.id in held)


def lock_areas(config: Gate, points: Mapping[AccessPointId, AccessPoint]) -> set[AreaId]:
    """Return the areas that are entered through one and left through another of two interlocked barriers of a gate.

    Where that leads back to where one came from it is a yard with an entry and an exit, and not a lock.
    """
    found: set[AreaId] = set()
    groups = [set(interlock.portals) for interlock in config.interlock]
    for into, out in product(config.lane, repeat=2):
        here, there = points[into.access_point], points[out.access_point]
        both = {into.portal, out.portal}
        is_way = here.to_area == there.from_area and here.from_area != there.to_area
        if is_way and len(both) == 2 and any(both <= group for group in groups):
            found.add(here.to_area)
    return found
