"""The ring's file: sealed records of the last 24 hours in SQLite, and how they leave it without a trace.

Tables. `epoch`: one row for each run of the gate. `content_key`: when each content key dies, and its first number.
`record_N`: the records sealed under content key N, and as number 0 the key's wraps. `state`: a few numbers that must
outlive the process.

A table for each key, because `secure_delete` does not suffice: when SQLite moves rows between pages, a copy of a row
that is deleted later can stay in the gap of a page. A dropped table gives up whole pages, and those are overwritten.

Invariants, each tested:

1. Numbers of an epoch begin at 1 and have no gap; they leave from the front only.
2. A record is readable here exactly as long as its content key stands in `content_key`.
3. What died stands nowhere in the file or beside it once `delete_dead` has returned: its pages are overwritten and
   given back, and the write-ahead log is checkpointed and cut with `busy=0`. That can not fail for a reader's sake:
   one connection, exclusive, does everything.

Belongs here: SQL. One thread uses an object of this module at a time. Does not belong here: that thread (ring.py).
"""

import contextlib
import enum
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from contract.ids import Epoch
from contract.messages import RingExtent

_LOCKED_S: Final = 1.0
"""How long a start waits for the process before it to let go of the file."""
_WRAPS: Final = 0
"""The number under which a key's table holds its wraps; records begin at 1."""
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS epoch (
  id INTEGER PRIMARY KEY AUTOINCREMENT, epoch BLOB NOT NULL UNIQUE, next_number INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE IF NOT EXISTS content_key (
  id INTEGER PRIMARY KEY AUTOINCREMENT, epoch INTEGER NOT NULL, first INTEGER NOT NULL, dies_at_s INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
# Statements on a key's table, which takes the place of the `@`.
_CREATE: Final = "CREATE TABLE @ (number INTEGER PRIMARY KEY, kind INTEGER NOT NULL, body BLOB NOT NULL)"
_INSERT: Final = "INSERT INTO @ VALUES (?, ?, ?)"
_FIRST: Final = "SELECT min(number) FROM @ WHERE number > 0"
_COUNT: Final = "SELECT count(*) FROM @ WHERE number > 0"
_READ_WRAPS: Final = "SELECT body FROM @ WHERE number = 0"
_READ: Final = "SELECT number, body FROM @ WHERE number BETWEEN ? AND ? AND kind = ? ORDER BY number LIMIT ?"
_MAKE_ROOM: Final = (
    "DELETE FROM @ WHERE number IN (SELECT number FROM @ WHERE number BETWEEN 1 AND ? ORDER BY number LIMIT ?)"
)
_DROP: Final = "DROP TABLE @"
_KEEP: Final = "INSERT INTO state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
_ADD: Final = "INSERT INTO state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value"
JOURNALED: Final = "journaled"
"""How many events, without pictures, were ever journaled by this gate."""
HIGHEST: Final = "highest_ns"
"""The highest time that the gate ever used."""
CLEAN: Final = "clean"
"""1 after a clean stop, 0 while the gate runs."""


class RecordKind(enum.IntEnum):
    """What is in a record, as far as the ring must know: pictures travel apart."""

    EVENT = 0
    SNAPSHOT = 1


class RingError(Exception):
    """The ring's file can not be used."""


class RingRefusedError(RingError):
    """The file takes nothing now: the disk or the file's limit is full, or the disk fails."""


class UncleanedError(RingError):
    """Deleted records could not be removed from the write-ahead log: retry, and raise an alarm."""


@dataclass(frozen=True, slots=True)
class SealedKey:
    """A content key as the ring keeps it: encoded wraps, and the second (since 1970-01-01 UTC) at which it dies."""

    wraps: bytes
    dies_at_s: int


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """One record of the present epoch, ready for the ring."""

    number: int
    kind: RecordKind
    key: SealedKey
    body: bytes


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """One record as it leaves the ring for a controller."""

    epoch: Epoch
    number: int
    wraps: bytes
    body: bytes


class RingFile:
    """An open ring. `max_bytes`: longest the file may grow; None leaves it to the disk.

    Raises RingError if the file belongs to another process or is damaged.
    """

    def __init__(self, path: Path, epoch: Epoch, max_bytes: int | None = None) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._connection = sqlite3.connect(path, timeout=_LOCKED_S, isolation_level=None, check_same_thread=False)
        self._epoch = epoch
        # Drawn with the first commit: a full disk must not keep a gate from starting.
        self._epoch_row: int | None = None
        self._keys: dict[bytes, int] = {}
        self._extents: list[RingExtent] | None = None  # as the file has them; None: to be read again
        try:
            self._prepare(max_bytes)
            self.next_death_s = self._one("SELECT min(dies_at_s) FROM content_key")
        except sqlite3.Error as error:
            self._connection.close()
            message = f"{path} can not be used: {error}; is another process this gate?"
            raise RingError(message) from error

    def read_state(self, name: str) -> int | None:
        """Return a number that was kept under `name`, or None."""
        row = self._execute("SELECT value FROM state WHERE name = ?", name).fetchone()
        return None if row is None else int(row[0])

    def append(self, records: Sequence[SealedRecord], state: Mapping[str, int], journaled: int) -> None:
        """Keep `records` and `state` durably, all or nothing; adds `journaled` to the count of events ever journaled.

        Raises RingRefusedError, after which nothing has changed.
        """
        before = dict(self._keys), self.next_death_s, self._epoch_row
        try:
            with self._transaction():
                if records:
                    self._insert(records)
                for name, value in state.items():
                    self._execute(_KEEP, name, value)
                if journaled:
                    self._execute(_ADD, JOURNALED, journaled)
            if records and self._extents is not None:
                present = self._extents[-1]
                self._extents[-1] = RingExtent(present.epoch, present.first, records[-1].number)
        except RingRefusedError:
            self._keys, self.next_death_s, self._epoch_row = before
            raise

    def extents(self) -> list[RingExtent]:
        """Return what each epoch has here, oldest first; the present one last, the others only with records."""
        if self._extents is None:
            self._extents = self._read_extents()
        return list(self._extents)

    def oldest_dies_s(self) -> int:
        """Return when the first key dies of what is here (seconds since 1970-01-01 UTC), or 0 if nothing is."""
        return self._one("SELECT min(dies_at_s) FROM content_key") or 0

    def read(
        self, epoch: Epoch, first: int, last: int, kind: RecordKind, *, most: int, most_bytes: int
    ) -> tuple[list[StoredRecord], int]:
        """Return records `first` to `last` of `epoch` and `kind`, in order, and the number up to which these are all.

        At most `most` records, and about `most_bytes`.
        """
        row = self._one("SELECT id FROM epoch WHERE epoch = ?", epoch)
        found: list[StoredRecord] = []
        size_bytes = 0
        for table in self._tables(row, first, last) if row is not None else ():
            ((wraps,),) = self._on(table, _READ_WRAPS).fetchall()
            cursor = self._on(table, _READ, max(first, 1), last, kind, most - len(found))
            for number, body in cursor:
                found.append(StoredRecord(epoch, number, wraps, body))
                size_bytes += len(body)
                if size_bytes >= most_bytes:
                    break
            cursor.close()
            if len(found) >= most or size_bytes >= most_bytes:
                return found, found[-1].number
        return found, last

    def delete_dead(self, now_s: int) -> int:
        """Delete every record whose key is dead at `now_s`; returns how many.

        Raises RingRefusedError, after which nothing has changed, and UncleanedError.
        """
        dead = [row[0] for row in self._execute("SELECT id FROM content_key WHERE dies_at_s <= ?", now_s).fetchall()]
        if not dead:
            return 0
        deleted = 0
        self._extents = None
        with self._transaction():
            for key in dead:
                deleted += self._on(_table(key), _COUNT).fetchone()[0]
                self._on(_table(key), _DROP)
                self._execute("DELETE FROM content_key WHERE id = ?", key)
            self._execute(
                "DELETE FROM epoch WHERE id IS NOT ? AND id NOT IN (SELECT epoch FROM content_key)", self._epoch_row
            )
        self._keys = {wraps: row for wraps, row in self._keys.items() if row not in dead}
        self.next_death_s = self._one("SELECT min(dies_at_s) FROM content_key")
        self.clean()
        return deleted

    def delete_oldest(self, stored: Mapping[Epoch, int], most: int) -> int:
        """Delete up to `most` of the oldest records whose number is at most `stored[epoch]`; returns how many.

        This makes room; traces of them may stay until their key dies. Raises RingRefusedError, UncleanedError.
        """
        deleted = 0
        self._extents = None
        with self._transaction():
            for row, epoch in self._execute("SELECT id, epoch FROM epoch ORDER BY id").fetchall():
                upto = stored.get(epoch, 0)
                for table in self._tables(row, 1, upto):
                    deleted += self._on(table, _MAKE_ROOM, upto, most - deleted).rowcount
        self.clean()
        return deleted

    def clean(self) -> None:
        """Give free pages back, write the log into the file and cut it. Raises UncleanedError."""
        try:
            # A script, because `execute` would take one step of it and give back one page.
            self._connection.executescript("PRAGMA incremental_vacuum")
            busy, *_ = self._execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.DatabaseError as error:
            raise UncleanedError(str(error)) from error
        if busy:
            raise UncleanedError("the write-ahead log could not be cut: something reads the ring")

    def close(self) -> None:
        """Close the file; what was deleted is cleaned away."""
        self._connection.close()

    def _prepare(self, max_bytes: int | None) -> None:
        # Exclusive: two processes of one gate would be two live epochs, and no reader ever holds up a checkpoint.
        self._execute("PRAGMA locking_mode = EXCLUSIVE")
        self._execute("PRAGMA auto_vacuum = INCREMENTAL")
        self._execute("PRAGMA journal_mode = WAL")
        self._execute("PRAGMA synchronous = FULL")
        self._execute("PRAGMA secure_delete = ON")
        self._execute("PRAGMA temp_store = MEMORY")  # else a part of a large statement may lie in TMPDIR
        self._execute("PRAGMA cache_size = -1024")
        if max_bytes is not None:
            page_bytes = self._one("PRAGMA page_size") or 1
            self._execute(f"PRAGMA max_page_count = {max_bytes // page_bytes}")
        self._connection.executescript(_SCHEMA)

    def _insert(self, records: Sequence[SealedRecord]) -> None:
        if self._epoch_row is None:
            self._epoch_row = self._execute("INSERT INTO epoch (epoch) VALUES (?)", self._epoch).lastrowid or 0
        for key, group in groupby(records, key=lambda record: record.key):
            of_key = list(group)
            table = _table(self._key_row(key, self._epoch_row, of_key[0].number))
            rows = [(record.number, record.kind, record.body) for record in of_key]
            self._connection.executemany(_INSERT.replace("@", table), rows)
        self._execute("UPDATE epoch SET next_number = ? WHERE id = ?", records[-1].number + 1, self._epoch_row)

    def _key_row(self, key: SealedKey, epoch_row: int, first: int) -> int:
        row = self._keys.get(key.wraps)
        if row is None:
            insertion = "INSERT INTO content_key (epoch, first, dies_at_s) VALUES (?, ?, ?)"
            row = self._execute(insertion, epoch_row, first, key.dies_at_s).lastrowid or 0
            self._on(_table(row), _CREATE)
            self._on(_table(row), _INSERT, _WRAPS, RecordKind.EVENT, key.wraps)
            self._keys[key.wraps] = row
            self.next_death_s = min(key.dies_at_s, self.next_death_s or key.dies_at_s)
        return row

    def _read_extents(self) -> list[RingExtent]:
        extents = []
        for row, epoch, next_number in self._execute("SELECT id, epoch, next_number FROM epoch ORDER BY id").fetchall():
            firsts = (self._on(table, _FIRST).fetchone()[0] for table in self._tables(row, 1, next_number))
            first = next((first for first in firsts if first is not None), None)
            if first is not None or row == self._epoch_row:
                extents.append(RingExtent(Epoch(epoch), next_number if first is None else first, next_number - 1))
        if self._epoch_row is None:
            extents.append(RingExtent(self._epoch, 1, 0))
        return extents

    def _tables(self, epoch_row: int, first: int, last: int) -> list[str]:
        """Return the tables of an epoch that can hold numbers `first` to `last`, in order."""
        keys = self._execute("SELECT id, first FROM content_key WHERE epoch = ? ORDER BY id", epoch_row).fetchall()
        ends = [*(begin - 1 for _, begin in keys[1:]), last]
        return [_table(key) for (key, begin), end in zip(keys, ends, strict=False) if begin <= last and end >= first]

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """All of the block or nothing of it. Raises RingRefusedError for whatever the file refuses."""
        try:
            self._execute("BEGIN IMMEDIATE")
            yield
            self._execute("COMMIT")
        except sqlite3.DatabaseError as error:
            if self._connection.in_transaction:
                self._execute("ROLLBACK")
            raise RingRefusedError(str(error)) from error

    def _execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)

    def _on(self, table: str, statement: str, *values: object) -> sqlite3.Cursor:
        return self._connection.execute(statement.replace("@", table), values)

    def _one(self, statement: str, *values: object) -> int | None:
        row = self._execute(statement, *values).fetchone()
        return None if row is None or row[0] is None else int(row[0])


def _table(key: int) -> str:
    return f"record_{key}"
