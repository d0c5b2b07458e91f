"""The controller's end of MQTT: sealed batches and health in; lists, have, time, keys and policy manifests out.

Belongs here: the connection and what travels over it. Does not belong here: what a message causes (service/). A
delivery is acknowledged to the broker when its group is committed. That makes nothing durable that gates would not
send again (architecture.md, Delivery); it paces the broker, which hands out a limited number of messages ahead.
"""

import asyncio
import contextlib
import math
import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

import aiomqtt
import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contract.client_id import client_id
from contract.clock import Clock
from contract.ids import ControllerId, EdgeId, SiteId
from contract.messages import VERSION, DoorOrder, Have, Health, PeriodKeys, PolicyManifest, ScreenNotice, SignedTime
from contract.signing import BadMessageError, SignatureError, sign, verify
from contract.topics import CONTROLLERS, DOORS, EVENTS, HAVE, HEALTH, KEYS, POLICY, SCREEN, SNAPSHOTS, TIME, Topic
from controller.pki.certificates import controller_identity
from controller.pki.folder import CertificateFiles
from controller.service.records.ingest import Delivery

TIME_EVERY_S: Final = 2.0
HAVE_EVERY_S: Final = 1.0
"""At most once a second to each gate."""
_RECONNECT_S: Final = 0.5
_ANSWER_S: Final = 10.0
_GROUP_MESSAGES: Final = 128
"""Most messages that one group commit takes."""
_log = structlog.get_logger()


class UnpacedDeliveryError(Exception):
    """A gate sent records with QoS 0: they can not be paced, and an acknowledgement would break MQTT 3.1.1."""


class _PacedClient(aiomqtt.Client):
    """A client that acknowledges when it is told to; by itself aiomqtt does so on receipt, which paces nobody."""

    def __init__(self, host: str, port: int, identifier: str, tls: ssl.SSLContext) -> None:
        super().__init__(host, port, identifier=identifier, tls_context=tls, keepalive=15, timeout=10)
        self._client.manual_ack_set(True)

    def acknowledge(self, message_id: int) -> None:
        """Let the broker send another message (QoS 1)."""
        self._client.ack(message_id, 1)

    async def send(self, topic: str, payload: bytes, *, qos: int, retain: bool = False) -> None:
        """Publish, and wait until it is on its way (QoS 1: until the broker has it).

        The limit is not aiomqtt's own, which is asyncio.wait_for: in Python 3.11 that may swallow a cancellation, and
        whoever waits for the cancelled task then waits for ever. Raises aiomqtt.MqttError, TimeoutError.
        """
        async with asyncio.timeout(_ANSWER_S):
            await self.publish(topic, payload, qos=qos, retain=retain, timeout=math.inf)


class _Received(NamedTuple):
    delivery: Delivery
    client: _PacedClient
    message_id: int


class Link:
    """One controller's connection to its broker, kept up for ever."""

    def __init__(
        self,
        clock: Clock,
        site: SiteId,
        controller: ControllerId,
        signer: Ed25519PrivateKey,
        gates: Mapping[str, Ed25519PublicKey],
        files: CertificateFiles,
        broker: tuple[str, int],
    ) -> None:
        self._clock = clock
        self._site = site
        self._controller = controller
        self._signer = signer
        self._gates = gates
        self._tls = ssl.create_default_context(cafile=files.authority)
        self._tls.load_cert_chain(files.certificate, files.key)
        self._client_id = client_id(controller_identity(controller), files.key.read_bytes())
        self._broker = broker
        self._queue: asyncio.Queue[_Received] = asyncio.Queue()
        self._retained: dict[str, bytes] = {}
        self._owed: set[EdgeId] = set()
        self._client: _PacedClient | None = None
        self.on_health: Callable[[Health], None] = lambda _: None
        self.on_refused: Callable[[EdgeId, Exception], None] = lambda _edge, _error: None
        self.head: Callable[[], bytes] = bytes
        """Returns the signed LedgerHead that goes with the time."""
        self.have_of: Callable[[EdgeId], Have] = lambda edge: Have(VERSION, controller, edge, {})

    @property
    def connected(self) -> bool:
        """Whether the broker is there now."""
        return self._client is not None

    @property
    def waiting(self) -> int:
        """How many messages of gates wait to be ingested."""
        return self._queue.qsize()

    async def run(self, take: Callable[[list[Delivery]], Awaitable[set[EdgeId]]]) -> None:
        """Stay connected until cancelled; `take` ingests one group and returns the gates whose *have* grew."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._ingest(take), name="ingest")
            tasks.create_task(self._tell_have(), name="have")
            tasks.create_task(self._tell_time(), name="time")
            tasks.create_task(self._stay_connected(), name="mqtt")

    async def publish_keys(self, keys: PeriodKeys) -> None:
        """Publish the public keys of the present and coming periods, now and at each new connection."""
        await self._retain(KEYS.of(site=self._site, controller=self._controller), keys)

    async def publish_controllers(self, signed: bytes) -> None:
        """Publish the root's list of controllers, as the root signed it, now and at each new connection."""
        await self._keep(CONTROLLERS.of(site=self._site, controller=self._controller), signed)

    async def publish_policy(self, manifest: PolicyManifest) -> None:
        """Publish which policy a gate shall have, now and at each new connection."""
        await self._retain(POLICY.of(site=self._site, controller=self._controller, edge=manifest.edge), manifest)

    async def publish_screen(self, notice: ScreenNotice) -> None:
        """Publish what a gate's screen may show, now and at each new connection."""
        await self._retain(SCREEN.of(site=self._site, controller=self._controller, edge=notice.edge), notice)

    async def publish_doors(self, order: DoorOrder) -> None:
        """Publish what operations ask of a gate's doors, now and at each new connection."""
        await self._retain(DOORS.of(site=self._site, controller=self._controller, edge=order.edge), order)

    async def _stay_connected(self) -> None:
        host, port = self._broker
        while True:
            try:
                async with _PacedClient(host, port, self._client_id, self._tls) as client:
                    await self._serve(client)
            except (aiomqtt.MqttError, OSError) as error:
                _log.warning("broker lost", error=type(error).__name__)
            finally:
                self._client = None
            await asyncio.sleep(_RECONNECT_S)

    async def _serve(self, client: _PacedClient) -> None:
        for topic in (EVENTS, SNAPSHOTS, HEALTH):
            await client.subscribe(topic.of(site=self._site), qos=0 if topic is HEALTH else 1)
        self._client = client  # from here on, what is new goes out by itself; the rest below, each as it is by then
        for topic_name in tuple(self._retained):
            await client.send(topic_name, self._retained[topic_name], qos=1, retain=True)
        self._owed.update(EdgeId(edge) for edge in self._gates)
        async for message in client.messages:
            if isinstance(message.payload, bytes):
                self._sort(client, message, message.payload)

    def _sort(self, client: _PacedClient, message: aiomqtt.Message, payload: bytes) -> None:
        topic = message.topic.value
        for kind in (EVENTS, SNAPSHOTS):
            fields = kind.match(topic)
            if fields is not None:
                if message.qos != 1:  # nothing to acknowledge: to do so would end the connection for all gates
                    self.on_refused(EdgeId(fields["edge"]), UnpacedDeliveryError("sent without acknowledgement"))
                    return
                delivery = Delivery(EdgeId(fields["edge"]), payload, are_events=kind is EVENTS)
                self._queue.put_nowait(_Received(delivery, client, message.mid))
                return
        fields = HEALTH.match(topic)
        if fields is None:
            return
        try:
            health = self._checked(payload, fields["edge"])
        except SignatureError as error:
            self.on_refused(EdgeId(fields["edge"]), error)
            return
        self.on_health(health)

    def _checked(self, payload: bytes, edge: str) -> Health:
        """Return a health that `edge` signed about itself. Raises SignatureError."""
        signer, health = verify(payload, Health, self._gates)
        if not signer == health.edge == edge:
            raise SignatureError("health of another gate")
        if health.version != VERSION:
            raise BadMessageError(f"health of version {health.version}: this program knows {VERSION}")
        return health

    async def _ingest(self, take: Callable[[list[Delivery]], Awaitable[set[EdgeId]]]) -> None:
        while True:
            group = [await self._queue.get()]
            while len(group) < _GROUP_MESSAGES and not self._queue.empty():
                group.append(self._queue.get_nowait())
            self._owed |= {received.delivery.edge for received in group}
            more = await take([received.delivery for received in group])
            # A have that went out meanwhile did not know of it yet; the set may be another one than before the await.
            self._owed |= more
            for received in group:
                if received.client is self._client:  # another connection has message ids of its own
                    received.client.acknowledge(received.message_id)

    async def _tell_have(self) -> None:
        while True:
            await asyncio.sleep(HAVE_EVERY_S)
            owed, self._owed = self._owed, set()
            for edge in owed:
                await self._publish(HAVE, self.have_of(edge), edge)

    async def _tell_time(self) -> None:
        while True:
            await self._publish(TIME, SignedTime(VERSION, self._controller, self._clock.now_ns(), self.head()))
            await asyncio.sleep(TIME_EVERY_S)

    async def _publish(self, topic: Topic, message: msgspec.Struct, edge: EdgeId | None = None) -> None:
        client = self._client
        if client is None:
            return
        name = topic.of(site=self._site, controller=self._controller, edge=edge or "+")
        with contextlib.suppress(aiomqtt.MqttError, TimeoutError):  # the next one follows anyway
            await client.send(name, sign(message, self._controller, self._signer), qos=0)

    async def _retain(self, topic: str, message: msgspec.Struct) -> None:
        await self._keep(topic, sign(message, self._controller, self._signer))

    async def _keep(self, topic: str, payload: bytes) -> None:
        self._retained[topic] = payload
        client = self._client
        if client is not None:
            with contextlib.suppress(aiomqtt.MqttError, TimeoutError):  # published again at the next connection
                await client.send(topic, payload, qos=1, retain=True)
