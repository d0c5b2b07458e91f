"""A lane with its loop and beam, and a vehicle that drives up, waits, goes through, backs out or stalls.

Wire face: two contacts at the inputs of a board or reader, under the real driver. Human face: `arrive`, `enter`,
`leave_loop`, `clear`, `back_out`, each in an instant; `drive_through` takes its time. Lanes of one barrier share what
is under its boom. A boom that comes down on a vehicle is counted there (barrier.py), and nothing stops it.

Belongs here: where one vehicle is, and what the contacts make of it. Does not belong here: who drives (traffic.py), the
boom itself (portal.py). Not simulated: two vehicles on one loop.
"""

import asyncio
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
    """One lane in a running event loop. `vehicle`: what stands in it, or is on its way through."""

    def __init__(self, config: LaneConfig, portal: SimulatedPortal) -> None:
        """`portal`: its barrier. Raises TypeError for a portal that is none."""
        if not isinstance(portal.body, Barrier):
            message = f"lane {config.id}: portal {portal.id} is no barrier"
            raise TypeError(message)
        self.config = config
        self.portal = portal
        self.boom = portal.body
        self.vehicle: Vehicle | None = None
        self.is_present = False
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
        """A vehicle rolls onto the loop."""
        if self.vehicle is None:
            self.vehicle = vehicle
            self.note(self.id, Where.LOOP, vehicle)
        self.is_present = True
        self._tell()

    def enter(self) -> bool:
        """Its front goes under the boom; not if that is down."""
        vehicle = self._standing()
        if not self.boom.is_open:
            return False
        self.boom.under += 1
        self.note(self.id, Where.UNDER, vehicle)
        self._tell_beside()
        return True

    def leave_loop(self) -> None:
        """Its tail leaves the loop."""
        self._standing()
        self.is_present = False
        self._tell()

    def clear(self) -> None:
        """Its tail is out from under the boom: it is through."""
        vehicle, self.vehicle = self._standing(), None
        self.boom.under -= 1
        self.boom.passed += 1
        self._tell_beside()
        self.note(self.id, Where.THROUGH, vehicle)

    def back_out(self, *, from_under: bool = False) -> None:
        """It reverses off the loop; `from_under`: its front was under the boom."""
        vehicle, self.vehicle = self._standing(), None
        if from_under:
            self.boom.under -= 1
            self._tell_beside()
        self.is_present = False
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
        self._set_input(self.config.presence_input, self.is_present)
        if self.config.clearance_input >= 0:
            is_level = self.config.clearance_closes_when is ClearanceLevel.OCCUPIED
            self._set_input(self.config.clearance_input, (self.boom.under > 0) is is_level)
