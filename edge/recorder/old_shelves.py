"""Shelves that nobody records to: their segments die on time as well, without recorder or controller.

A camera that was renamed or taken down, or whose libraries or address are missing now, leaves sealed segments behind,
and so does one whose recorder can not start: no recorder looks after them. Whoever has a shelf open holds it, so a
recorder's own is left alone. Belongs here: those folders. Does not belong here: the shelf of a camera that is being
recorded (main.py), or files and rows (shelf.py).
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from contract.clock import NS_PER_S, Clock
from contract.ids import CameraId
from contract.periods import Retention
from edge.recorder.room import Room
from edge.recorder.shelf import Shelf, shelf_camera

LOOK_EVERY_S: Final = 60.0
NOT_DELETED: Final = "video-not-deleted"

_logger = structlog.get_logger(__name__)


class OldShelf(NamedTuple):
    """What is left on a shelf. `oldest_dies_s`: when the key of the oldest segment dies (s since 1970 UTC), 0: none."""

    segments: int
    oldest_dies_s: int


class OldShelves:
    """Looks after all shelves below `folder` that no recorder has open; those of cameras to be `kept` stay when empty.

    `clock`: the gate's time; while it is not confirmed nothing is dead by it, as it may be months ahead, and what is
    only ciphertext can wait: its keys are the controllers'. `counters` has `video-not-deleted`: how often a disk
    refused.
    """

    def __init__(
        self,
        folder: Path,
        retention: Retention,
        clock: Clock,
        is_confirmed: Callable[[], bool],
        kept: Collection[CameraId],
    ) -> None:
        self._folder: Final = folder
        self._retention: Final = retention
        self._clock: Final = clock
        self._is_confirmed: Final = is_confirmed
        self._kept: Final = frozenset(kept)
        self.counters: Final[Counter[str]] = Counter()
        self.found: dict[CameraId, OldShelf] = {}
        """What the last look found and left."""

    async def run(self) -> None:
        """Delete what is dead, at once and then every minute, until cancelled."""
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(LOOK_EVERY_S)

    def look(self) -> int:
        """Delete what is dead now; return how many segments. A shelf that is empty goes with its table.

        On a full disk the oldest segment of all goes, if it is here.
        """
        deleted = 0
        found: dict[CameraId, OldShelf] = {}
        folders = sorted(path for path in self._folder.iterdir() if path.is_dir()) if self._folder.is_dir() else []
        for folder in folders:
            camera = shelf_camera(folder)
            try:
                shelf = Shelf(folder, waits=False)
                try:
                    deleted += self._delete(shelf, folder)
                    oldest = shelf.oldest()
                    if oldest is not None:
                        found[camera] = OldShelf(len(shelf), self._retention.dies_at_s(oldest))
                finally:
                    (shelf.finish if len(shelf) or camera in self._kept else shelf.remove)()
            except BlockingIOError:  # its recorder looks after it
                continue
            except (OSError, sqlite3.Error) as error:
                if camera in self.found:
                    found[camera] = self.found[camera]
                self.counters[NOT_DELETED] += 1
                _logger.warning("video_not_deleted", cause=type(error).__name__)
        self.found = found
        return deleted

    def _delete(self, shelf: Shelf, folder: Path) -> int:
        deleted = 0
        if self._is_confirmed():
            while some := shelf.take_down(self._retention, self._clock.now_ns() // NS_PER_S):
                deleted += some
        if Room(folder, None).must_give_way():
            deleted += shelf.make_room()
        return deleted
