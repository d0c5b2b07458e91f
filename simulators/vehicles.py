"""Vehicles of a simulated site: their plates, who drives them, who sits beside, and the record of where they stand.

The record is the truth of the lanes, a JSON object a line, appended as it happens (`vehicles.jsonl` of the world
folder; mode 0600):

    {"at_ns": ..., "lane": "garage-in", "where": "loop", "plate": "MAB1234", "country": "de", "kind": "car",
     "persons": 2, "trailer": false}

`where`: `loop` (it stands before the barrier), `under` (under the boom), `through` or `backed-out` (it is gone).
`persons` has the driver in it. Nobody but the simulator, its cameras and tests sees this; the system never does.

Belongs here: vehicles as they are. Does not belong here: loops and booms (lane.py), when they come (traffic.py), what
they look like (cameras/).
"""

import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from contract.ids import LaneId

VEHICLES: Final = "vehicles.json"
RECORD: Final = "vehicles.jsonl"
_SECRET_MODE: Final = 0o600
_TOWNS: Final = ("B", "HH", "K", "M", "S", "F", "D", "HB", "H", "N", "DD", "L")
_LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
_NUMBERS: Final = (1000, 9999)


class Where(StrEnum):
    """Where a vehicle is."""

    LOOP = "loop"
    UNDER = "under"
    THROUGH = "through"
    BACKED_OUT = "backed-out"


class VehicleKind(StrEnum):
    """What kind of vehicle it is."""

    CAR = "car"
    VAN = "van"
    LORRY = "lorry"


class Vehicle(msgspec.Struct, frozen=True, kw_only=True):
    """One vehicle. `plate`: canonical text; `persons`: how many sit in it, the driver included."""

    plate: str
    country: str = "de"
    kind: VehicleKind = VehicleKind.CAR
    persons: int = 1
    trailer: bool = False


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the record; see the module."""

    at_ns: int
    lane: LaneId
    where: Where
    plate: str
    country: str
    kind: VehicleKind
    persons: int
    trailer: bool


class VehicleRecord:
    """The record of all lanes, on disk and for whoever looks on in this process."""

    def __init__(self, path: Path) -> None:
        """Begin a new record at `path`."""
        path.unlink(missing_ok=True)
        self._path = path
        self.onlookers: list[Callable[[LaneId, Where, Vehicle], None]] = []

    def note(self, at_ns: int, lane: LaneId, where: Where, vehicle: Vehicle) -> None:
        """Take note of where a vehicle is."""
        sighting = Sighting(
            at_ns=at_ns, lane=lane, where=where, plate=vehicle.plate, country=vehicle.country, kind=vehicle.kind,
            persons=vehicle.persons, trailer=vehicle.trailer,
        )  # fmt: skip
        with os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _SECRET_MODE), "wb") as file:
            file.write(msgspec.json.encode(sighting) + b"\n")
        for onlooker in self.onlookers:
            onlooker(lane, where, vehicle)


def draw_plates(count: int, chance: Random) -> list[str]:
    """Return so many different plates (canonical texts), of German form: town, two letters, four digits."""
    found: dict[str, None] = {}
    while len(found) < count:
        letters = "".join(chance.choices(_LETTERS, k=2))
        found[f"{chance.choice(_TOWNS)}{letters}{chance.randint(*_NUMBERS)}"] = None
    return list(found)
