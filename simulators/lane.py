"""A lane with its loop and beam, and a vehicle that drives up, waits, goes through, backs out or stalls.

Wire face: two contacts at the inputs of a board or reader, under the real driver. Human face: `arrive`, `enter`,
`leave_loop`, `clear`, `back_out`, each in an instant; `drive_through` takes its time. Lanes of one barrier share what
is under its boom. A boom that comes down on a vehicle is counted there (barrier.py), and nothing stops it.

Belongs here: where one vehicle is, and what the contacts make of it. Does not belong here: who drives (traffic.py), the
boom itself (portal.py). Not simulated: two vehicles on one loop.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from contract.ids import LaneId
from contract.site import ClearanceLevel, LaneConfig
from simulators.barrier import Barrier
from simulators.portal import SetInput, SimulatedPortal
from simulators.vehicles import Vehicle, Where

STEP_S: Final = 0.6
"""From one contact to the next, for a car that rolls; a trailer takes as long again."""

Note = Callable[[LaneId, Where, Vehicle], None]
"""Told where a vehicle is."""


class NoVehicleError(RuntimeError):
    """An act of a vehicle that does not stand there."""


class SimulatedLane:
    """One lane in a running event loop. `vehicle`: what stands on its loop."""

    def __init__(self, config: LaneConfig, portal: SimulatedPortal) -> None:
        """`portal`: its barrier. Raises TypeError for a portal that is none."""
        if not isinstance(portal.body, Barrier):
            message = f"lane {config.id}: portal {portal.id} is no barrier"
            raise TypeError(message)
        self.config = config
        self.portal = portal
        self.boom = portal.body
        self.vehicle: Vehicle | None = None
        self._under: deque[Vehicle] = deque()
        self._is_half_under = False
        self.turn = asyncio.Lock()
        """One vehicle at a time; the others wait behind it."""
        self.note: Note = lambda _lane, _where, _vehicle: None
        self._set_input: SetInput | None = None
        self._beside: list[SimulatedLane] = [self]

    @property
    def id(self) -> LaneId:
        """Which lane this is."""
        return self.config.id

    def wire(self, set_input: SetInput) -> None:
        """Connect loop and beam to the inputs of a device, which is told at once how they stand."""
        self._set_input = set_input
        self._tell()

    def share_boom(self, lanes: "list[SimulatedLane]") -> None:
        """Let these lanes, this one among them, hear of what is under the boom."""
        self._beside = lanes

    def arrive(self, vehicle: Vehicle) -> None:
        """A vehicle rolls onto the loop, on which no other one stands."""
        self.vehicle = vehicle
        self._tell()
        self.note(self.id, Where.LOOP, vehicle)

    def enter(self) -> bool:
        """Its front goes under the boom; not if that is down."""
        vehicle = self._standing()
        if not self.boom.is_open:
            return False
        self._is_half_under = True
        self.boom.under += 1
        self._tell_beside()
        self.note(self.id, Where.UNDER, vehicle)
        return True

    def leave_loop(self) -> None:
        """Its tail leaves the loop, so that the next one can roll onto it."""
        self._under.append(self._standing())
        self.vehicle, self._is_half_under = None, False
        self._tell()

    def clear(self) -> None:
        """The tail of the first that is under the boom leaves it: it is through."""
        if not self._under:
            message = f"no vehicle is under the boom of lane {self.id}"
            raise NoVehicleError(message)
        vehicle = self._under.popleft()
        self.boom.under -= 1
        self.boom.passed += 1
        self._tell_beside()
        self.note(self.id, Where.THROUGH, vehicle)

    def back_out(self) -> None:
        """It reverses off the loop, and out from under the boom if its front was there."""
        vehicle, self.vehicle = self._standing(), None
        if self._is_half_under:
            self._is_half_under = False
            self.boom.under -= 1
            self._tell_beside()
        self._tell()
        self.note(self.id, Where.BACKED_OUT, vehicle)

    async def opened_within(self, patience_s: float) -> bool:
        """Wait at most so long for the boom; return whether it is up."""
        return await self.portal.released_within(patience_s) and self.boom.is_open

    async def drive_through(self, *, stalls_s: float = 0.0) -> bool:
        """Go through the open barrier, and stand under the boom for `stalls_s`; return whether it did."""
        vehicle = self._standing()
        if not self.enter():
            return False
        await asyncio.sleep(STEP_S * (2 if vehicle.trailer else 1))
        self.leave_loop()
        await asyncio.sleep(STEP_S + stalls_s)
        self.clear()
        return True

    def _standing(self) -> Vehicle:
        if self.vehicle is None:
            message = f"no vehicle stands in lane {self.id}"
            raise NoVehicleError(message)
        return self.vehicle

    def _tell_beside(self) -> None:
        for lane in self._beside:
            lane._tell()  # noqa: SLF001  of the same kind

    def _tell(self) -> None:
        if self._set_input is None:
            return
        self._set_input(self.config.presence_input, self.vehicle is not None)
        if self.config.clearance_input >= 0:
            is_level = self.config.clearance_closes_when is ClearanceLevel.OCCUPIED
            self._set_input(self.config.clearance_input, (self.boom.under > 0) is is_level)
