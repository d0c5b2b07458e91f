"""The gate's side: which frames are shown to the plate process, and what the gate is told. No model is loaded."""

import subprocess
import sys
from collections import Counter
from collections.abc import Sequence

import pytest

from contract.ids import AccessPointId, CameraId, LaneId, PortalId
from contract.plates import Within
from contract.site import SiteFileError
from contract.site.lane import LaneConfig, PlateUse
from edge.plates import reader
from edge.plates.reader import MOST_FRAMES, NOT_SERVED, Plates
from edge.plates.wire import Seen, Spelt

CAMERA = CameraId("lane-in")


class Process:
    """Answers with what a test has laid out, one after the other, then for ever with the last."""

    def __init__(self, answers: Sequence[Seen | None]) -> None:
        self.counters: Counter[str] = Counter()
        self.answers = list(answers)
        self.shown: list[tuple[bytes, tuple[str, ...]]] = []
        self.within: list[Within] = []

    async def look(self, jpeg: bytes, countries: tuple[str, ...], within: Within) -> Seen | None:
        self.within.append(within)
        self.shown.append((jpeg, countries))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def lane(plate: PlateUse = PlateUse.REQUIRED, countries: Sequence[str] = ("eu",)) -> LaneConfig:
    return LaneConfig(
        LaneId("in"), AccessPointId("in"), PortalId("boom"), "board", plate=plate, countries=list(countries)
    )


def plates(monkeypatch: pytest.MonkeyPatch, process: Process, frames: Sequence[bytes | None] = ()) -> Plates:
    monkeypatch.setattr(reader, "PlateProcess", lambda: process)
    monkeypatch.setattr(reader, "_BETWEEN_S", 0)
    left = list(frames)
    count = 0

    async def frame(camera: CameraId, width_pixels: int) -> bytes | None:
        nonlocal count
        assert camera == CAMERA
        if width_pixels:
            return left.pop(0) if left else b"shown"
        count += 1
        return left.pop(0) if left else b"frame %d" % count

    return Plates(frame, [lane()])


def seen(plate: str, confidence: float, jpeg: bytes = b"picture") -> Seen:
    return Seen((Spelt(plate, confidence), Spelt(plate[:-1], 0.03)), jpeg)


async def test_two_frames_that_agree_suffice(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process([seen("BMW1234", 0.9, b"first"), seen("BMW1234", 0.96, b"second")])
    reading = await plates(monkeypatch, process).read(CAMERA, ["de"])
    assert reading is not None
    assert (reading.plate, reading.confidence_percent, reading.jpeg) == ("BMW1234", 93, b"second")
    assert [candidate.plate for candidate in reading.candidates] == ["BMW123"]
    assert [countries for _, countries in process.shown] == [("de",), ("de",)]
    assert "BMW" not in repr(reading)


async def test_plates_are_looked_for_where_the_lane_says(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process([seen("BMW1234", 0.9)])
    assert await plates(monkeypatch, process).read(CAMERA, ["de"], (0.0, 0.1, 1.0, 0.95)) is not None
    assert set(process.within) == {(0.0, 0.1, 1.0, 0.95)}


async def test_frames_that_differ_vote_and_then_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process([seen("BMW1284", 0.5), seen("BMW1234", 0.7)])
    reading = await plates(monkeypatch, process).read(CAMERA, ["de"])
    assert reading is not None
    assert reading.plate == "BMW1234"
    assert len(process.shown) == MOST_FRAMES


async def test_the_picture_is_one_in_which_the_plate_was_read_that_was_voted_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = seen("AME00357", 0.95, b"an inscription before the vehicle came")
    process = Process(
        [other, seen("BMW1234", 0.7, b"far"), seen("BMW1234", 0.8, b"near"), seen("BMW1234", 0.7, b"gone")]
    )
    reading = await plates(monkeypatch, process).read(CAMERA, ["de"])
    assert reading is not None
    assert (reading.plate, reading.jpeg) == ("BMW1234", b"near")


async def test_the_same_frame_does_not_vote_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process([seen("BMW1234", 0.95)])
    reading = await plates(monkeypatch, process, [b"same", b"same", None, b"same", b"next"]).read(CAMERA, ["de"])
    assert reading is not None
    assert [jpeg for jpeg, _ in process.shown] == [b"same", b"next"]


@pytest.mark.parametrize("answer", [None, Seen()])
async def test_without_process_or_plate_there_is_a_picture_alone(
    monkeypatch: pytest.MonkeyPatch, answer: Seen | None
) -> None:
    made = plates(monkeypatch, Process([answer]))
    assert await made.read(CAMERA, ["de"]) is None
    assert await made.picture(CAMERA) == b"shown"


async def test_without_a_camera_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process([seen("BMW1234", 0.95)])
    assert await plates(monkeypatch, process, [None] * 100).read(CAMERA, ["de"]) is None
    assert process.shown == []


async def nothing(_: CameraId, __: int) -> None:
    return None


def test_a_country_that_nobody_described_is_an_error_of_the_site_file() -> None:
    with pytest.raises(SiteFileError, match=r"lane in: .*'xx'"):
        Plates(nothing, [lane(countries=["eu", "xx"])])


async def test_a_gate_whose_lanes_read_no_plates_has_no_process() -> None:
    idle = Plates(nothing, [lane(PlateUse.OFF, ["xx"])])
    assert await idle.read(CAMERA, ["eu"]) is None
    await idle.run()
    assert not any(idle.all_counters())


async def test_without_the_extra_the_gate_goes_on_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_LIBRARIES", ("no_such_library",))
    without = Plates(nothing, [lane()])
    assert without.counters == {NOT_SERVED: 1}
    assert await without.read(CAMERA, ["eu"]) is None
    await without.run()


def test_the_gate_loads_no_model_and_no_picture_library() -> None:
    code = "import sys, edge.plates.reader; print({'cv2', 'numpy', 'onnxruntime', 'rapidocr'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert result.stdout.strip() == "set()"
