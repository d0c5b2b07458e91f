"""The broker's life: kill and restart, a wiped store, new identities, its parent's death, and failing to start."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import aiomqtt
import psutil
import pytest

from contract.ids import EdgeId
from controller.broker.binary import BrokerKind, find_broker
from controller.broker.process import BrokerProcess, BrokerStartError
from controller.broker.rules import edge_rights, site_rights
from controller.broker.settings import BrokerSettings
from controller.pki.folder import Authority
from tests.integration.broker.conftest import (
    CONTROLLERS,
    LIMIT_S,
    POLL_S,
    SITE,
    STRANGER,
    Wire,
    admitted,
    filters_of,
    payloads_until,
    until,
)

HAVE = "sacs/v1/demo/controller/x/edge/a/have"
KEYS = "sacs/v1/demo/controller/x/keys"


async def until_restarted(wire: Wire, times: int) -> None:
    await until(lambda: wire.broker.restarts >= times and wire.broker.pid is not None)


async def connected(wire: Wire, identity: str, *, clean: bool = True) -> aiomqtt.Client:
    """Connect as soon as the broker lets `identity` in, as every program has to."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            client = wire.client(identity, clean=clean)
            try:
                return await client.__aenter__()
            except aiomqtt.MqttError:
                await asyncio.sleep(POLL_S)


async def until_stored(wire: Wire, marker: bytes) -> None:
    """Wait until mosquitto has written `marker` to its store, as it does once a second."""
    await until(lambda: any(marker in path.read_bytes() for path in wire.settings.store.glob("*.db")))


def kill(wire: Wire) -> None:
    pid = wire.broker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


async def test_sessions_and_retained_messages_survive_a_kill(wire: Wire) -> None:
    async with wire.client("edge-a", clean=False) as edge:
        await edge.subscribe(filters_of("edge-a")[2], qos=1)
    async with wire.client("controller-x") as controller:
        await controller.publish(KEYS, b"the keys", qos=1, retain=True)
        await controller.publish(HAVE, b"before", qos=1)
    if wire.kind is BrokerKind.MOSQUITTO:
        await until_stored(wire, b"before")
    kill(wire)
    await until_restarted(wire, 1)
    controller = await connected(wire, "controller-x")
    await controller.publish(HAVE, b"after", qos=1)
    edge = await connected(wire, "edge-a", clean=False)
    assert await payloads_until(edge, b"after") == [(HAVE, b"before")]
    await edge.subscribe(filters_of("edge-a")[1], qos=1)
    assert await payloads_until(edge, b"the keys") == []
    await edge.__aexit__(None, None, None)
    await controller.__aexit__(None, None, None)


async def test_a_broker_that_lost_its_store_serves_again(wire: Wire) -> None:
    async with wire.client("edge-a", clean=False) as edge:
        await edge.subscribe(HAVE.replace("/x/", "/+/"), qos=1)
    port = wire.broker.port
    await wire.broker.stop()
    shutil.rmtree(wire.settings.folder)
    await wire.broker.start()
    assert wire.broker.port == port
    async with wire.client("edge-a", clean=False) as edge, wire.client("controller-x") as controller:
        await edge.subscribe(HAVE.replace("/x/", "/+/"), qos=1)
        await controller.publish(HAVE, b"again", qos=1)
        assert await payloads_until(edge, b"again") == []


async def test_it_is_restarted_each_time_it_dies_on_the_same_port(wire: Wire) -> None:
    port = wire.broker.port
    for times in (1, 2):
        before = wire.broker.pid
        kill(wire)
        await until_restarted(wire, times)
        assert wire.broker.pid != before
        client = await connected(wire, "edge-a")
        await client.__aexit__(None, None, None)
    assert wire.broker.port == port


async def test_a_new_gate_is_let_in_and_a_removed_one_shut_out_while_others_stay_connected(wire: Wire) -> None:
    events = "sacs/v1/demo/edge/+/events"
    async with wire.client("controller-x") as controller, wire.client("edge-b") as removed:
        await controller.subscribe(events, qos=1)
        await removed.publish("sacs/v1/demo/edge/b/events", b"let in", qos=1)
        assert await payloads_until(controller, b"let in") == []
        remaining = tuple(rights for rights in admitted() if rights.identity != "edge-b")
        await wire.broker.admit((*remaining, edge_rights(SITE, STRANGER, f"edge-{STRANGER}")))

        newcomer = await connected(wire, "edge-stranger")
        async with asyncio.timeout(LIMIT_S):
            while not len(controller.messages):  # mosquitto takes a connection at once and the rights a moment later
                await newcomer.publish("sacs/v1/demo/edge/stranger/events", b"hello", qos=0)
                await asyncio.sleep(POLL_S)
        assert len(controller.messages) > 0
        try:
            await removed.publish("sacs/v1/demo/edge/b/events", b"forged", qos=0)
        except aiomqtt.MqttError:
            assert wire.kind is BrokerKind.NATS  # it hangs up on whoever is no longer admitted
        await newcomer.publish("sacs/v1/demo/edge/stranger/events", b"sentinel", qos=0)
        heard = await payloads_until(controller, b"sentinel")
        assert {payload for _, payload in heard} == {b"hello"}
        await newcomer.__aexit__(None, None, None)


async def test_stop_leaves_nothing_running(wire: Wire) -> None:
    pid = wire.broker.pid
    assert pid is not None
    await wire.broker.stop()
    assert wire.broker.pid is None
    assert not psutil.pid_exists(pid)
    await wire.broker.stop()  # a second time does nothing


PARENT = """
import asyncio, pathlib, sys
from datetime import UTC, datetime
from controller.broker.binary import find_broker
from controller.broker.process import BrokerProcess
from controller.broker.rules import site_rights
from controller.broker.settings import BrokerSettings
from controller.pki.folder import Authority

async def main(folder, kind):
    now = datetime.now(UTC)
    files = Authority(folder / "authority", "demo", "x", now).broker_files(folder / "c", (), now)
    rights = site_rights("demo", {"a": "edge-a"}, ["x"])
    settings = BrokerSettings("demo", "127.0.0.1", 0, folder / "broker", files, rights)
    async with BrokerProcess(find_broker(kind), settings) as broker:
        print(broker.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main(pathlib.Path(sys.argv[1]), sys.argv[2]))
"""


async def test_it_dies_with_a_parent_that_is_killed(tmp_path: Path, kind: BrokerKind) -> None:
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT, str(tmp_path), kind), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await asyncio.wait_for(parent.stdout.readline(), LIMIT_S))
    assert psutil.pid_exists(pid)
    parent.kill()
    await parent.wait()
    await until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def settings_for(tmp_path: Path, port: int) -> BrokerSettings:
    now = datetime.now(UTC)
    authority = Authority(tmp_path / "authority", SITE, CONTROLLERS[0], now)
    files = authority.broker_files(tmp_path / "certificate", (), now)
    rights = site_rights(SITE, {EdgeId("a"): "edge-a"}, CONTROLLERS)
    return BrokerSettings(SITE, "127.0.0.1", port, tmp_path / "broker", files, rights)


async def test_a_port_in_use_is_an_error_that_says_so(tmp_path: Path, kind: BrokerKind) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        broker = BrokerProcess(find_broker(kind), settings_for(tmp_path, taken.getsockname()[1]))
        with pytest.raises(BrokerStartError, match=r"(?i)address already in use"):
            await broker.start()
        assert broker.pid is None


async def test_a_port_that_somebody_is_about_to_leave_is_waited_for(tmp_path: Path, kind: BrokerKind) -> None:
    with socket.socket() as leaving:  # as the broker of a controller that was killed a moment ago
        leaving.bind(("127.0.0.1", 0))
        leaving.listen()
        port = leaving.getsockname()[1]
        asyncio.get_running_loop().call_later(0.5, leaving.close)
        async with BrokerProcess(find_broker(kind), settings_for(tmp_path, port)) as broker:
            assert broker.port == port
            assert broker.restarts == 0


async def test_no_private_key_is_an_error_and_leaves_nothing_running(tmp_path: Path, kind: BrokerKind) -> None:
    settings = settings_for(tmp_path, 0)
    missing = replace(settings.files, key=tmp_path / "nowhere.pem")
    broker = BrokerProcess(find_broker(kind), replace(settings, files=missing))
    with pytest.raises(BrokerStartError, match="nowhere"):
        await broker.start()
    assert broker.pid is None
    assert broker.port == 0


async def test_nobody_else_can_read_what_the_broker_keeps(wire: Wire) -> None:
    assert wire.settings.folder.stat().st_mode & 0o077 == 0
    assert wire.settings.store.stat().st_mode & 0o077 == 0
