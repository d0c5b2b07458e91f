"""Who comes by vehicle: holders with cars of their own, deliveries, and strangers whose plates nobody has entered.

A holder drives up, waits for the vehicle ahead, holds his card out of the window and waits for the boom; whoever is
with him has no card and says how many they are. Deliveries and strangers have no card, or one that nobody issued.
Whoever is not let in within his patience backs out. Each vehicle that got in leaves by a lane again; now and then
somebody stays behind and walks out unread, or a vehicle that is let in backs out all the same,
stalls under the boom, or has another one on its heels.

Belongs here: that behaviour. Does not belong here: one lane and its boom (lane.py), walking (world.py). Not simulated:
vehicles that stand in the premises while a siren sounds: who leaves then, leaves on foot.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Final

import msgspec

from contract.clock import NS_PER_S, Clock
from contract.ids import OUTSIDE, AccessPointId
from contract.site import AccessPoint
from simulators.cards import ProximityCard
from simulators.gate import Present, SimulatedGate
from simulators.lane import SimulatedLane
from simulators.people import VISITOR, Person, unknown_card
from simulators.scene import Scene
from simulators.truth import Truth
from simulators.vehicles import Vehicle, VehicleKind, VehicleRecord, draw_plates

FIRST_NAMELESS: Final = 1_000_000
"""Persons without a pass have numbers from here on."""
DAY_S: Final = 86_400
_CARD_AFTER_S: Final = (0.6, 1.5)
_GOES_AFTER_S: Final = (0.3, 1.2)
_ROOM_S: Final = (1.0, 2.5)
"""Between two vehicles on one loop: without a gap it sees one."""
_BOOM_UP_S: Final = 10.0
"""So long the next one waits for the boom to come down; where it is held open he goes on then."""
_LOOKS_S: Final = 0.5
_STRANGER_STAYS_S: Final = (30.0, 90.0)
_WALKS_OUT_S: Final = (10.0, 60.0)
_STALLS_S: Final = (3.0, 8.0)
_ON_HEELS_S: Final = 0.3
_MOST_TRIES: Final = 3
_DIGITS: Final = "0123456789"


@dataclass(slots=True)
class Party:
    """A vehicle and who comes in it. `driver`: who holds a pass, None for a delivery or a stranger.

    `card`: what its driver holds up, if anything. `persons`: numbers of all who sit in it now, the driver first.
    """

    vehicle: Vehicle
    driver: Person | None
    card: ProximityCard | None = None
    persons: list[int] = field(default_factory=list)


class Traffic:
    """The vehicles of one site. `drivers`: numbers of those who come by vehicle and never on foot."""

    def __init__(
        self, scene: Scene, persons: Iterable[Person], gates: Iterable[SimulatedGate], truth: Truth, clock: Clock,
        chance: Random, passage: Callable[[], AbstractAsyncContextManager[None]], is_paused: Callable[[], bool],
    ) -> None:  # fmt: skip
        """`passage`: what nobody starts while the world is paused, `is_paused`: whether it shall be (world.py)."""
        self._settings = scene.simulation.traffic
        self._people = list(persons)
        self._truth = truth
        self._clock = clock
        self._chance = chance
        self._passage = passage
        self._is_paused = is_paused
        self._heels: dict[AccessPointId, tuple[Party, asyncio.Future[bool]]] = {}
        self._lanes: dict[AccessPointId, SimulatedLane] = {}
        self._readers: dict[AccessPointId, Present] = {}
        for gate in gates:
            for lane in gate.lanes.values():
                self._lanes[lane.config.access_point] = lane
                self._readers[lane.config.access_point] = gate.ways[lane.config.access_point].present
        self._points = {point.id: point for point in scene.site.access_point if point.id in self._lanes}
        self._nameless = FIRST_NAMELESS
        able = [person for person in self._people if person.is_admitted and person.category != VISITOR][::-1]
        count = min(self._settings.vehicles, len(able)) if self._points else 0
        strangers = self._settings.strangers if self._points else 0
        plates = draw_plates(count + strangers, Random(f"plates {scene.simulation.seed}"))
        self._cars = {
            person.number: self._party(plate, person) for person, plate in zip(able[:count], plates, strict=False)
        }
        self._deliveries = plates[count:]

    @property
    def drivers(self) -> frozenset[int]:
        """Numbers of the persons who come by vehicle."""
        return frozenset(self._cars)

    @property
    def points(self) -> frozenset[AccessPointId]:
        """The access points that are lanes."""
        return frozenset(self._points)

    def plates(self) -> list[str]:
        """Return every plate of the site: none may lie readable in anything that the system writes."""
        return [party.vehicle.plate for party in self._cars.values()] + self._deliveries

    def record_to(self, record: VehicleRecord) -> None:
        """Let every lane note in `record` what stands in it."""
        for lane in self._lanes.values():
            lane.note = lambda name, where, vehicle: record.note(self._clock.now_ns(), name, where, vehicle)

    def reference_data(self) -> bytes:
        """Return what a pass office knows of vehicles, as JSON: a list of objects.

        Keys: `plate`, `access_points`, `drivers` (pass numbers), `valid_from_s`, `valid_until_s` (seconds since
        1970-01-01 UTC), `is_delivery`.
        """
        now_s, points = self._clock.now_ns() // NS_PER_S, sorted(self._points)
        cars = [
            {"plate": party.vehicle.plate, "access_points": points, "is_delivery": False,
             "drivers": [party.driver.pass_number] if party.driver else []}
            for party in self._cars.values()
        ]  # fmt: skip
        deliveries = [
            {"plate": plate, "access_points": points, "is_delivery": True, "drivers": [],
             "valid_from_s": now_s - DAY_S, "valid_until_s": now_s + DAY_S}
            for plate in self._deliveries
        ]  # fmt: skip
        return msgspec.json.encode(cars + deliveries)

    async def drive(self, person: Person, point: AccessPoint) -> bool:
        """Let a driver go through a lane with whoever is with him; return whether he did."""
        party = self._cars[person.number]
        is_out = point.to_area == OUTSIDE
        if point.from_area == OUTSIDE:
            party.persons = [person.number, *self._new_persons(party.vehicle.persons - 1)]
        elif is_out and len(party.persons) > 1 and self._chance.random() < self._settings.stays_behind_rate:
            self._walk_out(party.persons.pop(), point)
        return await self._go(party, point)

    def walk_beside(self, person: Person) -> None:
        """A driver got out on foot: whoever came with him is out as well, unread."""
        for other in self._cars[person.number].persons[1:]:
            self._unread_out(other)
        self._cars[person.number].persons = [person.number]

    async def strangers(self) -> None:
        """Let deliveries and strangers come and go until cancelled."""
        ways_in = [point for point in self._points.values() if point.from_area == OUTSIDE]
        while ways_in and self._settings.strangers:
            await asyncio.sleep(self._chance.expovariate(1 / self._settings.stranger_every_s))
            point = self._chance.choice(ways_in)
            vehicle = Vehicle(plate=self._plate_of_stranger(), kind=VehicleKind.VAN, persons=self._chance.randint(1, 2))
            is_strange = self._chance.random() < self._settings.strange_card_rate
            card = unknown_card(self._people, self._chance) if is_strange else None
            party = Party(vehicle, None, card, self._new_persons(vehicle.persons))
            go = self._follow if self._chance.random() < self._settings.heels_rate else self._go
            if await go(party, point):
                await asyncio.sleep(self._chance.uniform(*_STRANGER_STAYS_S))
                await self._leave(party, point)

    async def _leave(self, party: Party, came_by: AccessPoint) -> None:
        """Leave by a lane; whoever is kept from it too often leaves his vehicle, and walks."""
        way = (came_by.to_area, OUTSIDE)
        out = [point for point in self._points.values() if (point.from_area, point.to_area) == way]
        for _ in range(_MOST_TRIES if out else 0):
            if await self._go(party, out[0]):
                return
            await asyncio.sleep(self._chance.uniform(*_CARD_AFTER_S))
        for person in party.persons:
            self._unread_out(person)

    async def _go(self, party: Party, point: AccessPoint) -> bool:
        lane, vehicle = self._lanes[point.id], msgspec.structs.replace(party.vehicle, persons=len(party.persons))
        async with lane.turn, self._passage():
            went = await self._try(party, vehicle, lane, point)
            if went:
                await self._let_follow(lane, point)
            await asyncio.sleep(self._chance.uniform(*_ROOM_S))
            with suppress(TimeoutError):
                async with asyncio.timeout(_BOOM_UP_S):
                    await lane.portal.at_rest()  # whoever drives through a boom that is up for another is on his heels
        return went

    async def _try(self, party: Party, vehicle: Vehicle, lane: SimulatedLane, point: AccessPoint) -> bool:
        lane.arrive(vehicle)
        await asyncio.sleep(self._chance.uniform(*_CARD_AFTER_S))
        if party.card is not None:
            self._readers[point.id](party.card)
        if not await self._is_let_in(lane) or self._chance.random() < self._settings.backs_out_rate:
            lane.back_out()
            return False
        await asyncio.sleep(self._chance.uniform(*_GOES_AFTER_S))
        stalls_s = self._chance.uniform(*_STALLS_S) if self._chance.random() < self._settings.stalls_rate else 0.0
        return await self._drive_through(party, lane, point, is_read=True, stalls_s=stalls_s)

    async def _drive_through(
        self, party: Party, lane: SimulatedLane, point: AccessPoint, *, is_read: bool, stalls_s: float = 0.0
    ) -> bool:
        if not await lane.drive_through(stalls_s=stalls_s):
            lane.back_out()
            return False
        for person in party.persons:
            if self._truth.place(person) == point.from_area:
                self._truth.move(person, point.from_area, point.to_area, is_read=is_read)
        return True

    async def _follow(self, party: Party, point: AccessPoint) -> bool:
        """Wait for somebody to follow on his heels; return whether that went well."""
        went: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._heels[point.id] = party, went
        try:
            async with asyncio.timeout(self._settings.patience_s):
                return await went
        except TimeoutError:
            return False
        finally:
            self._heels.pop(point.id, None)

    async def _let_follow(self, lane: SimulatedLane, point: AccessPoint) -> None:
        if point.id not in self._heels:
            return
        party, went = self._heels.pop(point.id)
        lane.arrive(party.vehicle)
        await asyncio.sleep(_ON_HEELS_S)
        is_through = await self._drive_through(party, lane, point, is_read=False)
        if not went.done():
            went.set_result(is_through)

    async def _is_let_in(self, lane: SimulatedLane) -> bool:
        """Wait for the boom as long as the driver has patience and the world goes on."""
        until_s = asyncio.get_running_loop().time() + self._settings.patience_s
        while asyncio.get_running_loop().time() < until_s and not self._is_paused():
            if await lane.opened_within(_LOOKS_S):
                return True
        return False

    def _party(self, plate: str, person: Person) -> Party:
        kind = self._chance.choice((VehicleKind.CAR, VehicleKind.CAR, VehicleKind.CAR, VehicleKind.VAN))
        persons = self._chance.choices((1, 2, 3, 4), weights=(6, 3, 1, 1))[0]
        trailer = self._chance.random() < self._settings.trailer_rate
        return Party(
            Vehicle(plate=plate, kind=kind, persons=persons, trailer=trailer), person, person.card, [person.number]
        )

    def _plate_of_stranger(self) -> str:
        """An expected delivery's plate, or one that differs from a known one by a digit."""
        plate = self._chance.choice(self._deliveries)
        if self._chance.random() >= self._settings.unknown_rate:
            return plate
        other = self._chance.choice([digit for digit in _DIGITS if digit != plate[-1]])
        near = plate[:-1] + other
        return near if near not in self.plates() else plate

    def _new_persons(self, count: int) -> list[int]:
        first, self._nameless = self._nameless, self._nameless + count
        return list(range(first, first + count))

    def _walk_out(self, person: int, point: AccessPoint) -> None:
        after_s = self._chance.uniform(*_WALKS_OUT_S)
        if self._truth.place(person) == point.from_area:
            asyncio.get_running_loop().call_later(after_s, self._unread_out, person)

    def _unread_out(self, person: int) -> None:
        place = self._truth.place(person)
        if place != OUTSIDE:
            self._truth.move(person, place, OUTSIDE, is_read=False)
