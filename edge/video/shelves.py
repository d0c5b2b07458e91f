"""The shelves of a gate as whoever serves them sees them: read only, while recorders write.

Belongs here: finding segments. Does not belong here: writing and deleting (edge/recorder), or what is inside.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, Final

from contract.ids import CameraId
from contract.recordings import MOST_SEGMENTS, RecordedSegment, Recordings
from edge.recorder.shelf import TABLE, shelf_folder


class NoShelfError(Exception):
    """No camera of this gate, or nothing of it was recorded yet."""


class Shelves:
    """The shelves of these cameras below `folder`. Raises OSError where the disk refuses."""

    def __init__(self, folder: Path, cameras: Iterable[CameraId]) -> None:
        self._folder: Final = folder
        self._cameras: Final = frozenset(cameras)

    def known(self, camera: CameraId) -> CameraId:
        """Return `camera` if it is of this gate. Raises NoShelfError."""
        if camera not in self._cameras:
            raise NoShelfError
        return camera

    def recordings(self, camera: CameraId, from_ns: int, until_ns: int) -> Recordings:
        """Return what `camera` recorded in a span. Raises NoShelfError, OSError."""
        folder = shelf_folder(self._folder, self.known(camera))
        rows = self._rows(
            folder,
            "SELECT number, start_ns, coalesce(end_ns, 0), file, end_ns IS NOT NULL FROM segment"
            " WHERE NOT deleting AND start_ns <= ? AND coalesce(end_ns, ?) >= ? ORDER BY start_ns LIMIT ?",
            (until_ns, until_ns, from_ns, MOST_SEGMENTS),
        )
        segments = []
        for number, start_ns, end_ns, name, is_complete in rows:
            try:
                size_bytes = (folder / str(name)).stat().st_size
            except FileNotFoundError:  # deleted since
                continue
            segments.append(RecordedSegment(number, start_ns, end_ns, size_bytes, bool(is_complete)))
        return Recordings(segments, [])

    def open(self, camera: CameraId, number: int) -> BinaryIO:
        """Return the file of a segment. Raises NoShelfError, FileNotFoundError, OSError."""
        folder = shelf_folder(self._folder, self.known(camera))
        for (name,) in self._rows(folder, "SELECT file FROM segment WHERE number = ? AND NOT deleting", (number,)):
            return (folder / str(name)).open("rb")
        raise NoShelfError

    def _rows(self, folder: Path, query: str, values: tuple[int, ...]) -> list[tuple[int, ...]]:
        try:
            with closing(sqlite3.connect(f"{(folder / TABLE).as_uri()}?mode=ro", uri=True)) as table:
                return table.execute(query, values).fetchall()
        except sqlite3.Error as error:
            if not (folder / TABLE).exists():
                raise NoShelfError from error
            raise OSError(str(error)) from error
