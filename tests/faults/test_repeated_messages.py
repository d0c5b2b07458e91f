"""Messages that come again and out of order, and a controller whose store is gone: each event counts once."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random

import aiomqtt
import pytest

from contract.enrolment import decode_enrolment
from contract.ids import EdgeId
from contract.messages import decode_batch
from contract.topics import EVENTS
from edge.tls import client_context
from tests.faults.stage import Stage, stage
from tests.faults.trouble import until

pytestmark = [pytest.mark.slow, pytest.mark.full, pytest.mark.timeout(600)]
Captured = list[tuple[EdgeId, bytes]]
FRONT = EdgeId("front")


def _controller_tls(on: Stage) -> ssl.SSLContext:
    folder = on.folders.state / "controller" / "controller-tls"
    context = ssl.create_default_context(cafile=folder / "authority.pem")
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


@asynccontextmanager
async def captured(on: Stage) -> AsyncIterator[Captured]:
    """Collect every message of events meanwhile, as a second listener with the controller's rights."""
    heard = Captured()

    async def listen(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            fields = EVENTS.match(message.topic.value)
            if fields is not None and isinstance(message.payload, bytes):
                heard.append((EdgeId(fields["edge"]), message.payload))

    async with aiomqtt.Client(
        "127.0.0.1", on.running.ready.broker_port, identifier="second-listener", tls_context=_controller_tls(on)
    ) as client:
        await client.subscribe(EVENTS.of(site=on.site.site.id), qos=1)
        listening = asyncio.create_task(listen(client))
        yield heard
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


async def repeat(on: Stage, edge: EdgeId, messages: Captured, chance: Random) -> int:
    """Send each message of a gate again, twice, in any order, by that gate's own right; return how many records."""
    enrolment = decode_enrolment((on.running.folders.enrolment_of(edge)).read_bytes())
    payloads = [payload for sender, payload in messages if sender == edge] * 2
    chance.shuffle(payloads)
    context = client_context(enrolment, enrolment.tls_ca_pem)
    async with aiomqtt.Client(
        "127.0.0.1", on.running.ready.broker_port, identifier="who-recorded-it", tls_context=context
    ) as client:
        for payload in payloads:
            await client.publish(EVENTS.of(site=enrolment.site, edge=edge), payload, qos=1)
    return sum(len(decode_batch(payload).records) for payload in payloads)


async def test_what_comes_again_in_any_order_counts_once(tmp_path: Path) -> None:
    async with stage(tmp_path, seed=91) as on:
        async with captured(on) as messages:
            await on.passages(10)
        repeated = await repeat(on, FRONT, messages, Random(91))
        await on.passages(3)
        await on.settle()
    on.judge(edges_killed=False)
    assert on.live.events_duplicate >= repeated > 0


async def test_a_controller_without_its_store_learns_everything_again_in_any_order(tmp_path: Path) -> None:
    async with stage(tmp_path, seed=92) as on:
        async with captured(on) as messages:
            await on.passages(10)
        await on.trouble.kill_controller()
        await until(lambda: on.running.controller.ended)
        for file in (on.folders.state / "controller").glob("records.db*"):
            file.unlink()
        before = on.running.ready
        await until(lambda: on.running.ready is not before)
        assert await repeat(on, FRONT, messages, Random(92)) > 0
        await on.passages(3)
        await on.settle()
    on.judge(edges_killed=False)
