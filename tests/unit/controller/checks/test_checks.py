"""Each check finds what it is for, caused for real, and nothing where all is well."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from contract.clock import NS_PER_S, ManualClock
from contract.ids import EdgeId
from contract.periods import Kind
from controller.domain.violations import Violation
from controller.ledger import Ledger
from controller.ledger.kinds import KINDS
from controller.live import GateLine, GateState
from controller.service.proof.checks.chain import Chain
from controller.service.proof.checks.check import Finding
from controller.service.proof.checks.clocks import MOST_OFF_MS, Clocks
from controller.service.proof.checks.gate_stores import GateStores
from controller.service.proof.checks.records import Records
from controller.service.proof.checks.rows import Rows
from controller.service.proof.checks.scan import SCANNED, Scan
from controller.service.proof.checks.twins import Twins
from controller.steady_clock import SteadyClock
from tests.unit.controller.kept import RETENTION, START_S, Kept, in_store, went
from tests.unit.controller.sources import MAIN, at_ns, signer_of
from tests.unit.controller.written import Written


def records_of(kept: Kept, oldest_s: float = 0.0) -> Records:
    return Records(kept.clock, RETENTION, lambda: oldest_s, kept.vault.periods)


async def test_a_key_that_outlived_its_limit_is_found(tmp_path: Path) -> None:
    kept = await Kept(tmp_path).begin()
    kept.at(299)
    assert await records_of(kept).look() == set()
    kept.at(300)  # and the sweep did not run
    assert await records_of(kept).look() == {Finding(Violation.KEY_OUTLIVED, place="vault")}
    await kept.sweep.run()
    assert await records_of(kept).look() == set()
    kept.close()


async def test_a_video_key_that_outlived_its_limit_is_found(tmp_path: Path) -> None:
    kept = await Kept(tmp_path).begin()
    first = RETENTION.period_at(Kind.VIDEO, kept.clock.now_ns())
    check = Records(kept.clock, RETENTION, lambda: 0.0, lambda: [first])
    kept.clock.advance_to((first.start_s + RETENTION.video_keep_s) * NS_PER_S - 1)
    assert await check.look() == set()
    kept.clock.advance_to((first.start_s + RETENTION.video_keep_s) * NS_PER_S)
    assert await check.look() == {Finding(Violation.KEY_OUTLIVED, place="vault")}
    kept.close()


async def test_a_record_that_can_be_read_past_its_limit_is_found(tmp_path: Path) -> None:
    kept = await Kept(tmp_path).begin()
    assert await records_of(kept, 299.9).look() == set()
    assert await records_of(kept, 300.0).look() == {Finding(Violation.RECORD_OUTLIVED, place="store")}
    kept.close()


async def test_rows_that_somebody_brought_back_are_found(tmp_path: Path) -> None:
    kept = await Kept(tmp_path).begin()
    await kept.take(kept.source(), {0: went("in", "somebody", 1)})
    check = Rows(kept.clock, RETENTION, kept.store, in_store)
    kept.at(299)
    assert await check.look() == set()
    kept.at(300)  # and the sweep did not run
    assert await check.look() == {Finding(Violation.ROWS_OUTLIVED, place="store")}
    await kept.sweep.run()
    assert await check.look() == set()
    with closing(sqlite3.connect(tmp_path / "state" / "records.db")) as db, db:
        db.execute("INSERT INTO note VALUES ('n', ?, x'00', x'00')", (START_S,))
    assert await check.look() == {Finding(Violation.ROWS_OUTLIVED, place="store")}
    kept.close()


def written(path: Path) -> Ledger:
    ledger = Ledger(path, MAIN, signer_of("controller"))
    for number in range(3):
        ledger.append("violation-noted", at_ns(START_S), number=number, by="c" * 24)
    return ledger


async def test_a_ledger_as_it_was_written_is_sound(tmp_path: Path) -> None:
    assert await Chain(written(tmp_path / "ledger")).look() == set()


@pytest.mark.parametrize("harm", ["altered", "line removed", "end cut off", "file removed"])
async def test_a_ledger_that_is_tampered_with_while_it_is_in_use_is_found(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "ledger"
    ledger = written(path)
    lines = path.read_bytes().splitlines(keepends=True)
    match harm:
        case "altered":
            path.write_bytes(b"".join(lines).replace(b"c" * 24, b"d" * 24, 1))
        case "line removed":
            path.write_bytes(b"".join((lines[0], lines[2])))
        case "end cut off":
            path.write_bytes(b"".join(lines[:2]))
        case _:
            path.unlink()
    assert await Chain(ledger).look() == {Finding(Violation.LEDGER_TAMPERED, place="ledger")}


class Machine(ManualClock):
    """A machine whose wall clock somebody sets."""

    stepped_ns = 0

    def now_ns(self) -> int:
        return super().now_ns() + self.stepped_ns

    def boottime_ns(self) -> int:
        return ManualClock.now_ns(self)


def line(offset_ms: int, state: GateState = GateState.ONLINE) -> GateLine:
    return GateLine("north", "", state, None, 0, 0, offset_ms, [], 0, 0, 0)


async def test_a_machine_clock_that_is_set_is_found_and_stands_for_an_hour(tmp_path: Path) -> None:
    machine = Machine(at_ns(START_S))
    clock = SteadyClock(machine, tmp_path / "clock")
    check = Clocks(clock, list)
    assert await check.look() == set()
    machine.stepped_ns = -86400 * NS_PER_S
    clock.now_ns()
    for _ in clock.leaps_ms():
        check.leapt()
    stepped = {Finding(Violation.CLOCK_STEPPED, place="controller")}
    assert await check.look() == stepped
    machine.advance_to(at_ns(START_S + 3600))
    assert await check.look() == stepped
    machine.advance_to(at_ns(START_S + 3601))
    assert await check.look() == set()


async def test_a_clock_file_that_was_taken_away_while_the_machine_was_set_back_is_found_at_the_start() -> None:
    """The ledger remembers a later time than the controller believes."""
    check = Clocks(ManualClock(at_ns(START_S)), list)
    check.began_after(at_ns(START_S + 120))
    assert await check.look() == set(), "what a crash may have lost"
    check.began_after(at_ns(START_S + 121))
    assert await check.look() == {Finding(Violation.CLOCK_STEPPED, place="controller")}


@pytest.mark.parametrize("sign", [1, -1])
async def test_a_gate_whose_clock_is_off_is_found_while_it_is_heard(sign: int) -> None:
    lines = [line(sign * MOST_OFF_MS)]
    check = Clocks(ManualClock(at_ns(START_S)), lambda: lines)
    assert await check.look() == set()
    lines[:] = [line(sign * (MOST_OFF_MS + 1))]
    assert await check.look() == {Finding(Violation.GATE_CLOCK_OFF, gate="north")}
    lines[:] = [line(sign * (MOST_OFF_MS + 1), GateState.SILENT)]
    assert await check.look() == set()


async def test_a_gate_that_is_two_machines_is_found_as_long_as_both_speak() -> None:
    clock = ManualClock(at_ns(START_S))
    twice: dict[EdgeId, int] = {}
    check = Twins(clock, twice)
    assert await check.look() == set()
    twice[EdgeId("north")] = clock.now_ns()
    assert await check.look() == {Finding(Violation.GATE_TWICE, gate="north")}
    clock.advance_to(at_ns(START_S + 61))
    assert await check.look() == set()


async def test_a_search_that_does_not_come_is_found() -> None:
    clock, ledger = ManualClock(at_ns(START_S)), Written()
    check = Scan(clock, ledger, 3600)
    overdue = {Finding(Violation.SCAN_OVERDUE, place="canaries")}
    clock.advance_to(at_ns(START_S + 7200))
    assert await check.look() == set()
    clock.advance_to(at_ns(START_S + 7201))
    assert await check.look() == overdue
    ledger.append(SCANNED, clock.now_ns(), **dict.fromkeys(KINDS[SCANNED].facts, 0))
    assert await check.look() == set()
    clock.advance_to(at_ns(START_S + 14402))
    assert await check.look() == overdue


@pytest.mark.parametrize(("kind", "found"), [(Kind.MOVEMENT, "gate-outlived"), (Kind.VIDEO, "video-outlived")])
async def test_a_gate_that_holds_what_is_past_its_limit_is_found(kind: Kind, found: str) -> None:
    clock = ManualClock(at_ns(START_S))
    limit_s = START_S + RETENTION.keep_s(kind)
    dies_s = limit_s - RETENTION.margin_s(kind)
    check = GateStores(clock, RETENTION, lambda: [(EdgeId("north"), kind, dies_s)])
    clock.advance_to(at_ns(limit_s - 1))
    assert await check.look() == set()
    clock.advance_to(at_ns(limit_s))
    assert await check.look() == {Finding(Violation(found), gate="north")}
