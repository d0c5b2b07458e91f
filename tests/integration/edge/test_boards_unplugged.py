"""Boards pulled out and put back while cards are presented, through the real gate.

No accepted read is lost, nothing is opened that was not granted, and the portal works again. And what holds without any
gate: the relock, and the fire release.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import UnionType

import msgspec
import pytest

from contract.enrolment import encode_enrolment
from contract.events import AccessDenied, AccessGranted, AccessTaken, AnyEvent, FireRelease
from contract.ids import AccessPointId, PortalId, ReaderId
from contract.site import GateDevices, parse_site
from drivers.boards.portal import outputs_of
from edge.policy_store import FILE as POLICY
from edge.program import GateProgram
from simulators.cards import ProximityCard
from simulators.gate import SimulatedGate
from simulators.readers.serial_reader import SimulatedSerialReader
from tests.integration.edge.conftest import Premises, until
from tests.unit.edge.parts import BOB_CARD, EDGE, EVENT

OUT, DOOR, READER = AccessPointId("out"), PortalId("door"), ReaderId("exit")
GOOD = ProximityCard(bytes.fromhex(BOB_CARD.partition(":")[2]))
UNKNOWN = ProximityCard.of(77, 7)
HEAD = """
[[area]]
id = "hall"
[[access_point]]
id = "out"
from = "hall"
to = "outside"
[[gate]]
id = "north"
[[gate.reader]]
id = "exit"
kind = "serial"
access_point = "out"
device = "tty"
hold_off_ms = 0
[[gate.board]]
id = "io"
kind = "modbus"
device = "modbus"
profile = "waveshare-rtu-relay-d-8ch"
"""
LCUS = '[[gate.board]]\nid = "relay"\nkind = "serial-relay"\ndevice = "usb"\nprofile = "lcus-1"\n'
ADAM = '[[gate.board]]\nid = "adam"\nkind = "modbus"\ndevice = "modbus"\nprofile = "advantech-adam-4055"\naddress = 2\n'
DOOR_TEXT = '[[gate.portal]]\nid = "door"\naccess_points = ["out"]\nunlock_ms = 300\n'
BY_IO = HEAD + DOOR_TEXT + 'hardware = "io"\n'
BY_LCUS = HEAD + LCUS + DOOR_TEXT + 'hardware = "relay"\ncontacts = "io"\nrelock = "edge"\n'
BY_ADAM = HEAD + ADAM + DOOR_TEXT + 'hardware = "adam"\ncontacts = "io"\nrelock = "edge"\n'


class Bench:
    """A simulated gate below a real one; people who present cards; what the gate journaled."""

    def __init__(self, gate: SimulatedGate, program: GateProgram, premises: Premises) -> None:
        self.gate = gate
        self.program = program
        self.premises = premises
        self.good = self.unknown = 0
        self.releases = 0
        self.may_release = True
        self.wrong_releases = 0
        config = gate.config.portal[0]
        for number in outputs_of(config):
            gate.boards[config.hardware].on_output(number, self._moved)

    def _moved(self, released: bool) -> None:
        self.releases += released
        self.wrong_releases += released and not self.may_release

    @property
    def are_boards_online(self) -> bool:
        return all(state.online for state in self.program.gate.board_states())

    def present(self, card: ProximityCard) -> None:
        reader = self.gate.readers[READER]
        assert isinstance(reader, SimulatedSerialReader)
        self.good += card is GOOD
        self.unknown += card is UNKNOWN
        reader.present(card)

    async def present_until(self, *, online: bool, good: bool) -> None:
        """Present cards, one after the other, until all boards are there, or one is away."""
        async with asyncio.timeout(40):
            while self.are_boards_online is not online:
                self.present(GOOD if good else UNKNOWN)
                await asyncio.sleep(0.1)
                self.gate.portals[DOOR].walk_through(OUT)

    async def events(self) -> list[AnyEvent]:
        """What is journaled by now."""
        await self.program.journal.flush()
        records, _ = await self.program.ring.read(self.program.epoch, 1, 10**6, EVENT, most=10**6, most_bytes=10**9)
        return self.premises.controller.open(records, self.premises.enrolment)

    async def events_when(self, condition: Callable[[list[AnyEvent]], bool]) -> list[AnyEvent]:
        """Everything that is journaled, once `condition` holds of it."""
        async with asyncio.timeout(40):
            while True:
                found = await self.events()
                if condition(found):
                    return found
                await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def bench(premises: Premises, text: str) -> AsyncIterator[Bench]:
    site = parse_site(text)
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
            bench = Bench(gate, program, premises)
            await until(lambda: bench.are_boards_online and program.gate.reader_states()[0].online)
            yield bench
            work.cancel()
    finally:
        gate.stop()


@pytest.mark.parametrize(
    ("text", "line", "board"),
    [
        pytest.param(BY_IO, "modbus", None, id="modbus-adapter"),
        pytest.param(BY_IO, None, "io", id="modbus-board"),
        pytest.param(BY_ADAM, None, "adam", id="modbus-board-without-timer"),
        pytest.param(BY_LCUS, "usb", None, id="serial-relay"),
        pytest.param(BY_LCUS, "modbus", None, id="contacts"),
    ],
)
async def test_a_board_goes_and_comes_back(premises: Premises, text: str, line: str | None, board: str | None) -> None:
    async with bench(premises, text) as at:
        at.present(GOOD)
        await until(lambda: at.releases == 1)
        for good in (True, False):
            await until(lambda: at.gate.portals[DOOR].is_at_rest)
            at.may_release = good
            _pull(at.gate, line, board)
            await at.present_until(online=False, good=good)
            _put_back(at.gate, line, board)
            await at.present_until(online=True, good=good)
            await until(lambda: at.gate.portals[DOOR].is_at_rest)
        at.may_release = True
        before = at.releases
        at.present(GOOD)
        await until(lambda: at.releases > before)
        presented = at.good + at.unknown
        events = await at.events_when(lambda events: count(events, AccessGranted | AccessDenied) >= presented)
        assert count(events, AccessGranted) == at.good
        assert count(events, AccessDenied) == at.unknown
        assert at.wrong_releases == 0
        assert at.releases <= at.good


async def test_a_turnstile_on_a_board_counts_who_passed(premises: Premises) -> None:
    arm = 'kind = "turnstile"\noutputs = { out = 3 }\npassed_inputs = { out = 5 }\n'
    async with bench(premises, BY_IO + arm) as at:
        await asyncio.sleep(0.5)  # a contact that is closed when it is first looked at counts nobody
        at.present(GOOD)
        portal = at.gate.portals[DOOR]
        assert await portal.released_within(30, OUT)
        assert portal.walk_through(OUT)
        assert not portal.walk_through(OUT), "one turn for a grant"
        await at.events_when(lambda events: count(events, AccessTaken) == 1)


async def test_a_fire_release_is_told(premises: Premises) -> None:
    async with bench(premises, BY_IO + "fire_input = 4\n") as at:
        at.gate.portals[DOOR].set_fire(active=True)
        assert at.gate.portals[DOOR].walk_through(OUT), "nobody was asked"
        await at.events_when(lambda events: fires(events)[-1:] == [True])
        at.gate.portals[DOOR].set_fire(active=False)
        await at.events_when(lambda events: fires(events)[-2:] == [True, False])


@pytest.mark.parametrize("fail", ["safe", "secure"])
async def test_with_the_gate_killed_the_board_relocks_and_the_fire_contact_opens(premises: Premises, fail: str) -> None:
    text = BY_IO.replace("unlock_ms = 300", "unlock_ms = 3000") + f'fail = "{fail}"\nfire_input = 4\n'
    gate = SimulatedGate(parse_site(text).gate_of(EDGE), premises.folder / "lines")
    config = _edge_files(premises, text, GateDevices(lines=gate.device_lines))
    portal, reader = gate.portals[DOOR], gate.readers[READER]
    assert isinstance(reader, SimulatedSerialReader)
    gate.start()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "edge.main", f"--config={config}")
    try:
        async with asyncio.timeout(40):
            while not portal.is_released:
                reader.present(GOOD)
                await asyncio.sleep(0.3)
        process.kill()
        await process.wait()
        assert portal.is_released, "the grant still runs"
        await asyncio.wait_for(portal.at_rest(), 40)
        assert not portal.walk_through(OUT)
        gate.boards["io"].power_off()
        portal.set_fire(active=True)
        assert portal.walk_through(OUT), "no gate, no controller, no board"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        gate.stop()


def count(events: list[AnyEvent], kind: type[AnyEvent] | UnionType) -> int:
    return sum(isinstance(event, kind) for event in events)


def fires(events: list[AnyEvent]) -> list[bool]:
    return [event.active for event in events if isinstance(event, FireRelease)]


def _edge_files(premises: Premises, site: str, devices: GateDevices) -> Path:
    """Write what a gate's program is started with; return its edge file."""
    premises.keep_keys()
    state = premises.folder / "gate"
    (state / POLICY).write_bytes(premises.controller.policy(premises.enrolment))
    folder = premises.folder / "box"
    folder.mkdir()
    (folder / "enrolment").write_bytes(encode_enrolment(premises.enrolment))
    (folder / "site").write_text(site)
    (folder / "devices").write_bytes(msgspec.json.encode(devices))
    places = {name: name for name in ("enrolment", "site", "devices")} | {"state": str(state)}
    config = folder / "edge.toml"
    config.write_text("".join(f'{name} = "{place}"\n' for name, place in places.items()))
    return config


def _pull(gate: SimulatedGate, line: str | None, board: str | None) -> None:
    if line is not None:
        gate.lines[line].hang_up()
    if board is not None:
        gate.boards[board].power_off()


def _put_back(gate: SimulatedGate, line: str | None, board: str | None) -> None:
    if line is not None:
        gate.lines[line].plug_in()
    if board is not None:
        gate.boards[board].power_on()
