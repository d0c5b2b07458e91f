"""A shelf as whoever serves it sees it: read only, from any process or thread, while its recorder writes.

    view = ShelfView(shelf_folder(folder, camera))
    view.segments(from_ns, until_ns, most=4096)    # what overlaps that span, in order of time
    view.gaps(from_ns, until_ns)                   # of which nothing is there, and why
    view.path(number)                              # the sealed file, None if there is none (any more)

A segment that is being written stands in the list as incomplete, `last_ns` being how far it has come; so does one that
was cut off. Nothing here can open what is in a file. Each call looks at the table anew and keeps nothing.

Belongs here: reading rows and sizes. Does not belong here: writing and deleting (shelf.py), or who may look.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from contract.recordings import RecordedGap, RecordedSegment
from edge.recorder.segment_file import end_of
from edge.recorder.shelf_table import TABLE

_BUSY_S: Final = 5.0


class ShelfView:
    """The shelf in `folder`; one that is not there (yet) is empty. Raises OSError or sqlite3.Error if the disk does."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder

    def segments(self, from_ns: int, until_ns: int, most: int) -> list[RecordedSegment]:
        """Return up to `most` segments that overlap the span (ns since 1970 UTC), by the time of their first frame."""
        found: list[RecordedSegment] = []
        for number, name, start_ns, end_ns in self._rows(
            "SELECT number, file, start_ns, end_ns FROM segment WHERE NOT deleting AND start_ns < ?"
            " AND (end_ns IS NULL OR end_ns >= ?) ORDER BY start_ns",
            (until_ns, from_ns),
        ):
            if len(found) >= most:
                break
            last_ns = end_of(self._folder / name, start_ns, end_ns)
            if last_ns < from_ns:
                continue
            try:
                size_bytes = (self._folder / name).stat().st_size
            except FileNotFoundError:  # put up a moment ago, or taken down since
                continue
            found.append(RecordedSegment(number, start_ns, last_ns, size_bytes, end_ns is not None))
        return found

    def gaps(self, from_ns: int, until_ns: int) -> list[RecordedGap]:
        """Return the gaps that overlap the span, in order; one that lasts has no end yet (0)."""
        rows = self._rows(
            "SELECT from_ns, coalesce(until_ns, 0), why FROM gap WHERE from_ns < ?"
            " AND (until_ns IS NULL OR until_ns > ?) ORDER BY from_ns, number",
            (until_ns, from_ns),
        )
        return [RecordedGap(*row) for row in rows]

    def path(self, number: int) -> Path | None:
        """Return where the segment with that number lies, or None."""
        for (name,) in self._rows("SELECT file FROM segment WHERE number = ? AND NOT deleting", (number,)):
            path = self._folder / name
            return path if path.exists() else None
        return None

    def oldest_ns(self) -> int | None:
        """Return when the first frame of the oldest segment was taken, or None."""
        for (start_ns,) in self._rows("SELECT min(start_ns) FROM segment WHERE NOT deleting", ()):
            return None if start_ns is None else int(start_ns)
        return None

    def _rows(self, query: str, values: tuple[int, ...]) -> list[tuple]:  # type: ignore[type-arg]  # columns differ
        if not (self._folder / TABLE).exists():
            return []
        where = f"{(self._folder / TABLE).absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(where, uri=True, timeout=_BUSY_S)) as table:
            return table.execute(query, values).fetchall()
