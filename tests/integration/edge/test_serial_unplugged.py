"""Serial readers unplugged and plugged in again while cards are presented, under a gate that decides and journals.

Lines, drivers, decision, sealing and ring are the real ones. The strike only remembers.
"""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from contract.clock import SystemClock
from contract.events import AccessDenied, AccessGranted, AnyEvent, DenialReason
from contract.ids import PortalId, ReaderId, new_epoch
from contract.periods import Retention
from contract.site import GateDevices, parse_site
from drivers.ports import CredentialRead, DeviceEvent, ReaderLost, ReaderOnline, ReadRefused
from edge.controllers import Controllers
from edge.domain.anti_passback import AntiPassbackMemory
from edge.gate import Devices, Gate
from edge.gate_time import GateTime
from edge.hardware import build
from edge.journal import Journal
from edge.period_keys import PeriodKeyStore
from edge.policy_store import PolicyStore
from edge.ring import Ring
from edge.ring_file import RingFile
from edge.sealer import Sealer
from simulators.cards import ProximityCard
from simulators.line import PtyLine
from simulators.line_faults import LineFaults
from simulators.readers.serial_reader import SimulatedSerialReader
from tests.integration.edge.conftest import until
from tests.unit.edge.parts import ANN, BOB, EDGE, EVENT, SITE, PlayedController, RememberingPortal, enrol

SERIAL_SITE = SITE.replace(
    'kind = "osdp"\naccess_point = "in"\ndevice = "bus"',
    'kind = "serial"\naccess_point = "in"\ndevice = "bus"\nprofile = "wiegand-hex"\nhold_off_ms = 0',
).replace('device = "line"', 'device = "line"\nprofile = "gwiot-7941"\nhold_off_ms = 0')
DOOR, IN, OUT = PortalId("door"), ReaderId("north-in"), ReaderId("north-out")
ANN_CARD, BOB_CARD = ProximityCard.of(1, 1), ProximityCard(bytes.fromhex("0f0184f07a"))
STRANGER = ProximityCard.of(200, 4711)
MAY_PASS = {(IN, ANN_CARD.texts[0]), (OUT, BOB_CARD.texts[1])}


class SerialGate:
    """A gate with two serial readers, and every event that their drivers told it."""

    def __init__(self, folder: Path) -> None:
        controller = PlayedController()
        enrolment = enrol([controller.card()])
        site = parse_site(SERIAL_SITE)
        self.controller, self.enrolment, self.epoch = controller, enrolment, new_epoch()
        self.time = GateTime(SystemClock())
        self.keys = PeriodKeyStore(folder / "keys", enrolment.controller_keys())
        self.ring = Ring(RingFile(folder / "ring", self.epoch), self.time.now_ns)
        sealer = Sealer(EDGE, self.epoch, enrolment.signer(), Retention(), self.keys.publics)
        self.journal = Journal(self.time, sealer, self.keys, self.ring)
        self.policy = PolicyStore(enrolment, folder, Controllers(enrolment, folder))
        self.lines = {IN: PtyLine(folder / "in"), OUT: PtyLine(folder / "out")}
        config = site.gate_of(EDGE)
        paths = {reader.device: str(self.lines[reader.id].path) for reader in config.reader}
        without_portal = msgspec.structs.replace(config, portal=[])
        self.readers = build(without_portal, GateDevices(lines=paths), SystemClock(), folder).readers
        self.simulated = {
            reader.id: SimulatedSerialReader(self.lines[reader.id], reader.profile) for reader in config.reader
        }
        self.strike = RememberingPortal(DOOR)
        memory = AntiPassbackMemory(Retention())
        devices = Devices(self.readers, {DOOR: self.strike})
        self.gate = Gate(config, site.access_point, self.time, self.journal, self.policy, memory, devices)
        self.told: list[DeviceEvent] = []

    def take(self, event: DeviceEvent) -> None:
        self.told.append(event)
        self.gate.take(event)

    @property
    def reads(self) -> list[CredentialRead]:
        return [event for event in self.told if isinstance(event, CredentialRead)]

    def is_online(self, reader: ReaderId) -> bool:
        of_it = [e for e in self.told if isinstance(e, ReaderOnline | ReaderLost) and e.reader == reader]
        return bool(of_it) and isinstance(of_it[-1], ReaderOnline)

    async def journaled(self) -> list[AnyEvent]:
        await self.journal.flush()
        found, _ = await self.ring.read(self.epoch, 1, 10**6, EVENT, most=10**6, most_bytes=10**9)
        return self.controller.open(found, self.enrolment)


@pytest.fixture
async def serial_gate(tmp_path: Path) -> AsyncIterator[SerialGate]:
    made = SerialGate(tmp_path)
    async with made.ring:
        await made.keys.take(made.controller.publish(made.time.now_ns()))
        (tmp_path / "policy.sealed").write_bytes(made.controller.policy(made.enrolment))
        made.policy.load()
        tasks = [asyncio.create_task(reader.run(made.take)) for reader in made.readers.values()]
        yield made
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def plug_and_pull(here: SerialGate, reader: ReaderId, chance: random.Random) -> Counter[tuple[ReaderId, str]]:
    """Plug a line in, present cards, pull it at any moment; returns what was presented while it was plugged in."""
    presented: Counter[tuple[ReaderId, str]] = Counter()

    def present(card: ProximityCard) -> None:
        presented[reader, card.texts[0 if reader == IN else 1]] += 1
        here.simulated[reader].present(card)

    here.lines[reader].plug_in()
    await until(lambda: here.is_online(reader))
    before = len(here.reads)
    for card in chance.sample([ANN_CARD, BOB_CARD, STRANGER], k=2):
        present(card)
    await until(lambda: len(here.reads) == before + 2)  # what is on a line that stays plugged in is read, each once
    present(chance.choice([ANN_CARD, STRANGER]))
    await asyncio.sleep(chance.uniform(0, 0.03))  # a frame takes ten to eighteen milliseconds
    here.lines[reader].hang_up()
    await until(lambda: not here.is_online(reader))
    here.simulated[reader].present(ANN_CARD)  # nobody hears it, now or later
    return presented


@pytest.mark.parametrize("seed", [1, 2])
async def test_unplugging_loses_no_accepted_read_and_grants_nothing_wrong(serial_gate: SerialGate, seed: int) -> None:
    """Lines are pulled a dozen times at any moment, also amid a frame; what is read is decided, and nothing else."""
    chance, here = random.Random(seed), serial_gate
    for line in here.lines.values():
        line.set_faults(LineFaults(paced=True))
    presented: Counter[tuple[ReaderId, str]] = Counter()
    for _ in range(12):
        presented += await plug_and_pull(here, chance.choice([IN, OUT]), chance)

    journaled = await here.journaled()
    granted = [event for event in journaled if isinstance(event, AccessGranted)]
    denied = [event for event in journaled if isinstance(event, AccessDenied)]
    assert len(granted) + len(denied) == len(here.reads) >= 24, "each accepted read is decided once"
    read = Counter((event.reader, event.credential.text) for event in here.reads)
    assert read <= presented, "no card but those presented is read"
    assert len(granted) == sum(count for what, count in read.items() if what in MAY_PASS) > 0
    assert {event.holder for event in granted} <= {ANN, BOB}
    assert {event.reason for event in denied} == {DenialReason.UNKNOWN_CREDENTIAL}
    assert len(here.strike.unlocked_ms) == len(granted)
    assert not any(isinstance(event, ReadRefused) and event.raw for event in here.told)
