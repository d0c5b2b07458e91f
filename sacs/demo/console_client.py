"""What the demo does as a person would.

Registers people and vehicles through the controller's HTTP API and looks at the live picture.
"""

from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from controller.live import Live
from sacs.officers.caller import Caller

_FOREVER_S: Final = 2**32 - 1
_VEHICLES: Final = "vehicles"
"""The access level of all vehicles."""
_MAY_BE_LEFT_OUT: Final = ("pin", "duress_pin", "extended_time")


class _Person(msgspec.Struct):
    """One entry of the world's people.json."""

    name: str
    category: str
    pass_number: str
    credentials: list[str]
    access_points: list[str]
    valid_from: datetime
    valid_until: datetime
    blocked: bool
    pin: str | None = None
    duress_pin: str | None = None
    extended_time: bool | None = None


class _Vehicle(msgspec.Struct):
    """One entry of the world's vehicles.json."""

    plate: str
    access_points: list[str]
    drivers: list[str]
    is_delivery: bool
    valid_from_s: int = 0
    valid_until_s: int = _FOREVER_S


class ConsoleClient:
    """Talks to the controller's API as a pass officer does."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def live(self) -> Live:
        """Return the live picture. Raises OSError while the controller does not answer."""
        return msgspec.json.decode(self._caller.call("GET", "api/live"), type=Live)

    def register_vehicles(self, vehicles: Path) -> int:
        """Register everything in the world's vehicles.json; return how many."""
        known = msgspec.json.decode(vehicles.read_bytes(), type=list[_Vehicle])
        if known:
            body = {
                "access_points": sorted({point for vehicle in known for point in vehicle.access_points}),
                "windows": [],
            }
            self._caller.call("PUT", f"api/access-levels/{_VEHICLES}", body)
            made = [
                {
                    "plate": vehicle.plate,
                    "access_level": _VEHICLES,
                    "drivers": vehicle.drivers,
                    "valid_from_s": vehicle.valid_from_s,
                    "valid_until_s": vehicle.valid_until_s,
                    "is_delivery": vehicle.is_delivery,
                }
                for vehicle in known
            ]
            self._caller.call("POST", "api/vehicles", made)
        return len(known)

    def register(self, people: Path) -> int:
        """Register everybody in the world's people.json; return how many."""
        persons = msgspec.json.decode(people.read_bytes(), type=list[_Person])
        levels: dict[frozenset[str], str] = {}
        for person in persons:
            levels.setdefault(frozenset(person.access_points), f"level-{len(levels) + 1}")
        for points, level in levels.items():
            body = {"access_points": sorted(points), "windows": []}
            self._caller.call("PUT", f"api/access-levels/{level}", body)
        holders = [
            {
                "name": person.name,
                "category": person.category,
                "passes": [
                    {
                        "number": person.pass_number,
                        "credentials": person.credentials,
                        "access_level": levels[frozenset(person.access_points)],
                        "valid_from_s": int(person.valid_from.timestamp()),
                        "valid_until_s": min(_FOREVER_S, int(person.valid_until.timestamp())),
                        "blocked": person.blocked,
                        **{name: value for name in _MAY_BE_LEFT_OUT if (value := getattr(person, name)) is not None},
                    }
                ],
            }
            for person in persons
        ]
        self._caller.call("POST", "api/holders", holders)
        return len(holders)
