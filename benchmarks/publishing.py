"""Gates that publish what they have, as fast as the broker takes it, from a process of their own.

Belongs here: the load of P1 and P2. Does not belong here: sealing it (controller_bench.py), measuring.
"""

import asyncio
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import aiomqtt

from benchmarks.controller_bench import client_tls
from contract.topics import EVENTS

_IN_FLIGHT: Final = 20
"""Messages of one gate that wait for the broker's acknowledgement at once."""


@dataclass(frozen=True)
class Load:
    """What one gate publishes. `folder` holds its three PEM files."""

    edge: str
    client_id: str
    folder: Path
    messages: list[bytes]


def publishing(pool: ProcessPoolExecutor, site: str, port: int, loads: list[Load]) -> "Future[None]":
    """Begin to publish; the future ends when the broker has acknowledged all."""
    return pool.submit(_publish_all, site, port, loads)


def publisher_pool() -> ProcessPoolExecutor:
    """Return a process for publishing, started without the state of this one."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def _publish_all(site: str, port: int, loads: list[Load]) -> None:
    asyncio.run(_gather(site, port, loads))


async def _gather(site: str, port: int, loads: list[Load]) -> None:
    async with asyncio.TaskGroup() as gates:
        for load in loads:
            gates.create_task(_publish(site, port, load))


async def _publish(site: str, port: int, load: Load) -> None:
    tls = client_tls(load.folder)
    topic = EVENTS.of(site=site, edge=load.edge)
    async with aiomqtt.Client("127.0.0.1", port, identifier=load.client_id, tls_context=tls, timeout=60) as client:
        for ahead in range(0, len(load.messages), _IN_FLIGHT):
            await asyncio.gather(
                *(client.publish(topic, message, qos=1) for message in load.messages[ahead : ahead + _IN_FLIGHT])
            )
