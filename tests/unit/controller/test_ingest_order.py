"""What the controller says it has is on its disk: numbers are known once their commit is through, and not before."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from contract.clock import NS_PER_S, ManualClock
from contract.events import DoorForced
from contract.ids import EdgeId, Epoch, PortalId
from contract.periods import Retention
from contract.site import parse_site
from controller.domain.known import NumberSet
from controller.domain.presence.fold import Presence
from controller.domain.presence.layout import Layout
from controller.service.alarms import Alarms
from controller.service.ingest import STORED, Delivery, Ingest
from controller.service.key_ring import KeyRing
from controller.service.movements import Movements
from controller.store.records import Group
from controller.vault import FileVault
from tests.unit.controller.sources import MAIN, Source, verify_keys

NORTH, EPOCH, START_S = EdgeId("north"), Epoch(bytes(16)), 1_800_000_000
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
    monkeypatch.setattr("controller.service.ingest._RETRY_S", 0)
    refused = sqlite3.OperationalError("database or disk is full")
    refused.sqlite_errorname = "SQLITE_FULL"
    outcomes = iter([refused, refused, None, refused, None])

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
    for number, count in ((1, 1), (2, 2)):
        await ingest.take([Delivery(NORTH, source.batch({number: event(number)}))])
        assert [line.kind for line in alarms.lines()].count("store-failed") == count
