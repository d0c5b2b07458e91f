"""The gate's plate reader: several full-size frames of a lane's camera, read by the plate process, vote.

Belongs here: which frames are shown, and what becomes of them. Does not belong here: the vote itself (voting.py), the
process (plate_process.py), or whether a plate may pass (edge/domain/vehicles).
"""

import asyncio
import importlib.util
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

import structlog

from contract.ids import CameraId
from contract.plates import WHOLE, Within
from contract.site import SiteFileError
from contract.site.lane import LaneConfig, PlateUse
from edge.domain.vehicles.plates import Candidate, PlateReading
from edge.plates.plate_process import PlateProcess
from edge.plates.syntax import BadSyntaxError, syntax_of
from edge.plates.voting import Share, Vote

MOST_FRAMES: Final = 5
"""So many frames that show a plate vote at most; two that agree suffice."""
NOT_SERVED: Final = "plates-not-served"
"""Counter of the gate's health: a lane reads plates, and the libraries of the extra `plates` are not installed."""
_MOST_LOOKS: Final = 8
_BETWEEN_S: Final = 0.2
_AS_IT_IS: Final = 0
_SHOWN_PIXELS: Final = 640
_LIBRARIES: Final = ("rapidocr", "onnxruntime", "cv2")

FrameSource = Callable[[CameraId, int], Awaitable[bytes | None]]
"""Gives the newest frame of a camera as JPEG, at most so many pixels wide (0: as it is), or None."""

_logger = structlog.get_logger(__name__)


class Plates:
    """Reads plates for all lanes of a gate: a PlateReader (edge/domain/vehicles/plates.py). Kept up by `run`.

    `frames`: edge.cameras.Cameras.picture. Raises SiteFileError where a lane names a country that nobody described.
    """

    def __init__(self, frames: FrameSource, lanes: Iterable[LaneConfig]) -> None:
        self._frames: Final = frames
        self.counters: Final[Counter[str]] = Counter()
        reading = [lane for lane in lanes if lane.plate is not PlateUse.OFF]
        for lane in reading:
            try:
                syntax_of(tuple(lane.countries))
            except BadSyntaxError as error:
                message = f"site file: lane {lane.id}: {error}"
                raise SiteFileError(message) from None
        self._process = self._made() if reading else None

    def all_counters(self) -> list["Counter[str]"]:
        """Return what is counted here and of the plate process."""
        return [self.counters] if self._process is None else [self.counters, self._process.counters]

    async def picture(self, camera: CameraId) -> bytes | None:
        """Return what `camera` sees now, as the officer sees it (JPEG)."""
        return await self._frames(camera, _SHOWN_PIXELS)

    async def read(self, camera: CameraId, countries: Sequence[str], within: Within = WHOLE) -> PlateReading | None:
        """Return the plate that `camera` sees there, by the syntax of `countries`; None if it sees none or is lost.

        Frames vote until two agree, five have voted, or eight were looked at; each takes about a third of a second.
        """
        if self._process is None:
            return None
        result, picture = await self._voted(self._process, camera, tuple(countries), within)
        if not result:
            return None
        ways = [Candidate(share.plate, round(100 * share.confidence)) for share in result]
        return PlateReading(ways[0].plate, ways[0].confidence_percent, picture, tuple(ways[1:]))

    async def run(self) -> None:
        """Keep the plate process at work until cancelled, where a lane reads plates."""
        if self._process is not None:
            await self._process.run()

    async def _voted(
        self, process: PlateProcess, camera: CameraId, countries: tuple[str, ...], within: Within
    ) -> tuple[Sequence[Share], bytes]:
        """Return the ways to read the plate, the best first, and the picture in which that was read most surely."""
        vote, pictures, last = Vote(), dict[str, tuple[float, bytes]](), b""
        for _ in range(_MOST_LOOKS):
            frame = await self._frames(camera, _AS_IT_IS)
            seen = await process.look(frame, countries, within) if frame and frame != last else None
            last = frame or last
            if seen is not None and seen.spelt:
                vote.add(Share(way.plate, way.confidence) for way in seen.spelt)
                for way in seen.spelt:  # the surest frame of all may show the vehicle ahead, or an inscription
                    if way.confidence > pictures.get(way.plate, (0.0, b""))[0]:
                        pictures[way.plate] = way.confidence, seen.jpeg
                if vote.is_settled or vote.frames == MOST_FRAMES:
                    break
            else:
                await asyncio.sleep(_BETWEEN_S)
        result = vote.result()
        return result, pictures.get(result[0].plate, (0.0, b""))[1] if result else b""

    def _made(self) -> PlateProcess | None:
        if all(importlib.util.find_spec(name) for name in _LIBRARIES):
            return PlateProcess()
        self.counters[NOT_SERVED] += 1
        _logger.warning("plates_not_served", cause="the extra `plates` is not installed")
        return None
