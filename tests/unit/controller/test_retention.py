"""The sweep: on time, complete, and the same in the end wherever it was interrupted."""

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.events import AnyEvent, PassageSnapshot
from contract.ids import CameraId
from contract.periods import Kind
from controller.ledger import Ledger
from controller.service.records.ingest import EXPIRED, Delivery
from controller.service.records.retention import FIGURES_KEPT_S, PRIOR_FLAG
from controller.store.records import RecordStore
from controller.vault import FileVault, VaultFault
from tests.unit.controller.disk import Stopped, bytes_below
from tests.unit.controller.kept import NORTH, RETENTION, START_S, Kept, taken, went
from tests.unit.controller.sources import at_ns

DEATH_S = 300 - 10
"""When the key of the first minute dies: 300 s less a thirtieth."""
PASSAGES: dict[int, AnyEvent] = {
    1: went("in", "ann", 1),
    2: taken("in", 1, 2),
    3: went("in", "bob", 3),
    4: went("in", "cem", 61),
    5: went("out", "ann", 65),
    6: went("in", "bob", 125),
}
"""Bob is read again before his first minute dies; Cem is not and becomes unnamed a minute later."""
STEPS: list[tuple[type, str]] = [
    (RecordStore, "apply"),
    (FileVault, "destroy"),
    (RecordStore, "drop_periods"),
    (RecordStore, "drop_known"),
    (RecordStore, "clean"),
    (Ledger, "append"),
    (RecordStore, "closed"),
]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[[str], Kept]]:
    """Makes runs; a name says on which folder."""
    runs: list[Kept] = []

    def begin(name: str) -> Kept:
        last = [kept for kept in runs if kept.folder.name == name][-1:]
        for kept in last:
            kept.close()
        folder = tmp_path / name
        runs.append(Kept(folder, last[0].clock) if last else Kept(folder))
        return runs[-1]

    yield begin
    for kept in runs:
        kept.close()


async def filled(kept: Kept) -> Kept:
    await kept.begin()
    kept.at(130)
    await kept.take(kept.source(), PASSAGES)
    return kept


async def test_a_period_dies_on_time_with_rows_bytes_and_a_receipt(run: Callable[[str], Kept], tmp_path: Path) -> None:
    kept = await filled(run("a"))
    source = kept.source()
    await kept.take(source, {7: went("in", "dan", 4)})
    first = RETENTION.period_at(Kind.MOVEMENT, at_ns(START_S))
    private = kept.vault._keys[first]
    sealed = [body for key_id, _ in kept.store.keys(-1) for n, body in kept.store.records(key_id) if n in {1, 2, 3, 7}]
    assert len(sealed) == 4
    kept.at(DEATH_S - 0.001)
    assert not await kept.sweep.run()
    assert first in kept.vault.periods()
    kept.at(DEATH_S)
    assert await kept.sweep.run()
    assert first not in kept.vault.periods()
    everything = bytes_below(tmp_path)
    assert private not in everything
    assert not any(body in everything for body in sealed)
    assert [entry.facts for entry in kept.receipts()] == [
        {
            "period_kind": "movement", "period_start": "2027-01-15T08:00:00+00:00", "period_s": 60,
            "planned": "2027-01-15T08:04:50+00:00", "key_gone": "2027-01-15T08:04:50+00:00",
            "rows_gone": "2027-01-15T08:04:50+00:00", "records": 4, "rows_before": 0, "rows": 4, "became_unnamed": 1,
            "vault": "file",
        }
    ]  # fmt: skip
    assert kept.sweep.destroyed == 1
    assert list(kept.sweep.gone) == [first]
    assert kept.movements.readable_periods_s()[0] == START_S + 60
    assert not await kept.sweep.run()
    kept.at(DEATH_S + 60)
    await kept.sweep.run()
    assert [entry.facts["became_unnamed"] for entry in kept.receipts()] == [1, 1], "Dan, then Cem"
    assert await kept.take(source, {8: went("in", "dan", 10)}) == {NORTH}, "it is known, so that it is not sent again"
    assert kept.ingest.totals["events_expired"] == 1, "also under a content key that was open before"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("part", "step"), STEPS, ids=[step for _, step in STEPS])
@pytest.mark.parametrize("minutes", [0, 3], ids=["one period", "four periods at once"])
async def test_a_machine_that_stops_at_any_step_ends_in_the_same_state(
    run: Callable[[str], Kept], monkeypatch: pytest.MonkeyPatch, part: type, step: str, after: bool, minutes: int
) -> None:
    whole, stopped = await filled(run("whole")), await filled(run("stopped"))
    for kept in (whole, stopped):
        kept.at(DEATH_S + 60 * minutes)
    await whole.sweep.run()
    original: Callable[..., Any] = getattr(part, step)

    def stop(*arguments: object, **named: object) -> None:
        if after:
            original(*arguments, **named)
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(part, step, stop)
        with pytest.raises(Stopped):
            await stopped.sweep.run()
    again = await run("stopped").begin()
    assert len(again.receipts()) == 1 + minutes
    whole_again = await run("whole").begin()
    assert again.state() == whole_again.state()
    third = await run("stopped").begin()
    assert third.state() == whole_again.state()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("part", "step"), STEPS, ids=[step for _, step in STEPS])
async def test_a_disk_that_refuses_a_step_is_tried_again_until_it_is_done(
    run: Callable[[str], Kept], monkeypatch: pytest.MonkeyPatch, part: type, step: str, after: bool
) -> None:
    """The same run goes on: nothing that the fold forgot in memory may be lost for the store."""
    whole, refused = await filled(run("whole")), await filled(run("refused"))
    for kept in (whole, refused):
        kept.at(DEATH_S + 60)
    await whole.sweep.run()
    original: Callable[..., Any] = getattr(part, step)
    error = (
        sqlite3.OperationalError("disk I/O error") if part is RecordStore else OSError(28, "No space left on device")
    )

    def refuse(*arguments: object, **named: object) -> None:
        if after and step != "apply":
            original(*arguments, **named)
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(part, step, refuse)
        for _ in range(2):
            with pytest.raises(type(error)):
                await refused.sweep.run()
    await refused.sweep.run()
    assert refused.state() == whole.state()
    again = await run("refused").begin()
    assert again.state() == (await run("whole").begin()).state()


async def test_the_law_does_not_wait_for_a_full_disk(
    run: Callable[[str], Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await filled(run("a"))
    first = RETENTION.period_at(Kind.MOVEMENT, at_ns(START_S))

    def refuse(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(RecordStore, "apply", refuse)
        kept.at(299.9)
        with pytest.raises(sqlite3.OperationalError):
            await kept.sweep.run()
        assert first in kept.vault.periods(), "its count is not safe yet, and there is still time"
        await kept.take(kept.source(), {7: went("in", "dan", 9)})
        assert kept.ingest.totals["events_late"] == 1, "the fold has closed the period already"
        kept.at(300)
        with pytest.raises(sqlite3.OperationalError):
            await kept.sweep.run()
        assert first not in kept.vault.periods()
    await kept.sweep.run()
    assert len(kept.receipts()) == 1
    assert kept.store.figure("closed_s", -1) == first.start_s


async def test_a_full_vault_disk_keeps_no_key_alive_and_is_told_until_there_is_room(
    run: Callable[[str], Kept], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = await filled(run("a"))
    first = RETENTION.period_at(Kind.MOVEMENT, at_ns(START_S))
    private = kept.vault._keys[first]
    kept.at(DEATH_S)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(FileVault, "_rewrite", refuse)
        assert await kept.sweep.run()
        assert private not in bytes_below(tmp_path)
        assert len(kept.receipts()) == 1
        assert not await kept.sweep.run()
        assert [line.kind for line in kept.alarms.lines()].count("vault-not-rewritten") == 1
    patched = [kept.vault.fault]
    assert not await kept.sweep.run()
    patched.append(kept.vault.fault)
    assert patched == [VaultFault.NOT_REWRITTEN, None]
    assert [entry.facts["rows"] for entry in kept.receipts()] == [3]


async def test_content_keys_go_before_the_vault_is_asked(
    run: Callable[[str], Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await filled(run("a"))
    kept.at(DEATH_S)

    def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(FileVault, "destroy", refuse)
    with pytest.raises(OSError, match="Input/output"):
        await kept.sweep.run()
    with pytest.raises(KeyError):
        kept.key_ring.wraps_of(NORTH, kept.source().epoch, RETENTION.period_at(Kind.MOVEMENT, at_ns(START_S)).start_s)


async def test_a_complete_cycle_is_forgotten_at_the_cut_in_every_byte(
    run: Callable[[str], Kept], tmp_path: Path
) -> None:
    kept = await filled(run("a"))
    picture = PassageSnapshot(at_ns(START_S + 66), CameraId("c"), 5, b"jpeg")
    await kept.take(kept.source(), {7: picture})
    bodies = {n: body for key_id, _ in kept.store.keys(-1) for n, body in kept.store.records(key_id)}
    await kept.sweep.advance_cut(at_ns(START_S + 70))
    everything = bytes_below(tmp_path)
    assert {n for n, body in bodies.items() if body in everything} == {3, 4, 6}
    assert kept.named() == 2
    kept.vault.ensure(RETENTION, kept.clock.now_ns())
    before = kept.state()
    assert (await run("a").begin()).state() == before


async def test_a_picture_that_comes_after_its_passage_was_forgotten_goes_at_the_next_cut(
    run: Callable[[str], Kept],
) -> None:
    kept = await filled(run("a"))
    await kept.sweep.advance_cut(at_ns(START_S + 65))
    await kept.take(kept.source(), {7: PassageSnapshot(at_ns(START_S + 65.5), CameraId("c"), 5, b"jpeg")})
    await kept.sweep.advance_cut(at_ns(START_S + 70))
    numbers = {n for key_id, _ in kept.store.keys(-1) for n, _ in kept.store.records(key_id)}
    assert numbers == {3, 4, 6}


async def test_a_refused_cut_is_owed_and_not_lost(run: Callable[[str], Kept], monkeypatch: pytest.MonkeyPatch) -> None:
    whole, refused = await filled(run("whole")), await filled(run("refused"))
    cut_ns = at_ns(START_S + 70)
    await whole.sweep.advance_cut(cut_ns)

    def refuse(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(RecordStore, "apply", refuse)
        with pytest.raises(sqlite3.OperationalError):
            await refused.sweep.advance_cut(cut_ns)
    await refused.sweep.run()
    assert refused.state() == whole.state()
    assert (await run("refused").begin()).state() == (await run("whole").begin()).state()


async def test_a_busy_log_holds_the_receipt_and_is_alarmed_until_it_is_clean(run: Callable[[str], Kept]) -> None:
    kept = await filled(run("a"))
    kept.at(DEATH_S)
    reader = sqlite3.connect(kept.folder / "state" / "records.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM record").fetchone()
    assert await kept.sweep.run()
    assert "deleted-rows-in-log" in [line.kind for line in kept.alarms.lines()]
    assert not kept.receipts()
    assert RETENTION.period_at(Kind.MOVEMENT, at_ns(START_S)) not in kept.vault.periods(), "the key dies all the same"
    reader.close()
    await kept.sweep.run()
    assert [entry.facts["rows"] for entry in kept.receipts()] == [3]
    assert not kept.store.closings()


async def test_a_controller_that_slept_wakes_up_clean(run: Callable[[str], Kept], tmp_path: Path) -> None:
    kept = await filled(run("a"))
    bodies = [body for key_id, _ in kept.store.keys(-1) for _, body in kept.store.records(key_id)]
    kept.at(7200)
    again = await run("a").begin()
    assert not again.movements.readable_periods_s()
    assert not any(body in bytes_below(tmp_path) for body in bodies)
    assert sum(int(entry.facts["rows"]) for entry in again.receipts()) == len(PASSAGES)
    assert sum(int(entry.facts["became_unnamed"]) for entry in again.receipts()) == 2, "Bob and Cem"
    alive = [period for period in again.vault.periods() if period.kind is Kind.MOVEMENT]
    assert alive[0].start_s > START_S + 7200 - 300


async def test_epochs_of_which_nothing_was_heard_for_long_are_forgotten(run: Callable[[str], Kept]) -> None:
    kept = await filled(run("a"))
    kept.at(3600)
    await kept.sweep.run()
    assert kept.known == {} == kept.store.known()


async def test_what_is_counted_by_gate_and_period_goes_after_28_days(run: Callable[[str], Kept]) -> None:
    kept = await run("a").begin()
    source = kept.source()
    late = Delivery(NORTH, source.batch({1: went("in", "ann", 1)}))
    name = f"{EXPIRED}/{NORTH}/{START_S}"
    kept.at(DEATH_S)
    await kept.sweep.run()
    await kept.ingest.take([late])
    counted = []
    for second in (0, FIGURES_KEPT_S, FIGURES_KEPT_S + 600):
        kept.at(second + DEATH_S)
        await kept.sweep.run()
        kept.vault.ensure(RETENTION, kept.clock.now_ns())
        counted.append(kept.store.figure(name, 0))
    assert counted == [1, 1, 0]
    assert kept.store.figure(EXPIRED, 0) == 1, "the sum stays"


async def test_rows_whose_vault_was_lost_are_told(run: Callable[[str], Kept]) -> None:
    kept = await filled(run("a"))
    (kept.folder / "vault" / "keys").unlink()
    again = await run("a").begin()
    assert again.damaged == [NORTH] * 3, "one for each content key"
    assert again.named() == 0


async def test_a_damaged_row_is_told_and_the_others_are_read(run: Callable[[str], Kept]) -> None:
    kept = await filled(run("a"))
    kept.store._db.execute("UPDATE record SET sealed = CAST(x'00' || substr(sealed, 2) AS BLOB) WHERE number = 4")
    again = await run("a").begin()
    assert again.damaged == [NORTH]
    assert again.named() == 1, "Bob; Cem's row is the damaged one"
    assert len(again.known[NORTH, kept.source().epoch]) == len(PASSAGES)


async def test_a_prior_of_another_version_is_told_and_ends_no_start(run: Callable[[str], Kept]) -> None:
    kept = await filled(run("a"))
    kept.at(DEATH_S)
    await kept.sweep.run()
    key_id, number = kept.store._db.execute("SELECT key_id, number FROM prior").fetchone()
    [wraps] = [wraps for id_, wraps in kept.store.keys(-1) if id_ == key_id]
    other = kept.key_ring.open(wraps).seal(number | PRIOR_FLAG, b"\xc1 of another version")
    kept.store._db.execute("UPDATE prior SET sealed = ? WHERE number = ?", (other, number))
    again = await run("a").begin()
    assert again.damaged == [NORTH]
    assert again.named() == kept.named()


async def test_a_period_with_very_many_records_is_forgotten_in_parts_and_its_key_dies_at_once(
    run: Callable[[str], Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.service.records.retention.SHRINK_PER_S", 5)
    whole, kept = await run("whole").begin(), await run("parts").begin()
    events: dict[int, AnyEvent] = {2 * n + 1: went("in", f"person {n:03}", 1 + n / 100) for n in range(40)}
    events |= {2 * n + 2: taken("in", 2 * n + 1, 2 + n / 100) for n in range(40)}
    for one in (whole, kept):
        one.at(61)
        await one.take(one.source(), events)
        await one.take(one.source(), {1000: went("out", "person 007", 60.5)})
    left: list[int] = []
    for second in range(DEATH_S - 20, DEATH_S):
        kept.at(second)
        assert not await kept.sweep.run()
        left.append(kept.movements.rows[START_S])
    assert left[0] == 80, "not before it must be"
    assert left[-1] <= 2 * 5
    assert all(before >= after for before, after in itertools.pairwise(left))
    assert kept.movements.presence.headcount().best == 39, "those who were forgotten already are unnamed"
    kept.close()
    again = await run("parts").begin()
    assert again.movements.presence.headcount().best == 39, "what was forgotten ahead is not counted twice"
    for one in (whole, again):
        one.at(DEATH_S)
        assert await one.sweep.run()
    [receipt], [in_one] = ([entry.facts for entry in one.receipts()] for one in (again, whole))
    assert int(receipt["rows"]) < int(receipt["rows_before"])
    counted = ("records", "became_unnamed")
    assert {name: receipt[name] for name in counted} == {name: in_one[name] for name in counted}
    assert receipt["became_unnamed"] == 39
    assert again.movements.presence.headcounts() == whole.movements.presence.headcounts()
    assert sorted(again.store.tallies()) == sorted(whole.store.tallies())
