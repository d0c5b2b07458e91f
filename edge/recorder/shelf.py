"""The shelf: one camera's folder of sealed segments, and the table that says what is in it and what is missing.

`<folder>/<camera>/<start, UTC>-<number>.seg` and `<folder>/<camera>/segments.sqlite`. Numbers never repeat on a shelf.

A segment is put up as: row (committed), then file; so no file is without a row. It is taken down in four steps:

    1  mark the rows (committed)
    2  unlink the files
    3  fsync the folder
    4  drop the rows (committed)

Killed between any two steps, `Shelf` finishes the rest when it is opened: a marked row goes on at step 2, a row without
a file at step 3. Where the disk is so full that not even a mark can be written, step 2 comes before it: a row without a
file goes as one that is marked. Whatever vanished with something in it leaves a gap. A file without a row (a table that
was lost) is adopted if its head says to which period it belongs, and that is not after the time in its name; else it is
removed and leaves a gap as well: without wraps it can never be opened, and by its head alone it might live too long.

Belongs here: files and rows. Does not belong here: what is inside a segment (contract/segments.py), keys, when there is
too little room (room.py), or the columns of the table (shelf_table.py).
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from contract.camera_trouble import GapReason
from contract.clock import NS_PER_S, from_datetime, to_datetime
from contract.ids import CameraId
from contract.periods import DAY_S, HOUR_S, Kind, Period, Retention
from contract.segments import SegmentError, read_header
from edge.recorder.gap_rows import GapRows
from edge.recorder.segment_file import SegmentFile, end_of
from edge.recorder.shelf_table import TABLE, is_full, open_table, transaction

SUFFIX: Final = ".seg"
AT_ONCE: Final = 30
"""So many segments are taken down at most before others get their turn; a day's 1440 go within a period's margin."""
_ASTRAY_NS: Final = HOUR_S * NS_PER_S
"""A period that begins so much later than the first frame was taken is none of a segment's own."""
_STAMP: Final = "%Y%m%dT%H%M%SZ"


def shelf_folder(folder: Path, camera: CameraId) -> Path:
    """Return where the segments of `camera` lie; its name becomes one part of a path, whatever is in it."""
    return folder / quote(camera, safe="").replace(".", "%2E")


def shelf_camera(folder: Path) -> CameraId:
    """Return the camera whose shelf `folder` is."""
    return CameraId(unquote(folder.name))


class Shelf:
    """The segments of one camera. Used by one thread at a time; raises OSError or sqlite3.Error if the disk does.

    It belongs to whoever has it open, of all processes.
    """

    def __init__(self, folder: Path, *, waits: bool = True) -> None:
        """Open the shelf in `folder` (made if missing, mode 0700), and make table and files agree.

        While somebody else has it open it waits for that to end, or raises BlockingIOError.
        """
        self._folder = folder
        self._held = _held(folder, waits=waits)
        try:
            self._open()
        except BaseException:
            os.close(self._held)
            raise

    def _open(self) -> None:
        self._rows = open_table(self._folder)
        self.gaps = GapRows(self._rows)
        self._count = self._size_bytes = 0
        self._on_full_disk(self._reconcile, self._oldest_file)
        self._count, self._size_bytes = self._rows.execute(
            "SELECT count(*), coalesce(sum(size_bytes), 0) FROM segment"
        ).fetchone()

    def __len__(self) -> int:
        """How many segments are on disk."""
        return self._count

    @property
    def size_bytes(self) -> int:
        """How much disk all segments take but those that are being written."""
        return self._size_bytes

    def oldest(self) -> Period | None:
        """Return the oldest period of which a segment is on disk, or None."""
        row = self._rows.execute(
            "SELECT period_start_s, period_length_s FROM segment ORDER BY period_start_s, start_ns LIMIT 1"
        ).fetchone()
        return Period(Kind.VIDEO, *row) if row else None

    def newest_end_ns(self) -> int | None:
        """Return when the last segment on the shelf ended (ns since 1970 UTC), or None."""
        row = self._rows.execute("SELECT file, start_ns, end_ns FROM segment ORDER BY start_ns DESC LIMIT 1").fetchone()
        return end_of(self._folder / row[0], *row[1:]) if row else None

    def first_start_ns(self, after_ns: int) -> int | None:
        """Return when the first segment began that began after that time (both ns since 1970 UTC), or None."""
        query = "SELECT min(start_ns) FROM segment WHERE NOT deleting AND start_ns > ?"
        (start_ns,) = self._rows.execute(query, (after_ns,)).fetchone()
        return None if start_ns is None else int(start_ns)

    def put_up(self, period: Period, start_ns: int) -> SegmentFile:
        """Begin a segment of `period` whose first frame was taken at `start_ns` (ns since 1970 UTC)."""
        with transaction(self._rows):
            number = self._rows.execute(
                "INSERT INTO segment (file, period_start_s, period_length_s, start_ns) VALUES ('', ?, ?, ?)",
                (period.start_s, period.length_s, start_ns),
            ).lastrowid
            assert number is not None  # noqa: S101  an INSERT has one
            name = f"{to_datetime(start_ns):{_STAMP}}-{number:06d}{SUFFIX}"
            self._rows.execute("UPDATE segment SET file = ? WHERE number = ?", (name, number))
        file = SegmentFile(number, self._folder / name, start_ns)
        self._count += 1
        self._sync_folder()
        return file

    def complete(self, file: SegmentFile, end_ns: int) -> None:
        """Make a segment durable after its end mark, and note when it ended; closes its file."""
        try:
            file.sync()
        finally:
            file.close()
        self._rows.execute(
            "UPDATE segment SET end_ns = ?, size_bytes = ? WHERE number = ?", (end_ns, file.size_bytes, file.number)
        )
        self._size_bytes += file.size_bytes

    def leave(self, file: SegmentFile) -> None:
        """Let a segment be that the disk did not take to its end; closes its file."""
        file.close()
        self._size_bytes += file.size_bytes
        self._rows.execute("UPDATE segment SET size_bytes = ? WHERE number = ?", (file.size_bytes, file.number))

    def discard(self, file: SegmentFile) -> None:
        """Remove a segment whose beginning could not be written: nobody could ever open it."""
        file.close()
        self._mark([file.number])
        self._finish_taking_down()

    def take_down(self, retention: Retention, now_s: int, *, but: int | None = None) -> int:
        """Remove segments of periods whose key is dead at `now_s`, oldest first, but number `but`; returns how many.

        Those are AT_ONCE at most: ask again for the rest. What is known of gaps of that time goes too.
        """
        oldest = self._rows.execute(
            "SELECT number, file, period_start_s, period_length_s FROM segment WHERE NOT deleting AND number IS NOT ?"
            " ORDER BY period_start_s, start_ns LIMIT ?",
            (but, AT_ONCE),
        ).fetchall()
        dead = {n: name for n, name, *period in oldest if retention.dies_at_s(Period(Kind.VIDEO, *period)) <= now_s}
        if dead:

            def mark() -> None:
                with transaction(self._rows):
                    self._mark(list(dead))

            self._on_full_disk(mark, lambda: list(dead.values()))
        taken_down = self._finish_taking_down()
        self.gaps.forget((now_s - retention.keep_s(Kind.VIDEO)) * NS_PER_S)
        self._none_is_of_tomorrow(retention.period_at(Kind.VIDEO, now_s * NS_PER_S), now_s)
        return taken_down

    def was_ahead(self, by_s: int, now_s: int) -> None:
        """Let what was put up within the last day die as if it had begun so much earlier: the time was wrong by that.

        `now_s`: seconds since 1970 UTC, by the time that was wrong.
        """
        self._rows.execute(
            "UPDATE segment SET period_start_s = min(period_start_s,"
            " (start_ns / 1000000000 - ?) / period_length_s * period_length_s) WHERE start_ns > ?",
            (by_s, (now_s - DAY_S) * NS_PER_S),
        )

    def _none_is_of_tomorrow(self, today: Period, now_s: int) -> None:
        """Let what is of a period to come, of a day at most, die with that of now: the time was ahead, and no more is.

        What lies further ahead tells that the time of now is wrong.
        """
        ahead = " period_start_s > ? AND period_start_s <= ?"
        until_s = now_s + DAY_S
        if self._rows.execute(f"SELECT 1 FROM segment WHERE {ahead} LIMIT 1", (now_s, until_s)).fetchone():  # noqa: S608
            self._rows.execute(
                f"UPDATE segment SET period_start_s = ?, period_length_s = ? WHERE {ahead}",  # noqa: S608  no words
                (today.start_s, today.length_s, now_s, until_s),
            )

    def make_room(self, *, but: int | None = None) -> bool:
        """Remove the oldest segment before its time, except number `but`; returns whether there was one.

        The gap that it leaves is written down in the same step as its mark.
        """
        row = self._rows.execute(
            "SELECT number, file, start_ns, end_ns FROM segment WHERE NOT deleting AND number IS NOT ?"
            " ORDER BY period_start_s, start_ns LIMIT 1",
            (but,),
        ).fetchone()
        if row is None:
            return False
        number, name, start_ns, end_ns = row
        end_ns = end_of(self._folder / name, start_ns, end_ns)

        def mark() -> None:
            with transaction(self._rows):
                self._mark([number])
                self.gaps.made_room(start_ns, end_ns)

        self._on_full_disk(mark, lambda: [name])
        self._finish_taking_down()
        return True

    def finish(self) -> None:
        """Close the table: the shelf is anybody's."""
        self._rows.close()
        os.close(self._held)

    def remove(self) -> None:
        """Remove the table and the folder of an empty shelf, in place of `finish`. Raises OSError."""
        try:
            self._rows.close()
            (self._folder / TABLE).unlink(missing_ok=True)
            self._folder.rmdir()
        finally:
            os.close(self._held)

    def _on_full_disk(self, write: Callable[[], None], next_to_go: Callable[[], Sequence[str]]) -> None:
        """Write rows; where there is no room for them, files go first that have to go anyway."""
        while True:
            try:
                return write()
            except sqlite3.OperationalError as error:
                names = [name for name in next_to_go() if (self._folder / name).exists()]
                if not is_full(error) or not names:
                    raise
            self._unlink(names)
            self._sync_folder()

    def _oldest_file(self) -> list[str]:
        """Return the name of the oldest file; none if there is none."""
        return sorted(path.name for path in self._folder.glob(f"*{SUFFIX}"))[:1]

    def _mark(self, numbers: list[int]) -> None:
        """Step 1: what is marked goes, whatever happens now."""
        marks = ", ".join("?" * len(numbers))
        self._rows.execute(f"UPDATE segment SET deleting = 1 WHERE number IN ({marks})", numbers)  # noqa: S608  no words

    def _finish_taking_down(self) -> int:
        """Steps 2 to 4 for all that is marked; returns how many segments that was."""
        marked = self._rows.execute("SELECT number, file, size_bytes FROM segment WHERE deleting").fetchall()
        if marked:
            self._unlink([name for _, name, _ in marked])
            self._sync_folder()
            self._drop([number for number, _, _ in marked])
            self._count -= len(marked)
            self._size_bytes -= sum(size_bytes for _, _, size_bytes in marked)
        return len(marked)

    def _unlink(self, names: list[str]) -> None:
        """Step 2."""
        for name in names:
            (self._folder / name).unlink(missing_ok=True)

    def _sync_folder(self) -> None:
        """Step 3, and the end of putting up: what the folder holds is durable."""
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _drop(self, numbers: list[int]) -> None:
        """Step 4."""
        with transaction(self._rows):
            self._rows.executemany("DELETE FROM segment WHERE number = ?", [(number,) for number in numbers])

    def _reconcile(self) -> None:
        """Make rows and files agree: see above."""
        files = {path.name for path in self._folder.glob(f"*{SUFFIX}")}
        rows = self._rows.execute("SELECT number, file, start_ns, end_ns, size_bytes, deleting FROM segment").fetchall()
        with transaction(self._rows):
            for number, name, start_ns, end_ns, size_bytes, is_marked in rows:
                if name not in files and not is_marked:
                    self._mark([number])
                    if end_ns is not None or size_bytes:  # it went before it could be marked, or somebody took it
                        self.gaps.made_room(start_ns, end_ns or self._next_known_ns(start_ns) or start_ns)
        for name in sorted(files - {name for _, name, *_ in rows}):
            self._adopt(self._folder / name)
        unsized = self._rows.execute("SELECT number, file FROM segment WHERE size_bytes = 0 AND NOT deleting")
        with transaction(self._rows):
            for number, name in unsized.fetchall():
                size_bytes = (self._folder / name).stat().st_size
                self._rows.execute("UPDATE segment SET size_bytes = ? WHERE number = ?", (size_bytes, number))
        self._finish_taking_down()

    def _next_known_ns(self, after_ns: int) -> int | None:
        """Return when the next segment or gap began after that time, or None."""
        query = (
            "SELECT min(at_ns) FROM (SELECT start_ns AS at_ns FROM segment UNION ALL SELECT from_ns FROM gap"
            " WHERE why != ?2) WHERE at_ns > ?1"
        )
        (at_ns,) = self._rows.execute(query, (after_ns, GapReason.MADE_ROOM)).fetchone()
        return None if at_ns is None else int(at_ns)

    def _adopt(self, path: Path) -> None:
        try:
            start_ns = _start_ns(path.name)
        except ValueError:  # nothing that a recorder wrote
            path.unlink()
            return
        try:
            with path.open("rb") as file:
                header = read_header(file)
        except SegmentError:
            self._give_up(path, start_ns)
            return
        period = header.wraps.name.period
        if period.start_s * NS_PER_S > start_ns + _ASTRAY_NS:
            self._give_up(path, start_ns)
            return
        add = "INSERT INTO segment (number, file, period_start_s, period_length_s, start_ns) VALUES (?, ?, ?, ?, ?)"
        row = (path.name, period.start_s, period.length_s, start_ns)
        try:
            self._rows.execute(add, (header.number, *row))
        except sqlite3.IntegrityError:  # its head tells its number to whoever opens it
            self._rows.execute(add, (None, *row))

    def _give_up(self, path: Path, start_ns: int) -> None:
        """Remove a file that says not to which day it belongs, and write down that something was there."""
        found = path.stat()
        if found.st_size:
            ends_ns = min(found.st_mtime_ns, self._next_known_ns(start_ns) or found.st_mtime_ns)
            self.gaps.add(start_ns, max(start_ns, ends_ns), GapReason.DISK)
        path.unlink()


def _held(folder: Path, *, waits: bool) -> int:
    """Make `folder` if need be and hold it; returns the descriptor that does."""
    while True:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
            if folder.exists() and folder.stat().st_ino == os.fstat(descriptor).st_ino:
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # whoever held it has removed it


def _start_ns(name: str) -> int:
    """Return when a segment began by the name of its file, to the second. Raises ValueError."""
    return from_datetime(datetime.strptime(name.partition("-")[0], _STAMP).replace(tzinfo=UTC))
