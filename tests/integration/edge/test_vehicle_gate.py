"""Vehicles below the real drivers: loops, beams and booms at a Modbus board on a pseudo-terminal, the gate above it.

The booms here fall on whatever is under them as soon as they are not held up.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest

from contract.events import (
    AccessGranted,
    AccessNotTaken,
    AccessTaken,
    Admitted,
    AdmittedBecause,
    AnyEvent,
    Occupants,
    OccupantsDiffer,
    PassageWithoutGrant,
    UnnamedPassed,
    VehicleGranted,
    VehicleTurnedAway,
)
from contract.ids import AccountId, AreaId, LaneId, ReaderId, new_act_id
from contract.site import GateDevices, parse_site
from controller.domain.presence.answer import Answer
from controller.domain.presence.bounds import Headcount
from controller.domain.presence.fold import Presence
from controller.domain.presence.intake import fold
from controller.domain.presence.layout import Layout
from controller.domain.presence.reason import Reason
from controller.domain.presence.stamp import Stamp
from edge.domain.acting import ActResult, EnterOccupants, PassVehicle
from edge.domain.vehicles.shown import Clearance, LaneShown, Phase
from edge.policy_store import FILE as POLICY
from edge.program import GateProgram
from simulators import portal
from simulators.cards import ProximityCard
from simulators.gate import SimulatedGate
from simulators.lane import SimulatedLane
from simulators.readers.serial_reader import SimulatedSerialReader
from simulators.vehicles import Vehicle
from tests.integration.edge.conftest import Premises, until
from tests.unit.edge.parts import ANN_TAG, BOB_CARD, EDGE, EVENT

MIRA = AccountId("a" * 24)
IN, OUT = LaneId("lane-in"), LaneId("lane-out")
GOOD = ProximityCard(bytes.fromhex(BOB_CARD.partition(":")[2]))
ANNS = ProximityCard(bytes.fromhex(ANN_TAG.partition(":")[2]))
CAR = Vehicle(plate="MAB1234", persons=3)
FALLS_S = 0.3
HEELS_S = 0.25
SITE = """
[[area]]
id = "hall"
[[access_point]]
id = "in"
from = "outside"
to = "hall"
[[access_point]]
id = "out"
from = "hall"
to = "outside"
[[gate]]
id = "north"
[[gate.reader]]
id = "entry"
kind = "serial"
access_point = "in"
device = "tty-in"
[[gate.reader]]
id = "exit"
kind = "serial"
access_point = "out"
device = "tty-out"
[[gate.board]]
id = "io"
kind = "modbus"
device = "modbus"
profile = "waveshare-rtu-relay-d-8ch"
baud = 115200
"""
for _number, _way in enumerate(("in", "out")):
    SITE += f"""
[[gate.portal]]
id = "boom-{_way}"
kind = "barrier"
hardware = "io"
access_points = ["{_way}"]
strike_output = {_number}
dps_input = {_number}
dps_closes_when = "shut"
rex_input = -1
unlock_ms = 700
passage_ms = 4000
stays_free = true
[[gate.lane]]
id = "lane-{_way}"
access_point = "{_way}"
portal = "boom-{_way}"
hardware = "io"
presence_input = {2 + 2 * _number}
clearance_input = {3 + 2 * _number}
clearance_closes_when = "clear"
"""

UNTIMED = SITE.replace("waveshare-rtu-relay-d-8ch", "advantech-adam-4055").replace(
    "stays_free = true", 'stays_free = true\nrelock = "edge"'
)
"""The same on a board whose outputs stay as they are while nobody speaks to it."""


class Yard:
    """A gate with two lanes, and an officer who does what the test says."""

    def __init__(self, gate: SimulatedGate, program: GateProgram, premises: Premises) -> None:
        self.gate, self.program, self.premises = gate, program, premises

    def lane(self, name: LaneId) -> SimulatedLane:
        return self.gate.lanes[name]

    def shown(self, name: LaneId) -> LaneShown:
        lanes = self.program.gate._lanes
        assert lanes is not None
        return next(shown for shown in lanes.standing() if shown.lane == name)

    async def arrives(self, name: LaneId, vehicle: Vehicle = CAR) -> LaneShown:
        self.lane(name).arrive(vehicle)
        await until(lambda: self.shown(name).phase is Phase.STANDS)
        return self.shown(name)

    async def is_empty(self, name: LaneId) -> None:
        await until(lambda: self.shown(name).phase is Phase.EMPTY)

    async def is_watched(self) -> None:
        """Loops, beams and booms are known."""
        lanes = self.program.gate._lanes
        assert lanes is not None
        await until(lambda: [shown.phase for shown in lanes.standing()] == [Phase.EMPTY, Phase.EMPTY])

    async def go_through_two(self, lane: SimulatedLane) -> None:
        """One goes through, and the next on its heels."""
        for step in (lane.enter, lane.leave_loop, partial(lane.arrive, CAR), lane.clear, lane.enter, lane.leave_loop):
            step()
            await asyncio.sleep(HEELS_S)
        lane.clear()

    def present(self, reader: str = "exit", card: ProximityCard = GOOD) -> None:
        device = self.gate.readers[ReaderId(reader)]
        assert isinstance(device, SimulatedSerialReader)
        device.present(card)

    async def goes(self, name: LaneId, reader: str, beside: int) -> None:
        """Ann drives through with so many beside her, as the officer enters."""
        shown = await self.arrives(name)
        self.present(reader, ANNS)
        await until(lambda: bool(self.shown(name).driver))
        act = EnterOccupants(new_act_id(), name, shown.visit, beside)
        assert await self.program.gate.act(MIRA, act) is ActResult.DONE
        assert await self.lane(name).opened_within(20)
        assert await self.lane(name).drive_through()
        await self.is_empty(name)

    async def counted(self) -> Headcount:
        """What a controller counts in the hall, by all that the gate has sealed."""
        await self.program.journal.flush()
        records, _ = await self.program.ring.read(self.program.epoch, 1, 10**6, EVENT, most=10**6, most_bytes=10**9)
        presence = Presence(Layout.of(parse_site(SITE)))
        for record, event in zip(records, self.premises.controller.open(records, self.premises.enrolment), strict=True):
            stamp = Stamp(event.occurred_ns, EDGE, self.program.epoch, record.number)
            assert fold(presence, stamp, event, 0) in {None, Answer.FOLDED}
        return presence.headcount(AreaId("hall"))

    async def events(self) -> list[AnyEvent]:
        await self.program.journal.flush()
        records, _ = await self.program.ring.read(self.program.epoch, 1, 10**6, EVENT, most=10**6, most_bytes=10**9)
        return self.premises.controller.open(records, self.premises.enrolment)

    async def stalls_under_the_boom(self) -> SimulatedLane:
        """One that an officer lets in is under the boom, and the next one may roll up behind it."""
        shown, lane = await self.arrives(IN), self.lane(IN)
        act = PassVehicle(new_act_id(), IN, shown.visit, AdmittedBecause.MOTORCADE, 0)
        assert await self.program.gate.act(MIRA, act) is ActResult.DONE
        assert await lane.opened_within(20)
        assert lane.enter()
        lane.leave_loop()
        await until(lambda: self.shown(IN).phase is Phase.UNDER)
        return lane

    async def is_blind(self) -> None:
        await until(lambda: self.shown(IN).clearance is Clearance.UNKNOWN)

    async def sees_it(self) -> None:
        await until(lambda: self.shown(IN).clearance is Clearance.OCCUPIED)

    async def count(self, kind: type[AnyEvent], condition: Callable[[int], bool]) -> None:
        async with asyncio.timeout(40):
            while True:
                if condition(sum(isinstance(event, kind) for event in await self.events())):
                    return
                await asyncio.sleep(0.05)


@pytest.fixture
async def yard(
    premises: Premises, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[Yard]:
    monkeypatch.setattr(portal, "VEHICLE_S", FALLS_S)
    site = parse_site(getattr(request, "param", SITE))
    premises.keep_keys()
    state = premises.folder / "gate"
    (state / POLICY).write_bytes(premises.controller.policy(premises.enrolment))
    gate = SimulatedGate(site.gate_of(EDGE), premises.folder / "lines")
    gate.start()
    devices = GateDevices(lines=gate.device_lines)
    try:
        async with (
            GateProgram(premises.enrolment, site, state, premises.clock, devices) as program,
            asyncio.TaskGroup() as tasks,
        ):
            work = tasks.create_task(program.run())
            made = Yard(gate, program, premises)
            await made.is_watched()
            yield made
            work.cancel()
    finally:
        gate.stop()


async def test_vehicles_come_wait_pass_stall_follow_and_back_out_and_no_boom_falls_on_one(yard: Yard) -> None:
    # One without a card, let in by an officer, stalls under the boom for longer than any order lasts.
    shown = await yard.arrives(IN)
    act = PassVehicle(new_act_id(), IN, shown.visit, AdmittedBecause.MOTORCADE, 2)
    assert await yard.program.gate.act(MIRA, act) is ActResult.DONE
    assert await yard.lane(IN).opened_within(20)
    assert await yard.lane(IN).drive_through(stalls_s=5.0)
    await yard.is_empty(IN)
    await until(lambda: not yard.lane(IN).boom.is_open)
    # One with a driver's card leaves; another follows it on the same opening.
    shown = await yard.arrives(OUT)
    yard.present()
    await until(lambda: bool(yard.shown(OUT).driver))
    assert not yard.lane(OUT).boom.is_open
    assert await yard.program.gate.act(MIRA, EnterOccupants(new_act_id(), OUT, shown.visit, 1)) is ActResult.DONE
    assert await yard.lane(OUT).opened_within(20)
    await yard.go_through_two(yard.lane(OUT))
    await yard.count(PassageWithoutGrant, lambda count: count == 1)
    # One is granted and backs out.
    shown = await yard.arrives(OUT)
    yard.present()
    await until(lambda: bool(yard.shown(OUT).driver))
    assert await yard.program.gate.act(MIRA, EnterOccupants(new_act_id(), OUT, shown.visit, 0)) is ActResult.DONE
    yard.lane(OUT).back_out()
    await yard.count(AccessNotTaken, lambda count: count == 1)
    # One comes and goes again.
    await yard.arrives(IN)
    yard.lane(IN).back_out()
    await yard.count(VehicleTurnedAway, lambda count: count == 1)
    events = await yard.events()
    granted = [event for event in events if isinstance(event, VehicleGranted)]
    assert [event.grant_number > 0 for event in granted] == [False, True, True]
    unnamed = [event.amount for event in events if isinstance(event, UnnamedPassed)]
    assert (unnamed, sum(isinstance(event, Admitted) for event in events)) == ([2], 1)
    assert [event.amount for event in events if isinstance(event, Occupants)] == [1, 0]
    assert sum(isinstance(event, AccessGranted) for event in events) == 2
    assert sum(isinstance(event, AccessTaken) for event in events) == 1
    for lane in yard.gate.lanes.values():
        assert (lane.boom.struck, lane.boom.under) == (0, 0)


@pytest.mark.parametrize("yard", [SITE, UNTIMED], indirect=True, ids=["timed", "untimed"])
async def test_a_line_that_is_cut_while_a_vehicle_is_under_the_boom_brings_nothing_down_on_it(yard: Yard) -> None:
    lane, orders = await yard.stalls_under_the_boom(), list[bool]()
    yard.gate.boards["io"].on_output(0, orders.append)
    yard.gate.lines["modbus"].hang_up()
    await yard.is_blind()
    yard.gate.lines["modbus"].plug_in()
    await yard.sees_it()
    await asyncio.sleep(2 * FALLS_S)
    assert (lane.boom.is_open, lane.boom.struck) == (True, 0)
    assert orders == [], "not for a moment"
    lane.clear()
    await until(lambda: not lane.boom.is_open)
    assert lane.boom.struck == 0


async def test_a_board_that_loses_power_over_a_vehicle_raises_the_boom_again_and_closed_ones_stay_down(
    yard: Yard,
) -> None:
    lane, raised = await yard.stalls_under_the_boom(), list[bool]()
    yard.gate.boards["io"].on_output(1, raised.append)
    yard.gate.boards["io"].power_off()
    await yard.is_blind()
    assert lane.boom.struck == 1, "this control has no safeguard of its own"
    yard.gate.boards["io"].power_on()
    await until(lambda: lane.boom.is_open)
    await yard.sees_it()
    await asyncio.sleep(2 * FALLS_S)
    assert lane.boom.is_open
    lane.clear()
    await until(lambda: not lane.boom.is_open)
    assert lane.boom.struck == 1
    assert raised == []


async def test_what_the_gate_seals_is_counted_exactly_and_a_difference_says_why(yard: Yard) -> None:
    await yard.goes(IN, "entry", 2)
    count = await yard.counted()
    assert (count.lowest, count.best, count.highest, count.causes) == (3, 3, 3, ())
    await yard.goes(OUT, "exit", 1)
    count = await yard.counted()
    assert (count.lowest, count.best, count.highest) == (0, 1, 1)
    assert [cause.reason for cause in count.causes] == [Reason.OCCUPANTS_STAYED]
    assert [(each.entered, each.leaving) for each in await yard.events() if isinstance(each, OccupantsDiffer)] == [
        (2, 1)
    ]
