"""An OSDP bus unplugged, its readers without power, its process killed, while cards are presented to a real gate.

Lines, process, drivers, decision, sealing and ring are the real ones; the door's strike hangs on a simulated reader.
"""

import asyncio
import contextlib
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract.clock import SystemClock
from contract.events import AccessDenied, AccessGranted, AnyEvent, DenialReason, ReaderBack, ReaderLost
from contract.ids import ReaderId, new_epoch
from contract.periods import Retention
from contract.site import GateDevices, parse_site
from drivers.osdp.bus import PROCESS
from drivers.osdp.reader import OsdpReader
from drivers.ports import CredentialRead, DeviceEvent, KeyRotated
from edge.controllers import Controllers
from edge.domain.anti_passback import AntiPassbackMemory
from edge.gate import Gate
from edge.gate_time import GateTime
from edge.hardware import HardwareError, build
from edge.journal import Journal
from edge.period_keys import PeriodKeyStore
from edge.policy_store import PolicyStore
from edge.ring import Ring
from edge.ring_file import RingFile
from edge.sealer import Sealer
from simulators.cards import ProximityCard
from simulators.line import PtyLine
from simulators.readers.osdp_reader import SimulatedOsdpReader
from tests.integration.edge.conftest import until
from tests.unit.edge.parts import ANN, EDGE, EVENT, SITE, PlayedController, enrol

IN, OUT = ReaderId("north-in"), ReaderId("north-out")
OSDP_SITE = SITE.replace(
    'kind = "serial"\naccess_point = "out"\ndevice = "line"',
    'kind = "osdp"\naccess_point = "out"\ndevice = "bus"\naddress = 1',
).replace('kind = "osdp"', 'kind = "osdp"\nhold_off_ms = 0')
KEYS = {IN: "9a1c03e7554b20f8d1463a7c8e9b0f62", OUT: "41e0d27b8c5f3396a80d7e12b4c96f05"}
NEXT_KEY = "5be20f7d93c81a64e0b7293fd1465c8a"
ANN_CARD, STRANGER = ProximityCard.of(1, 1), ProximityCard.of(200, 4711)


class OsdpGate:
    """A gate with two readers and a door on one bus, and every event that their driver told it."""

    def __init__(self, folder: Path) -> None:
        controller = PlayedController()
        enrolment = enrol([controller.card()])
        site = parse_site(OSDP_SITE)
        config = site.gate_of(EDGE)
        self.controller, self.enrolment, self.epoch = controller, enrolment, new_epoch()
        self.time = GateTime(SystemClock())
        self.keys = PeriodKeyStore(folder / "keys", enrolment.controller_keys())
        self.ring = Ring(RingFile(folder / "ring", self.epoch), self.time.now_ns)
        sealer = Sealer(EDGE, self.epoch, enrolment.signer(), Retention(), self.keys.publics)
        self.journal = Journal(self.time, sealer, self.keys, self.ring)
        self.policy = PolicyStore(enrolment, folder, Controllers(enrolment, folder))
        self.line = PtyLine(folder / "bus")
        devices = build(config, GateDevices(lines={"bus": str(self.line.path)}, scbk=KEYS), SystemClock(), folder)
        self.readers = [reader for reader in devices.readers.values() if isinstance(reader, OsdpReader)]
        self.simulated = {
            reader.id: SimulatedOsdpReader(self.line, reader.address, bytes.fromhex(KEYS[reader.id]))
            for reader in config.reader
        }
        self.openings: list[bool] = []
        self.simulated[IN].on_output(0, self.openings.append)
        memory = AntiPassbackMemory(Retention())
        self.gate = Gate(config, site.access_point, self.time, self.journal, self.policy, memory, devices)
        self.told: list[DeviceEvent] = []

    def take(self, event: DeviceEvent) -> None:
        self.told.append(event)
        self.gate.take(event)

    @property
    def reads(self) -> list[CredentialRead]:
        return [event for event in self.told if isinstance(event, CredentialRead)]

    @property
    def is_online(self) -> bool:
        return all(reader.is_online for reader in self.readers)

    def plug_in(self) -> None:
        self.line.plug_in()
        for device in self.simulated.values():
            device.power_on()

    async def journaled(self) -> list[AnyEvent]:
        await self.journal.flush()
        found, _ = await self.ring.read(self.epoch, 1, 10**6, EVENT, most=10**6, most_bytes=10**9)
        return self.controller.open(found, self.enrolment)


@pytest.fixture
async def osdp_gate(tmp_path: Path) -> AsyncIterator[OsdpGate]:
    made = OsdpGate(tmp_path)
    async with made.ring:
        await made.keys.take(made.controller.publish(made.time.now_ns()))
        (tmp_path / "policy.sealed").write_bytes(made.controller.policy(made.enrolment))
        made.policy.load()
        tasks = [asyncio.create_task(reader.run(made.take)) for reader in made.readers]
        yield made
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def make_trouble(here: OsdpGate, trouble: str) -> None:
    """Pull the plug, cut a reader's power, or kill the process that owns the line."""
    match trouble:
        case "unplug":
            here.line.hang_up()
        case "power":
            here.simulated[OUT].power_off()
        case "kill":
            (pid,) = bus_processes()
            os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
async def test_no_accepted_read_is_lost_and_nothing_is_granted_wrong(osdp_gate: OsdpGate) -> None:
    chance, here = random.Random(20261121), osdp_gate
    presented: Counter[tuple[ReaderId, str]] = Counter()

    def present(reader: ReaderId, card: ProximityCard) -> None:
        presented[reader, card.texts[0]] += here.simulated[reader].present(card.h10301)

    for trouble in ("unplug", "kill", "unplug", "kill", "power", "unplug"):
        here.plug_in()
        await until(lambda: here.is_online and all(device.is_secure for device in here.simulated.values()))
        before = len(here.reads)
        for reader in (IN, OUT):
            present(reader, chance.choice([ANN_CARD, STRANGER]))
        await until(lambda before=before: len(here.reads) == before + 2)  # type: ignore[misc]
        for reader in (IN, OUT):
            present(reader, chance.choice([ANN_CARD, STRANGER]))
        await asyncio.sleep(chance.uniform(0, 0.12))
        make_trouble(here, trouble)
        for reader in (IN, OUT):
            present(reader, ANN_CARD)
        await until(lambda: not here.is_online)

    journaled = await here.journaled()
    granted = [event for event in journaled if isinstance(event, AccessGranted)]
    denied = [event for event in journaled if isinstance(event, AccessDenied)]
    assert len(granted) + len(denied) == len(here.reads) >= 12, "each accepted read is decided once"
    read = Counter((event.reader, event.credential.text) for event in here.reads)
    assert read <= presented, "no card but those presented is read, and none twice"
    assert len(granted) == sum(count for (_, text), count in read.items() if text == ANN_CARD.texts[0]) > 0
    assert {event.holder for event in granted} == {ANN}
    assert {event.reason for event in denied} <= {DenialReason.UNKNOWN_CREDENTIAL}
    assert here.openings.count(True) <= len(granted), "the door opens for grants alone, and never later for one of them"
    assert any(isinstance(event, ReaderLost) for event in journaled)
    assert any(isinstance(event, ReaderBack) for event in journaled)


def bus_processes() -> set[int]:
    """The bus processes among the children of this one; tests before may have left others, such as pcscd."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
    return {int(pid) for pid in children if PROCESS.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()}


async def test_a_key_that_was_rotated_away_stays_refused_after_a_restart(tmp_path: Path) -> None:
    line, state = PtyLine(tmp_path / "bus"), tmp_path / "state"
    config = parse_site(OSDP_SITE).gate_of(EDGE)
    lines = {"bus": str(line.path)}
    rotating = GateDevices(lines=lines, scbk=KEYS, scbk_next={IN: NEXT_KEY})
    line.plug_in()
    simulated = SimulatedOsdpReader(line, 0, bytes.fromhex(NEXT_KEY))
    simulated.power_on()
    told: list[DeviceEvent] = []
    task = asyncio.create_task(build(config, rotating, SystemClock(), state).readers[IN].run(told.append))
    await until(lambda: KeyRotated(IN) in told)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

    (kept,) = state.iterdir()
    assert KEYS[IN] not in kept.read_text()
    reader = build(config, rotating, SystemClock(), state).readers[IN]
    assert isinstance(reader, OsdpReader)
    assert reader.keys == (bytes.fromhex(NEXT_KEY),)
    build(config, GateDevices(lines=lines, scbk=KEYS | {IN: NEXT_KEY}), SystemClock(), state)
    with pytest.raises(HardwareError, match="another key since it was rotated"):
        build(config, GateDevices(lines=lines, scbk=KEYS), SystemClock(), state)
    back = GateDevices(lines=lines, scbk=KEYS | {IN: NEXT_KEY}, scbk_next={IN: KEYS[IN]})
    with pytest.raises(HardwareError, match="draw a new one"):
        build(config, back, SystemClock(), state)
