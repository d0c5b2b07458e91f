"""A machine that slept past a limit: keys die before anything is taken or answered (architecture.md, "Time")."""

import sqlite3
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from contract.clock import ManualClock
from contract.periods import Kind
from controller.api.on_time import OnTime
from controller.service.records.ingest import EXPIRED, STORED, Delivery
from controller.service.records.retention import Sweep
from controller.steady_clock import SteadyClock
from controller.store.records import RecordStore
from tests.unit.controller.disk import bytes_below
from tests.unit.controller.kept import NORTH, RETENTION, START_S, Kept, went
from tests.unit.controller.sources import at_ns
from tests.unit.controller.whole import truth_of

FIRST = RETENTION.period_at(Kind.MOVEMENT, at_ns(START_S))


async def slept(folder: Path) -> Kept:
    """A controller with a person inside whose record's time passed while the machine slept."""
    kept = await Kept(folder).begin()
    await kept.take(kept.source(), {1: went("in", "ann", 1)})
    kept.at(3600)
    return kept


async def test_what_is_delivered_after_a_long_sleep_meets_no_dead_key(tmp_path: Path) -> None:
    kept = await slept(tmp_path)
    private, source = kept.vault._keys[FIRST], kept.source()
    source.keys[FIRST] = kept.key_ring.wraps_of(NORTH, source.epoch, START_S)
    late = Delivery(NORTH, source.batch({2: went("in", "bob", 2)}))
    assert FIRST in kept.vault.periods()
    await truth_of(kept).take([late])
    assert private not in bytes_below(tmp_path)
    assert (kept.ingest.totals[STORED], kept.ingest.totals[EXPIRED]) == (1, 1)
    assert kept.named() == 0
    assert kept.receipts()[0].facts["key_gone"] == "2027-01-15T09:00:00+00:00", "late, and it says so"
    kept.close()


async def test_nothing_is_answered_before_the_dead_keys_are_gone(tmp_path: Path) -> None:
    kept = await slept(tmp_path)
    alive: list[bool] = []

    async def app(_: Scope, __: Receive, ___: Send) -> None:
        alive.append(FIRST in kept.vault.periods())

    async def receive() -> Message:
        raise NotImplementedError

    async def send(_: Message) -> None:
        raise NotImplementedError

    on_time = OnTime(app, kept.sweep.catch_up)
    await on_time({"type": "http"}, receive, send)
    await on_time({"type": "lifespan"}, receive, send)
    assert alive == [False, False]
    assert not kept.sweep.is_due
    kept.close()


async def test_a_disk_that_refuses_holds_up_no_delivery_and_no_answer_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await slept(tmp_path)

    def refuse(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(RecordStore, "apply", refuse)
        await kept.sweep.catch_up()
    assert FIRST not in kept.vault.periods(), "the law is above the count"
    is_due = [kept.sweep.is_due]
    await kept.sweep.catch_up()
    is_due.append(kept.sweep.is_due)
    assert is_due == [True, False], "the rest was still owed"
    kept.close()


async def test_what_is_due_is_looked_up_and_not_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = await Kept(tmp_path).begin()
    await kept.sweep.run()

    async def never(_: Sweep) -> bool:
        raise AssertionError("nothing is due")

    with monkeypatch.context() as patch:
        patch.setattr(Sweep, "run", never)
        kept.at(289.9)
        await kept.sweep.catch_up()
        kept.at(290)
        with pytest.raises(AssertionError):
            await kept.sweep.catch_up()
    kept.close()


def test_boottime_that_runs_on_while_the_machine_sleeps_moves_the_time(tmp_path: Path) -> None:
    """Wall clock and CLOCK_BOOTTIME leap together at waking: no leap that is disbelieved, and the limit has passed."""
    machine = ManualClock(at_ns(START_S))
    clock = SteadyClock(machine, tmp_path / "clock")
    machine.advance_to(at_ns(START_S + 30 * 3600))
    assert clock.now_ns() == at_ns(START_S + 30 * 3600)
    assert clock.leaps_ms() == []
