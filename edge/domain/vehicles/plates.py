"""What a gate asks of whatever reads number plates, and what it gets.

Belongs here: the port. Does not belong here: cameras, recognition and countries' syntax (edge/plates), or whether a
plate may pass (decide_vehicle.py).
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from contract.ids import CameraId
from contract.plates import Within


class Candidate(msgspec.Struct, frozen=True):
    """Another way to read the same plate: canonical text (A-Z and 0-9) and confidence."""

    plate: str
    confidence_percent: int

    def __repr__(self) -> str:
        """Without the plate."""
        return f"Candidate({self.confidence_percent} %)"


class PlateReading(msgspec.Struct, frozen=True):
    """One reading, of one or several frames that voted. `plate`: canonical text (A-Z and 0-9), never empty.

    `jpeg`: the picture that it was read in, as the officer sees it; `candidates`: other readings, the best first.
    """

    plate: str
    confidence_percent: int
    jpeg: bytes = b""
    candidates: tuple[Candidate, ...] = ()

    def __repr__(self) -> str:
        """Without plate and picture."""
        return f"PlateReading({self.confidence_percent} %, {len(self.jpeg)} bytes)"


class PlateReader(Protocol):
    """Reads number plates. A gate asks as long as a vehicle stands undecided; the last reading counts."""

    async def picture(self, camera: CameraId) -> bytes | None:
        """Return what `camera` sees now, for the officer (JPEG); None if it is away. Must not take long."""
        ...

    async def read(self, camera: CameraId, countries: Sequence[str], within: Within) -> PlateReading | None:
        """Return the plate that `camera` sees now there, by the syntax of `countries`; None if it sees none.

        May take seconds; never raises for a camera or recognizer that is away, which sees none. Cancelled when the
        vehicle is gone.
        """
        ...
