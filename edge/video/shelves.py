"""The shelves of a gate as whoever serves them sees them: read only, while recorders write.

Belongs here: which cameras there are. Does not belong here: rows and files (edge/recorder/shelf_view.py), or what is
inside.
"""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Final

from contract.ids import CameraId
from contract.recordings import MOST_SEGMENTS, Recordings
from edge.recorder.shelf import shelf_folder
from edge.recorder.shelf_view import ShelfView


class NoShelfError(Exception):
    """No camera of this gate, or no such segment of it."""


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
        view = self._view(camera)
        try:
            return Recordings(view.segments(from_ns, until_ns, MOST_SEGMENTS), view.gaps(from_ns, until_ns))
        except sqlite3.Error as error:
            raise OSError(str(error)) from error

    def open(self, camera: CameraId, number: int) -> BinaryIO:
        """Return the file of a segment. Raises NoShelfError, FileNotFoundError, OSError."""
        try:
            path = self._view(camera).path(number)
        except sqlite3.Error as error:
            raise OSError(str(error)) from error
        if path is None:
            raise NoShelfError
        return path.open("rb")

    def _view(self, camera: CameraId) -> ShelfView:
        return ShelfView(shelf_folder(self._folder, self.known(camera)))
