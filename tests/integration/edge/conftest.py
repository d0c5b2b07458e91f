"""A real broker, a gate put together as in production, and a controller that the test plays."""

import asyncio
import contextlib
import math
import socket
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiomqtt
import msgspec
import pytest

from contract.client_id import client_id
from contract.clock import Clock, SystemClock
from contract.controllers import ControllerCard
from contract.enrolment import Enrolment
from contract.events import AnyEvent, decode_event
from contract.ids import Epoch, SiteId
from contract.messages import VERSION, Have, Health, SignedTime, decode_batch
from contract.sealing import decode_wraps
from contract.signing import sign, verify
from contract.topics import EVENTS, HAVE, HEALTH, KEYS, SNAPSHOTS, TIME, Topic
from controller.broker.binary import BrokerKind, find_broker
from controller.broker.process import BrokerProcess
from controller.broker.rules import site_rights
from controller.broker.settings import BrokerSettings
from controller.pki.folder import Authority, CertificateFiles
from edge.domain.extents import merged
from edge.program import GateProgram
from tests.unit.edge.parts import EDGE, MAIN, PlayedController, enrol, site

LIMIT_S = 60.0
NO_LIMIT = math.inf
"""aiomqtt keeps a limit by asyncio.wait_for, which in Python 3.11 may swallow a cancellation: a desk would not end."""
SITE = SiteId("site")


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, with a generous limit."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            if condition():
                return
            await asyncio.sleep(0.02)


@dataclass
class Premises:
    """Certificates, a port for the broker, and what is needed to start the parts when a test wants them."""

    folder: Path
    broker_port: int
    policy_port: int
    broker_files: CertificateFiles
    controller_files: CertificateFiles
    enrolment: Enrolment
    controller: PlayedController
    clock: Clock = field(default_factory=SystemClock)

    def broker(self) -> BrokerProcess:
        """The site's broker, not yet started; its store survives a restart."""
        settings = BrokerSettings(
            site=SITE,
            host="127.0.0.1",
            port=self.broker_port,
            folder=self.folder / "broker",
            files=self.broker_files,
            rights=site_rights(SITE, {EDGE: "edge-north"}, [MAIN]),
        )
        return BrokerProcess(find_broker(BrokerKind.NATS), settings)

    @contextlib.asynccontextmanager
    async def gate(self) -> AsyncIterator[GateProgram]:
        """The gate, running, without hardware; stopped cleanly."""
        program = GateProgram(self.enrolment, site(), self.folder / "gate", self.clock)
        async with program, asyncio.TaskGroup() as tasks:
            work = tasks.create_task(program.run())
            yield program
            work.cancel()

    def keep_keys(self) -> None:
        """Leave the controller's keys where a gate that ran before would have left them."""
        folder = self.folder / "gate" / "keys"
        folder.mkdir(parents=True, mode=0o700)
        (folder / "main.keys").write_bytes(self.controller.publish(self.clock.now_ns()))

    def tls(self) -> ssl.SSLContext:
        """The controller's context."""
        context = ssl.create_default_context(cafile=self.controller_files.authority)
        context.load_cert_chain(self.controller_files.certificate, self.controller_files.key)
        return context


class Desk:
    """The controller's end of MQTT, played: opens what comes, and says every 0.2 s what it has."""

    def __init__(self, premises: Premises) -> None:
        self.premises = premises
        self.played = premises.controller
        self.stored: dict[tuple[Epoch, int], AnyEvent] = {}
        self.arrivals: list[tuple[Epoch, int]] = []
        self.health: list[Health] = []
        self.loses: Callable[[int], bool] = lambda _number: False
        self.is_mute = False
        self.client: aiomqtt.Client | None = None

    async def run(self) -> None:
        """Serve until cancelled."""
        premises = self.premises
        identifier = client_id("controller-main", premises.controller_files.key.read_bytes())
        async with aiomqtt.Client(
            "127.0.0.1", premises.broker_port, identifier=identifier, tls_context=premises.tls(), timeout=LIMIT_S
        ) as client:
            for topic in (EVENTS, SNAPSHOTS, HEALTH):
                await client.subscribe(topic.of(site=SITE), qos=1)
            keys = self.played.publish(premises.clock.now_ns())
            await client.publish(KEYS.of(site=SITE, controller=MAIN), keys, qos=1, retain=True)
            self.client = client
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._receive(client))
                tasks.create_task(self._tell())

    async def send(self, topic: Topic, message: msgspec.Struct, *, retain: bool = False) -> None:
        """Sign and publish."""
        assert self.client is not None
        name = topic.of(site=SITE, controller=MAIN, edge=EDGE)
        await self.client.publish(name, sign(message, MAIN, self.played.signer), 1, retain, timeout=NO_LIMIT)

    def events(self) -> list[AnyEvent]:
        """What is stored, in the order of stamps."""
        return sorted(self.stored.values(), key=lambda event: event.occurred_ns)

    async def _receive(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            payload = message.payload
            assert isinstance(payload, bytes)
            if HEALTH.match(message.topic.value):
                signers = {str(EDGE): self.premises.enrolment.signer().public_key()}
                self.health.append(verify(payload, Health, signers)[1])
                continue
            batch = decode_batch(payload)
            epoch = decode_wraps(batch.key).name.epoch
            key = self.played.open_key(batch.key, self.premises.enrolment)
            for number, body in batch.records:
                self.arrivals.append((epoch, number))
                if not self.loses(number):
                    self.stored[epoch, number] = decode_event(key.open(number, body))

    async def _tell(self) -> None:
        while True:
            if not self.is_mute:
                numbers: dict[Epoch, list[int]] = defaultdict(list)
                for epoch, number in self.stored:
                    numbers[epoch].append(number)
                known = {epoch: merged((n, n) for n in has) for epoch, has in numbers.items()}
                await self.send(HAVE, Have(VERSION, MAIN, EDGE, known))
                await self.send(TIME, SignedTime(VERSION, MAIN, self.premises.clock.now_ns()))
            await asyncio.sleep(0.2)


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    now = datetime.now(UTC)
    authority = Authority(tmp_path / "authority", SITE, MAIN, now)
    edge_files = authority.edge_files(tmp_path / "edge", "edge-north", now)
    controller = PlayedController()
    controller.authority_pem = authority.certificate_pem
    card: ControllerCard = controller.card(free_port(), free_port())
    enrolment = enrol([card], edge_files.certificate.read_text(), edge_files.key.read_text())
    return Premises(
        tmp_path,
        card.broker_port,
        card.policy_port,
        authority.broker_files(tmp_path / "broker-certificate", (), now),
        authority.controller_files(tmp_path / "controller", MAIN, (), now),
        enrolment,
        controller,
    )


Playing = Callable[[], "contextlib.AbstractAsyncContextManager[Desk]"]


@pytest.fixture
def play(premises: Premises) -> Playing:
    """What starts a played controller, as a context."""

    @contextlib.asynccontextmanager
    async def playing() -> AsyncIterator[Desk]:
        desk = Desk(premises)
        async with asyncio.TaskGroup() as tasks:  # whatever ends the controller ends the test
            task = tasks.create_task(desk.run())
            await until(lambda: desk.client is not None)
            yield desk
            task.cancel()

    return playing
