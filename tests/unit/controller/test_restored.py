"""Copies that somebody put back, or made: an older store, an older vault, and watermarks that outlive a restart."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from contract.clock import ManualClock
from contract.events import AnyEvent
from contract.ids import EdgeId
from contract.messages import Health, RingExtent
from contract.periods import Kind, Period, Retention
from contract.site import parse_site
from contract.topics import HEALTH
from controller.service.records.gates import GateWatch
from controller.service.records.ingest import STORED
from controller.service.records.retention import CAME_BACK, DESTROYED, KEY_CAME_BACK
from controller.store.changes import Change, Closing
from controller.vault import FileVault, KeyGoneError, VaultFault
from tests.unit.controller.disk import bytes_below
from tests.unit.controller.kept import NORTH, RETENTION, START_S, Kept, taken, went
from tests.unit.controller.sources import at_ns

SOUTH = EdgeId("south")
SITE = parse_site('area = []\naccess_point = []\ngate = [{id = "north"}, {id = "south"}]')
EXAMPLE: Health = HEALTH.example  # type: ignore[assignment]  # the table knows messages, this test which


def copy_of(kept: Kept, path: Path) -> None:
    """Back up the record store as an administrator would."""
    with closing(sqlite3.connect(path)) as copy, closing(sqlite3.connect(kept.folder / "state" / "records.db")) as db:
        db.backup(copy)


def put_back(kept: Kept, copy: Path) -> Kept:
    """Stop, put the copy in the store's place, and start again."""
    kept.close()
    store = kept.folder / "state" / "records.db"
    for suffix in ("-wal", "-shm"):
        store.with_name(store.name + suffix).unlink(missing_ok=True)
    store.write_bytes(copy.read_bytes())
    return Kept(kept.folder, clock=kept.clock)


async def test_an_older_copy_of_the_store_opens_nothing_that_is_over_and_catches_up(tmp_path: Path) -> None:
    """Gates keep what they sealed, so a restored store is a controller that missed some: it is sent the rest."""
    kept = await Kept(tmp_path / "it").begin()
    source = kept.source()
    events: dict[int, AnyEvent] = {
        1: went("in", "ann", 1),
        2: went("in", "bob", 65),
        3: went("out", "bob", 70),
        4: went("in", "cem", 190),
        5: taken("in", 4, 191),
    }
    await kept.take(source, {n: events[n] for n in (1, 2)})
    copy_of(kept, tmp_path / "copy")
    old = [body for key_id, _ in kept.store.keys(-1) for n, body in kept.store.records(key_id) if n == 1]
    kept.at(200)
    await kept.take(source, {n: events[n] for n in (3, 4, 5)})
    kept.at(300)
    await kept.sweep.run()
    await kept.sweep.advance_cut(at_ns(START_S + 240))
    assert kept.named() == 1, "Cem; Bob has left, Ann became unnamed"
    entries = len(kept.receipts())

    again = await put_back(kept, tmp_path / "copy").begin()
    assert old[0] not in bytes_below(tmp_path / "it" / "state")
    [back] = [entry for entry in again.ledger.entries() if entry.kind == CAME_BACK]
    assert (back.facts["period_start"], back.facts["rows"]) == ("2027-01-15T08:00:00+00:00", 1)
    assert {line.kind for line in again.alarms.lines()} == {"store-restored"}
    assert len(again.receipts()) == entries, "that key died once"
    assert again.store.figure("closed_s", -1) == START_S
    assert again.known[NORTH, source.epoch].intervals() == [(1, 2)]
    source.vault = again.vault
    await again.take(source, events)
    assert again.known[NORTH, source.epoch].intervals() == [(1, 5)]
    assert again.ingest.duplicates == 1, "what is over is known as well, and opens no more"
    await again.sweep.advance_cut(at_ns(START_S + 240))
    assert (again.named(), again.store.figure(STORED, 0)) == (1, 5)
    numbers = sorted(n for key_id, _ in again.store.keys(-1) for n, _ in again.store.records(key_id))
    assert numbers == [4, 5], "the completed cycle that came back is forgotten again"
    third = await put_back(again, tmp_path / "copy").begin()
    assert [entry.kind for entry in third.ledger.entries()].count(CAME_BACK) == 2
    third.close()


async def test_an_older_copy_of_the_vault_brings_no_key_back(tmp_path: Path) -> None:
    kept = await Kept(tmp_path / "it").begin()
    first = RETENTION.period_at(Kind.MOVEMENT, at_ns(START_S))
    await kept.take(kept.source(), {1: went("in", "ann", 1)})
    copy = (tmp_path / "it" / "vault" / "keys").read_bytes()
    kept.at(290)
    await kept.sweep.run()
    kept.close()
    (tmp_path / "it" / "vault" / "keys").write_bytes(copy)
    again = Kept(tmp_path / "it", clock=kept.clock)
    assert first in again.vault.periods()
    await again.begin()
    assert first not in again.vault.periods()
    assert [entry.kind for entry in again.ledger.entries()].count(DESTROYED) == 1
    assert again.named() == 0
    [back] = [entry for entry in again.ledger.entries() if entry.kind == KEY_CAME_BACK]
    assert (back.facts["period_kind"], back.facts["period_start"]) == ("movement", "2027-01-15T08:00:00+00:00")
    assert {line.kind for line in again.alarms.lines()} == {"vault-restored"}, "not unnoticed"
    again.close()
    third = await Kept(tmp_path / "it", clock=kept.clock).begin()
    assert third.ledger.counts[KEY_CAME_BACK] == 1
    assert third.alarms.lines() == []
    third.close()


async def test_a_whole_machine_put_back_but_for_its_ledger_opens_nothing_and_is_told(tmp_path: Path) -> None:
    """Store and vault fit together, so only the receipt says that this key has died before."""
    kept = await Kept(tmp_path / "it").begin()
    await kept.take(kept.source(), {1: went("in", "ann", 1)})
    copy_of(kept, tmp_path / "copy")
    keys = (tmp_path / "it" / "vault" / "keys").read_bytes()
    kept.at(290)
    await kept.sweep.run()
    receipts = kept.receipts()
    (tmp_path / "it" / "vault" / "keys").write_bytes(keys)
    again = await put_back(kept, tmp_path / "copy").begin()
    assert [entry.facts for entry in again.receipts()] == [entry.facts for entry in receipts]
    assert {line.kind for line in again.alarms.lines()} == {"store-restored", "vault-restored"}
    assert again.store.periods() == {}
    assert again.named() == 0
    again.close()


@pytest.mark.parametrize("stopped", [False, True], ids=["refused", "stopped"])
async def test_a_receipt_that_stands_is_not_written_again_after_that_of_a_later_death(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, stopped: bool
) -> None:
    """Between steps 6 and 7 of a day of video, hours of movement end."""
    kept = await Kept(tmp_path / "it").begin()
    day = RETENTION.period_at(Kind.VIDEO, kept.clock.now_ns())
    kept.vault.destroy([day])
    kept.store.apply(Change(closing=Closing(day, 0)))

    def refuse(_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(kept.store, "closed", refuse)
        with pytest.raises(sqlite3.OperationalError):
            await kept.sweep.run()
    kept.at(290)
    if stopped:
        kept.close()
        kept = await Kept(tmp_path / "it", clock=kept.clock).begin()
    await kept.sweep.run()
    kinds = [entry.facts["period_kind"] for entry in kept.ledger.entries() if entry.kind == DESTROYED]
    assert kinds == ["video", "movement"]
    kept.close()


async def test_a_key_whose_time_has_not_come_lives_though_it_died_once_by_a_clock_that_was_ahead(
    tmp_path: Path,
) -> None:
    """The machine was years ahead; a technician set it right and began anew, but the ledger stays."""
    kept = await Kept(tmp_path / "it").begin()
    first = RETENTION.period_at(Kind.MOVEMENT, at_ns(START_S))
    kept.at(290)
    await kept.sweep.run()
    kept.close()
    (tmp_path / "it" / "state" / "records.db").unlink()
    kept.clock = ManualClock(at_ns(START_S))
    again = await Kept(tmp_path / "it", clock=kept.clock).begin()
    again.close()
    third = await Kept(tmp_path / "it", clock=kept.clock).begin()
    assert first in third.vault.periods()
    assert third.alarms.lines() == []
    third.at(290)
    await third.sweep.run()
    assert len(third.receipts()) == 2, "it died twice"
    third.close()


async def test_a_key_that_a_token_kept_past_its_end_was_not_put_back(tmp_path: Path) -> None:
    """Its receipt says that the token did not answer; it dies as soon as that does, and that is told anew."""
    kept = await Kept(tmp_path / "it").begin()
    copy = (tmp_path / "it" / "vault" / "keys").read_bytes()
    kept.at(290)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FileVault, "fault", VaultFault.TOKEN_GONE)
        await kept.sweep.run()
    kept.close()
    (tmp_path / "it" / "vault" / "keys").write_bytes(copy)
    again = await Kept(tmp_path / "it", clock=kept.clock).begin()
    assert again.ledger.counts[KEY_CAME_BACK] == 0
    assert RETENTION.period_at(Kind.MOVEMENT, at_ns(START_S)) not in again.vault.periods()
    again.close()


async def test_a_key_that_died_while_the_disk_was_full_has_its_receipt_after_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is above the count: nobody put anything back, and the death must not go without a receipt."""
    kept = await Kept(tmp_path / "it").begin()
    await kept.take(kept.source(), {1: went("in", "ann", 1)})
    first = RETENTION.period_at(Kind.MOVEMENT, at_ns(START_S))

    def full(_: object) -> int:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(kept.store, "apply", full)
    kept.at(300)
    with pytest.raises(sqlite3.OperationalError):
        await kept.sweep.run()
    assert first not in kept.vault.periods()
    kept.close()
    again = await Kept(tmp_path / "it", clock=kept.clock).begin()
    [receipt] = [entry for entry in again.receipts() if entry.facts["period_start"] == "2027-01-15T08:00:00+00:00"]
    assert receipt.facts["rows"] == 1
    assert again.ledger.counts[CAME_BACK] == 0
    assert "store-restored" not in {line.kind for line in again.alarms.lines()}
    assert again.store.periods() == {}
    again.close()


async def test_a_key_that_somebody_wrote_to_another_period_opens_nothing(tmp_path: Path) -> None:
    """The name of a period is bound into what is sealed: no edit of the vault's file makes a record live longer."""
    kept = await Kept(tmp_path / "it").begin()
    first = RETENTION.period_at(Kind.MOVEMENT, at_ns(START_S))
    source = kept.source()
    await kept.take(source, {1: went("in", "ann", 1)})
    wraps, _ = source.key_of(first)
    kept.close()
    path = tmp_path / "it" / "vault" / "keys"
    keys = msgspec.msgpack.decode(path.read_bytes(), type=list[tuple[Period, bytes]])
    later = Period(Kind.MOVEMENT, START_S + 86400, 60)
    moved = [(later if period == first else period, key) for period, key in keys]
    path.write_bytes(msgspec.msgpack.encode(moved))
    again = Kept(tmp_path / "it", clock=kept.clock)
    assert again.damaged == [NORTH]
    assert again.named() == 0
    with pytest.raises(KeyGoneError):
        again.vault.public_key(first)
    assert wraps in [stored for _, stored in again.store.keys(-1)]
    again.close()


async def test_watermarks_that_counted_outlive_a_restart(tmp_path: Path) -> None:
    """One gate fell silent for good; the cut must not wait for it to repeat what it said."""
    kept = await Kept(tmp_path).begin()

    def health(edge: EdgeId, second: float) -> Health:
        ring = [RingExtent(kept.source(edge).epoch, 1, 0)]
        return msgspec.structs.replace(EXAMPLE, edge=edge, at_ns=at_ns(START_S + second), ring=ring)

    def watch(of: Kept) -> GateWatch:
        return GateWatch(of.clock, SITE, of.known, of.alarms, {}, of.store.watermarks())

    retention = Retention(settle_s=60)
    gates = watch(kept)
    kept.at(200)
    for edge, second in ((NORTH, 150.0), (SOUTH, 90.0)):
        gates.hear(health(edge, second))
    cut_ns = gates.cut_ns(retention)
    assert cut_ns == at_ns(START_S + 30)
    await kept.sweep.keep_watermarks(gates.counted)
    await kept.sweep.advance_cut(cut_ns)
    kept.close()
    again = await Kept(tmp_path, clock=kept.clock).begin()
    assert again.movements.presence.cut_ns == cut_ns
    gates = watch(again)
    assert gates.cut_ns(retention) == cut_ns, "before any gate has spoken"
    gates.hear(health(SOUTH, 130))
    assert gates.cut_ns(retention) == at_ns(START_S + 70), "and north counts as it did"
    again.close()
