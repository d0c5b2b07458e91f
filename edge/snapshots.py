"""Pictures of passages: asked for after a grant, journaled when they come; a gate never waits for one.

Belongs here: the port to whatever takes pictures, which camera sees a passage, and the queue before it. Does not belong
here: cameras (recorder/), or which of them a gate has (cameras.py).
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from contract.ids import AccessPointId, CameraId

MISSING: Final = "snapshots-missing"
"""Counter of the gate's health: passages that got no picture."""
MOST_WAITING: Final = 8
"""More passages than this waiting for their picture: the newest goes without."""


class SnapshotSource(Protocol):
    """Takes pictures."""

    async def snapshot(self) -> bytes | None:
        """Return a JPEG of what the camera sees now, or None if it sees nothing."""
        ...


class PictureJournal(Protocol):
    """Where pictures go; see edge/journal.py."""

    def append_snapshot(self, camera: CameraId, grant_number: int, granted_ns: int, jpeg: bytes) -> bool:
        """Journal the picture of the grant with that number; returns False if it is dropped."""
        ...


@dataclass(frozen=True, slots=True)
class View:
    """One camera and whose passages it sees; no `access_points` means all of the gate."""

    camera: CameraId
    access_points: Sequence[AccessPointId]
    source: SnapshotSource


class Snapshots:
    """Takes and journals pictures, one at a time. `counters` has `snapshots-missing`.

    A passage's picture comes from the first camera that names its access point, or else from the first that names none;
    the next one stands in for a camera that has no picture.
    """

    def __init__(self, views: Sequence[View], journal: PictureJournal) -> None:
        self._views = sorted(views, key=lambda view: not view.access_points)
        self._journal = journal
        self._granted: asyncio.Queue[tuple[int, int, list[View]]] = asyncio.Queue(MOST_WAITING)
        self.counters: Counter[str] = Counter()

    def granted(self, number: int, at_ns: int, point: AccessPointId) -> None:
        """Ask for a picture of the passage with that grant at `point`, if a camera sees it; returns at once."""
        seen_by = [view for view in self._views if point in view.access_points or not view.access_points]
        if not seen_by:
            return
        try:
            self._granted.put_nowait((number, at_ns, seen_by))
        except asyncio.QueueFull:
            self.counters[MISSING] += 1

    async def run(self) -> None:
        """Take pictures until cancelled."""
        while True:
            number, at_ns, seen_by = await self._granted.get()
            for view in seen_by:
                jpeg = await view.source.snapshot()
                if jpeg is not None:
                    self._journal.append_snapshot(view.camera, number, at_ns, jpeg)
                    break
            else:
                self.counters[MISSING] += 1
