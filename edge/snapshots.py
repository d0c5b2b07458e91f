"""Pictures of passages: asked for after a grant, journaled when they come; a gate never waits for one.

Belongs here: the port to whatever takes pictures, and the queue before it. Does not belong here: cameras (recorder/).
"""

import asyncio
from collections import Counter
from typing import Final, Protocol

from contract.ids import CameraId
from edge.journal import Journal

MOST_WAITING: Final = 8
"""More passages than this waiting for their picture: the newest goes without."""


class SnapshotSource(Protocol):
    """Takes pictures."""

    async def snapshot(self) -> bytes | None:
        """Return a JPEG of what the camera sees now, or None if it sees nothing."""
        ...


class Snapshots:
    """Takes and journals pictures, one at a time. `counters` has `snapshots-missing`."""

    def __init__(self, camera: CameraId, source: SnapshotSource, journal: Journal) -> None:
        self._camera = camera
        self._source = source
        self._journal = journal
        self._granted: asyncio.Queue[tuple[int, int]] = asyncio.Queue(MOST_WAITING)
        self.counters: Counter[str] = Counter()

    def granted(self, number: int, at_ns: int) -> None:
        """Ask for a picture of the passage with that grant; returns at once."""
        try:
            self._granted.put_nowait((number, at_ns))
        except asyncio.QueueFull:
            self.counters["snapshots-missing"] += 1

    async def run(self) -> None:
        """Take pictures until cancelled."""
        while True:
            number, at_ns = await self._granted.get()
            jpeg = await self._source.snapshot()
            if jpeg is None:
                self.counters["snapshots-missing"] += 1
            else:
                self._journal.append_snapshot(self._camera, number, at_ns, jpeg)
