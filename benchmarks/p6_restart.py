"""P6: a controller starts again with sealed events of the last 24 hours and tells the exact presence."""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks.controller_bench import BenchGate, bench_settings, bench_site
from benchmarks.figure import Figure
from contract.clock import SystemClock
from contract.messages import decode_batch
from controller.composition.assembly import assemble
from controller.service.records.ingest import Delivery

_EVENTS: Final = 1_000_000
_GATES: Final = 50
_TARGET_S: Final = 5.0


def run(short: bool) -> list[Figure]:  # noqa: FBT001  the one choice there is
    """Store events, start again, and time it up to the figure."""
    return asyncio.run(_measure(_EVENTS // 50 if short else _EVENTS))


async def _measure(events: int) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="sacs-bench-") as folder:
        settings = bench_settings(bench_site(_GATES), Path(folder))
        async with assemble(settings, SystemClock(), lambda _: None) as assembly:
            gates = [BenchGate.of(assembly, number) for number in range(_GATES)]
            for gate in gates:
                messages = list(gate.batches(events // _GATES - 1, 64))  # an odd number: somebody stays inside
                await assembly.truth.take([Delivery(gate.enrolment.edge, message) for message in messages])
            before = assembly.truth.movements.presence.headcount().named
            open_only = _open_only(gates[0], events // _GATES - 1) * _GATES
        started = time.perf_counter()
        async with assemble(settings, SystemClock(), lambda _: None) as assembly:
            elapsed = time.perf_counter() - started
            after = assembly.truth.movements.presence.headcount().named
    if before != after:
        raise AssertionError(f"the count was {before} before and {after} after the restart")
    what = f"restart with {events:,} sealed events to exact presence (broker start included)"
    return [
        Figure("P6", what, elapsed, "s", f"<= {_TARGET_S} s", elapsed <= _TARGET_S, open_only, "AES-GCM opening alone")
    ]


def _open_only(gate: BenchGate, events: int) -> float:
    """Time nothing but decryption of as many records of the same size: the floor under any restart."""
    batches = [decode_batch(message) for message in gate.batches(events, 64)]
    started = time.perf_counter()
    for batch in batches:
        for number, sealed in batch.records:
            gate.key.open(number, sealed)
    return time.perf_counter() - started
