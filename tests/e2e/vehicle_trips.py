"""Who comes and goes by vehicle on a drawn day, with whom, and what is unusual about it.

Belongs here: drawing it. Does not belong here: driving (vehicle_day.py), which times (test_vehicle_day.py).
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import cycle
from random import Random
from typing import Final

from simulators.cards import ProximityCard, draw_card
from simulators.vehicles import Vehicle, VehicleKind, draw_plates

GATES: Final = ("east", "west")


class Odd(enum.Enum):
    """What is unusual about a trip, if anything."""

    NO = enum.auto()
    WORD = enum.auto()
    """A delivery without a pass: the officer lets it pass by his word, and counts who is in it, both ways."""
    HEELS = enum.auto()
    """It follows another vehicle under the boom, and nobody enters who is in it; it leaves by an officer's word."""
    FEWER = enum.auto()
    """One who came in it stays behind when it leaves."""
    MORE = enum.auto()
    """It takes along who stayed behind."""
    GAVE_UP = enum.auto()
    """It found nobody to follow."""


@dataclass(slots=True)
class Trip:
    """One vehicle: when it comes and goes (seconds of the day), by which gates, and with whom beside its driver."""

    at_s: float
    leaves_s: float
    comes_by: str
    leaves_by: str
    vehicle: Vehicle
    card: ProximityCard
    odd: Odd = Odd.NO
    is_in: bool = False

    def with_persons(self, persons: int) -> Vehicle:
        return Vehicle(plate=self.vehicle.plate, kind=self.vehicle.kind, persons=persons)


def draw_trips(times: Iterable[tuple[float, float]], odd_after_s: float, one_in: int, chance: Random) -> list[Trip]:
    """Draw who drives at these times (comes, leaves): one in ten a van of four; later one in so many is odd."""
    trips = []
    kinds = cycle((Odd.WORD, Odd.HEELS, Odd.FEWER, Odd.MORE))
    times = sorted(times)
    plates = draw_plates(len(times), chance)
    for number, ((at_s, leaves_s), plate) in enumerate(zip(times, plates, strict=True)):
        odd = next(kinds) if at_s >= odd_after_s and number % one_in == 0 else Odd.NO
        persons = chance.choices((1, 2, 3, 4), weights=(70, 15, 5, 10))[0] + (odd is Odd.FEWER)
        kind = VehicleKind.VAN if persons > 3 else VehicleKind.CAR
        vehicle = Vehicle(plate=plate, kind=kind, persons=persons)
        trips.append(Trip(at_s, leaves_s, chance.choice(GATES), chance.choice(GATES), vehicle, draw_card(chance), odd))
    return trips
