"""Every identity tries everything, on both brokers: what is allowed works, and nothing else takes effect.

Forbidden acts are silently dropped by these brokers. So a witness who may hear everything listens, and a sentinel
follows each attempt: what has not arrived before the sentinel never will.
"""

import asyncio
import contextlib
import os
import secrets
import ssl
from contextlib import AsyncExitStack
from pathlib import Path

import aiomqtt
import psutil
import pytest

from controller.broker.binary import BrokerKind
from tests.integration.broker.conftest import (
    EVERYTHING,
    IDENTITIES,
    LIMIT_S,
    Wire,
    filters_of,
    hears,
    payloads_until,
    topics_of,
)
from tests.integration.broker.packets import (
    CONNECTED,
    PING,
    PONG,
    UNSUPPORTED_VERSION,
    alias_packets,
    blob,
    connect_packet,
    publish_packet,
    text,
)

ALL_TOPICS = [topic for identity in IDENTITIES for topic in topics_of(identity)]
STRANGE_TOPICS = [
    "sacs/v1/other/edge/a/events",
    "sacs/v1/demo/edge/a",
    "sacs/v1/demo/edge/a/events/more",
    "sacs/v1/demo/edge/a/else",
    "sacs/v1/demo/edge//events",
    "/sacs/v1/demo/edge/a/events",
    "sacs/v1/demo/edge/c/events",
    "sacs/v1/demo/controller/x/edge/a",
    "sacs/v1/demo/controller/z/time",
    "sacs.v1.demo.edge.a.events",
    "sacs/v1/demo/edge/*/events",
    "sacs/v1/demo/>",
    ">",
    "witness",
    "$SYS/broker/load",
    "$SYS/REQ/SERVER/PING",
    "$MQTT/msgs/sacs/v1/demo/edge/a/events",
    "$MQTT/rmsgs/sacs/v1/demo/controller/x/keys",
    "$MQTT/sub/strange",
    "$JS/API/STREAM/PURGE/$MQTT_rmsgs",
    "$JS/API/STREAM/DELETE/$MQTT_msgs",
    "$share/g/sacs/v1/demo/edge/a/events",
    "$CONTROL/dynamic-security/v1",
]
STRANGE_FILTERS = [
    *EVERYTHING,
    "+/#",
    "+",
    "sacs/#",
    "sacs/+/demo/#",
    "sacs/v1/#",
    "sacs/v1/demo/#",
    "sacs/v1/demo/edge/#",
    "sacs/v1/demo/controller/#",
    "sacs/v1/demo/+/+/#",
    "sacs/v1/+/edge/+/events",
    "sacs/v1/+/controller/+/time",
    "sacs/v1/demo/+/+/events",
    "sacs/v1/demo/+/+/time",
    "sacs/v1/demo/edge/+/+",
    "sacs/v1/demo/controller/+/+",
    "sacs/v1/demo/controller/+/edge/+/+",
    "sacs/v1/demo/controller/+/edge/+/have",
    "sacs/v1/demo/controller/+/edge/#",
    "$share/g/sacs/v1/demo/edge/+/events",
    "$share/g/#",
    "$queue/#",
    "$MQTT/+/#",
    "$MQTT/sub/#",
    "$MQTT/sub/+",
    "$MQTT/msgs/#",
    "$MQTT/rmsgs/#",
    "$MQTT/sess/#",
    "$MQTT/JSA/#",
    "+/msgs/#",
    "$JS/API/#",
    "_INBOX/#",
    ">",
    "*",
    "sacs.v1.demo.>",
    "sacs/v1/demo/>",
    "sacs/v1/demo/edge/*/events",
    "sacs/v1/demo/controller/x/*",
]


async def listen(wire: Wire, stack: AsyncExitStack, identity: str, qos: int) -> aiomqtt.Client:
    """Connect `identity` with all its rightful subscriptions."""
    client = await stack.enter_async_context(wire.client(identity))
    for topic_filter in EVERYTHING if identity == "controller-witness" else filters_of(identity):
        await client.subscribe(topic_filter, qos=qos)
    return client


@pytest.mark.parametrize("qos", [0, 1])
async def test_every_allowed_publish_reaches_exactly_those_who_may_hear_it(wire: Wire, qos: int) -> None:
    async with AsyncExitStack() as stack:
        clients = {identity: await listen(wire, stack, identity, qos) for identity in IDENTITIES}
        for publisher, client in clients.items():
            for topic in topics_of(publisher):
                await client.publish(topic, f"{publisher} {topic}".encode(), qos=qos)
        for listener, client in clients.items():
            expected = {
                (topic, f"{publisher} {topic}".encode())
                for publisher in IDENTITIES
                for topic in topics_of(publisher)
                if hears(listener, topic)
            }
            heard: set[tuple[str, bytes]] = set()
            async with asyncio.timeout(LIMIT_S):
                async for message in client.messages:
                    assert isinstance(message.payload, bytes)
                    assert message.qos == qos
                    heard.add((message.topic.value, message.payload))
                    if heard >= expected:
                        break
            assert heard == expected


async def test_retained_messages_wait_for_those_who_come_later(wire: Wire) -> None:
    async with wire.client("controller-x") as controller:
        for leaf in ("keys", "edge/a/policy", "edge/b/policy"):
            await controller.publish(f"sacs/v1/demo/controller/x/{leaf}", leaf, qos=1, retain=True)
        async with AsyncExitStack() as stack:
            edge = await listen(wire, stack, "edge-a", 1)
            await controller.publish("sacs/v1/demo/controller/x/time", "sentinel", qos=1)
            heard = await payloads_until(edge, b"sentinel")
    assert sorted(payload for _, payload in heard) == [b"edge/a/policy", b"keys"]


@pytest.mark.parametrize("level", [4, 5])
@pytest.mark.parametrize("forger", IDENTITIES)
async def test_no_forbidden_publish_takes_effect(wire: Wire, forger: str, level: int) -> None:
    own = topics_of(forger)
    forbidden = [topic for topic in (*ALL_TOPICS, *STRANGE_TOPICS) if topic not in own]
    assert len(forbidden) > len(STRANGE_TOPICS)
    async with AsyncExitStack() as stack:
        witness = await listen(wire, stack, "controller-witness", 0)
        acts = [
            publish_packet(topic, qos, retain=retain, level=level)
            for topic in forbidden
            for qos in (0, 1)
            for retain in (False, True)
        ]
        if level == 5:
            # A topic that is forbidden under its name is tried under a number given to it (MQTT 5 section 3.3.2.3.4).
            acts += [alias_packets(topic) for topic in forbidden]
        await act(wire, forger, acts, level)
        client = await stack.enter_async_context(wire.client(forger))
        await client.publish(own[0], b"sentinel", qos=0)
        heard = await payloads_until(witness, b"sentinel")
        assert [entry for entry in heard if b"forged" in entry[1]] == []

        # Nothing was kept for anybody who comes later either.
        later = await stack.enter_async_context(wire.client("controller-witness", identifier="later"))
        for topic_filter in EVERYTHING:
            await later.subscribe(topic_filter, qos=1)
        await client.publish(own[0], b"sentinel", qos=1)
        heard = await payloads_until(later, b"sentinel")
        assert [entry for entry in heard if b"forged" in entry[1]] == []
    assert stored_with(wire, b"forged") == []


async def act(wire: Wire, forger: str, acts: list[bytes], level: int = 4) -> None:
    """Send packets, each followed by a ping; where the broker hangs up instead of answering, connect again.

    A broker that does not speak MQTT 5 (`level`) refuses the first connection, and with it everything.
    """
    waiting = list(acts)
    while waiting:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", wire.broker.port, ssl=wire.context(forger), server_hostname="localhost"
        )
        try:
            writer.write(connect_packet(secrets.token_hex(8), level=level))
            answer = await asyncio.wait_for(reader.readexactly(4), LIMIT_S)
            if level == 5 and answer[3] == UNSUPPORTED_VERSION:
                return
            assert answer[0] == CONNECTED[0]
            assert answer[3] == CONNECTED[3]
            await asyncio.wait_for(reader.readexactly(answer[1] - 2), LIMIT_S)  # properties
            while waiting:
                writer.write(waiting.pop(0) + PING)
                await asyncio.wait_for(reader.readuntil(PONG), LIMIT_S)
        except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()


@pytest.mark.parametrize("qos", [0, 1])
@pytest.mark.parametrize("spy", IDENTITIES)
async def test_no_forbidden_subscription_is_served(wire: Wire, spy: str, qos: int) -> None:
    forbidden = [
        topic for topic in (*ALL_TOPICS, *STRANGE_FILTERS) if not hears(spy, topic) or topic in STRANGE_FILTERS
    ]
    async with AsyncExitStack() as stack:
        others = {identity: await stack.enter_async_context(wire.client(identity)) for identity in IDENTITIES}
        client = others[spy]

        async def speak(marker: str, *, retain: bool) -> None:
            for identity, client in others.items():
                for topic in topics_of(identity):
                    await client.publish(topic, f"{marker} {topic}", qos=1, retain=retain)

        await speak("before", retain=True)
        for topic_filter in (*filters_of(spy), *forbidden):
            await client.subscribe(topic_filter, qos=qos)  # a broker may refuse, or accept and never deliver
        await speak("after", retain=False)
        heard: list[tuple[str, bytes]] = []
        for number in range(3):  # more than one, as each subscription of a client may have a queue of its own
            last = f"sentinel {number}".encode()
            for speaker in ("edge-a", "controller-x"):
                topic = topics_of(speaker)[0]
                if hears(spy, topic):
                    await others[speaker].publish(topic, last, qos=1)
            heard += await payloads_until(client, last)
    leaked = {entry for entry in heard if not hears(spy, entry[0]) and not entry[1].startswith(b"sentinel")}
    assert leaked == set()
    for marker in ("before", "after"):
        rightful = {(t, f"{marker} {t}".encode()) for t in ALL_TOPICS if hears(spy, t)}
        assert rightful <= set(heard)


@pytest.mark.parametrize("forger", IDENTITIES)
async def test_no_will_speaks_for_another(wire: Wire, forger: str) -> None:
    own = topics_of(forger)
    async with AsyncExitStack() as stack:
        witness = await listen(wire, stack, "controller-witness", 0)
        for topic in ALL_TOPICS + STRANGE_TOPICS:
            if topic not in own:
                for qos, retain in ((0, False), (1, True)):
                    await die_with_will(wire, forger, topic, b"forged", qos=qos, retain=retain)
        # A will of its own is executed: so the others would have been, had they been allowed.
        await die_with_will(wire, forger, own[0], b"rightful will", qos=0, retain=False)
        heard = await payloads_until(witness, b"rightful will")
        assert [entry for entry in heard if b"forged" in entry[1]] == []
        later = await stack.enter_async_context(wire.client("controller-witness", identifier="later"))
        for topic_filter in EVERYTHING:
            await later.subscribe(topic_filter, qos=1)
        await die_with_will(wire, forger, own[0], b"second will", qos=1, retain=False)
        heard = await payloads_until(later, b"second will")
        assert [entry for entry in heard if b"forged" in entry[1]] == []
    assert stored_with(wire, b"forged") == []


async def die_with_will(wire: Wire, forger: str, topic: str, payload: bytes, *, qos: int, retain: bool) -> None:
    """Connect with a will and break the connection off; a broker may refuse the will at once."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", wire.broker.port, ssl=wire.context(forger), server_hostname="localhost"
    )
    flags = 0x04 | qos << 3 | retain << 5
    writer.write(connect_packet(secrets.token_hex(8), flags, text(topic) + blob(payload)))
    with contextlib.suppress(ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
        await asyncio.wait_for(reader.readexactly(4), LIMIT_S)
    writer.transport.abort()
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        await writer.wait_closed()


@pytest.mark.parametrize("certificate", ["foreign", "expired", "broker", None])
async def test_who_has_no_client_certificate_of_the_site_is_not_let_in(wire: Wire, certificate: str | None) -> None:
    assert await answer_to_connect(wire, "edge-a") == CONNECTED
    assert await answer_to_connect(wire, certificate) == b""


async def test_a_valid_certificate_without_rights_can_do_nothing(wire: Wire) -> None:
    async with AsyncExitStack() as stack:
        witness = await listen(wire, stack, "controller-witness", 0)
        speaker = await stack.enter_async_context(wire.client("controller-x"))
        await speaker.publish("sacs/v1/demo/controller/x/keys", b"secret", qos=1, retain=True)
        if await answer_to_connect(wire, "edge-stranger") == CONNECTED:
            assert wire.kind is BrokerKind.MOSQUITTO  # it lets in whoever has a certificate, and no further
            nobody = await stack.enter_async_context(wire.client("edge-stranger"))
            for topic in (*ALL_TOPICS, *STRANGE_FILTERS):
                await nobody.subscribe(topic, qos=1)
            await act(wire, "edge-stranger", [publish_packet(t, 1, retain=True) for t in ALL_TOPICS])
            for publisher in IDENTITIES[:2]:
                async with wire.client(publisher) as client:
                    await client.publish(topics_of(publisher)[0], b"news", qos=1)
            assert len(nobody.messages) == 0
        await speaker.publish("sacs/v1/demo/controller/x/time", b"sentinel", qos=1)
        heard = await payloads_until(witness, b"sentinel")
        assert [entry for entry in heard if entry[1] == b"forged"] == []


async def answer_to_connect(wire: Wire, certificate: str | None) -> bytes:
    """What the broker says to CONNECT before it hangs up, or the first four bytes of it."""
    try:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", wire.broker.port, ssl=wire.context(certificate), server_hostname="localhost"
        )
    except (ConnectionError, ssl.SSLError):
        return b""
    try:
        writer.write(connect_packet(secrets.token_hex(8)))
        return await asyncio.wait_for(reader.readexactly(4), LIMIT_S)
    except (ConnectionError, ssl.SSLError):
        return b""
    except asyncio.IncompleteReadError as error:
        return error.partial
    finally:
        writer.transport.abort()


async def test_there_is_no_plaintext(wire: Wire) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.broker.port)
    writer.write(connect_packet("edge-a"))
    with contextlib.suppress(ConnectionError):
        assert not (await asyncio.wait_for(reader.read(), LIMIT_S)).startswith(b"\x20")
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def test_nothing_else_that_listens_can_be_used(wire: Wire) -> None:
    pid = wire.broker.pid
    assert pid is not None
    listening = [c.laddr for c in psutil.Process(pid).net_connections() if c.status == psutil.CONN_LISTEN]
    assert {address.ip for address in listening} == {"127.0.0.1"}
    others = [address.port for address in listening if address.port != wire.broker.port]
    assert len(others) == (1 if wire.kind is BrokerKind.NATS else 0)
    for port in others:
        for identity in (None, "edge-a", "controller-witness", "broker"):
            answer = b""
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", port, ssl=wire.context(identity), server_hostname="localhost"
                )
                writer.write(b'CONNECT {"verbose":false,"tls_required":true}\r\nSUB > 1\r\nPING\r\n')
                try:
                    answer = await asyncio.wait_for(reader.read(), LIMIT_S)  # until the server hangs up
                finally:
                    writer.transport.abort()
            assert b"PONG" not in answer


@pytest.mark.parametrize("clean", [True, False])
async def test_another_identity_gets_nothing_out_of_a_client_id(wire: Wire, clean: bool) -> None:
    have = "sacs/v1/demo/controller/x/edge/a/have"
    async with wire.client("edge-a", clean=False) as edge:
        await edge.subscribe(filters_of("edge-a")[2], qos=1)
    async with wire.client("controller-x") as controller:
        await controller.publish(have, b"for a only", qos=1)
        async with wire.client("edge-b", identifier=wire.client_id("edge-a"), clean=clean) as thief:
            await thief.subscribe(filters_of("edge-b")[2], qos=1)
            await controller.publish("sacs/v1/demo/controller/x/edge/b/have", b"sentinel", qos=1)
            assert await payloads_until(thief, b"sentinel") == []


async def test_an_id_that_is_not_known_can_not_be_taken_over(wire: Wire) -> None:
    """NATS takes the id that a client says, so it has to be a secret; mosquitto takes the identity instead."""
    async with AsyncExitStack() as stack:
        edge = await listen(wire, stack, "edge-a", 1)
        for guess in ("edge-a", "a", wire.client_id("edge-b")):
            async with wire.client("edge-b", identifier=guess):
                pass
        if wire.kind is BrokerKind.MOSQUITTO:
            async with wire.client("edge-b", identifier=wire.client_id("edge-a")):
                pass
        controller = await stack.enter_async_context(wire.client("controller-x"))
        await controller.publish("sacs/v1/demo/controller/x/time", b"still here", qos=1)
        assert await payloads_until(edge, b"still here") == []


def stored_with(wire: Wire, marker: bytes) -> list[str]:
    """The broker's files that contain `marker`."""
    found: list[str] = []
    for folder, _, names in os.walk(wire.settings.folder):  # passes over what the broker removes meanwhile
        for name in names:
            path = Path(folder, name)
            with contextlib.suppress(FileNotFoundError):
                if marker in path.read_bytes():
                    found.append(str(path))
    return found
