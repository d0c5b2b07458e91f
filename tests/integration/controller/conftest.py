"""A whole controller on either broker, and gates that the tests play themselves with what the contract says."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiomqtt
import msgspec
import pytest

from contract.client_id import client_id
from contract.clock import ManualClock
from contract.enrolment import Enrolment, decode_enrolment
from contract.events import AccessGranted, AnyEvent, encode_event
from contract.ids import AccessPointId, ControllerId, EdgeId, Epoch, HolderId, PassId
from contract.messages import (
    VERSION,
    Have,
    Health,
    PeriodKeys,
    PolicyManifest,
    RingExtent,
    SealedBatch,
    SignedTime,
    encode,
)
from contract.periods import Kind, Period
from contract.sealing import ContentKey, KeyName
from contract.signing import sign, verify
from contract.site import parse_site
from contract.topics import EVENTS, HAVE, HEALTH, KEYS, POLICY, TIME, Topic
from controller.broker.binary import BrokerKind
from controller.composition.assembly import Assembly, Settings, assemble
from controller.composition.ceremony import enrol
from controller.service.records.ingest import Delivery

SITE = parse_site("""
[site]
id = "here"
[retention]
movement_period_s = 60
movement_keep_s = 300
settle_s = 60
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
reader = [{id = "r-in", kind = "serial", access_point = "in"}, {id = "r-out", kind = "serial", access_point = "out"}]
camera = [{id = "door"}, {id = "street", masks = [[[0.0, 0.0], [0.25, 0.0], [0.25, 1.0], [0.0, 1.0]]]}]
[[gate]]
id = "south"
[[muster_point]]
id = "lawn"
name = "Lawn"
""")
MAIN = ControllerId("main")
NORTH, SOUTH = EdgeId("north"), EdgeId("south")
START_S = 1_800_000_000
DEATH_S = 300 - 10
"""When the key of the first minute dies, in seconds after the start."""
NS = 10**9
LIMIT_S = 60.0
PLANTS = ("Zoe Quartermaine", "h10301:201:54321", "PASS-774411")


async def until(condition: Callable[[], bool], what: str = "") -> None:
    """Wait for a condition, with a generous limit."""
    try:
        async with asyncio.timeout(LIMIT_S):
            while True:
                if condition():
                    return
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"it never came about: {what or condition}")


def at_ns(second: float) -> int:
    """So many seconds after the start."""
    return START_S * NS + round(second * NS)


def went(way: str, holder: str, second: float) -> AccessGranted:
    """Somebody passes; what is planted must be in no byte."""
    return AccessGranted(
        at_ns(second), AccessPointId(way), HolderId(holder.ljust(24, "0")), PassId("1" * 24), PLANTS[1]
    )


@dataclass
class PlayedGate:
    """One run of a gate: seals, sends, and hears what the controller says to it."""

    enrolment: Enrolment
    client: aiomqtt.Client
    epoch: Epoch
    have: Have | None = None
    keys: dict[Period, bytes] = field(default_factory=dict)
    manifest: PolicyManifest | None = None
    time_ns: int = 0
    head: bytes = b""
    _content: dict[Period, tuple[bytes, ContentKey]] = field(default_factory=dict)

    async def listen(self) -> None:
        """Hear everything, and believe only what is signed."""
        for topic in (KEYS, POLICY, HAVE, TIME):
            await self.client.subscribe(topic.of(site="here", edge=self.enrolment.edge), qos=1)
        async for message in self.client.messages:
            payload = message.payload
            assert isinstance(payload, bytes)
            for topic in (KEYS, POLICY, HAVE, TIME):
                if topic.match(message.topic.value) is not None:
                    signer, said = verify(payload, topic.message, self.enrolment.controller_keys())
                    assert signer == MAIN
                    self._take(said)

    def _take(self, said: msgspec.Struct) -> None:
        match said:
            case PeriodKeys():
                self.keys = dict(said.keys)
            case PolicyManifest():
                self.manifest = said
            case Have():
                self.have = said
            case SignedTime():
                self.time_ns = said.at_ns
                self.head = said.head
            case _:
                pytest.fail(f"not for a gate: {said}")

    def content_key(self, second: float) -> tuple[bytes, ContentKey]:
        """The content key of that moment's period with its wraps; drawn as long as its public key is published."""
        period = SITE.retention.period_at(Kind.MOVEMENT, at_ns(second))
        if period not in self._content:
            key = ContentKey.draw(KeyName(self.enrolment.edge, self.epoch, period))
            self._content[period] = key.wrap({MAIN: self.keys[period]}, self.enrolment.signer()), key
        return self._content[period]

    def batch(self, records: dict[int, AnyEvent], second: float) -> bytes:
        """A message of records of one period."""
        wraps, key = self.content_key(second)
        return encode(SealedBatch(VERSION, wraps, [(n, key.seal(n, encode_event(e))) for n, e in records.items()]))

    async def send(self, records: dict[int, AnyEvent], second: float) -> None:
        """Send records as a gate does."""
        await self.publish(EVENTS, self.batch(records, second))

    async def publish(self, topic: Topic, payload: bytes) -> None:
        """Publish raw bytes on one of the gate's own topics."""
        await self.client.publish(topic.of(site="here", edge=self.enrolment.edge), payload, qos=1)

    async def say(self, second: float, last: int, **more: object) -> None:
        """Publish health: all up to `last` is sealed, and what follows is later than `second`."""
        ring = [RingExtent(self.epoch, 1, last)]
        health = Health(VERSION, self.enrolment.edge, self.epoch, at_ns(second), ring, True, 1, 0, [], [], {}, last)
        health = msgspec.structs.replace(health, **more)
        await self.publish(HEALTH, sign(health, self.enrolment.edge, self.enrolment.signer()))

    def had(self) -> list[tuple[int, int]]:
        """What the controller says it has of this run."""
        return self.have.known.get(self.epoch, []) if self.have else []


@dataclass
class Premises:
    """One controller in its folder; run it as often as you like."""

    folder: Path
    broker: BrokerKind
    clock: ManualClock = field(default_factory=lambda: ManualClock(START_S * NS))
    carried: dict[EdgeId, Enrolment] = field(default_factory=dict)
    """Enrolment files that were carried to their gates."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Assembly]:
        """The controller with its link; ticks are left to the test."""
        settings = Settings(SITE, MAIN, self.folder / "state", self.folder / "vault", self.broker)
        if not (self.folder / "root").exists():
            enrol(self.folder / "root", settings)
        async with assemble(settings, self.clock, lambda _: None) as assembly:
            for path in assembly.enrolments_folder.glob("*.enrolment"):
                self.carried[EdgeId(path.stem)] = decode_enrolment(path.read_bytes())

            async def take(deliveries: list[Delivery]) -> set[EdgeId]:
                return await assembly.truth.take(deliveries)

            link = asyncio.create_task(assembly.link.run(take), name="link")
            try:
                await until(lambda: assembly.link.connected, "the link to the broker")
                await assembly.supply_gates()
                yield assembly
            finally:
                link.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await link

    def enrolment(self, edge: EdgeId = NORTH) -> Enrolment:
        """The file that was carried to the gate."""
        return self.carried[edge]

    def tls(self, edge: EdgeId | None = NORTH) -> ssl.SSLContext:
        """A gate's TLS client; None shows no certificate."""
        enrolment = self.enrolment(edge or NORTH)
        context = ssl.create_default_context(cadata=enrolment.tls_ca_pem)
        if edge is not None:
            pem = self.folder / f"{edge}.pem"
            pem.write_text(f"{enrolment.tls_certificate_pem}\n{enrolment.tls_key_pem}")
            context.load_cert_chain(pem)
        return context

    @asynccontextmanager
    async def gate(self, edge: EdgeId = NORTH, epoch: bytes = b"e" * 16) -> AsyncIterator[PlayedGate]:
        """A gate that is connected and has heard the public keys."""
        enrolment = self.enrolment(edge)
        card = enrolment.controllers[0]
        async with aiomqtt.Client(
            card.broker_host,
            card.broker_port,
            identifier=client_id(f"edge-{edge}", enrolment.tls_key_pem.encode()),
            tls_context=self.tls(edge),
            protocol=aiomqtt.ProtocolVersion.V311,
            timeout=LIMIT_S,
        ) as client:
            gate = PlayedGate(enrolment, client, Epoch(epoch))
            listening = asyncio.create_task(gate.listen(), name=f"gate-{edge}")
            try:
                await until(lambda: bool(gate.keys) or listening.done(), "public keys")
                yield gate
                if listening.done():
                    listening.result()
            finally:
                listening.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await listening


def figures(assembly: Assembly) -> dict[str, Any]:
    """What must be the same after a restart."""
    live = assembly.truth.live(broker_connected=True)
    return {
        "premises": live.premises,
        "areas": live.areas,
        "stored": live.events_stored,
        "expired": live.events_expired,
        "late": live.events_late,
        "destroyed": live.keys_destroyed,
        "oldest": live.oldest_readable_s,
        "rows": [(key.kind, key.starts_at, key.rows) for key in live.keys if key.alive],
        "known": {source: numbers.intervals() for source, numbers in assembly.truth.ingest.known.items()},
    }


@pytest.fixture(params=list(BrokerKind))
def premises(request: pytest.FixtureRequest, tmp_path: Path) -> Premises:
    return Premises(tmp_path, BrokerKind(request.param))


@pytest.fixture
def one_premises(tmp_path: Path) -> Premises:
    """For what does not depend on the broker."""
    return Premises(tmp_path, BrokerKind.NATS)
