"""Vehicles that are turned away where their people count already, in a lock for one, and what that means for the count.

Whoever is seen to go back out of a lock under the barrier that was opened for him is counted out again; where nobody
can see it, or people may have got out and in, he stays counted, and may be gone. Belongs here: from a vehicle that goes
back to events. Does not belong here: opening the way back (lanes.py), what a barrier sees of it
(domain/vehicles/barrier.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from contract import events
from contract.events import AdmittedBecause
from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, AccountId, AreaId, HolderId, LaneId, new_act_id
from contract.periods import Retention
from contract.site import AccessPoint, LaneConfig
from contract.site import Gate as GateConfig
from edge.domain.vehicles.barrier import Followed, Outcome, WentBack
from edge.domain.vehicles.parties import Parties, Party
from edge.portals import Portals
from edge.telling import Telling
from edge.vehicles.interlocked import lock_areas
from edge.vehicles.visits import Visit

_UNNUMBERED: Final = 0
_UNREAD: Final = ""


@dataclass(frozen=True, slots=True)
class WayBack:
    """Where a reject portal leads whoever is turned away: from `area` to `other`; `point`: a way out of `area`, if any.

    Without one nobody can be counted out by name: who has one stays counted, and may be gone.
    """

    area: AreaId
    other: AreaId
    point: AccessPoint | None


@dataclass(slots=True)
class _Turned:
    """One that was turned away: by whom, and its number among those inside; None where nobody knows.

    `has_left`: it has left its place since the way back was opened; `is_seen`: as far as a board shows.
    """

    by: AccountId
    number: int | None
    has_left: bool = False
    is_seen: bool = True


class TurnedBack:
    """One gate's. Belongs to the event loop."""

    def __init__(
        self,
        config: GateConfig,
        points: Mapping[AccessPointId, AccessPoint],
        retention: Retention,
        portals: Portals,
        telling: Telling,
    ) -> None:
        self._portals = portals
        self._telling = telling
        self._points = points
        self._lanes = {lane.id: lane for lane in config.lane}
        self._ways = ways_back(config, points)
        self._watching = {
            portal.id: {lane.hardware for lane in config.lane if lane.portal == portal.id and lane.clearance_input >= 0}
            for portal in config.portal
        }
        """By which boards each portal shows whether somebody goes under its boom."""
        self._areas = {way.area for way in self._ways.values()} & lock_areas(config, points)
        """Locks: whoever came in with a vehicle is in it still. Elsewhere he may have got out, and others in."""
        self._parties = Parties(retention)
        self._turned: dict[LaneId, _Turned] = {}

    def passed(self, lane: LaneConfig, point: AccessPoint, visit: Visit) -> None:
        """Take note that a vehicle went through a lane, or may have come in by it."""
        self._turned.pop(lane.id, None)
        now_ns = self._telling.time.now_ns()
        if point.from_area in self._areas:
            number = self._parties.find(point.from_area, visit.plate, visit.driver, now_ns)
            self._parties.take(point.from_area, number, now_ns)
        if point.to_area in self._areas:
            self._parties.entered(point.to_area, visit.plate, _party_of(visit), now_ns)

    def turned_away(self, lane: LaneConfig, visit: Visit, by: AccountId) -> None:
        """Take note that an officer has turned a vehicle away; who came in with it goes back with it."""
        way = self._ways.get(lane.id)
        if way is not None:
            number = self._parties.find(way.area, visit.plate, visit.driver, self._telling.time.now_ns())
            self._turned[lane.id] = _Turned(by, number)

    def allowed(self, lane: LaneConfig) -> None:
        """Take note that it may go on after all."""
        self._turned.pop(lane.id, None)

    def take(self, lane: LaneConfig, outcome: Outcome) -> None:
        """Where it was seen to go back, journal that its people are gone; nobody knows who is in one that followed."""
        turned = self._turned.get(lane.id)
        match outcome:
            case Followed():
                self._followed(self._points[lane.access_point])
            case WentBack(is_sure=is_sure) if turned is not None:
                if is_sure and turned.is_seen:
                    self._went_back(lane, self._turned.pop(lane.id))
                else:
                    self._unseen(lane.id)

    def _went_back(self, lane: LaneConfig, turned: _Turned) -> None:
        way, party = self._ways[lane.id], self._take(lane.id, turned)
        if party is None:
            self._may_be_gone(lane.id, 0)
        elif way.point is None:
            self._count_out(way, lane.access_point, party.unnamed, turned.by)
            if party.holders:  # counted out without a name they would be missing when they come in again with one
                self._may_be_gone(lane.id, len(party.holders))
        else:
            for holder in party.holders:
                self._let_out(way.point.id, holder, turned.by)
            self._count_out(way, way.point.id, party.unnamed, turned.by)

    def left(self, lane: LaneConfig, *, is_open: bool) -> None:
        """It has left its place; `is_open`: the way back was opened for it, and where nobody watches it may be gone."""
        turned = self._turned.get(lane.id)
        if turned is not None and is_open:
            turned.has_left = True
            if not self._watching[lane.reject_portal]:
                self._unseen(lane.id)

    def lost(self, device: str) -> None:
        """A board is away: nobody sees any more who goes back by a way that it watches, or leaves his place."""
        for lane, turned in list(self._turned.items()):
            turned.is_seen = turned.is_seen and self._lanes[lane].hardware != device
            if turned.has_left and device in self._watching[self._lanes[lane].reject_portal]:
                self._unseen(lane)

    def stop(self) -> None:
        """Nobody sees anything any more."""
        for lane in [lane for lane, turned in self._turned.items() if turned.has_left]:
            self._unseen(lane)

    def forget(self) -> None:
        """Drop what may no longer be remembered."""
        self._parties.forget(self._telling.time.now_ns())

    def _followed(self, point: AccessPoint) -> None:
        if point.from_area in self._areas:
            self._parties.forget_all(point.from_area)
        if point.to_area in self._areas:
            self._parties.entered(point.to_area, _UNREAD, None, self._telling.time.now_ns())

    def _unseen(self, lane: LaneId) -> None:
        party = self._take(lane, self._turned.pop(lane))
        self._may_be_gone(lane, 0 if party is None else party.persons)

    def _take(self, lane: LaneId, turned: _Turned) -> Party | None:
        return self._parties.take(self._ways[lane].area, turned.number, self._telling.time.now_ns())

    def _let_out(self, point: AccessPointId, holder: HolderId, by: AccountId) -> None:
        because = AdmittedBecause.VEHICLE_CHECKED
        self._telling.event(lambda at_ns: events.Admitted(at_ns, new_act_id(), point, holder, because, by))
        self._portals.end_grant(point, _UNNUMBERED, holder, was_taken=True)

    def _count_out(self, way: WayBack, point: AccessPointId, amount: int, by: AccountId) -> None:
        if amount:
            self._telling.event(
                lambda at_ns: events.UnnamedPassed(at_ns, new_act_id(), -amount, way.area, way.other, point, by)
            )

    def _may_be_gone(self, lane: LaneId, persons: int) -> None:
        way, point = self._ways[lane], self._lanes[lane].access_point
        self._telling.event(lambda at_ns: events.VehicleUnseen(at_ns, point, way.area, way.other, persons))


def ways_back(config: GateConfig, points: Mapping[AccessPointId, AccessPoint]) -> dict[LaneId, WayBack]:
    """Return where whoever is turned away in a lane goes, for lanes where he leaves an area in which he counts."""
    portals = {portal.id: [points[point] for point in portal.access_points] for portal in config.portal}
    found = {}
    for lane in config.lane:
        area = points[lane.access_point].from_area
        if lane.reject_portal and area not in {OUTSIDE, ANYWHERE}:
            way = _way_back(area, points[lane.access_point], portals[lane.reject_portal])
            if way.other != area:
                found[lane.id] = way
    return found


def _way_back(area: AreaId, point: AccessPoint, ways: list[AccessPoint]) -> WayBack:
    """Return the way out of `area` by a reject portal: forwards, or else backwards, or as far as can be told."""
    out = next((way for way in ways if way.from_area == area and way.id != point.id), None)
    if out is not None:
        return WayBack(area, out.to_area, out)
    into = next((way for way in ways if way.to_area == area and way.from_area != ANYWHERE), None)
    if into is not None:
        return WayBack(area, into.from_area, None)
    return WayBack(area, area if point.to_area == OUTSIDE else OUTSIDE, None)


def _party_of(visit: Visit) -> Party:
    unnamed = visit.occupants or 0
    if visit.claims:
        return Party(tuple(claim.holder for claim in visit.claims), unnamed)
    return Party((visit.driver,), unnamed) if visit.driver else Party((), unnamed + 1)
