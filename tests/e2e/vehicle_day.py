"""A day at two vehicle gates: simulated vehicles, loops, beams and booms below the real drivers; officers at the lanes.

Everything above the wires is real: drivers, gates with their rings, broker, controller, vault. Officers act as the
screen's process does (`Gate.act`). What is true is taken from the simulated lanes alone: who drove through, with how
many. Belongs here: the site, driving, and what an officer enters. Does not belong here: who drives when
(vehicle_trips.py), judging the figures (test_vehicle_day.py), the hurry (quick_time.py).
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from contract.clock import NS_PER_S
from contract.enrolment import decode_enrolment
from contract.events import AdmittedBecause
from contract.ids import AccountId, ControllerId, EdgeId, LaneId, ReaderId, new_act_id
from contract.periods import Kind
from contract.site import GateDevices, Site, parse_site
from controller.composition.assembly import Assembly, Settings, assemble
from controller.composition.ceremony import enrol
from controller.domain.presence.bounds import Headcount
from controller.domain.presence.layout import WHOLE_SITE
from controller.service.site.reference import NewHolder, NewPass
from edge.domain.acting import ActResult, EnterOccupants, LaneAct, PassVehicle
from edge.domain.vehicles.shown import Boom, LaneShown, Phase
from edge.program import GateProgram
from simulators.gate import SimulatedGate
from simulators.lane import SimulatedLane
from simulators.readers.serial_reader import SimulatedSerialReader
from simulators.vehicles import Vehicle, Where
from tests.e2e.quick_time import QuickClock, QuickLoop
from tests.e2e.vehicle_trips import GATES, Odd, Trip

MIRA: Final = AccountId("a" * 24)
SITE_HEAD: Final = """
[site]
id = "day"
longest_stay_h = 72
[[area]]
id = "yard"
"""
SITE_GATE: Final = """
[[access_point]]
id = "{gate}-in"
from = "outside"
to = "yard"
[[access_point]]
id = "{gate}-out"
from = "yard"
to = "outside"
[[gate]]
id = "{gate}"
[[gate.board]]
id = "{gate}-io"
kind = "modbus"
device = "modbus"
profile = "waveshare-rtu-relay-d-8ch"
baud = 115200
"""
SITE_LANE: Final = """
[[gate.reader]]
id = "{gate}-{way}"
kind = "serial"
access_point = "{gate}-{way}"
device = "{way}"
[[gate.portal]]
id = "{gate}-boom-{way}"
kind = "barrier"
hardware = "{gate}-io"
access_points = ["{gate}-{way}"]
strike_output = {number}
dps_input = {number}
dps_closes_when = "shut"
rex_input = -1
unlock_ms = 700
passage_ms = 10000
stays_free = true
[[gate.lane]]
id = "{gate}-{way}"
access_point = "{gate}-{way}"
portal = "{gate}-boom-{way}"
hardware = "{gate}-io"
presence_input = {presence}
clearance_input = {clearance}
clearance_closes_when = "clear"
"""
QUICK: Final = 20.0
"""Seconds of the day in one of ours; brokers, disks and pseudo-terminals have to keep up."""
_PACE_S: Final = 0.1
_AT_EASE_S: Final = 2.0
MINUTE_NS: Final = 60 * NS_PER_S
_LOOK_S: Final = 0.2
_PATIENCE_S: Final = 120.0
_HEELS_S: Final = 0.3
_SEES_S: Final = (0.4, 1.2)
"""How long an officer looks before he touches his screen."""


def day_site() -> Site:
    """Return a site of one area and two vehicle gates, each with a lane in and a lane out."""
    text = SITE_HEAD
    for gate in GATES:
        text += SITE_GATE.format(gate=gate)
        for number, way in enumerate(("in", "out")):
            text += SITE_LANE.format(
                gate=gate, way=way, number=number, presence=2 + 2 * number, clearance=3 + 2 * number
            )
    return parse_site(text)


class Truth:
    """Who is inside, by what drove through the simulated lanes."""

    def __init__(self) -> None:
        self.inside = 0
        self.through: Counter[LaneId] = Counter()
        self.persons_in = 0
        self.left_behind = 0
        """Who stayed behind without a vehicle."""
        self.odd: Counter[Odd] = Counter()
        """What of that happened so far: vehicles, and of those let pass by word persons."""

    def see(self, lane: LaneId, where: Where, vehicle: Vehicle) -> None:
        if where is Where.THROUGH:
            self.through[lane] += 1
            is_in = lane.endswith("-in")
            self.persons_in += vehicle.persons if is_in else 0
            self.inside += vehicle.persons if is_in else -vehicle.persons


@dataclass
class Way:
    """One lane: the simulated one, and what the real gate shows of it."""

    lane: SimulatedLane
    reader: SimulatedSerialReader
    program: GateProgram
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def shown(self) -> LaneShown:
        lanes = self.program.gate._lanes
        assert lanes is not None
        return next(shown for shown in lanes.standing() if shown.lane == self.lane.id)

    @property
    def is_at_rest(self) -> bool:
        """Nothing stands there, and the gate knows the boom to be down."""
        return self.shown.phase is Phase.EMPTY and self.shown.boom is Boom.DOWN and self.lane.portal.is_at_rest

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        await until(holds, f"{self.lane.id}: {what}")


async def until(holds: Callable[[], bool], what: str) -> None:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while not holds():  # noqa: ASYNC110  a dozen parts
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        raise AssertionError(f"it never came about: {what}") from None


class VehicleDay:
    """The running system and its vehicles."""

    def __init__(
        self, loop: QuickLoop, clock: QuickClock, site: Site, assembly: Assembly, gates: Mapping[EdgeId, GateProgram],
        simulated: Mapping[EdgeId, SimulatedGate], chance: Random,
    ) -> None:  # fmt: skip
        self.loop, self.clock, self.site, self.assembly, self.gates = loop, clock, site, assembly, gates
        self.truth = Truth()
        self.simulated = simulated
        self._chance = chance
        self._start_ns = clock.now_ns()
        self._under_way = 0
        self._unhurried = asyncio.Lock()
        self._heels: dict[LaneId, list[Trip]] = {}
        self.ways: dict[LaneId, Way] = {}
        for edge, gate in simulated.items():
            for lane in gate.lanes.values():
                lane.note = self.truth.see
                reader = gate.readers[ReaderId(lane.id)]
                assert isinstance(reader, SimulatedSerialReader)
                self.ways[lane.id] = Way(lane, reader, gates[edge])

    async def begin(self) -> None:
        """Give every gate its keys and its policy, and see that it sees its lanes."""
        link, retention = self.assembly.link, self.site.retention
        await until(lambda: link.connected and all(g.uplink.is_connected for g in self.gates.values()), "connections")
        await self.assembly.supply_gates()
        period = retention.period_at(Kind.MOVEMENT, self.clock.now_ns())
        wanted = self.assembly.policies.wanted
        await until(
            lambda: all(g.policy.version == wanted[edge] and g.keys.publics(period) for edge, g in self.gates.items()),
            "keys and policies",
        )
        await until(lambda: all(way.is_at_rest for way in self.ways.values()), "lanes")

    async def keep_pace(self) -> None:
        """Hurry, but not where a board's answer is late: a busy machine shall not make it seem lost."""
        before = 0
        while True:
            silences = sum(counter["silences"] for gate in self.gates.values() for counter in gate._devices.counters)
            is_late, before = silences > before, silences
            self.loop.rate = 1.0 if is_late or self._unhurried.locked() else QUICK
            await asyncio.sleep(_AT_EASE_S if is_late else _PACE_S)

    async def play(self, trips: Sequence[Trip], end_s: float) -> AsyncIterator[float]:
        """Let all come and go; yield at every minute of the day up to `end_s`, when all is still and all is counted."""
        moves = sorted(
            [(trip.at_s, True, trip) for trip in trips] + [(trip.leaves_s, False, trip) for trip in trips],
            key=lambda move: move[0],
        )
        async with asyncio.TaskGroup() as tasks:
            minute_s = 60.0
            for at_s, is_in, trip in [*moves, (end_s + 60, False, None)]:
                while minute_s <= min(at_s, end_s):
                    await self._be_at(minute_s)
                    await self._settled()
                    yield minute_s
                    minute_s += 60
                if trip is not None:
                    await self._be_at(at_s)
                    self._under_way += 1
                    tasks.create_task(self._come(trip) if is_in else self._go(trip))

    @property
    def came(self) -> int:
        """How many vehicles came in."""
        return sum(self.truth.through[LaneId(f"{gate}-in")] for gate in GATES)

    def headcount(self) -> Headcount:
        """Return what a console would show of the premises now."""
        return self.assembly.truth.figures.headcounts()[WHOLE_SITE]

    async def _be_at(self, second: float) -> None:
        """Wait for that second of the day, or leap to it if nothing moves."""
        at_ns = self._start_ns + round(second * NS_PER_S)
        while self.clock.now_ns() < at_ns:
            if self._is_still():
                self.clock.leap_to(at_ns)
            else:
                await asyncio.sleep(_LOOK_S)

    def _is_still(self) -> bool:
        return not self._under_way and all(way.is_at_rest for way in self.ways.values())

    async def _settled(self) -> None:
        """Wait until nothing moves, all gates have said so, and the controller has taken it in."""
        await until(self._is_still, "everybody is through or has gone")
        truth = self.assembly.truth
        if await truth.tick():
            await self.assembly.link.publish_keys(truth.period_keys())
        now_ns = self.clock.now_ns()
        for gate in self.gates.values():
            await gate.journal.flush()
            await gate.health.report()

        def is_told() -> bool:
            truth.gates.cut_ns(self.site.retention)  # which settles the watermarks
            return all(truth.gates.counted.get(edge, 0) >= now_ns for edge in self.gates)

        await until(is_told, "what the gates have told is counted")

    async def _come(self, trip: Trip) -> None:
        way = self.ways[LaneId(f"{trip.comes_by}-in")]
        if trip.odd is Odd.HEELS:  # it is about nowhere until it has found somebody to follow
            self._heels.setdefault(way.lane.id, []).append(trip)
        else:
            async with way.turn:
                await self._pass(way, trip, trip.vehicle)
            trip.is_in = True
        self._under_way -= 1

    async def _go(self, trip: Trip) -> None:
        if trip.odd is Odd.HEELS and not trip.is_in:
            trip.odd = Odd.GAVE_UP
        else:
            way = self.ways[LaneId(f"{trip.leaves_by}-out")]
            await until(lambda: trip.is_in, "it came before it goes")
            async with way.turn:
                await self._pass(way, trip, trip.with_persons(self._leave_with(trip)))
        self._under_way -= 1

    def _leave_with(self, trip: Trip) -> int:
        persons, truth = trip.vehicle.persons, self.truth
        if trip.odd is Odd.MORE and not truth.left_behind:
            trip.odd = Odd.NO
        change = {Odd.FEWER: -1, Odd.MORE: 1}.get(trip.odd, 0)
        truth.left_behind -= change
        if change:
            truth.odd[trip.odd] += 1
        return persons + change

    async def _pass(self, way: Way, trip: Trip, vehicle: Vehicle) -> None:
        """Drive up, be seen by the officer, go through, and let the next one stand there."""
        lane = way.lane
        lane.arrive(vehicle)
        await until(lambda: way.shown.phase is Phase.STANDS, f"{lane.id} sees a vehicle")
        await asyncio.sleep(self._chance.uniform(*_SEES_S))
        await self._act(way, self._word(way, trip, vehicle.persons - 1))
        await until(
            lambda: way.shown.phase is Phase.OPENED, f"{lane.id} lets it pass"
        )  # the boom may be up for another
        assert await lane.opened_within(_PATIENCE_S)
        heels = self._heels.get(lane.id)
        if heels and trip.odd is Odd.NO:
            await self._on_heels(lane, heels.pop())
        else:
            assert await lane.drive_through()
        await until(lambda: way.shown.phase is Phase.EMPTY, f"{lane.id} sees that it is through")

    async def _on_heels(self, lane: SimulatedLane, trip: Trip) -> None:
        """One goes through, and the next behind it with a gap that contacts show in our own time only."""
        if trip.odd is Odd.GAVE_UP:
            assert await lane.drive_through()
            return
        async with self._unhurried:
            self.loop.rate = 1.0
            for step in (
                lane.enter, lane.leave_loop, partial(lane.arrive, trip.vehicle), lane.clear, lane.enter,
                lane.leave_loop,
            ):  # fmt: skip
                step()
                await asyncio.sleep(_HEELS_S)
            lane.clear()
        self.truth.odd[Odd.HEELS] += 1
        trip.is_in = True

    def _word(self, way: Way, trip: Trip, beside: int) -> LaneAct:
        """What the officer does about it; a driver with a pass has held it up by then."""
        shown = way.shown
        if trip.odd in {Odd.WORD, Odd.HEELS}:
            self.truth.odd[Odd.WORD] += 1 + beside
            return PassVehicle(new_act_id(), shown.lane, shown.visit, AdmittedBecause.VEHICLE_CHECKED, beside)
        way.reader.present(trip.card)
        return EnterOccupants(new_act_id(), shown.lane, shown.visit, beside)

    @staticmethod
    async def _act(way: Way, act: LaneAct) -> None:
        result = await way.program.gate.act(MIRA, act)
        assert result is ActResult.DONE, result


@asynccontextmanager
async def vehicle_day(folder: Path, trips: Sequence[Trip], start_ns: int, chance: Random) -> AsyncIterator[VehicleDay]:
    """Run the system for a day that starts at `start_ns`; `folder` is a short path."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, QuickLoop)
    clock, site = QuickClock(loop, start_ns), day_site()
    settings = Settings(site, ControllerId("day"), folder / "state", folder / "vault")
    enrol(folder / "root", settings)
    async with AsyncExitStack() as stack:
        assembly = await stack.enter_async_context(assemble(settings, clock, lambda _: None))
        assembly.reference.register(
            NewHolder(f"driver {number}", "", [NewPass(f"p{number}", list(trip.card.texts), "all")])
            for number, trip in enumerate(trips)
            if trip.odd is not Odd.WORD
        )
        simulated: dict[EdgeId, SimulatedGate] = {}
        gates: dict[EdgeId, GateProgram] = {}
        for config in site.gate:
            gate = simulated[config.id] = SimulatedGate(config, folder / "lines" / config.id)
            gate.start()
            stack.callback(gate.stop)
            enrolment = decode_enrolment((assembly.enrolments_folder / f"{config.id}.enrolment").read_bytes())
            program = GateProgram(
                enrolment, site, folder / "gates" / config.id, clock, GateDevices(lines=gate.device_lines)
            )
            gates[config.id] = await stack.enter_async_context(program)
        running = await stack.enter_async_context(asyncio.TaskGroup())
        work = [running.create_task(assembly.link.run(assembly.truth.take), name="link")]
        work += [running.create_task(program.run(), name="gate") for program in gates.values()]
        day = VehicleDay(loop, clock, site, assembly, gates, simulated, chance)
        await day.begin()
        work.append(running.create_task(day.keep_pace(), name="pace"))
        yield day
        loop.rate = 1.0
        for task in work:
            task.cancel()
