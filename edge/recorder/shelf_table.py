"""The table of a shelf: which columns it has, and how it is opened for writing.

`segment`: a row for each file. `start_ns`, `end_ns`: when its first frame was taken and when it ended (ns since 1970
UTC); `end_ns` is NULL while it is written, and for ever if it never got its end mark: then the file's own time of
change tells it (segment_file.py).
`gap`: times of which nothing was recorded, or nothing is left, and why; `until_ns` is NULL while it lasts.

Belongs here: the schema. Does not belong here: rows (shelf.py, gap_rows.py), or reading them elsewhere (shelf_view.py).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

TABLE: Final = "segments.sqlite"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS segment (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    file TEXT NOT NULL UNIQUE,
    period_start_s INTEGER NOT NULL,
    period_length_s INTEGER NOT NULL,
    start_ns INTEGER NOT NULL,
    end_ns INTEGER,
    deleting INTEGER NOT NULL DEFAULT 0,
    size_bytes INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS segment_oldest ON segment (period_start_s, start_ns);
CREATE TABLE IF NOT EXISTS gap (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    from_ns INTEGER NOT NULL,
    until_ns INTEGER,
    why TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS gap_until ON gap (until_ns);
"""
_ADDED: Final = "size_bytes"
"""A column of `segment` that tables of an older version lack."""


def open_table(folder: Path) -> sqlite3.Connection:
    """Open the table in `folder` for writing, made if missing, and made anew if it is damaged.

    What a damaged one knew of gaps is lost; of files, their heads tell it. Raises sqlite3.Error.
    """
    try:
        return _opened(folder)
    except sqlite3.OperationalError:  # the disk refuses, and not what is on it
        raise
    except sqlite3.DatabaseError:
        import structlog  # noqa: PLC0415  a recorder has nothing else to say

        structlog.get_logger(__name__).warning("video_table_damaged", camera=folder.name)
        for path in folder.glob(f"{TABLE}*"):
            path.unlink()
        return _opened(folder)


def _opened(folder: Path) -> sqlite3.Connection:
    rows = sqlite3.connect(folder / TABLE, isolation_level=None, check_same_thread=False)
    try:
        _prepare(rows)
    except sqlite3.Error:
        rows.close()
        raise
    return rows


def _prepare(rows: sqlite3.Connection) -> None:
    rows.execute("PRAGMA synchronous=FULL")
    rows.execute("PRAGMA secure_delete=ON")  # a row that is dropped leaves nothing in the file
    rows.execute("PRAGMA temp_store=MEMORY")  # nothing of it may lie in TMPDIR
    if rows.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        message = "the table of a shelf is damaged"
        raise sqlite3.DatabaseError(message)
    rows.executescript(_SCHEMA)
    there = {name for _, name, *_ in rows.execute("PRAGMA table_info(segment)")}
    if _ADDED not in there:
        rows.execute(f"ALTER TABLE segment ADD COLUMN {_ADDED} INTEGER NOT NULL DEFAULT 0")


@contextmanager
def transaction(rows: sqlite3.Connection) -> Iterator[None]:
    """Commit all or nothing of what is done within."""
    rows.execute("BEGIN IMMEDIATE")
    try:
        yield
        rows.execute("COMMIT")
    except BaseException:
        if rows.in_transaction:  # on a full disk SQLite has rolled back by itself
            rows.execute("ROLLBACK")
        raise


def is_full(error: sqlite3.Error) -> bool:
    """Return whether there is no disk left, not even for a row that says what shall go."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
