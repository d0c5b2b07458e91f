"""The shelf: one camera's folder of sealed segments, and the table that says what is in it.

`<folder>/<camera>/<start, UTC>-<number>.seg` and `<folder>/<camera>/segments.sqlite`. Numbers never repeat on a shelf.

A segment is put up as: row (committed), then file; so no file is without a row. It is taken down as:

    1  mark the row (committed)
    2  unlink the file
    3  fsync the folder
    4  drop the row (committed)

Killed between any two steps, `Shelf` finishes the rest when it is opened: a marked row goes on at step 2, a row without
a file at step 3. A file without a row (a table that was lost) is adopted if its head says to which period it belongs,
and else removed: without wraps it can never be opened.

Belongs here: files and rows. Does not belong here: what is inside a segment (contract/segments.py), or keys.
"""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from contract.clock import NS_PER_S, to_datetime
from contract.ids import CameraId
from contract.periods import Kind, Period
from contract.segments import SegmentError, read_header

SUFFIX: Final = ".seg"
TABLE: Final = "segments.sqlite"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS segment (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    file TEXT NOT NULL UNIQUE,
    period_start_s INTEGER NOT NULL,
    period_length_s INTEGER NOT NULL,
    start_ns INTEGER NOT NULL,
    end_ns INTEGER,             -- NULL while it is written, and for ever if it was never closed
    deleting INTEGER NOT NULL DEFAULT 0
) STRICT
"""


def shelf_folder(folder: Path, camera: CameraId) -> Path:
    """Return where the segments of `camera` lie; its name becomes one part of a path, whatever is in it."""
    return folder / quote(camera, safe="").replace(".", "%2E")


class SegmentFile:
    """A segment's file that is being written."""

    def __init__(self, number: int, path: Path) -> None:
        """Make the file (mode 0600). Raises OSError."""
        self.number = number
        self._descriptor: int | None = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def write(self, data: bytes) -> None:
        """Write all of `data`, at once. Raises OSError, also when the file is closed."""
        if self._descriptor is None:
            raise OSError(errno.EBADF, "the segment is closed")
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def sync(self) -> None:
        """Make what was written durable. Raises OSError."""
        if self._descriptor is not None:
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Take no more; closing twice does nothing."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


class Shelf:
    """The segments of one camera. Used by one thread at a time; raises OSError or sqlite3.Error if the disk does."""

    def __init__(self, folder: Path) -> None:
        """Open the shelf in `folder` (made if missing, mode 0700), and make table and files agree."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._rows = sqlite3.connect(folder / TABLE, isolation_level=None, check_same_thread=False)
        self._rows.execute("PRAGMA synchronous=FULL")
        self._rows.execute("PRAGMA temp_store=MEMORY")  # nothing of it may lie in TMPDIR
        self._rows.execute(_SCHEMA)
        self._count = 0
        self._reconcile()
        self._count = self._rows.execute("SELECT count(*) FROM segment").fetchone()[0]

    def __len__(self) -> int:
        """How many segments are on disk."""
        return self._count

    def oldest(self) -> Period | None:
        """Return the oldest period of which a segment is on disk, or None."""
        row = self._rows.execute(
            "SELECT period_start_s, period_length_s FROM segment ORDER BY period_start_s LIMIT 1"
        ).fetchone()
        return Period(Kind.VIDEO, *row) if row else None

    def put_up(self, period: Period, start_ns: int) -> SegmentFile:
        """Begin a segment of `period` whose first frame came at `start_ns`."""
        with self._transaction():
            number = self._rows.execute(
                "INSERT INTO segment (file, period_start_s, period_length_s, start_ns) VALUES ('', ?, ?, ?)",
                (period.start_s, period.length_s, start_ns),
            ).lastrowid
            assert number is not None  # noqa: S101  an INSERT has one
            name = f"{to_datetime(start_ns):%Y%m%dT%H%M%SZ}-{number:06d}{SUFFIX}"
            self._rows.execute("UPDATE segment SET file = ? WHERE number = ?", (name, number))
        file = SegmentFile(number, self._folder / name)
        self._count += 1
        return file

    def complete(self, file: SegmentFile, end_ns: int) -> None:
        """Make a segment durable after its end mark, and note when it ended; closes its file."""
        try:
            file.sync()
        finally:
            file.close()
        self._sync_folder()
        self._rows.execute("UPDATE segment SET end_ns = ? WHERE number = ?", (end_ns, file.number))

    def discard(self, file: SegmentFile) -> None:
        """Remove a segment whose beginning could not be written: nobody could ever open it."""
        file.close()
        self._rows.execute("UPDATE segment SET deleting = 1 WHERE number = ?", (file.number,))
        self._finish_deleting()

    def take_down(self, dead: Callable[[Period], bool], *, but: int | None = None) -> int:
        """Remove the segments of every period that is `dead`, except number `but`; returns how many."""
        periods = self._rows.execute("SELECT DISTINCT period_start_s, period_length_s FROM segment").fetchall()
        for start_s, length_s in periods:
            if dead(Period(Kind.VIDEO, start_s, length_s)):
                self._rows.execute(
                    "UPDATE segment SET deleting = 1"
                    " WHERE period_start_s = ? AND period_length_s = ? AND number IS NOT ?",
                    (start_s, length_s, but),
                )
        return self._finish_deleting()

    def finish(self) -> None:
        """Close the table."""
        self._rows.close()

    def remove(self) -> None:
        """Remove the table and the folder of an empty shelf that is closed. Raises OSError."""
        (self._folder / TABLE).unlink(missing_ok=True)
        self._folder.rmdir()

    def _finish_deleting(self) -> int:
        marked = self._rows.execute("SELECT number, file FROM segment WHERE deleting").fetchall()
        if not marked:
            return 0
        for _, name in marked:
            (self._folder / name).unlink(missing_ok=True)
        self._sync_folder()
        with self._transaction():
            self._rows.executemany("DELETE FROM segment WHERE number = ?", [(number,) for number, _ in marked])
        self._count -= len(marked)
        return len(marked)

    def _reconcile(self) -> None:
        files = {path.name for path in self._folder.glob(f"*{SUFFIX}")}
        rows = self._rows.execute("SELECT number, file FROM segment").fetchall()
        with self._transaction():
            self._rows.executemany(
                "UPDATE segment SET deleting = 1 WHERE number = ?",
                [(number,) for number, name in rows if name not in files],
            )
        for name in sorted(files - {name for _, name in rows}):
            self._adopt(self._folder / name)
        self._finish_deleting()

    def _adopt(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                header = read_header(file)
            period = header.wraps.name.period
            self._rows.execute(
                "INSERT INTO segment (number, file, period_start_s, period_length_s, start_ns) VALUES (?, ?, ?, ?, ?)",
                (header.number, path.name, period.start_s, period.length_s, period.start_s * NS_PER_S),
            )
        except (SegmentError, sqlite3.IntegrityError):
            path.unlink()

    def _sync_folder(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Commit all or nothing of what is done within."""
        self._rows.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._rows.execute("ROLLBACK")
            raise
        self._rows.execute("COMMIT")
