"""What the controller says it has is on its disk: numbers are known once their commit is through, and not before."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from contract.clock import NS_PER_S
from contract.events import DoorForced, PassageSnapshot, encode_event
from contract.ids import CameraId, Epoch, PortalId
from contract.messages import VERSION, SealedBatch, encode
from contract.periods import Kind
from contract.site import parse_site
from controller.domain.known import NumberSet
from controller.service.records.ingest import EXPIRED, LATE, STORED, Delivery
from controller.store.changes import Group
from tests.unit.controller.kept import NORTH, START_S, Kept, went
from tests.unit.controller.sources import at_ns
from tests.unit.controller.whole import truth_of

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


def full_disk() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorname = "SQLITE_FULL"
    return error


def event(number: int) -> DoorForced:
    return DoorForced(START_S * NS_PER_S + number, PortalId("door"))


async def test_numbers_are_known_only_after_their_commit_and_each_counts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, disk = await Kept(tmp_path).begin(), Disk()
    source, known, ingest = kept.source(), kept.known, kept.ingest
    known[NORTH, EPOCH] = NumberSet([(1, 2)])
    monkeypatch.setattr(ingest, "_commit", disk.commit)
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
    kept.close()


async def test_each_time_that_the_disk_refuses_raises_one_alarm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = iter([full_disk(), full_disk(), None, full_disk(), None])

    async def commit(_: Group) -> None:
        outcome = next(outcomes)
        if outcome is not None:
            raise outcome

    kept = await Kept(tmp_path).begin()
    source, ingest, alarms = kept.source(), kept.ingest, kept.alarms
    monkeypatch.setattr(ingest, "_commit", commit)
    for number, count, refusals in ((1, 1, 2), (2, 2, 1)):
        message = Delivery(NORTH, source.batch({number: event(number)}))
        for _ in range(refusals):
            with pytest.raises(sqlite3.OperationalError):
                await ingest.take([message])
        assert await ingest.take([message]) == {NORTH}
        assert [line.kind for line in alarms.lines()].count("store-failed") == count
    kept.close()


async def test_keys_die_on_time_while_a_group_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.service.records.truth.RETRY_S", 0.001)
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
