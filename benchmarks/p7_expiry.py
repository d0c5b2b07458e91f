"""P7: a period that holds 1,000,000 records expires: key gone within a second, rows and free pages clean in time.

Beside it stands SQLite alone: deleting as many rows of the same size from one table, and emptying its log. Another
period with as many records stays alive meanwhile, for what stays is what an expiry must not wait for.
"""

import asyncio
import os
import sqlite3
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from benchmarks.controller_bench import BenchGate, bench_settings, bench_site
from benchmarks.figure import Figure
from contract.clock import NS_PER_S, ManualClock, SystemClock
from contract.messages import decode_batch
from contract.periods import Kind, Period
from controller.composition.assembly import Assembly, assemble
from controller.service.records.ingest import Delivery
from controller.service.records.retention import DESTROYED

_RECORDS: Final = 1_000_000
_GATES: Final = 50
_KEY_S: Final = 1.0
_CLEAN_S: Final = 60.0
_LEAD_S: Final = 120
"""How long before the key's death the clock begins to run: the controller may begin as early as it likes."""


def run(short: bool) -> list[Figure]:  # noqa: FBT001  the one choice there is
    """Store two periods, let the first one's time come, and time what is gone when."""
    return asyncio.run(_measure(_RECORDS // 50 if short else _RECORDS))


async def _measure(records: int) -> list[Figure]:
    site = bench_site(_GATES)
    clock = ManualClock(SystemClock().now_ns())
    with tempfile.TemporaryDirectory(prefix="sacs-bench-") as folder:
        async with assemble(bench_settings(site, Path(folder)), clock, lambda _: None) as assembly:
            first = site.retention.period_at(Kind.MOVEMENT, clock.now_ns())
            for period in (first, first.next()):
                clock.advance_to(max(clock.now_ns(), period.start_s * NS_PER_S))
                gates = [BenchGate.of(assembly, number) for number in range(_GATES)]
                for gate in gates:
                    messages = list(gate.batches(records // _GATES, 64))
                    await assembly.truth.take([Delivery(gate.enrolment.edge, message) for message in messages])
            key_s, clean_s, stall_s = await _expire(assembly, clock, first, gates[0])
            body_bytes = max(len(body) for _, body in decode_batch(next(gates[0].batches(1, 1))).records)
        alone_s = _sqlite_alone(Path(folder) / "alone.db", records, body_bytes)
    what = f"of a period with {records:,} records, as many more alive"
    return [
        Figure("P7", f"start of the sweep to the key's death, {what}", key_s, "s", f"<= {_KEY_S} s", key_s <= _KEY_S),
        Figure(
            "P7", f"start of the sweep to clean rows and pages, {what}", clean_s, "s", f"<= {_CLEAN_S} s",
            clean_s <= _CLEAN_S, alone_s, "SQLite alone: as many rows deleted and given back",
        ),
        Figure("P7", f"longest wait of an event meanwhile, {what}", stall_s, "s", "reported", None),
    ]  # fmt: skip


async def _expire(assembly: Assembly, clock: ManualClock, first: Period, gate: BenchGate) -> tuple[float, float, float]:
    """Let a second at a time pass until the key dies; return when it was gone, when all was clean, and who waited."""
    truth = assembly.truth
    dies_at_s = truth.site.retention.dies_at_s(first)
    for second in range(dies_at_s - _LEAD_S, dies_at_s):
        clock.advance_to(second * NS_PER_S)
        await truth.tick()
    clock.advance_to(dies_at_s * NS_PER_S)
    gone_s: list[float] = []
    watching = threading.Thread(target=_watch, args=(assembly, first, gone_s), daemon=True)
    live = BenchGate.of(assembly, gate.number)
    started_s = time.perf_counter()
    watching.start()
    waits_s: list[float] = []
    ticking = asyncio.create_task(_ticks(assembly, first))
    while not ticking.done():
        asked_s = time.perf_counter()
        await truth.take([Delivery(live.enrolment.edge, message) for message in live.batches(1, 1)])
        waits_s.append(time.perf_counter() - asked_s)
        await asyncio.sleep(0.01)
    await ticking
    clean_s = time.perf_counter() - started_s
    watching.join()
    return gone_s[0] - started_s, clean_s, max(waits_s)


async def _ticks(assembly: Assembly, first: Period) -> None:
    """Tick as the program does, until the receipt is written: it is when nothing is left."""
    receipts = assembly.ledger.counts[DESTROYED]
    while assembly.ledger.counts[DESTROYED] == receipts:
        await assembly.truth.tick()
    if first in assembly.truth.vault.periods():
        raise AssertionError("a receipt for a key that lives")


def _watch(assembly: Assembly, first: Period, gone_s: list[float]) -> None:
    """Note when the key is gone; from a thread, for the sweep may keep the loop busy."""
    while first in assembly.truth.vault.periods():
        time.sleep(0.005)
    gone_s.append(time.perf_counter())


def _sqlite_alone(path: Path, records: int, body_bytes: int) -> float:
    """Time SQLite with the same pragmas: one of two tables is emptied, its pages overwritten and given back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for pragma in ("auto_vacuum=INCREMENTAL", "journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            db.execute(f"PRAGMA {pragma}").close()
        for table in ("doomed", "staying"):
            db.execute(f"CREATE TABLE {table} (number INTEGER PRIMARY KEY, sealed BLOB NOT NULL)")
            db.execute("BEGIN")
            rows = ((number, os.urandom(body_bytes)) for number in range(records))
            db.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)  # noqa: S608  two names of our own
            db.execute("COMMIT")
        started_s = time.perf_counter()
        db.execute("DROP TABLE doomed")
        db.executescript("PRAGMA incremental_vacuum")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        return time.perf_counter() - started_s
