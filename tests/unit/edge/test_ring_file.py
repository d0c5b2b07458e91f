"""The ring's file: numbers, what it remembers, what it deletes, and what is then left of it on disk."""

import secrets
from pathlib import Path

import pytest

from contract.ids import Epoch, new_epoch
from contract.messages import RingExtent
from edge.ring_file import (
    CLEAN,
    HIGHEST,
    JOURNALED,
    RecordKind,
    RingError,
    RingFile,
    RingRefusedError,
    SealedKey,
    SealedRecord,
)

EARLY, LATE = SealedKey(b"early wraps", 1000), SealedKey(b"late wraps", 2000)


def record(number: int, key: SealedKey = EARLY, kind: RecordKind = RecordKind.EVENT, size: int = 200) -> SealedRecord:
    return SealedRecord(number, kind, key, secrets.token_bytes(size))


def raw(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()) if file.is_file())


def read_all(ring: RingFile, epoch: Epoch, kind: RecordKind = RecordKind.EVENT) -> list[tuple[int, bytes]]:
    found, _ = ring.read(epoch, 1, 2**40 - 1, kind, most=10**9, most_bytes=10**12)
    return [(stored.number, stored.body) for stored in found]


def test_what_was_appended_is_read_in_order_by_kind_and_with_its_key(tmp_path: Path) -> None:
    epoch = new_epoch()
    ring = RingFile(tmp_path / "ring", epoch)
    records = [record(1), record(2, kind=RecordKind.SNAPSHOT), record(3, LATE)]
    ring.append(records, {}, 2)
    found, upto = ring.read(epoch, 1, 3, RecordKind.EVENT, most=10, most_bytes=10_000)
    assert [(f.number, f.wraps, f.body) for f in found] == [
        (1, EARLY.wraps, records[0].body),
        (3, LATE.wraps, records[2].body),
    ]
    assert upto == 3
    assert read_all(ring, epoch, RecordKind.SNAPSHOT) == [(2, records[1].body)]
    assert ring.extents() == [RingExtent(epoch, 1, 3)]
    assert ring.read_state(JOURNALED) == 2


def test_it_says_when_the_first_key_dies_of_what_it_holds(tmp_path: Path) -> None:
    ring = RingFile(tmp_path / "ring", new_epoch())
    assert ring.oldest_dies_s() == 0
    ring.append([record(1, LATE)], {}, 1)
    assert ring.oldest_dies_s() == LATE.dies_at_s
    ring.append([record(2, EARLY)], {}, 1)
    assert ring.oldest_dies_s() == EARLY.dies_at_s
    ring.delete_dead(EARLY.dies_at_s)
    assert ring.oldest_dies_s() == LATE.dies_at_s


def test_a_read_says_how_far_it_got(tmp_path: Path) -> None:
    epoch = new_epoch()
    ring = RingFile(tmp_path / "ring", epoch)
    ring.append([record(number) for number in range(1, 11)], {}, 10)
    found, upto = ring.read(epoch, 2, 9, RecordKind.EVENT, most=3, most_bytes=10_000)
    assert ([f.number for f in found], upto) == ([2, 3, 4], 4)
    found, upto = ring.read(epoch, 5, 9, RecordKind.EVENT, most=100, most_bytes=401)
    assert ([f.number for f in found], upto) == ([5, 6, 7], 7)
    assert ring.read(new_epoch(), 1, 9, RecordKind.EVENT, most=3, most_bytes=100) == ([], 9)


def test_a_new_run_has_its_own_numbers_and_the_old_one_stays(tmp_path: Path) -> None:
    first, second = new_epoch(), new_epoch()
    before = RingFile(tmp_path / "ring", first)
    before.append([record(1), record(2)], {HIGHEST: 77, CLEAN: 0}, 2)
    before.close()
    after = RingFile(tmp_path / "ring", second)
    assert after.read_state(HIGHEST) == 77
    assert after.read_state(CLEAN) == 0
    assert after.extents() == [RingExtent(first, 1, 2), RingExtent(second, 1, 0)]
    after.append([record(1)], {}, 1)
    assert after.extents() == [RingExtent(first, 1, 2), RingExtent(second, 1, 1)]
    assert after.read_state(JOURNALED) == 3


def test_two_processes_can_not_be_one_gate(tmp_path: Path) -> None:
    RingFile(tmp_path / "ring", new_epoch()).append([record(1)], {}, 1)
    kept = RingFile(tmp_path / "other", new_epoch())
    kept.append([record(1)], {}, 1)
    with pytest.raises(RingError, match="another process"):
        RingFile(tmp_path / "other", new_epoch())
    kept.close()


def test_nothing_is_left_of_what_died(tmp_path: Path) -> None:
    path, epoch = tmp_path / "ring", new_epoch()
    ring = RingFile(path, epoch)
    dead = [record(number, EARLY, size=10_000 if number % 7 == 0 else 150) for number in range(1, 400)]
    alive = [record(number, LATE) for number in range(400, 500)]
    for start in range(0, len(dead), 50):
        ring.append(dead[start : start + 50], {}, 50)
    ring.append(alive, {}, 100)
    ring.clean()
    before = path.stat().st_size
    assert all(body in raw(path) for body in (dead[0].body, alive[0].body))
    assert ring.delete_dead(999) == 0
    assert ring.delete_dead(1000) == 399
    left = raw(path)
    assert not any(r.body in left or r.body[20:60] in left for r in dead)
    assert EARLY.wraps not in left
    assert read_all(ring, epoch) == [(r.number, r.body) for r in alive]
    assert ring.extents() == [RingExtent(epoch, 400, 499)]
    assert path.stat().st_size < before / 10, "free pages are given back"
    assert path.with_name("ring-wal").stat().st_size == 0
    assert ring.next_death_s == 2000


def test_the_control_without_deletion_finds_what_the_test_above_looks_for(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    ring = RingFile(path, new_epoch())
    kept = record(1)
    ring.append([kept], {}, 1)
    ring.close()
    assert kept.body[20:60] in raw(path)


def test_an_emptied_epoch_is_forgotten_and_the_present_one_counts_on(tmp_path: Path) -> None:
    first, second = new_epoch(), new_epoch()
    before = RingFile(tmp_path / "ring", first)
    before.append([record(1)], {}, 1)
    before.close()
    ring = RingFile(tmp_path / "ring", second)
    ring.append([record(1), record(2)], {}, 2)
    ring.delete_dead(1000)
    assert ring.extents() == [RingExtent(second, 3, 2)]
    ring.append([record(3, LATE)], {}, 1)
    assert ring.extents() == [RingExtent(second, 3, 3)]


def refused(ring: RingFile, number: int) -> bool:
    """Append two large records; tells whether they were refused."""
    try:
        ring.append([record(number, size=5000), record(number + 1, size=5000)], {}, 2)
    except RingRefusedError:
        return True
    return False


def test_a_full_ring_refuses_whole_commits_and_gives_way_to_what_is_stored(tmp_path: Path) -> None:
    epoch = new_epoch()
    ring = RingFile(tmp_path / "ring", epoch, max_bytes=200_000)
    number = 1
    while not refused(ring, number):
        number += 2
    assert ring.extents() == [RingExtent(epoch, 1, number - 1)]
    assert ring.read_state(JOURNALED) == number - 1
    assert ring.delete_oldest({epoch: 4}, 100) == 4
    assert ring.extents() == [RingExtent(epoch, 5, number - 1)]
    assert not refused(ring, number)
    assert ring.delete_oldest({}, 100) == 0


def test_a_key_refused_with_its_records_is_kept_with_the_next(tmp_path: Path) -> None:
    epoch = new_epoch()
    ring = RingFile(tmp_path / "ring", epoch, max_bytes=200_000)
    with pytest.raises(RingRefusedError):
        ring.append([record(1, size=500_000)], {}, 1)
    ring.append([record(1)], {}, 1)
    found, _ = ring.read(epoch, 1, 1, RecordKind.EVENT, most=1, most_bytes=1000)
    assert found[0].wraps == EARLY.wraps


def test_the_file_is_for_the_gate_alone(tmp_path: Path) -> None:
    ring = RingFile(tmp_path / "state" / "ring", new_epoch())
    ring.append([record(1)], {}, 1)
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "state" / "ring").stat().st_mode & 0o777 == 0o600
