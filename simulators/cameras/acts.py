"""What a live camera is told, as JSON objects, one a line: people who come to a gate, vehicles in a lane.

Belongs here: the shapes. Does not belong here: what a picture makes of them (live.py), who tells (in_step.py).
"""

from typing import Final

import msgspec

from simulators.vehicles import Vehicle


class PersonComes(msgspec.Struct, frozen=True, tag="person-comes"):
    """Somebody steps up to the reader before the line, to cross it to the picture's right or left."""

    person: int
    to_right: bool


class PersonWaits(msgspec.Struct, frozen=True, tag="person-waits"):
    """Somebody stays a few steps before the reader, to go through on another's heels."""

    person: int
    to_right: bool


class PersonCrosses(msgspec.Struct, frozen=True, tag="person-crosses"):
    """Somebody goes through now; he may not have stood at the reader."""

    person: int
    to_right: bool


class PersonLeaves(msgspec.Struct, frozen=True, tag="person-leaves"):
    """Somebody goes back to where he came from."""

    person: int


class VehicleStands(msgspec.Struct, frozen=True, tag="vehicle-stands"):
    """A vehicle stands before the barrier."""

    vehicle: Vehicle


class VehicleGoes(msgspec.Struct, frozen=True, tag="vehicle-goes"):
    """The vehicle that stands there drives through."""


class VehicleBacksOut(msgspec.Struct, frozen=True, tag="vehicle-backs-out"):
    """The vehicle that stands there goes back to where it came from."""


Act = PersonComes | PersonWaits | PersonCrosses | PersonLeaves | VehicleStands | VehicleGoes | VehicleBacksOut
DECODER: Final = msgspec.json.Decoder(Act)
