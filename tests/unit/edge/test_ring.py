"""The ring's thread: order, durability, deletion before anything is served, and no room."""

import asyncio
import secrets
from pathlib import Path

import pytest

from contract.ids import Epoch, new_epoch
from contract.messages import RingExtent
from edge.ring import Ring
from edge.ring_file import CLEAN, HIGHEST, RecordKind, RingError, RingFile, SealedKey, SealedRecord

KEY = SealedKey(b"wraps", 1000)
LIMIT_S = 20.0


def record(number: int, size: int = 200) -> SealedRecord:
    return SealedRecord(number, RecordKind.EVENT, KEY, secrets.token_bytes(size))


async def numbers(ring: Ring, epoch: Epoch) -> list[int]:
    found, _ = await ring.read(epoch, 1, 10**9, RecordKind.EVENT, most=10**6, most_bytes=10**9)
    return [stored.number for stored in found]


async def test_a_hundred_thousand_events_are_kept_in_order(tmp_path: Path) -> None:
    epoch = new_epoch()
    async with Ring(RingFile(tmp_path / "ring", epoch), lambda: 0) as ring:
        for number in range(1, 100_001):
            ring.append(record(number, 100), number)
        assert await ring.flush(100_000)
        assert ring.extents == [RingExtent(epoch, 1, 100_000)]
        assert ring.journaled == 100_000
        assert ring.waiting == 0
        assert await numbers(ring, epoch) == list(range(1, 100_001))


async def test_a_clean_stop_is_marked_and_an_interrupted_one_is_not(tmp_path: Path) -> None:
    async with Ring(RingFile(tmp_path / "ring", new_epoch()), lambda: 0) as ring:
        ring.append(record(1), 55)
        await ring.flush(60)
    clean = RingFile(tmp_path / "ring", new_epoch())
    assert (clean.read_state(CLEAN), clean.read_state(HIGHEST)) == (1, 60)
    async with Ring(clean, lambda: 0) as ring:
        ring.append(record(1), 70)
        ring.forbid_clean_stop()
    lossy = RingFile(tmp_path / "ring", new_epoch())
    assert (lossy.read_state(CLEAN), lossy.read_state(HIGHEST)) == (0, 70)
    lossy.close()


async def test_dead_records_are_gone_before_anything_is_served(tmp_path: Path) -> None:
    epoch = new_epoch()
    async with Ring(RingFile(tmp_path / "ring", epoch), lambda: 0) as ring:
        ring.append(record(1), 1)
    async with Ring(RingFile(tmp_path / "ring", new_epoch()), lambda: 1000 * 10**9) as ring:
        assert [extent.epoch for extent in ring.extents] != [epoch]
        assert await numbers(ring, epoch) == []
        assert ring.counters["ring-expired"] == 1


async def test_records_die_while_the_gate_runs(tmp_path: Path) -> None:
    epoch, now_ns = new_epoch(), [0]
    async with Ring(RingFile(tmp_path / "ring", epoch), lambda: now_ns[0]) as ring:
        changes = asyncio.Event()
        ring.append(record(1), 1)
        await ring.flush(1)
        ring.on_change(changes.set)
        now_ns[0] = 1000 * 10**9
        async with asyncio.timeout(LIMIT_S):
            await changes.wait()
        assert ring.extents == [RingExtent(epoch, 2, 1)]


async def test_without_room_what_everybody_has_goes_first(tmp_path: Path) -> None:
    epoch = new_epoch()
    async with Ring(RingFile(tmp_path / "ring", epoch, max_bytes=300_000), lambda: 0) as ring:
        number = 0
        while not ring.counters["ring-refused"]:
            number += 1
            ring.append(record(number, 5000), number)
            await ring.flush(number)
        assert ring.waiting == 1
        assert not await ring.flush(number)
        written = asyncio.Event()
        ring.on_change(lambda: None if ring.waiting else written.set())
        ring.stored_by_all(epoch, 10)
        async with asyncio.timeout(LIMIT_S):
            await written.wait()
        assert ring.extents == [RingExtent(epoch, 11, number)]
        assert ring.counters["ring-made-room"] == 10


async def test_what_is_at_hand_is_what_the_file_holds(tmp_path: Path) -> None:
    epoch, now_ns = new_epoch(), [0]
    async with Ring(RingFile(tmp_path / "ring", epoch), lambda: now_ns[0]) as ring:
        for number in range(1, 6):
            kind = RecordKind.SNAPSHOT if number == 4 else RecordKind.EVENT
            ring.append(SealedRecord(number, kind, KEY, secrets.token_bytes(50)), number)
            assert await ring.flush(number)
            at_hand, _ = await ring.read(epoch, number, number, kind, most=9, most_bytes=9999)
            in_file, _ = await ring.read(epoch, 1, number, kind, most=9, most_bytes=9999)
            assert at_hand == in_file[-1:]
        assert await ring.read(epoch, 5, 5, RecordKind.SNAPSHOT, most=9, most_bytes=9999) == ([], 5)
        now_ns[0] = 1000 * 10**9
        async with asyncio.timeout(LIMIT_S):
            while ring.extents[-1].first <= 5:
                await ring.flush(6)
        assert await ring.read(epoch, 5, 5, RecordKind.EVENT, most=9, most_bytes=9999) == ([], 5)


async def test_a_ring_whose_thread_ends_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = RingFile(tmp_path / "ring", new_epoch())
    async with Ring(file, lambda: 0) as ring:
        running = asyncio.create_task(ring.run())

        def break_down(*_: object) -> None:
            raise AssertionError("a mistake of ours")

        monkeypatch.setattr(file, "append", break_down)
        ring.append(record(1), 1)
        with pytest.raises(RingError, match="a mistake of ours"):
            await ring.flush(1)
        with pytest.raises(RingError, match="a mistake of ours"):
            await running


async def test_what_was_committed_last_is_not_served_past_its_keys_end_either(tmp_path: Path) -> None:
    """The machine slept: the records are still at hand in memory, and nobody has swept yet."""
    epoch, now_ns = new_epoch(), 0
    async with Ring(RingFile(tmp_path / "ring", epoch), lambda: now_ns) as ring:
        ring.append(record(1), 1)
        await ring.flush(1)
        assert len((await ring.read(epoch, 1, 1, RecordKind.EVENT, most=9, most_bytes=9))[0]) == 1
        now_ns = 1000 * 10**9
        assert (await ring.read(epoch, 1, 1, RecordKind.EVENT, most=9, most_bytes=9))[0] == []
