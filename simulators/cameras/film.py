"""Films: a story drawn frame by frame and encoded once into a folder, with its truth beside it.

Each frame's number is burned in (stamp.py). A film that is in the folder already is not made again.

Belongs here: from a story to files. Does not belong here: serving them (camera.py), stories themselves (stories.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from pathlib import Path
from typing import Final, cast

import av
import cv2
import msgspec
from av.video.stream import VideoStream

from simulators.cameras.gateway import Gateway
from simulators.cameras.lane import Lane
from simulators.cameras.stamp import stamp
from simulators.cameras.stories import to_and_fro
from simulators.cameras.story import Story, Visit
from simulators.cameras.truth import FrameBox, LineCrossed, PersonSeen, SceneTruth, VehicleSeen
from simulators.cameras.weather import Image, Sky, Weather

_DRAWING_VERSION: Final = 2

Progress = Callable[[int, int], None]
"""Is told frames done and frames in all."""


class Codec(StrEnum):
    """What a film is encoded as."""

    H264 = "h264"
    HEVC = "hevc"
    MPEG4 = "mpeg4"
    """MPEG-4 part 2, which older cameras send: nothing that a recorder takes."""


ENCODERS: Final = {
    # As cameras do: no pictures that refer to later ones, and nothing held back.
    Codec.H264: ("libx264", {"preset": "ultrafast", "tune": "zerolatency", "sc_threshold": "0"}),
    Codec.HEVC: ("libx265", {"preset": "ultrafast", "tune": "zerolatency", "x265-params": "scenecut=0:log-level=none"}),
    Codec.MPEG4: ("mpeg4", {}),
}
"""Name of the encoder, and its options."""


@dataclass(frozen=True, slots=True)
class SceneShape:
    """Size and length of a film. `key_every_s`: seconds between key frames; `noise`: grey levels of sensor noise."""

    width: int = 640
    height: int = 360
    frames_per_s: int = 10
    duration_s: int = 120
    key_every_s: float = 1.0
    bits_per_s: int = 400_000
    noise: int = 0
    codec: Codec = Codec.H264

    @property
    def frames(self) -> int:
        """How many frames the film has before it begins again."""
        return self.frames_per_s * self.duration_s


@dataclass(frozen=True, slots=True)
class Film:
    """Where a film is: an MP4 file, and the truth about it (truth.read_truth)."""

    video: Path
    truth: Path


def scene_file(folder: Path, shape: SceneShape, progress: Progress = lambda _done, _all: None) -> Path:
    """Return the video of people who go to and fro all the time, filmed first unless it is there; blocks."""
    return film(folder, to_and_fro(shape.duration_s), shape, progress=progress).video


def film(
    folder: Path,
    story: Story,
    shape: SceneShape,
    weather: Weather | None = None,
    progress: Progress = lambda _done, _all: None,
) -> Film:
    """Return the film of a story in `folder`, made first unless it is there; blocks. `weather`: none is a dry day.

    A film that was broken off leaves no file behind that counts.
    """
    seen_in = weather or Weather()
    size = f"{shape.width}x{shape.height}-{shape.frames_per_s}-{shape.duration_s}s"
    coded = f"k{shape.key_every_s:g}-b{shape.bits_per_s}-n{shape.noise}-{shape.codec}"
    sky = f"{seen_in.light}{'-rain' if seen_in.rain else ''}"
    video = folder / f"{story.name}-{sky}-{size}-{coded}-v{_DRAWING_VERSION}.mp4"
    made = Film(video, video.with_suffix(".json"))
    if not video.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = video.with_suffix(".unfinished")
        truth = _Shooting(story, shape, seen_in).film(unfinished, progress)
        made.truth.write_bytes(msgspec.json.encode(truth))
        unfinished.replace(video)
    progress(shape.frames, shape.frames)
    return made


class _Shooting:
    """Draws and encodes one film, and notes what is where."""

    def __init__(self, story: Story, shape: SceneShape, weather: Weather) -> None:
        self._story, self._shape, self._weather = story, shape, weather
        self._sky = Sky(shape.width, shape.height, weather, shape.noise)
        self._place = (Lane if story.is_lane else Gateway)(shape.width, shape.height, weather)
        self._persons: dict[int, list[FrameBox]] = {walk.person: [] for walk in story.walks}
        self._vehicles: dict[Visit, list[FrameBox]] = {visit: [] for visit in story.visits}
        self._plates: dict[Visit, list[FrameBox]] = {visit: [] for visit in story.visits}

    def film(self, path: Path, progress: Progress) -> SceneTruth:
        """Write the video; return its truth."""
        shape = self._shape
        encoder, options = ENCODERS[shape.codec]
        with av.open(str(path), "w", format="mp4") as container:
            stream = cast("VideoStream", container.add_stream(encoder, rate=shape.frames_per_s, options=options))
            stream.width, stream.height, stream.pix_fmt = shape.width, shape.height, "yuv420p"
            stream.bit_rate = shape.bits_per_s
            stream.codec_context.gop_size = max(1, round(shape.key_every_s * shape.frames_per_s))
            for number in range(shape.frames):
                image = self._picture(number)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
                if number % shape.frames_per_s == 0:
                    progress(number, shape.frames)
            container.mux(stream.encode(None))
        return self._truth()

    def _picture(self, number: int) -> Image:
        at_s = number / self._shape.frames_per_s
        if isinstance(self._place, Lane):
            image = self._of_lane(self._place, number, at_s)
        else:
            image, boxes = self._place.draw(self._story.figures(at_s))
            for person, box in boxes.items():
                self._persons[person].append(FrameBox(number, box))
        level = self._story.level(at_s)
        if level != 1:
            cv2.convertScaleAbs(image, dst=image, alpha=level)
        self._sky.fall(image, number)
        stamp(image, number)
        return image

    def _of_lane(self, lane: Lane, number: int, at_s: float) -> Image:
        visit = self._story.visit(at_s)
        nearness = None if visit is None else visit.nearness(at_s)
        if visit is None or nearness is None:
            return lane.draw(None)[0]
        image, seen = lane.draw(visit.vehicle, nearness)
        if seen is not None:
            self._vehicles[visit].append(FrameBox(number, seen.vehicle))
            if seen.plate is not None:
                self._plates[visit].append(FrameBox(number, seen.plate))
        return image

    def _truth(self) -> SceneTruth:
        shape = self._shape
        crossings = [
            LineCrossed(walk.person, frame, crossing.direction, walk.manner, walk.is_taken)
            for walk in self._story.walks
            for crossing in walk.crossings()
            if 0 < (frame := self._frame(crossing.at_s)) < shape.frames
        ]
        vehicles = [
            VehicleSeen(
                visit.vehicle, self._frame(visit.stands_s), self._frame(visit.goes_s), visit.backs_out,
                self._vehicles[visit], self._plates[visit],
            )
            for visit in self._story.visits
        ]  # fmt: skip
        return SceneTruth(
            self._story.name, shape.width, shape.height, shape.frames_per_s, shape.frames, self._weather,
            sorted(crossings, key=lambda crossing: (crossing.frame, crossing.person)),
            [PersonSeen(person, boxes) for person, boxes in self._persons.items()], vehicles,
        )  # fmt: skip

    def _frame(self, at_s: float) -> int:
        """Return the first frame that shows what holds from that moment on."""
        return ceil(round(at_s * self._shape.frames_per_s, 6))
