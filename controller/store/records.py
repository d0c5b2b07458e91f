"""The store of sealed records: SQLite, written by one thread, with nothing in clear but edge, epoch, period and number.

Belongs here: transactions. Does not belong here: the form of tables (migrations/), opening a record, or deciding what
goes.

Every deletion ends in `clean`. `secure_delete` overwrites freed pages, but when SQLite moves rows between pages, a copy
of a row that is deleted later can stay in the gap of a page (measured: one in a hundred); only rebuilding the file
takes it away. That is done as often as it costs one part in a hundred of the time. And only a checkpoint that truncates
the write-ahead log with `busy=0` takes old pages out of it.
"""

import sqlite3
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import msgspec

from contract.ids import AccessPointId, AreaId, EdgeId, Epoch
from contract.messages import Interval
from contract.periods import Kind, Period
from contract.sealing import BadWrapsError, KeyName, decode_wraps, wraps_hash
from controller.domain.presence.flows import Usual
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.tallies import Tally, TallyKind
from controller.files import make_private_folder
from controller.store.changes import CLOSED, Change, Closing, Group, Note, SealedPrior
from controller.store.migrations import PRAGMAS, RECORDS, upgrade

_REBUILD_REST: Final = 100
"""After a rebuild the file rests for this many times as long as it took."""
_WAIT_S: Final = 0.2
"""How long somebody else's reader may hold up the store."""


class StoreBusyError(Exception):
    """The write-ahead log could not be emptied: a reader holds it. Deleted rows may still lie there; try again."""


class RecordStore:
    """One SQLite file. All methods belong to the thread that made it; raises sqlite3.Error where the disk does."""

    def __init__(self, path: Path) -> None:
        """Open or make the file at `path`, mode 0600, and bring it up to date. Raises MigrationError."""
        make_private_folder(path.parent)
        path.touch(mode=0o600)
        upgrade(path, RECORDS)
        self._db = sqlite3.connect(path, isolation_level=None, timeout=_WAIT_S)
        for pragma in PRAGMAS:
            self._db.execute(f"PRAGMA {pragma}").close()
        self._key_ids: dict[bytes, int] = dict(self._db.execute("SELECT wraps, id FROM content_key"))
        self._has_gaps = True  # nobody knows what the run before left
        self._rebuild_not_before_s = 0.0

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # Ingest.

    def commit(self, group: Group) -> None:
        """Store sealed rows together with the numbers that are known from now on. A row that stands stays as it is."""
        with self._transaction():
            ids = {wraps: self._key_id(wraps, name) for wraps, name in group.keys.items()}
            self._db.executemany(
                "INSERT OR IGNORE INTO record VALUES (?, ?, ?)",
                [(ids[wraps], number, sealed) for wraps, number, sealed in group.rows],
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?)",
                [
                    (edge, epoch, msgspec.msgpack.encode(intervals), group.heard_s)
                    for (edge, epoch), intervals in group.known.items()
                ],
            )
            self._db.executemany(
                "INSERT INTO figure VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
                list(group.counts.items()),
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO used_early VALUES (?, ?, 0)",
                [(period.start_s, period.length_s) for period in group.used_early],
            )
        self._key_ids |= ids  # only now: a key whose commit was refused does not stand in the file

    def _key_id(self, wraps: bytes, name: KeyName) -> int:
        found = self._key_ids.get(wraps)
        if found is None:
            row = self._db.execute(
                "INSERT INTO content_key (hash, wraps, edge, epoch, period_s) VALUES (?, ?, ?, ?, ?) RETURNING id",
                (wraps_hash(wraps), wraps, name.edge, name.epoch, name.period.start_s),
            ).fetchone()
            found = row[0]
        return found

    def write_note(self, note: Note) -> None:
        """Store a note. Raises sqlite3.IntegrityError where its id is taken."""
        self._db.execute("INSERT INTO note VALUES (?, ?, ?, ?)", (note.id, note.period_s, note.wraps, note.sealed))

    def note(self, id_: str) -> Note | None:
        """Return a note, or None when its period is gone."""
        row = self._db.execute("SELECT id, period_s, wraps, sealed FROM note WHERE id = ?", (id_,)).fetchone()
        return Note(*row) if row else None

    def used_early(self) -> dict[Period, bool]:
        """Return the periods whose pairs a gate used before their time, and whether each was replaced since."""
        rows = self._db.execute("SELECT start_s, length_s, replaced FROM used_early")
        return {Period(Kind.MOVEMENT, start_s, length_s): bool(replaced) for start_s, length_s, replaced in rows}

    def replaced(self, period: Period) -> None:
        """Take note that the pair of a period was replaced by another one."""
        self._db.execute(
            "UPDATE used_early SET replaced = 1 WHERE start_s = ? AND length_s = ?", (period.start_s, period.length_s)
        )

    def count_on(self, watermarks: Mapping[EdgeId, int]) -> None:
        """Keep the watermarks (nanoseconds since 1970-01-01 UTC) that count; each only rises."""
        with self._transaction():
            self._db.executemany(
                "INSERT INTO watermark VALUES (?, ?) "
                "ON CONFLICT (edge) DO UPDATE SET at_ns = max(at_ns, excluded.at_ns)",
                list(watermarks.items()),
            )

    def watermarks(self) -> dict[EdgeId, int]:
        """Return the watermarks that counted, by gate."""
        return {EdgeId(edge): at_ns for edge, at_ns in self._db.execute("SELECT edge, at_ns FROM watermark")}

    def keep_usual(self, flows: Iterable[Usual]) -> None:
        """Keep what is usual at access points from now on."""
        with self._transaction():
            self._db.executemany("INSERT OR REPLACE INTO usual_flow VALUES (?, ?, ?, ?, ?)", list(flows))

    def keep_densest(self, quarters: Mapping[AccessPointId, int]) -> None:
        """Keep how many passed access points in their densest quarter of an hour."""
        with self._transaction():
            self._db.executemany("INSERT OR REPLACE INTO densest_flow VALUES (?, ?)", list(quarters.items()))

    def densest_flows(self) -> dict[AccessPointId, int]:
        """Return how many passed access points in their densest quarter of an hour."""
        rows = self._db.execute("SELECT access_point, passed FROM densest_flow")
        return {AccessPointId(point): passed for point, passed in rows}

    def usual_flows(self) -> list[Usual]:
        """Return what is usual at access points."""
        rows = self._db.execute("SELECT access_point, hour, mean, widest, weeks FROM usual_flow")
        return [Usual(AccessPointId(point), *rest) for point, *rest in rows]

    # Forgetting.

    def apply(self, change: Change) -> int:
        """Commit one act of forgetting; return how many rows went."""
        with self._transaction():
            gone = self._delete(change.records)
            self._db.executemany(
                "INSERT INTO tally VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (kind, area, period_s, part) DO UPDATE SET count = count + excluded.count",
                [(t.kind.value, t.area, t.period_s, t.part, t.amount) for t in change.tallies],
            )
            ids: dict[bytes, int] = {}
            for prior in change.priors:
                self._write_prior(prior, ids)
            if change.marker is not None:
                self._raise(*change.marker)
            self._db.executemany(
                "INSERT INTO gone_before VALUES (?, ?, ?) ON CONFLICT (period_s) DO UPDATE SET "
                "rows = rows + excluded.rows, became_unnamed = became_unnamed + excluded.became_unnamed",
                [(period_s, *gone) for period_s, gone in change.gone_before.items()],
            )
            if change.closing is not None:
                period = change.closing.period
                self._db.execute(
                    "INSERT OR IGNORE INTO closing VALUES (?, ?, ?, ?, 0, NULL)",
                    (period.kind.value, period.start_s, period.length_s, change.closing.became_unnamed),
                )
        self._key_ids |= ids
        return gone

    def _delete(self, records: Sequence[Stamp]) -> int:
        """Delete records, and the priors that stand beside them."""
        keys: dict[tuple[EdgeId, Epoch], list[int]] = defaultdict(list)
        for id_, edge, epoch in self._db.execute("SELECT id, edge, epoch FROM content_key"):
            keys[edge, epoch].append(id_)
        self._has_gaps = self._has_gaps or bool(records)
        doomed = [(id_, stamp.number) for stamp in records for id_ in keys[stamp.edge, stamp.epoch]]
        self._db.executemany("DELETE FROM prior WHERE edge = ? AND epoch = ? AND number = ?", (s[1:] for s in records))
        return self._db.executemany("DELETE FROM record WHERE key_id = ? AND number = ?", doomed).rowcount

    def _write_prior(self, prior: SealedPrior, ids: dict[bytes, int]) -> None:
        place = (prior.beside.edge, prior.beside.epoch, prior.beside.number)
        self._db.execute("DELETE FROM prior WHERE edge = ? AND epoch = ? AND number = ?", place)
        if prior.sealed is not None:
            if prior.wraps not in ids:
                ids[prior.wraps] = self._key_id(prior.wraps, prior.name)
            row = (*place, ids[prior.wraps], prior.sealed)
            self._db.execute("INSERT INTO prior VALUES (?, ?, ?, ?, ?)", row)

    def drop_periods(self, closed_s: int) -> int:
        """Remove all rows of the periods that start at `closed_s` or before; return how many records went.

        The signed name of a content key says which those are, not the column beside it, which anybody could have
        changed. Where that period is closing, its receipt will say so.
        """
        self._has_gaps = True
        old = [
            (id_,) for id_, wraps in self._db.execute("SELECT id, wraps FROM content_key") if _is_old(wraps, closed_s)
        ]
        with self._transaction():
            gone = self._db.executemany("DELETE FROM record WHERE key_id = ?", old).rowcount if old else 0
            self._db.executemany("DELETE FROM prior WHERE key_id = ?", old)
            self._db.executemany("DELETE FROM content_key WHERE id = ?", old)
            self._db.execute("DELETE FROM note WHERE period_s <= ?", (closed_s,))
            self._db.execute("DELETE FROM used_early WHERE start_s <= ?", (closed_s,))
            self._db.execute(
                "UPDATE closing SET rows = rows + ? WHERE kind = ? AND start_s = ?", (gone, Kind.MOVEMENT, closed_s)
            )
        self._key_ids = dict(self._db.execute("SELECT wraps, id FROM content_key"))
        return gone

    def drop_known(self, before_s: int) -> list[tuple[EdgeId, Epoch]]:
        """Forget the numbers of epochs that nobody has heard from since `before_s`; return these epochs."""
        rows = self._db.execute(
            "DELETE FROM known WHERE last_heard_s < ? RETURNING edge, epoch", (before_s,)
        ).fetchall()
        return [(EdgeId(edge), Epoch(epoch)) for edge, epoch in rows]

    def drop_figures(self, before_s: int) -> int:
        """Remove what was counted by gate and period, of periods that start before `before_s`; return how many."""
        names = [name for (name,) in self._db.execute("SELECT name FROM figure WHERE name LIKE '%/%/%'")]
        old = [(name,) for name in names if int(name.rpartition("/")[2]) < before_s]
        with self._transaction():
            self._db.executemany("DELETE FROM figure WHERE name = ?", old)
        return len(old)

    def closings(self) -> list[Closing]:
        """Return the periods that are being closed, in order."""
        rows = self._db.execute(
            "SELECT kind, start_s, length_s, c.became_unnamed + coalesce(g.became_unnamed, 0), c.rows, key_gone_ns, "
            "coalesce(g.rows, 0) FROM closing c LEFT JOIN gone_before g ON kind = ? AND period_s = start_s "
            "ORDER BY 1, 2, 3",
            (Kind.MOVEMENT.value,),
        )
        return [
            Closing(Period(Kind(kind), start_s, length_s), became_unnamed, count, key_gone_ns, before)
            for kind, start_s, length_s, became_unnamed, count, key_gone_ns, before in rows
        ]

    def key_gone(self, periods: Collection[Period], at_ns: int) -> None:
        """Take note of when the keys of periods that are being closed were destroyed; what was noted before stays."""
        with self._transaction():
            self._db.executemany(
                "UPDATE closing SET key_gone_ns = coalesce(key_gone_ns, ?) "
                "WHERE kind = ? AND start_s = ? AND length_s = ?",
                [(at_ns, period.kind.value, period.start_s, period.length_s) for period in periods],
            )

    def closed(self, period: Period) -> None:
        """Take note that the receipt of a period is written."""
        with self._transaction():
            self._db.execute(
                "DELETE FROM closing WHERE kind = ? AND start_s = ? AND length_s = ?",
                (period.kind.value, period.start_s, period.length_s),
            )
            if period.kind is Kind.MOVEMENT:
                self._db.execute("DELETE FROM gone_before WHERE period_s <= ?", (period.start_s,))

    def clean(self, *, at_once: bool = False) -> bool:
        """Take deleted rows out of the file's gaps and its write-ahead log; return whether nothing of them is left.

        False: the gaps wait until the file may be rebuilt again, unless it is wanted `at_once`. Raises StoreBusyError
        while a reader holds the log.
        """
        if self._has_gaps and (at_once or time.monotonic() >= self._rebuild_not_before_s):
            started_s = time.monotonic()
            self._db.execute("VACUUM").close()
            self._has_gaps = False
            ended_s = time.monotonic()
            self._rebuild_not_before_s = ended_s + _REBUILD_REST * (ended_s - started_s)
        with closing(self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")) as cursor:
            busy = cursor.fetchone()[0]
        if busy:
            raise StoreBusyError("the write-ahead log is held by a reader")
        return not self._has_gaps

    # Reading, at start and for the page.

    def keys(self, closed_s: int) -> list[tuple[int, bytes]]:
        """Return (key id, encoded wraps) of the periods after `closed_s`, those whose wraps are damaged included."""
        rows = self._db.execute("SELECT id, wraps FROM content_key").fetchall()
        return [(id_, wraps) for id_, wraps in rows if not _is_old(wraps, closed_s, damaged=False)]

    def periods(self) -> dict[Period, int]:
        """Return the periods of which content keys stand, by their signed names, and how many records each has."""
        found: dict[Period, int] = {}
        for id_, wraps in self._db.execute("SELECT id, wraps FROM content_key").fetchall():
            with suppress(BadWrapsError):
                count = self._db.execute("SELECT count(*) FROM record WHERE key_id = ?", (id_,)).fetchone()[0]
                period = decode_wraps(wraps).name.period
                found[period] = found.get(period, 0) + count
        return found

    def keys_of(self, edge: EdgeId) -> list[tuple[int, bytes]]:
        """Return (key id, encoded wraps) of one source."""
        return self._db.execute("SELECT id, wraps FROM content_key WHERE edge = ?", (edge,)).fetchall()

    def records(self, key_id: int) -> list[tuple[int, bytes]]:
        """Return (number, sealed) of all records under one content key."""
        return self._db.execute("SELECT number, sealed FROM record WHERE key_id = ?", (key_id,)).fetchall()

    def priors(self, key_id: int) -> list[tuple[int, bytes]]:
        """Return (number, sealed) of all priors under one content key."""
        return self._db.execute("SELECT number, sealed FROM prior WHERE key_id = ?", (key_id,)).fetchall()

    def known(self) -> dict[tuple[EdgeId, Epoch], list[Interval]]:
        """Return the known numbers of each epoch."""
        rows = self._db.execute("SELECT edge, epoch, intervals FROM known")
        return {
            (EdgeId(edge), Epoch(epoch)): msgspec.msgpack.decode(intervals, type=list[Interval])
            for edge, epoch, intervals in rows
        }

    def stand_from_before(self, before_s: int) -> bool:
        """Return whether any row stands whose period starts at `before_s` or earlier."""
        found = self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM content_key WHERE period_s <= ?) OR "
            "EXISTS (SELECT 1 FROM note WHERE period_s <= ?)",
            (before_s, before_s),
        ).fetchone()
        return bool(found[0])

    def tallies(self) -> list[Tally]:
        """Return the anonymous tally table."""
        rows = self._db.execute("SELECT kind, area, period_s, count, part FROM tally")
        return [
            Tally(TallyKind(kind), AreaId(area), period_s, count, AreaId(part))
            for kind, area, period_s, count, part in rows
        ]

    def adopt(self, tallies: Iterable[Tally], upto_s: int, closed_s: int) -> None:
        """Put the tallies of another controller in place of ours, of the periods up to the one starting at `upto_s`.

        All periods up to the one that starts at `closed_s` are closed from now on.
        """
        with self._transaction():
            self._db.execute("DELETE FROM tally WHERE period_s <= ?", (upto_s,))
            self._db.executemany(
                "INSERT INTO tally VALUES (?, ?, ?, ?, ?)",
                [(t.kind.value, t.area, t.period_s, t.part, t.amount) for t in tallies if t.period_s <= upto_s],
            )
            self._raise(CLOSED, closed_s)

    def raise_to(self, marker: str, value: int) -> None:
        """Let a marker have that value, if it is higher than the present one."""
        with self._transaction():
            self._raise(marker, value)

    def _raise(self, marker: str, value: int) -> None:
        self._db.execute(
            "INSERT INTO figure VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
            (marker, value),
        )

    def figure(self, name: str, default: int) -> int:
        """Return a marker (CLOSED, CUT) or a lasting counter, or `default` where it was never set."""
        row = self._db.execute("SELECT value FROM figure WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else default

    def figures_by_gate(self) -> dict[str, int]:
        """Return what was counted by gate and period: `what/gate/start of the period`."""
        return dict(self._db.execute("SELECT name, value FROM figure WHERE name LIKE '%/%/%'").fetchall())

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._db)


def _is_old(wraps: bytes, closed_s: int, *, damaged: bool = True) -> bool:
    """Tell whether wraps are of a period that starts at `closed_s` or before; `damaged`: what to say of such ones."""
    try:
        return decode_wraps(wraps).name.period.start_s <= closed_s
    except BadWrapsError:
        return damaged


class _Transaction:
    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:  # after some faults, a full disk among them, SQLite has rolled back by itself
                self._db.execute("ROLLBACK")
