"""The gate's end of MQTT: sealed records and health go up; lists, time, keys, *have* and policy manifests come down.

One link for each broker of the listed controllers, each on its own: mutual TLS, no session that outlives a connection,
and reconnection for ever. Whatever comes down is signed and says only what is known or wanted; nothing that comes down
opens a door.

Belongs here: connections and what travels over them. Does not belong here: what is sent when (delivery.py), or what a
message means to the gate.
"""

import asyncio
import contextlib
import math
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import aiomqtt
import structlog

from contract.client_id import client_id
from contract.controllers import ControllerCard
from contract.enrolment import Enrolment
from contract.ids import ControllerId, EdgeId, Epoch
from contract.messages import (
    BYTES_PER_MESSAGE,
    RECORDS_PER_MESSAGE,
    VERSION,
    DoorOrder,
    Have,
    PolicyManifest,
    ScreenNotice,
    SealedBatch,
    SignedTime,
    encode,
)
from contract.signing import BadMessageError, SignatureError, verify
from contract.topics import CONTROLLERS, DOORS, EVENTS, HAVE, HEALTH, KEYS, POLICY, SCREEN, SNAPSHOTS, TIME, Role, Topic
from edge.controllers import Controllers
from edge.delivery import Delivery, Span
from edge.ring import Ring
from edge.ring_file import RecordKind, StoredRecord

RECONNECT_FIRST_S: Final = 0.5
RECONNECT_LAST_S: Final = 5.0
"""A hundred gates that come back at once are twenty handshakes a second; a control centre waits for each of them."""
_KEEPALIVE_S: Final = 15
_READ_RECORDS: Final = 16 * RECORDS_PER_MESSAGE
_READ_BYTES: Final = 4 * BYTES_PER_MESSAGE
_PENDING_CALLS: Final = 64
_NO_LIMIT: Final = math.inf
"""A lost connection ends every wait; and a limit would go through asyncio.wait_for, which in Python 3.11 may swallow a
cancellation, so that a gate would never stop."""
_TOPICS: Final = {RecordKind.EVENT: EVENTS, RecordKind.SNAPSHOT: SNAPSHOTS}

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Inbox:
    """Who is told what comes down, after its signature was checked. `time` gets a controller and nanoseconds.

    `keys` gets a whole signed PeriodKeys message, `controllers` a whole signed list, `head` the signed LedgerHead that
    came with the time; all may raise contract.signing.SignatureError. `screen` is None where no officer has one, `time`
    where the gate's clock is not to be set by anybody.
    """

    controllers: Callable[[bytes], Awaitable[object]]
    keys: Callable[[bytes], Awaitable[object]]
    manifest: Callable[[PolicyManifest], None]
    time: Callable[[str, int], None] | None
    head: Callable[[bytes], Awaitable[None]]
    doors: Callable[[DoorOrder], None]
    screen: Callable[[ScreenNotice], None] | None = None


class Uplink:
    """All links of one gate. `counters` has what was refused, by the name of the error."""

    def __init__(self, enrolment: Enrolment, ring: Ring, controllers: Controllers, inbox: Inbox) -> None:
        self._enrolment = enrolment
        self._ring = ring
        self._controllers = controllers
        self._inbox = inbox
        self.counters: Counter[str] = Counter()
        self._words: Counter[ControllerId] = Counter()
        self._listed = asyncio.Event()
        self._links: list[_Link] = []
        self._rewire()
        controllers.listeners.append(self._rewire)
        ring.on_change(self._wake)

    def words(self) -> dict[ControllerId, int]:
        """Return how often each controller in force has told the time in this run."""
        return {card.controller: self._words[card.controller] for card in self._controllers.listed.controllers}

    def heard(self, controller: ControllerId) -> None:
        """Note that a controller has told the time."""
        self._words[controller] += 1

    @property
    def delivered(self) -> bool:
        """Whether every controller says that it has all of the ring."""
        return not any(link.delivery.lacks(self._ring.extents) for link in self._links)

    @property
    def list_number(self) -> int:
        """The number of the list of controllers by which there are these links."""
        return self._controllers.listed.number

    @property
    def is_connected(self) -> bool:
        """Whether at least one broker is there."""
        return any(link.is_connected for link in self._links)

    def publish_health(self, signed: bytes) -> None:
        """Send a signed Health on every link that is up; whoever is away gets the next one."""
        for link in self._links:
            link.offer_health(signed)

    async def run(self) -> None:
        """Keep a link to each listed broker up, until cancelled."""
        running: dict[_Link, asyncio.Task[None]] = {}
        try:
            while True:
                self._listed.clear()
                await _end([running.pop(link) for link in list(running) if link not in self._links])
                for link in self._links:
                    if link not in running:
                        running[link] = asyncio.create_task(link.run(), name=f"link {link.name}")
                changed = asyncio.create_task(self._listed.wait(), name="list of controllers")
                try:
                    ended, _ = await asyncio.wait([changed, *running.values()], return_when=asyncio.FIRST_COMPLETED)
                finally:
                    changed.cancel()
                for task in ended:
                    task.result()
        finally:
            await _end(running.values())

    def note_stored(self) -> None:
        """Tell the ring which of its records every controller has."""
        lacking: dict[Epoch, int] = {}
        extents = self._ring.extents
        for link in self._links:
            for epoch, gaps in link.delivery.lacks(extents).items():
                lacking[epoch] = min(gaps[0][0], lacking.get(epoch, gaps[0][0]))
        for extent in extents:
            self._ring.stored_by_all(extent.epoch, lacking.get(extent.epoch, extent.last + 1) - 1)

    def _rewire(self) -> None:
        """Have one link for each broker of the controllers that are believed now; what stays as it was is kept."""
        brokers: dict[tuple[str, int], list[ControllerCard]] = {}
        for card in self._controllers.cards:
            brokers.setdefault((card.broker_host, card.broker_port), []).append(card)
        present = {link.cards: link for link in self._links}
        self._links = [
            present.get(tuple(cards))
            or _Link(self._enrolment, tuple(cards), self._ring, self._controllers, self._inbox, self)
            for cards in brokers.values()
        ]
        self._listed.set()
        self.note_stored()

    def _wake(self) -> None:
        for link in self._links:
            link.wake()


class _Link:
    """One broker and the controllers behind it."""

    def __init__(
        self,
        enrolment: Enrolment,
        cards: tuple[ControllerCard, ...],
        ring: Ring,
        controllers: Controllers,
        inbox: Inbox,
        uplink: Uplink,
    ) -> None:
        """`cards`: the controllers behind one broker."""
        names = [card.controller for card in cards]
        self.cards = cards
        self.name = " ".join(names)
        self.delivery = Delivery(names)
        self.is_connected = False
        self._address = cards[0].broker_host, cards[0].broker_port
        self._behind = frozenset(names)
        self._site, self._edge = enrolment.site, enrolment.edge
        self._client_id = client_id(f"{Role.EDGE}-{enrolment.edge}", enrolment.tls_key_pem.encode())
        self._signers = controllers.keys
        self._ring = ring
        self._tls = controllers.tls_with(*cards)
        self._inbox = inbox
        self._uplink = uplink
        self._changed = asyncio.Event()
        self._health = b""
        self._health_offered = asyncio.Event()

    def wake(self) -> None:
        """Look again for something to send."""
        self._changed.set()

    def offer_health(self, signed: bytes) -> None:
        """Send `signed` next; an earlier one that was not sent is dropped."""
        self._health = signed
        self._health_offered.set()

    async def run(self) -> None:
        """Connect, serve, and connect again, until cancelled."""
        pause_s = RECONNECT_FIRST_S
        while True:
            try:
                async with self._client() as client:
                    await self._subscribe(client)
                    pause_s = RECONNECT_FIRST_S
                    await self._serve(client)
            except* (aiomqtt.MqttError, OSError) as errors:
                causes = sorted({type(error).__name__ for error in errors.exceptions})
                _logger.info("broker_away", controllers=self.name, causes=causes, retry_s=pause_s)
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                # Cancelled, and then the farewell to the broker failed: its error took the cancellation's place.
                raise asyncio.CancelledError
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311  spreads gates, hides nothing
            pause_s = min(pause_s * 2, RECONNECT_LAST_S)

    def _client(self) -> aiomqtt.Client:
        host, port = self._address
        client = aiomqtt.Client(
            host,
            port,
            identifier=self._client_id,
            tls_context=self._tls,
            protocol=aiomqtt.ProtocolVersion.V311,
            clean_session=True,
            keepalive=_KEEPALIVE_S,
        )
        client.pending_calls_threshold = _PENDING_CALLS
        return client

    async def _subscribe(self, client: aiomqtt.Client) -> None:
        for topic in (CONTROLLERS, DOORS, HAVE, KEYS, POLICY, SCREEN, TIME):
            await client.subscribe(topic.of(site=self._site, edge=self._edge), qos=0 if topic is TIME else 1)

    async def _serve(self, client: aiomqtt.Client) -> None:
        self.delivery.connected(asyncio.get_running_loop().time())
        self.is_connected = True
        _logger.info("broker_there", controllers=self.name)
        # No TaskGroup: before Python 3.13 it forgets a cancellation that coincides with a child's error.
        parts = {"receive": self._receive, "deliver": self._deliver, "health": self._tell_health}
        tasks = [asyncio.create_task(part(client), name=f"{name} {self.name}") for name, part in parts.items()]
        try:
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.is_connected = False
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in ended:
            task.result()

    async def _tell_health(self, client: aiomqtt.Client) -> None:
        self._health_offered.set()
        while True:
            await self._health_offered.wait()
            self._health_offered.clear()
            if self._health:
                topic = HEALTH.of(site=self._site, edge=self._edge)
                await client.publish(topic, self._health, qos=1, timeout=_NO_LIMIT)

    async def _deliver(self, client: aiomqtt.Client) -> None:
        loop = asyncio.get_running_loop()
        while True:
            span = self.delivery.next(self._ring.extents, loop.time())
            if span is None:
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.delivery.wait_s(loop.time())):
                        await self._changed.wait()
                continue
            records, upto = await self._ring.read(
                span.epoch, span.first, span.last, span.kind, most=_READ_RECORDS, most_bytes=_READ_BYTES
            )
            await self._publish(client, span, records)
            self.delivery.sent(span, upto, len(records), loop.time())

    async def _publish(self, client: aiomqtt.Client, span: Span, records: Sequence[StoredRecord]) -> None:
        topic = _TOPICS[span.kind].of(site=self._site, edge=self._edge)
        payloads = [*batches(records)]
        if len(payloads) == 1:  # a live event: no task of its own
            await client.publish(topic, payloads[0], qos=1, timeout=_NO_LIMIT)
            return
        async with asyncio.TaskGroup() as tasks:
            for payload in payloads:
                acknowledged = client.publish(topic, payload, qos=1, timeout=_NO_LIMIT)
                tasks.create_task(acknowledged, name=f"publish {self.name}")

    async def _receive(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            if isinstance(message.payload, bytes):
                try:
                    await self._take(message.topic.value, message.payload)
                except SignatureError as error:
                    self._uplink.counters[f"refused-{type(error).__name__}"] += 1

    async def _take(self, topic: str, payload: bytes) -> None:
        if TIME.match(topic) is not None:
            _, time = verify(payload, SignedTime, self._signers)
            self._check(TIME, topic, time.version, time.controller)
            self._uplink.heard(time.controller)
            if self._inbox.time is not None:
                self._inbox.time(time.controller, time.at_ns)
            if time.head:
                await self._inbox.head(time.head)
        elif HAVE.match(topic) is not None:
            signer, have = verify(payload, Have, self._signers)
            self._check(HAVE, topic, have.version, have.controller, have.edge)
            if signer in self._behind:
                self.delivery.have(have.controller, have.known, asyncio.get_running_loop().time())
                self._uplink.note_stored()
                self.wake()
        elif POLICY.match(topic) is not None or SCREEN.match(topic) is not None:
            self._take_document(topic, payload)
        elif DOORS.match(topic) is not None:
            _, order = verify(payload, DoorOrder, self._signers)
            self._check(DOORS, topic, order.version, order.controller, order.edge)
            self._inbox.doors(order)
        elif KEYS.match(topic) is not None:
            await self._inbox.keys(payload)
        elif CONTROLLERS.match(topic) is not None:  # by the root: it does not matter who passes it on
            await self._inbox.controllers(payload)

    def _take_document(self, topic: str, payload: bytes) -> None:
        if POLICY.match(topic) is not None:
            _, manifest = verify(payload, PolicyManifest, self._signers)
            self._check(POLICY, topic, manifest.version, manifest.controller, manifest.edge)
            self._inbox.manifest(manifest)
        else:
            _, notice = verify(payload, ScreenNotice, self._signers)
            self._check(SCREEN, topic, notice.version, notice.controller, notice.edge)
            if self._inbox.screen is not None:
                self._inbox.screen(notice)

    def _check(
        self, kind: Topic, topic: str, version: int, controller: ControllerId, edge: EdgeId | None = None
    ) -> None:
        """Refuse what came on the topic of another controller or gate than it names."""
        if version != VERSION or topic != kind.of(site=self._site, controller=controller, edge=edge or self._edge):
            message = f"a message of version {version} by {controller} does not belong on {topic}"
            raise BadMessageError(message)


async def _end(tasks: Iterable["asyncio.Task[None]"]) -> None:
    """Cancel these tasks and wait for their end, however they end."""
    ending = list(tasks)
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)


def batches(records: Sequence[StoredRecord]) -> Iterator[bytes]:
    """Yield messages of records in their order: one content key each, at most 64 records and 256 KiB."""
    for wraps, group in groupby(records, key=lambda record: record.wraps):
        batch: list[tuple[int, bytes]] = []
        size_bytes = len(wraps)
        for record in group:
            if batch and (len(batch) == RECORDS_PER_MESSAGE or size_bytes + len(record.body) > BYTES_PER_MESSAGE):
                yield encode(SealedBatch(VERSION, wraps, batch))
                batch, size_bytes = [], len(wraps)
            batch.append((record.number, record.body))
            size_bytes += len(record.body)
        if batch:
            yield encode(SealedBatch(VERSION, wraps, batch))
