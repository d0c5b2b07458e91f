"""Looking at a vehicle that stands in a lane: a picture of it, and its plate, again and again.

Belongs here: when is looked, and what of it goes into the visit. Does not belong here: reading plates (plates/), what
follows (lanes.py), what a visit keeps of several readings (visits.py).
"""

import asyncio
from collections.abc import Callable
from typing import Final

from contract.site import PlateUse
from edge.domain.vehicles.near import near_plates
from edge.domain.vehicles.plates import PlateReader
from edge.presenting import PolicyInForce
from edge.vehicles.booms import Lane
from edge.vehicles.visits import Visit

LOOKS_AGAIN_S: Final = 1.0
"""Between two readings of one plate."""
_PICTURES: Final = 2
"""A camera shows what was a moment ago: the first picture may be of the lane before the vehicle came."""

_BLIND: Final = 3
"""So many looks without a picture, one after the other, and the officer is told; a camera may miss one."""


class PlateLooks:
    """The looks of one gate. `plates`: None where nothing reads them; officers can type them."""

    def __init__(self, plates: PlateReader | None, policy: PolicyInForce, changed: Callable[[Lane], None]) -> None:
        """`changed` is called when something of a lane's visit has."""
        self._plates = plates
        self._policy = policy
        self._changed = changed

    def begin(self, lane: Lane, visit: Visit) -> None:
        """Look at the vehicle of `visit` until it is decided about, or has gone."""
        if self._plates is not None and lane.config.camera:
            visit.reader = asyncio.create_task(self._look(self._plates, lane, visit), name="plate")

    def compare(self, visit: Visit) -> None:
        """Find which plates the policy knows that look like the one which it does not."""
        rules = self._policy.rules
        visit.near = ()
        if rules is not None and not rules.policy.vehicles(visit.plate):
            policy = rules.policy
            visit.near = near_plates(visit.plate, lambda plate: bool(policy.vehicles(plate)))

    async def _look(self, plates: PlateReader, lane: Lane, visit: Visit) -> None:
        """Picture the vehicle, and read its plate again and again, as long as it stands undecided."""
        pictures = missed = 0
        while lane.visit is visit and visit.numbers is None:
            if visit.reading is None or not visit.reading.jpeg:
                scene = await plates.picture(lane.config.camera)
                pictures, visit.scene = pictures + bool(scene), scene or visit.scene
                missed = 0 if scene else missed + 1
                visit.is_blind = missed >= _BLIND
                self._changed(lane)
            is_read = visit.is_typed or lane.config.plate is PlateUse.OFF
            is_pictured = pictures >= _PICTURES or (visit.reading is not None and visit.reading.jpeg)
            if is_read and is_pictured:
                return
            config = lane.config
            reading = None if is_read else await plates.read(config.camera, config.countries, config.plate_within)
            if reading is not None and visit.take(reading, lane.config.plate_sure_percent):
                self.compare(visit)
                self._changed(lane)
            await asyncio.sleep(LOOKS_AGAIN_S)
