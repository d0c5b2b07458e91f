"""P1: durable ingest of a backlog of 50 gates, beside a C subscriber of the same broker in the same run."""

import asyncio
import shutil
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from benchmarks.controller_bench import BenchGate, bench_settings, bench_site
from benchmarks.figure import Figure
from benchmarks.publishing import Load, publisher_pool, publishing
from contract.clock import SystemClock
from contract.topics import EVENTS
from controller.composition.assembly import Assembly, assemble

_GATES: Final = 50
_EVENTS: Final = 200_000
_SINGLE: Final = 50_000
_LIMIT_S: Final = 300


def run(short: bool) -> list[Figure]:  # noqa: FBT001  the one choice there is
    """Measure the C subscriber, then ours with 64 events a message, then ours with one."""
    return asyncio.run(_measure(200 if short else 1))


async def _measure(divisor: int) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="sacs-bench-") as folder, publisher_pool() as pool:
        settings = bench_settings(bench_site(_GATES), Path(folder))
        async with assemble(settings, SystemClock(), lambda _: None) as assembly:
            ceiling = await _c_subscriber(assembly, pool, Path(folder), _SINGLE // divisor)
            ours = await _ours(assembly, pool, Path(folder), _EVENTS // divisor, 64)
            single = await _ours(assembly, pool, Path(folder), _SINGLE // divisor, 1)
            live = await _c_subscriber(assembly, pool, Path(folder), _SINGLE // divisor, queued=False)
    peer, live_peer = "C subscriber drains one-event messages", "C subscriber, same publishers at the same time"
    many, one = "durable ingest, 64 events a message", "durable ingest, 1 event a message"
    return [
        Figure("P1", many, ours, "events/s", ">= 1.5 x", ours >= 1.5 * ceiling, ceiling, peer),
        Figure("P1", one, single, "events/s", ">= 0.25 x", single >= 0.25 * ceiling, ceiling, peer),
        Figure("P1", one, single, "events/s", "for comparison", None, live, live_peer),
    ]


async def _ours(assembly: Assembly, pool: ProcessPoolExecutor, folder: Path, events: int, per_message: int) -> float:
    loads = _loads(assembly, folder, events, per_message)
    before = assembly.truth.ingest.totals["events_stored"]
    ingesting = asyncio.create_task(assembly.link.run(assembly.truth.take))
    while not assembly.link.connected:
        await asyncio.sleep(0.05)
    started = time.perf_counter()
    published = publishing(pool, assembly.truth.site.site.id, assembly.broker.port, loads)
    async with asyncio.timeout(_LIMIT_S):
        while assembly.truth.ingest.totals["events_stored"] - before < events:
            await asyncio.sleep(0.01)
    elapsed = time.perf_counter() - started
    await asyncio.wrap_future(published)
    ingesting.cancel()
    await asyncio.gather(ingesting, return_exceptions=True)
    return events / elapsed


async def _c_subscriber(
    assembly: Assembly, pool: ProcessPoolExecutor, folder: Path, messages: int, *, queued: bool = True
) -> float:
    """Time how fast the broker hands one-event messages to mosquitto_sub.

    `queued`: they wait for it, and nobody publishes meanwhile; else it gets them while they are published.
    """
    if shutil.which("mosquitto_sub") is None:
        raise RuntimeError("P1 needs mosquitto_sub beside it: install Debian's mosquitto-clients")
    tls = folder / "state" / "controller-tls"
    subscribe = (
        *("mosquitto_sub", "-h", "127.0.0.1", "-p", str(assembly.broker.port), "-q", "1", "-c", "-i", "bench"),
        *(
            "--cafile",
            str(tls / "authority.pem"),
            "--cert",
            str(tls / "certificate.pem"),
            "--key",
            str(tls / "key.pem"),
        ),
        *("-t", EVENTS.of(site=assembly.truth.site.site.id)),
    )
    await _run(*subscribe, "-E")
    loads = _loads(assembly, folder, messages, 1)
    started = time.perf_counter()
    published = asyncio.wrap_future(publishing(pool, assembly.truth.site.site.id, assembly.broker.port, loads))
    if queued:
        await published
        started = time.perf_counter()
    await _run(*subscribe, "-C", str(messages))
    elapsed = time.perf_counter() - started
    await published
    return messages / elapsed


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    async with asyncio.timeout(_LIMIT_S):
        code = await process.wait()
    if code:
        raise RuntimeError(f"{command[0]} ended with code {code}")


def _loads(assembly: Assembly, folder: Path, events: int, per_message: int) -> list[Load]:
    loads = []
    for number in range(_GATES):
        gate = BenchGate.of(assembly, number)
        files = gate.write_tls(folder / f"tls-{number}")
        messages = list(gate.batches(events // _GATES, per_message))
        loads.append(Load(gate.enrolment.edge, gate.client_id, files, messages))
    return loads
