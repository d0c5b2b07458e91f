"""P2: 1,000 events a second, one a message, from 50 gates: from publish to stored and folded, and to the open board.

Beside it the bare way of such a message from publisher to subscriber over the same broker in the same run.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Final

import aiomqtt

from benchmarks.controller_bench import BenchGate, bench_settings, bench_site, client_tls
from benchmarks.figure import Figure, percentile
from contract.clock import SystemClock
from contract.ids import EdgeId
from contract.topics import EVENTS
from controller.api.board import Board
from controller.composition.assembly import Assembly, assemble
from controller.service.records.ingest import Delivery

_GATES: Final = 10
_PER_S: Final = 1000
_EVENTS: Final = 20_000
_LIMIT_S: Final = 120


class _Stopwatch:
    """When each message was published, by gate and place, and when it had its effect."""

    def __init__(self) -> None:
        self.published: dict[tuple[EdgeId, int], float] = {}
        self.stored_ms: list[float] = []
        self.board_ms: list[float] = []
        self.unseen: list[float] = []
        self._next: dict[EdgeId, int] = {}

    def stored(self, deliveries: list[Delivery]) -> None:
        now = time.perf_counter()
        for delivery in deliveries:
            place = self._next.get(delivery.edge, 0)
            self._next[delivery.edge] = place + 1
            at = self.published[delivery.edge, place]
            self.stored_ms.append((now - at) * 1000)
            self.unseen.append(at)

    def seen(self) -> None:
        now = time.perf_counter()
        self.board_ms += [(now - at) * 1000 for at in self.unseen]
        self.unseen.clear()


def run(short: bool) -> list[Figure]:  # noqa: FBT001  the one choice there is
    """Publish at a steady pace and time each event."""
    return asyncio.run(_measure(_EVENTS // 20 if short else _EVENTS))


async def _measure(events: int) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="sacs-bench-") as folder:
        settings = bench_settings(bench_site(_GATES), Path(folder))
        async with assemble(settings, SystemClock(), lambda _: None) as assembly:
            gates = [BenchGate.of(assembly, number) for number in range(_GATES)]
            bare = await _ours(assembly, gates, Path(folder), events, bare=True)
            watch = await _ours(assembly, gates, Path(folder), events, bare=False)
    peer = "publisher to subscriber, nothing done"
    stored, board = percentile(watch.stored_ms, 0.99), percentile(watch.board_ms, 0.99)
    floor = percentile(bare.stored_ms, 0.99)
    what = "1,000 events/s, one a message: publish to"
    return [
        Figure("P2", f"{what} stored and folded, p99", stored, "ms", "<= 25 ms", stored <= 25, floor, peer),
        Figure("P2", f"{what} the open board, p99", board, "ms", "<= 250 ms", board <= 250, floor, peer),
    ]


async def _ours(assembly: Assembly, gates: list[BenchGate], folder: Path, events: int, *, bare: bool) -> _Stopwatch:
    watch = _Stopwatch()
    board = Board(lambda: assembly.truth.live(broker_connected=True))

    async def take(deliveries: list[Delivery]) -> set[EdgeId]:
        more = set() if bare else await assembly.truth.take(deliveries)
        watch.stored(deliveries)
        board.change()
        return more

    tasks = [asyncio.create_task(assembly.link.run(take))]
    if not bare:
        tasks += [asyncio.create_task(board.run()), asyncio.create_task(_look(board, watch))]
    while not assembly.link.connected:
        await asyncio.sleep(0.05)
    await asyncio.gather(*(_publish(assembly, gate, folder, events // len(gates), watch) for gate in gates))
    async with asyncio.timeout(_LIMIT_S):
        while len(watch.stored_ms) < events // len(gates) * len(gates):
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return watch


async def _look(board: Board, watch: _Stopwatch) -> None:
    async for _ in board.pictures():
        watch.seen()


async def _publish(assembly: Assembly, gate: BenchGate, folder: Path, events: int, watch: _Stopwatch) -> None:
    edge = gate.enrolment.edge
    tls = client_tls(gate.write_tls(folder / f"tls-{edge}"))
    topic = EVENTS.of(site=assembly.truth.site.site.id, edge=edge)
    messages = list(gate.batches(events, 1))
    async with aiomqtt.Client("127.0.0.1", assembly.broker.port, identifier=gate.client_id, tls_context=tls) as client:
        begin = time.perf_counter()
        for place, message in enumerate(messages):
            await asyncio.sleep(max(0.0, begin + place * _GATES / _PER_S - time.perf_counter()))
            watch.published[edge, place] = time.perf_counter()
            await client.publish(topic, message, qos=1)
