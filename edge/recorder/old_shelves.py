"""Shelves of cameras that nobody records any more: their segments die on time as well, without recorder or controller.

A camera that was renamed or taken down, or whose libraries or address are missing now, leaves sealed segments behind,
and no recorder looks after them. Belongs here: those folders. Does not belong here: the shelf of a camera that is
recorded (main.py), or files and rows (shelf.py).
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Final

import structlog

from contract.clock import NS_PER_S, Clock
from contract.periods import Retention
from edge.recorder.room import Room
from edge.recorder.shelf import Shelf

LOOK_EVERY_S: Final = 60.0
NOT_DELETED: Final = "video-not-deleted"

_logger = structlog.get_logger(__name__)


class OldShelves:
    """Looks after all shelves below `folder` but those of cameras that are `recorded`.

    `clock`: the gate's time. `counters` has `video-not-deleted`: how often a disk refused.
    """

    def __init__(self, folder: Path, retention: Retention, clock: Clock, recorded: Collection[Path]) -> None:
        self._folder: Final = folder
        self._retention: Final = retention
        self._clock: Final = clock
        self._recorded: Final = frozenset(recorded)
        self.counters: Final[Counter[str]] = Counter()

    async def run(self) -> None:
        """Delete what is dead, at once and then every minute, until cancelled."""
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(LOOK_EVERY_S)

    def look(self) -> int:
        """Delete what is dead now; return how many segments. A shelf that is empty goes with its table.

        On a full disk the oldest segment of all goes, if it is here.
        """
        if not self._folder.is_dir():
            return 0
        deleted = 0
        now_s = self._clock.now_ns() // NS_PER_S
        for folder in sorted(path for path in self._folder.iterdir() if path.is_dir() and path not in self._recorded):
            try:
                shelf = Shelf(folder)
                try:
                    while some := shelf.take_down(self._retention, now_s):
                        deleted += some
                    if Room(folder, None).must_give_way():
                        deleted += shelf.make_room()
                    is_empty = len(shelf) == 0
                finally:
                    shelf.finish()
                if is_empty:
                    shelf.remove()
            except (OSError, sqlite3.Error) as error:
                self.counters[NOT_DELETED] += 1
                _logger.warning("video_not_deleted", cause=type(error).__name__)
        return deleted
