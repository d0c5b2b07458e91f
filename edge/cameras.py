"""A gate's cameras: a recorder's process for each, what they say for the gate's health, and pictures of passages.

Belongs here: which cameras are served, and by what. Does not belong here: one recorder (recorder/), or how the picture
of a passage comes into the journal (snapshots.py).
"""

import asyncio
import importlib.util
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import msgspec
import structlog

from contract.camera_trouble import GapReason
from contract.enrolment import Enrolment
from contract.ids import CameraId, Epoch
from contract.messages import CameraState
from contract.periods import Retention
from contract.site import CameraConfig, Gate
from edge.counting.wire import Crossing, Sight
from edge.gate_time import GateTime
from edge.journal import Journal
from edge.period_keys import PeriodKeyStore
from edge.snapshots import Snapshots, SnapshotSource, View

if TYPE_CHECKING:
    from edge.recorder.old_shelves import OldShelf, OldShelves

NOT_SERVED: Final = "camera-not-served"
_LIBRARIES: Final = ("av", "cv2")

_logger = structlog.get_logger(__name__)


class Recorder(SnapshotSource, Protocol):
    """What a gate needs of one camera's recorder (edge/recorder)."""

    @property
    def state(self) -> CameraState:
        """The camera's state, for the gate's health."""
        ...

    @property
    def pid(self) -> int | None:
        """The process that records now, None without one."""
        ...

    async def snapshot(self, width_pixels: int = ...) -> bytes | None:
        """Return the newest picture as JPEG, at most so wide (0: as the camera sends it); None if there is none."""
        ...

    async def run(self) -> None:
        """Record until cancelled."""
        ...


class Cameras:
    """All cameras of one gate. `counters` has `camera-not-served`: how many lack an address or the libraries.

    `folder`: where this gate's video lies, a shelf for each camera; what a camera that is gone left there dies on time
    as well. `addresses`: from the gate's device file; None for a gate without hardware.
    """

    def __init__(
        self,
        config: Gate,
        addresses: Mapping[CameraId, str] | None,
        folder: Path,
        enrolment: Enrolment,
        epoch: Epoch,
        retention: Retention,
        time: GateTime,
        keys: PeriodKeyStore,
        journal: Journal,
    ) -> None:
        self.counters: Final[Counter[str]] = Counter()
        self.recorders: Final[dict[CameraId, Recorder]] = {}
        self.onlooker: Callable[[CameraId, Crossing | Sight], None] = lambda _camera, _report: None
        """Is told who crosses a camera's line, and whether anybody could be seen."""
        self._configs = config.camera if addresses is not None else []
        self._folder = folder
        self._enrolment = enrolment
        self._epoch = epoch
        self._retention = retention
        self._time = time
        self._keys = keys
        for camera in self._configs:
            recorder = self._recorder(camera, (addresses or {}).get(camera.id))
            if recorder is not None:
                self.recorders[camera.id] = recorder
        self.snapshots: Final = self._snapshots(journal)
        self.old_shelves: Final = self._old_shelves()

    def states(self) -> list[CameraState]:
        """Return the state of every camera of the site file, in its order; those not served do not record."""
        return [self._state(camera.id) for camera in self._configs]

    def oldest_left_s(self) -> int:
        """Return when the oldest key dies of video of cameras that are gone (s since 1970 UTC); 0 without any."""
        own = {camera.id for camera in self._configs}
        return min((left.oldest_dies_s for camera, left in self._left().items() if camera not in own), default=0)

    async def picture(self, camera: CameraId, width_pixels: int) -> bytes | None:
        """Return what `camera` sees now as JPEG, at most so wide; None without such a camera, or where it is lost."""
        recorder = self.recorders.get(camera)
        return None if recorder is None else await recorder.snapshot(width_pixels)

    def all_counters(self) -> list["Counter[str]"]:
        """Return what is counted of cameras, pictures and what is left of cameras that are gone."""
        parts = (self.snapshots, self.old_shelves)
        return [self.counters, *(part.counters for part in parts if part is not None)]

    async def run(self) -> None:
        """Record, take pictures and delete what is dead until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for camera, recorder in self.recorders.items():
                tasks.create_task(recorder.run(), name=f"recorder {camera}")
            if self.old_shelves is not None:
                tasks.create_task(self.old_shelves.run(), name="old shelves")
            if self.snapshots is not None:
                tasks.create_task(self.snapshots.run(), name="snapshots")

    def _state(self, camera: CameraId) -> CameraState:
        recorder = self.recorders.get(camera)
        state = recorder.state if recorder else CameraState(camera, False, 0, why=GapReason.NOT_SERVED)
        left = None if recorder and recorder.pid else self._left().get(camera)
        if left is None:
            return state
        return msgspec.structs.replace(state, segments=left.segments, oldest_dies_s=left.oldest_dies_s)

    def _left(self) -> "dict[CameraId, OldShelf]":
        """Return what lies on shelves that no recorder has open, by camera."""
        return {} if self.old_shelves is None else self.old_shelves.found

    def _snapshots(self, journal: Journal) -> Snapshots | None:
        views = [
            View(camera.id, camera.access_points, self.recorders[camera.id])
            for camera in self._configs
            if camera.id in self.recorders
        ]
        return Snapshots(views, journal) if views else None

    def _recorder(self, camera: CameraConfig, address: str | None) -> Recorder | None:
        if address is None or not all(importlib.util.find_spec(name) for name in _LIBRARIES):
            self.counters[NOT_SERVED] += 1
            _logger.warning("camera_not_served", camera=camera.id, has_address=address is not None)
            return None
        from edge.recorder.recorder_process import (  # noqa: PLC0415  only gates with a camera carry it
            CameraSettings,
            GateIdentity,
            RecorderProcess,
        )

        process = RecorderProcess(
            CameraSettings(
                camera.id,
                address,
                self._folder,
                camera.segment_s,
                self._retention,
                camera.masks,
                camera.keep_bytes,
                camera.counts,
            ),
            GateIdentity(self._enrolment.edge, self._epoch, self._enrolment.signer()),
            lambda period: self._keys.publics(period) if self._time.is_confirmed else {},  # else: of another day
            self._time,
            lambda: self._time.is_confirmed,
        )
        process.onlooker = lambda report: self.onlooker(camera.id, report)
        return process

    def _old_shelves(self) -> "OldShelves | None":
        if not self._folder.exists():
            return None
        from edge.recorder.old_shelves import OldShelves  # noqa: PLC0415  only gates that have video carry it

        return OldShelves(
            self._folder, self._retention, self._time, lambda: self._time.is_confirmed, list(self.recorders)
        )
