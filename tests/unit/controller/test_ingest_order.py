"""What the controller says it has is on its disk: numbers are known once their commit is through, and not before."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from contract.clock import NS_PER_S, ManualClock
from contract.events import DoorForced, PassageSnapshot, encode_event
from contract.ids import CameraId, Epoch, PortalId
from contract.messages import VERSION, SealedBatch, encode
from contract.periods import Kind, Retention
from contract.site import parse_site
from controller.domain.known import NumberSet
from controller.domain.presence.fold import Presence
from controller.domain.presence.layout import Layout
from controller.service.alarms import Alarms
from controller.service.gates import GateWatch
from controller.service.ingest import AHEAD, AHEAD_S, EXPIRED, LATE, STORED, Delivery, Ingest
from controller.service.key_ring import KeyRing
from controller.service.movements import Movements
from controller.service.truth import StoreThread, Truth
from controller.store.records import Group
from controller.vault import FileVault
from tests.unit.controller.disk import bytes_below
from tests.unit.controller.kept import NORTH, START_S, Kept, went
from tests.unit.controller.sources import MAIN, Source, at_ns, verify_keys

EPOCH = Epoch(bytes(16))
SITE = parse_site('area = [{id = "hall"}]\naccess_point = [{id = "in", from = "outside", to = "hall"}]')


class Disk:
    """Takes a group when it is told to."""

    def __init__(self) -> None:
        self.is_there = asyncio.Event()
        self.asked = asyncio.Event()
        self.groups: list[Group] = []

    async def commit(self, group: Group) -> None:
        self.asked.set()
        await self.is_there.wait()
        self.groups.append(group)


def truth_of(kept: Kept) -> Truth:
    return Truth(
        kept.clock, SITE, MAIN, kept.vault, kept.store, StoreThread(), kept.movements, kept.ingest, kept.sweep,
        GateWatch(kept.clock, SITE, kept.known, kept.alarms, {}), kept.alarms,
    )  # fmt: skip


def full_disk() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorname = "SQLITE_FULL"
    return error


def event(number: int) -> DoorForced:
    return DoorForced(START_S * NS_PER_S + number, PortalId("door"))


async def test_numbers_are_known_only_after_their_commit_and_each_counts_once(tmp_path: Path) -> None:
    clock, retention, disk = ManualClock(START_S * NS_PER_S), Retention(), Disk()
    vault = FileVault(tmp_path, MAIN)
    vault.ensure(retention, clock.now_ns())
    source = Source(NORTH, EPOCH, vault, retention)
    known = {(NORTH, EPOCH): NumberSet([(1, 2)])}
    movements = Movements(Presence(Layout.of(SITE)), retention.movement_period_s)
    ingest = Ingest(clock, KeyRing(vault, verify_keys(NORTH)), known, movements, disk.commit, Alarms())
    batches = [source.batch({2: event(2), 3: event(3), 4: event(4)}), source.batch({4: event(4), 6: event(6)})]

    taking = asyncio.create_task(ingest.take([Delivery(NORTH, batch) for batch in batches]))
    await disk.asked.wait()
    assert known[NORTH, EPOCH].intervals() == [(1, 2)]
    disk.is_there.set()
    assert await taking == {NORTH}
    assert known[NORTH, EPOCH].intervals() == [(1, 4), (6, 6)]
    assert disk.groups[0].known == {(NORTH, EPOCH): [(1, 4), (6, 6)]}
    assert ingest.duplicates == 2
    assert ingest.totals[STORED] == 3


async def test_each_time_that_the_disk_refuses_raises_one_alarm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = iter([full_disk(), full_disk(), None, full_disk(), None])

    async def commit(_: Group) -> None:
        outcome = next(outcomes)
        if outcome is not None:
            raise outcome

    clock, retention, alarms = ManualClock(START_S * NS_PER_S), Retention(), Alarms()
    vault = FileVault(tmp_path, MAIN)
    vault.ensure(retention, clock.now_ns())
    source = Source(NORTH, EPOCH, vault, retention)
    movements = Movements(Presence(Layout.of(SITE)), retention.movement_period_s)
    ingest = Ingest(clock, KeyRing(vault, verify_keys(NORTH)), {}, movements, commit, alarms)
    for number, count, refusals in ((1, 1, 2), (2, 2, 1)):
        message = Delivery(NORTH, source.batch({number: event(number)}))
        for _ in range(refusals):
            with pytest.raises(sqlite3.OperationalError):
                await ingest.take([message])
        assert await ingest.take([message]) == {NORTH}
        assert [line.kind for line in alarms.lines()].count("store-failed") == count


async def test_keys_die_on_time_while_a_group_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.service.truth.RETRY_S", 0.001)
    kept = await Kept(tmp_path).begin()
    truth = truth_of(kept)
    is_full, was_refused = True, asyncio.Event()

    async def commit(group: Group) -> None:
        if is_full:
            was_refused.set()
            raise full_disk()
        kept.store.commit(group)

    monkeypatch.setattr(kept.ingest, "_commit", commit)
    source = kept.source()
    message = Delivery(NORTH, source.batch({1: went("in", "ann", 1)}))
    taking = asyncio.create_task(truth.take([message, message]))
    await was_refused.wait()
    kept.at(300)
    assert await kept.sweep.run()
    assert source.retention.period_at(Kind.MOVEMENT, at_ns(START_S)) not in kept.vault.periods()
    assert not taking.done()
    is_full = False
    assert await taking == {NORTH}
    assert (kept.ingest.totals[STORED], kept.ingest.totals[EXPIRED]) == (0, 1)
    kept.close()


async def test_a_picture_that_comes_too_late_is_no_event_that_did(tmp_path: Path) -> None:
    kept = await Kept(tmp_path).begin()
    source = kept.source()
    early = source.batch({1: PassageSnapshot(at_ns(START_S + 1), CameraId("camera"), 1, b"jpeg")})
    later = source.batch({2: PassageSnapshot(at_ns(START_S + 100), CameraId("camera"), 1, b"jpeg")})
    kept.at(300)
    await kept.sweep.run()
    await kept.sweep.advance_cut(at_ns(START_S + 200))
    await kept.ingest.take([Delivery(NORTH, message, are_events=False) for message in (early, later)])
    assert (kept.ingest.totals[LATE], kept.ingest.totals[EXPIRED]) == (0, 0)
    assert kept.known[NORTH, Epoch(bytes(16))].intervals() == [(1, 2)]
    kept.close()


async def test_a_record_that_says_nothing_we_know_is_not_asked_for_again(tmp_path: Path) -> None:
    kept = await Kept(tmp_path).begin()
    source = kept.source()
    wraps, key = source.key_of(source.retention.period_at(Kind.MOVEMENT, at_ns(START_S)))
    records = [(1, key.seal(1, b"\xc1")), (2, key.seal(3, b"")), (4, key.seal(4, encode_event(went("in", "ann", 1))))]
    message = Delivery(NORTH, encode(SealedBatch(VERSION, wraps, records)))
    assert await kept.ingest.take([message]) == {NORTH}
    assert kept.known[NORTH, EPOCH].intervals() == [(1, 1), (4, 4)], "a wrong tag may be the wire's"
    assert kept.store.known()[NORTH, EPOCH] == [(1, 1), (4, 4)]
    assert await kept.ingest.take([message]) == set()
    assert kept.ingest.refused == {"BadEventError": 1, "RecordRefusedError": 2}
    assert [line.place for line in kept.alarms.lines()] == ["BadEventError", "RecordRefusedError"]
    assert kept.ingest.totals[STORED] == 1
    kept.close()


async def test_what_was_sealed_to_a_time_to_come_opens_nowhere_any_more(tmp_path: Path) -> None:
    """Its key would live until its own limit, and with it the copies in the gate and at the broker (L4)."""
    kept = await Kept(tmp_path).begin()
    source = kept.source()
    ahead_s = 7200.0
    period = source.retention.period_at(Kind.MOVEMENT, at_ns(START_S + ahead_s))
    messages = [
        Delivery(NORTH, source.batch({1: went("in", "ann", 1)})),
        Delivery(NORTH, source.batch({2: went("in", "bob", ahead_s), 3: went("in", "cem", ahead_s)})),
        Delivery(NORTH, source.batch({4: went("in", "dan", ahead_s + 1)})),
    ]
    doomed, public = kept.vault._keys[period], kept.vault.public_key(period)
    assert await kept.ingest.take(messages) == {NORTH}
    assert doomed not in bytes_below(tmp_path)
    assert kept.vault.public_key(period) != public
    assert kept.ingest.renewed()
    assert not kept.ingest.renewed()
    assert kept.known[NORTH, EPOCH].intervals() == [(1, 4)], "its gate need not send it again"
    assert (kept.ingest.totals[STORED], kept.ingest.totals[AHEAD]) == (1, 3)
    assert kept.store.figure(f"{AHEAD}/north/{period.start_s}", 0) == 3
    assert [(line.kind, line.gate) for line in kept.alarms.lines()] == [("clock-ahead", NORTH)]
    public = kept.vault.public_key(period)
    assert await kept.ingest.take(messages[1:]) == set()
    assert kept.vault.public_key(period) == public, "replaced once"
    assert kept.movements.readable_periods_s() == [START_S]
    kept.close()


async def test_a_gate_that_is_ahead_by_little_is_taken_and_counts_in_what_is_readable(tmp_path: Path) -> None:
    kept = await Kept(tmp_path).begin()
    await kept.take(kept.source(), {1: went("in", "ann", AHEAD_S)})
    assert kept.ingest.totals[STORED] == 1
    assert truth_of(kept).oldest_readable_s() == AHEAD_S
    kept.close()


async def test_a_pair_that_the_disk_would_not_replace_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await Kept(tmp_path).begin()
    period = kept.source().retention.period_at(Kind.MOVEMENT, at_ns(START_S + 3600))
    doomed = kept.vault._keys[period]

    def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(FileVault, "replace", refuse)
        await kept.take(kept.source(), {1: went("in", "ann", 3600)})
        with pytest.raises(OSError, match="Input/output"):
            await truth_of(kept).tick()
    assert await truth_of(kept).tick()
    assert doomed not in bytes_below(tmp_path)
    kept.close()
