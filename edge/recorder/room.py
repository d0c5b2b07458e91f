"""Whether there is room for a camera's recording: its own part of the disk, and the disk itself.

Belongs here: both questions, and whose recording is the oldest on a full disk. Does not belong here: deleting
(shelf.py).
"""

import shutil
import sqlite3
from pathlib import Path
from typing import Final

from edge.recorder.shelf_view import ShelfView

_RESERVE_BYTES: Final = 256 * 1024 * 1024
_RESERVE_SHARE: Final = 50
"""So much of the disk, or one part in so many, stays free for the gate's journal: the smaller of the two."""
_PATIENCE: Final = 5
"""After so many looks at a full disk a recorder waits no longer for another one, whose recording is older."""


class Room:
    """The room of the camera whose shelf is `folder`. `keep_bytes`: its part of the disk, None for all of it."""

    def __init__(self, folder: Path, keep_bytes: int | None) -> None:
        self._folder: Final = folder
        self._keep_bytes: Final = keep_bytes
        self._looks = 0

    def part_is_full(self, used_bytes: int) -> bool:
        """Return whether the camera's part of the disk is used up."""
        return self._keep_bytes is not None and used_bytes > self._keep_bytes

    def must_give_way(self) -> bool:
        """Look at the disk; return whether it is full and this camera's oldest segment is the one to go.

        Raises OSError.
        """
        disk = shutil.disk_usage(self._folder)
        if disk.free >= min(_RESERVE_BYTES, disk.total // _RESERVE_SHARE):
            self._looks = 0
            return False
        self._looks += 1
        return self._looks > _PATIENCE or self._has_the_oldest()

    def _has_the_oldest(self) -> bool:
        own_ns = ShelfView(self._folder).oldest_ns()
        if own_ns is None:
            return False
        for other in self._folder.parent.iterdir():
            try:
                oldest_ns = ShelfView(other).oldest_ns() if other != self._folder else None
            except (OSError, sqlite3.Error):
                continue
            if oldest_ns is not None and oldest_ns < own_ns:
                return False
        return True
