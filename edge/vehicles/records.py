"""What is journaled of vehicles: let through, gone through or not, turned away, and with whom.

What an officer lets pass without a card is counted when it has gone through, and not before: one that backs out was
never inside. Belongs here: from a visit to events. Does not belong here: when (lanes.py), the events (contract).
"""

from collections.abc import Mapping
from typing import Final

from contract import events
from contract.events import TurnedAway
from contract.ids import OUTSIDE, AccessPointId, AreaId, new_act_id
from contract.periods import Retention
from contract.site import AccessPoint, LaneConfig
from contract.site import Gate as GateConfig
from edge.domain.vehicles.decide_vehicle import Judgement
from edge.domain.vehicles.remembered import CameWith
from edge.portals import Portals
from edge.telling import Telling
from edge.vehicles.turned_back import TurnedBack
from edge.vehicles.visits import Visit

_UNNUMBERED: Final = 0


class VehicleRecords:
    """One gate's. Belongs to the event loop."""

    def __init__(
        self,
        config: GateConfig,
        points: Mapping[AccessPointId, AccessPoint],
        portals: Portals,
        retention: Retention,
        telling: Telling,
    ) -> None:
        self._portals = portals
        self._telling = telling
        self._came_with = CameWith(retention)
        self.back: Final = TurnedBack(config, points, retention, portals, telling)
        """Those that are turned away where their people count already."""

    def forget(self) -> None:
        """Drop what may no longer be remembered."""
        self._came_with.forget(self._telling.time.now_ns())
        self.back.forget()

    def came_with(self, point: AccessPoint, visit: Visit) -> int | None:
        """Return beside how many the driver of a vehicle that leaves came in; None if this gate does not know."""
        if point.to_area != OUTSIDE:
            return None
        return self._came_with.of(visit.plate, visit.driver, self._telling.time.now_ns())

    def granted(self, lane: LaneConfig, point: AccessPoint, visit: Visit, judgement: Judgement) -> None:
        """Journal that the barrier opens for a vehicle, and who sits in it without a card."""
        grant = _grant_of(visit)
        self._telling.event(
            lambda at_ns: events.VehicleGranted(
                at_ns, point.id, lane.id, grant, visit.plate, visit.confidence_percent,
                judgement.expected, judgement.vehicle, visit.trailer,
            )
        )  # fmt: skip
        if grant and visit.counted is not None and visit.occupants is not None:
            (by, act_id), amount = visit.counted, visit.occupants
            self._telling.event(lambda at_ns: events.Occupants(at_ns, act_id, point.id, grant, amount, by))

    def passed(self, lane: LaneConfig, point: AccessPoint, visit: Visit) -> None:
        """Journal that it went through."""
        self._end_grants(point, visit, was_taken=True)
        self._count_by_word(point, visit)
        self._compare(lane, point, visit, was_seen=True)

    def not_taken(self, lane: LaneConfig, point: AccessPoint, visit: Visit) -> None:
        """Journal that it was let through and did not go."""
        self._end_grants(point, visit, was_taken=False)
        visit.is_told_away = not visit.claims
        if visit.is_told_away:
            self.turned_away(lane, point, visit, TurnedAway.LEFT_BY_ITSELF)

    def lost(self, lane: LaneConfig, point: AccessPoint, visit: Visit) -> None:
        """Nobody saw whether it went through: its grants stand as they are, and the count takes the safer side.

        Who had no grant counts as having come in, and as not having left.
        """
        is_by_word = visit.word is not None and not visit.claims
        if is_by_word and point.to_area == OUTSIDE:
            self._may_be_gone(point, point.from_area, point.to_area, 1 + (visit.occupants or 0))
        else:
            self._count_by_word(point, visit)
            if is_by_word:  # one with a name would count for sure, and another's going be set off against the others
                unnamed = (visit.occupants or 0) + (not visit.driver)
                self._may_be_gone(point, point.to_area, point.from_area, 1 + (visit.occupants or 0), unnamed)
        self._compare(lane, point, visit, was_seen=False)

    def turned_away(self, lane: LaneConfig, point: AccessPoint, visit: Visit, reason: TurnedAway) -> bool:
        """Journal that it does not get through; return whether there was room for that."""
        expected = events.Expected.UNREAD if visit.judgement is None else visit.judgement.expected
        number = self._telling.event(
            lambda at_ns: events.VehicleTurnedAway(
                at_ns, point.id, lane.id, reason, visit.plate, visit.confidence_percent, expected
            )
        )
        return number is not None

    def _end_grants(self, point: AccessPoint, visit: Visit, *, was_taken: bool) -> None:
        for number, claim in zip(visit.numbers or (), visit.claims, strict=True):
            self._portals.end_grant(point.id, number, claim.holder, was_taken=was_taken)

    def _may_be_gone(self, point: AccessPoint, area: AreaId, other: AreaId, persons: int, unnamed: int = 0) -> None:
        self._telling.event(lambda at_ns: events.VehicleUnseen(at_ns, point.id, area, other, persons, unnamed))

    def _count_by_word(self, point: AccessPoint, visit: Visit) -> None:
        """Count those who went through by an officer's word alone: the driver, and who sat beside him."""
        if visit.word is None or visit.claims:
            return
        (by, act), holder = visit.word, visit.driver
        self._telling.event(lambda at_ns: events.Admitted(at_ns, act.id, point.id, holder, act.because, by))
        if visit.counted is not None and visit.occupants:
            counted_by, amount = visit.counted[0], visit.occupants
            is_out = point.to_area == OUTSIDE
            area, other = (point.from_area, point.to_area) if is_out else (point.to_area, point.from_area)
            signed = -amount if is_out else amount
            self._telling.event(
                lambda at_ns: events.UnnamedPassed(at_ns, new_act_id(), signed, area, other, point.id, counted_by)
            )

    def _compare(self, lane: LaneConfig, point: AccessPoint, visit: Visit, *, was_seen: bool) -> None:
        """Remember with whom a vehicle came in, or tell if it leaves with others; it may leave again if nobody saw."""
        self.back.passed(lane, point, visit)
        beside, now_ns = visit.beside(lane.occupants), self._telling.time.now_ns()
        if point.from_area == OUTSIDE and beside is not None:
            self._came_with.entered(visit.plate, visit.driver, beside, now_ns)
        if point.to_area != OUTSIDE:
            return
        entered, grant = self._came_with.of(visit.plate, visit.driver, now_ns), _grant_of(visit)
        if was_seen:
            self._came_with.left(visit.plate, visit.driver)
        if entered is not None and beside is not None and entered != beside:
            self._telling.event(lambda at_ns: events.OccupantsDiffer(at_ns, point.id, grant, entered, beside))


def _grant_of(visit: Visit) -> int:
    """Return the number of the driver's grant; 0 where an officer's word stands for it."""
    return visit.numbers[0] if visit.numbers else _UNNUMBERED
