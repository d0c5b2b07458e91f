"""The running world under the real drivers: what the readers saw and what bodies did must fit together.

The gate here is the smallest one there is: it knows the people of the world and unlocks for everybody it may.
"""

import asyncio
import json
import stat
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contract.clock import SystemClock
from contract.ids import AccessPointId
from contract.site import Gate, ReaderKind, parse_devices, parse_site
from drivers.osdp.bus import OsdpBus
from drivers.osdp.config import OsdpBusConfig, OsdpPdConfig
from drivers.ports import CredentialRead, DeviceEvent, DoorPositionChanged, Reader
from drivers.serial.profile import load_profile
from drivers.serial.reader import SerialReader
from simulators.main import run

LIMIT_S = 110
"""People take their time at doors, and machines are shared."""
pytestmark = pytest.mark.timeout(150)

SITE = """
[[area]]
id = "inside"

[[access_point]]
id = "in"
from = "outside"
to = "inside"

[[access_point]]
id = "out"
from = "inside"
to = "outside"

[[gate]]
id = "front"

[[gate.reader]]
id = "front-entry"
kind = "osdp"
access_point = "in"
device = "bus"
address = 1
baud = 115200

[[gate.reader]]
id = "front-exit"
kind = "serial"
access_point = "out"
device = "exit"

[[gate.portal]]
id = "front-door"
hardware = "front-entry"
access_points = ["in", "out"]
unlock_ms = 1000
"""
PEOPLE = """
[simulation]
people = 4
blocked = 1
[simulation.stays]
stay_s = [0.5, 2]
away_s = [0.5, 2]
"""


class Console:
    """The world as whoever steers it sees it: commands in, answers out."""

    def __init__(self) -> None:
        self._commands: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def lines(self) -> AsyncIterator[bytes]:
        while (line := await self._commands.get()) is not None:
            yield line

    def say(self, line: bytes) -> None:
        assert b"\n" not in line
        self._answers.put_nowait(json.loads(line))

    async def answer(self) -> dict[str, Any]:
        return await asyncio.wait_for(self._answers.get(), 40)

    async def ask(self, command: str) -> dict[str, Any]:
        self._commands.put_nowait(json.dumps({"command": command}).encode())
        return await self.answer()

    def send(self, line: bytes) -> None:
        self._commands.put_nowait(line)

    def end(self) -> None:
        self._commands.put_nowait(None)


@asynccontextmanager
async def running_world(tmp_path: Path, site: str) -> AsyncIterator[Console]:
    site_path = tmp_path / "site.toml"
    site_path.write_text(site)
    console = Console()
    world = asyncio.create_task(
        run(site_path, tmp_path / "world", commands=console.lines(), say=console.say), name="world"
    )
    answered = asyncio.create_task(console.answer())
    await asyncio.wait([world, answered], return_when=asyncio.FIRST_COMPLETED)
    if world.done():
        world.result()
    assert answered.result()["answer"] == "ready"
    try:
        yield console
    finally:
        console.end()
        await asyncio.wait_for(world, 60)


class OpenGate:
    """Unlocks for every credential in `allowed`. Counts reads by access point, and openings of the door."""

    def __init__(self, config: Gate, world_dir: Path, allowed: set[str], unlock: bool) -> None:
        devices = parse_devices((world_dir / "gates" / f"{config.id}.json").read_text())
        self.reads: Counter[AccessPointId] = Counter()
        self.denied = 0
        self.openings = 0
        self._points = {reader.id: reader.access_point for reader in config.reader}
        self._allowed = allowed
        self._unlock_ms = config.portal[0].unlock_ms if unlock else 0
        (osdp,) = (reader for reader in config.reader if reader.kind is ReaderKind.OSDP)
        (plain,) = (reader for reader in config.reader if reader.kind is ReaderKind.SERIAL)
        pd = OsdpPdConfig(
            address=osdp.address,
            reader=osdp.id,
            scbk=bytes.fromhex(devices.scbk[osdp.id]),
        )
        bus = OsdpBusConfig(device=devices.lines[osdp.device], pds=(pd,), baud=osdp.baud, portals=tuple(config.portal))
        self._bus = OsdpBus(bus, lambda _reader: None)
        profile = load_profile(plain.profile)
        line = devices.lines[plain.device]
        self._plain = SerialReader(plain.id, line, SystemClock(), profile, plain.baud, (), plain.hold_off_ms)

    def take(self, event: DeviceEvent) -> None:
        if isinstance(event, DoorPositionChanged):
            self.openings += event.open
        elif isinstance(event, CredentialRead):
            if event.credential.text not in self._allowed:
                self.denied += 1
                return
            self.reads[self._points[event.reader]] += 1
            if self._unlock_ms:
                self._bus.portals[0].unlock(self._unlock_ms)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        readers: list[Reader] = [*self._bus.readers, self._plain]
        tasks = [asyncio.create_task(reader.run(self.take)) for reader in readers]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def until(holds: Callable[[dict[str, Any]], bool], console: Console) -> dict[str, Any]:
    """Return the first truth for which `holds`."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            truth = await console.ask("truth")
            if holds(truth):
                return truth
            await asyncio.sleep(0.1)


def open_gate(tmp_path: Path, *, unlock: bool = True) -> OpenGate:
    rows = json.loads((tmp_path / "world" / "people.json").read_text())
    allowed = {text for row in rows if not row["blocked"] for text in row["credentials"]}
    return OpenGate(parse_site(SITE).gate[0], tmp_path / "world", allowed, unlock)


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with running_world(tmp_path, SITE + PEOPLE) as console:
        yield console


def is_there(path: str) -> bool:
    """A link that points to nothing is there as well."""
    return Path(path).is_symlink() or Path(path).exists()


async def test_without_misreads_the_reads_are_the_truth(console: Console, tmp_path: Path) -> None:
    gate = open_gate(tmp_path)
    async with gate.open():
        assert await console.ask("resume") == {"answer": "resumed"}
        await until(lambda truth: truth["passages"] >= 4 and truth["refused"] >= 1, console)
        assert await console.ask("pause") == {"answer": "paused"}
        truth = await console.ask("truth")
        assert truth["paused"] is True
        assert truth["expected_unread"] == 0
        assert truth["passages"] == gate.reads.total() == gate.openings
        assert truth["present"] == gate.reads[AccessPointId("in")] - gate.reads[AccessPointId("out")]
        assert truth["by_area"] == truth["read_by_area"] == {"inside": truth["present"]}
        assert gate.denied >= 1, "the holder of the blocked pass tries"


async def test_nothing_moves_while_paused(console: Console, tmp_path: Path) -> None:
    gate = open_gate(tmp_path)
    async with gate.open():
        await console.ask("resume")
        await until(lambda truth: truth["passages"] >= 1, console)
        await console.ask("pause")
        before, reads = await console.ask("truth"), gate.reads.total()
        await asyncio.sleep(2.5)  # longer than any stay
        assert await console.ask("truth") == before
        assert gate.reads.total() == reads


async def test_a_person_who_is_refused_stays_where_he_is(console: Console, tmp_path: Path) -> None:
    gate = open_gate(tmp_path, unlock=False)
    async with gate.open():
        await console.ask("resume")
        truth = await until(lambda truth: truth["refused"] >= 2, console)
        assert truth["passages"] == truth["present"] == 0
        assert truth["presented"] >= truth["refused"]


@pytest.mark.parametrize(
    ("rates", "unread"),
    [("missed_read_rate = 0.5", "unread_exits"), ("tailgating_rate = 0.6", "unread_entries")],
)
async def test_followers_are_in_the_truth_and_not_in_the_reads(tmp_path: Path, rates: str, unread: str) -> None:
    people = PEOPLE.replace("blocked = 1", rates).replace("people = 4", "people = 8")
    async with running_world(tmp_path, SITE + people) as console:
        gate = open_gate(tmp_path)
        async with gate.open():
            await console.ask("resume")
            await until(lambda truth: truth[unread] >= 1, console)
            await console.ask("pause")
            truth = await console.ask("truth")
            assert truth["passages"] - truth["expected_unread"] == gate.reads.total() == gate.openings
            entered = gate.reads[AccessPointId("in")] + truth["unread_entries"]
            left = gate.reads[AccessPointId("out")] + truth["unread_exits"]
            assert truth["present"] == entered - left


async def test_a_grant_that_is_not_taken_opens_no_door(tmp_path: Path) -> None:
    people = PEOPLE.replace("blocked = 1", "not_taken_rate = 1.0")
    async with running_world(tmp_path, SITE + people) as console:
        gate = open_gate(tmp_path)
        async with gate.open():
            await console.ask("resume")
            truth = await until(lambda truth: truth["not_taken"] >= 2, console)
            assert truth["passages"] == 0
            assert gate.openings == 0
            assert gate.reads.total() >= 2


async def test_cards_that_nobody_issued_are_tried(tmp_path: Path) -> None:
    async with running_world(tmp_path, SITE + "[simulation]\npeople = 0\nunknown_card_every_s = 0.2") as console:
        gate = open_gate(tmp_path)
        async with gate.open():
            await console.ask("resume")
            await until(lambda truth: truth["refused"] >= 2, console)
            assert gate.denied >= 1
            assert gate.reads.total() == 0


async def test_what_is_not_a_command_is_answered_with_an_error(console: Console) -> None:
    for line in (b"{", b"[]", b'{"command": "dance"}', b'{"command": "truth", "name": "x"}', b"\xff"):
        console.send(line)
        answer = await console.answer()
        assert answer["answer"] == "error"
        assert answer["reason"]
    assert (await console.ask("truth"))["answer"] == "truth"
    assert await console.ask("quit") == {"answer": "bye"}


async def test_the_files_are_there_before_it_is_ready_and_private(console: Console, tmp_path: Path) -> None:
    world = tmp_path / "world"
    for name in ("people.json", "plants.txt", "gates/front.json"):
        assert stat.S_IMODE((world / name).stat().st_mode) == 0o600
    devices = parse_devices((world / "gates" / "front.json").read_text())
    assert all(is_there(path) for path in devices.lines.values())
    assert set(devices.lines) == {"bus", "exit"}
    assert all(len(bytes.fromhex(key)) == 16 for key in devices.scbk.values())
    people = msgspec.json.decode((world / "people.json").read_bytes())
    planted = (world / "plants.txt").read_text().splitlines()
    assert {row["name"] for row in people} < set(planted)
    assert {text for row in people for text in row["credentials"]} < set(planted)


async def test_keys_are_drawn_anew_and_lines_go_when_it_ends(tmp_path: Path) -> None:
    keys = []
    for _ in range(2):
        async with running_world(tmp_path, SITE + PEOPLE):
            devices = parse_devices((tmp_path / "world" / "gates" / "front.json").read_text())
            keys.append(devices.scbk)
        assert not any(is_there(path) for path in devices.lines.values())
    assert keys[0] != keys[1]
