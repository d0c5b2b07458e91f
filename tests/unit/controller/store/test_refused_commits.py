"""A commit that the disk refuses leaves nothing behind, in the file or in memory, and the next one works."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from contract.ids import EdgeId, Epoch
from contract.periods import Kind, Period
from contract.sealing import KeyName
from controller.store.changes import Group
from controller.store.records import RecordStore

EDGE, EPOCH = EdgeId("north"), Epoch(bytes(16))
NAME = KeyName(EDGE, EPOCH, Period(Kind.MOVEMENT, 3600, 3600))


def group(wraps: bytes, numbers: range) -> Group:
    rows = [(wraps, number, bytes(2000)) for number in numbers]
    return Group({wraps: NAME}, rows, {(EDGE, EPOCH): [(numbers[0], numbers[-1])]}, {"events": len(rows)}, 3600)


def fill(store: RecordStore) -> None:
    """Let the file grow no more."""
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages}").close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RecordStore]:
    with closing(RecordStore(tmp_path / "records.db")) as opened:
        yield opened


def test_a_refused_group_can_be_stored_later_with_its_key(store: RecordStore) -> None:
    fill(store)
    with pytest.raises(sqlite3.OperationalError) as refused:
        store.commit(group(b"wraps", range(1, 100)))
    assert refused.value.sqlite_errorname == "SQLITE_FULL"
    store._db.execute("PRAGMA max_page_count = 100000").close()
    store.commit(group(b"wraps", range(1, 100)))
    ((key_id, wraps),) = store.keys(-1)
    assert wraps == b"wraps"
    assert len(store.records(key_id)) == 99
    assert store.figure("events", 0) == 99


def test_a_commit_that_fails_at_its_very_end_blocks_nothing(store: RecordStore) -> None:
    store._db.executescript(
        "PRAGMA foreign_keys = ON; CREATE TABLE child (id INTEGER REFERENCES figure DEFERRABLE INITIALLY DEFERRED)"
    )
    with pytest.raises(sqlite3.IntegrityError), store._transaction():
        store._db.execute("INSERT INTO child VALUES (7)")  # refused by COMMIT, as a disk can
    store.commit(group(b"wraps", range(1, 3)))
    assert store.figure("events", 0) == 2
