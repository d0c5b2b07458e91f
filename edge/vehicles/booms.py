"""A barrier of a gate with its lanes: what was seen there, and the orders that keep its boom up.

Belongs here: one barrier and one lane at work. Does not belong here: what vehicles do (domain/vehicles/barrier.py),
whether one may pass (lanes.py).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from contract.ids import AccessPointId
from contract.site import AccessPoint, Gate, LaneConfig, PortalConfig
from edge.domain.vehicles.barrier import At, VehicleBarrier
from edge.domain.vehicles.shown import LaneShown, Unwatched
from edge.portals import Portals
from edge.vehicles.visits import Early, Visit

_AGAIN_NS: Final = 900_000_000
"""A boom is ordered up for seconds; the order is given again so often, at most."""


@dataclass(slots=True)
class Lane:
    """A lane at work. `visits`: how many vehicles came; `shown`: what was shown last.

    `unwatched`: what was there when its board went away, until a driver shows his card again.
    """

    config: LaneConfig
    point: AccessPoint
    early: Early = field(default_factory=Early)
    visits: int = 0
    visit: Visit | None = None
    shown: LaneShown | None = None
    is_reject_wanted: bool = False
    unwatched: Unwatched | None = None


@dataclass(slots=True)
class Barrier:
    """A barrier at work. `is_level`: it stays up while it is ordered up, so that coming down is an order as well.

    `is_kept_up`: what was ordered last; None while nobody knows what its output does, since the gate has just started
    or what raises it was away. Then it stays as it is until it is seen what is under the boom.
    """

    portal: PortalConfig
    seen: VehicleBarrier
    lanes: list[Lane]
    is_level: bool
    is_kept_up: bool | None = None
    again_ns: int = 0
    timer: asyncio.TimerHandle | None = None

    def is_busy(self, lane: Lane) -> bool:
        """Tell whether a vehicle of `lane` is on its way through."""
        return self.seen.at(lane.config.id) in {At.OPENED, At.UNDER}

    def keep(self, portals: Portals, now_ns: int) -> None:
        """Keep the boom up as long as it must be; then, and not before, let it down."""
        if not self.is_level:
            return
        if portals.was_released(self.portal.id):
            self.seen.raised()
        # What is seen under a boom that is ordered up counts for more than a contact that says it is down.
        is_over = bool(self.is_kept_up) and self.seen.under is not None and not self.seen.is_clear
        if self.seen.must_stay_up or is_over:
            if self.is_kept_up is False or now_ns >= self.again_ns:
                self.is_kept_up = portals.keep_up(self.portal.id) or None
                self.again_ns = now_ns + _AGAIN_NS
        elif (self.is_kept_up or (self.is_kept_up is None and self.seen.is_clear)) and portals.lower(self.portal.id):
            self.is_kept_up = False

    def driver_lost(self) -> None:
        """What raises it is away: nobody knows how long its last order holds."""
        self.is_kept_up = None

    def driver_back(self) -> None:
        """What raises it is there (again), and may have forgotten everything: order at once what must be."""
        self.is_kept_up, self.again_ns = None, 0


def lanes_of(config: Gate, points: Mapping[AccessPointId, AccessPoint]) -> list[Lane]:
    """Return the lanes of a gate."""
    return [Lane(lane, points[lane.access_point]) for lane in config.lane]


def barriers_of(config: Gate, lanes: list[Lane]) -> list[Barrier]:
    """Return the barriers of a gate that have lanes."""
    found = []
    for portal in config.portal:
        own = [lane for lane in lanes if lane.config.portal == portal.id]
        if own:
            has_clearance = own[0].config.clearance_input >= 0
            expected_ms = max(portal.unlock_ms, portal.passage_ms)
            names = [lane.config.id for lane in own]
            seen = VehicleBarrier(names, expected_ms=expected_ms, has_clearance=has_clearance)
            found.append(Barrier(portal, seen, own, is_level=config.holds_up(portal)))
    return found
