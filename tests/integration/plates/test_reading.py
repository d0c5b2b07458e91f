"""The real models read drawn plates: by command, and in the gate's plate process, which may die."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import pytest_asyncio
from typer.testing import CliRunner, Result

from benchmarks.plate_pictures import KnownPicture, drawn
from contract.ids import AccessPointId, CameraId, LaneId, PortalId
from contract.site.lane import LaneConfig, PlateUse
from edge.plates.finder import PlateFinder
from edge.plates.picture import BadPictureError, Picture, decoded, lit
from edge.plates.plate_process import FAILED, PlateProcess
from edge.plates.reader import Plates
from edge.plates.recognizer import Recognizer
from edge.plates.regions import likely_regions
from edge.plates.syntax import syntax_of
from sacs.main import app

CAMERA = CameraId("lane-in")
CLOCKLESS = (0.0, 0.12, 1.0, 0.94)
STRIP = os.fsdecode(b"strip-\xff.jpg")
"""Its name is no UTF-8, and its picture a strip that no model takes."""


def small(text: str) -> KnownPicture:
    """Fast to read: the models' time goes by pixels."""
    return drawn(text, 640, 360, 130)


def jpeg_of(picture: Picture) -> bytes:
    made, data = cv2.imencode(".jpg", picture)
    assert made
    return data.tobytes()


@pytest.fixture(scope="module")
def finder() -> PlateFinder:
    with pytest.MonkeyPatch.context() as patch:

        def refuse(*_: object) -> None:
            raise AssertionError("a model was fetched")

        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        return PlateFinder(Recognizer())


@pytest.mark.parametrize(
    ("country", "text"), [("sk", "SK 204 RO"), ("de", "B-MK 4711"), ("us", "7KDM381"), ("br", "RIO2A18")]
)
def test_a_drawn_plate_is_read_where_it_stands(finder: PlateFinder, country: str, text: str) -> None:
    known = small(text)
    found = finder.find(known.picture, syntax_of((country,)))
    assert found is not None
    assert found.spellings[0].plate == known.plate
    assert found.spellings[0].has_form
    x, y, w, h = known.box
    middle = (found.box.x + found.box.w / 2, found.box.y + found.box.h / 2)
    assert x < middle[0] < x + w
    assert y < middle[1] < y + h
    assert found.box.w > w / 2


def test_a_plate_too_small_for_the_whole_picture_is_read_at_the_second_look(finder: PlateFinder) -> None:
    known = drawn("HRT-4826", 1920, 1080, 76)
    assert likely_regions(known.picture), "some place stands out"
    found = finder.find(known.picture, syntax_of(("us",)))
    assert found is not None
    assert found.spellings[0].plate == known.plate


def test_a_picture_without_a_plate_has_none(finder: PlateFinder) -> None:
    assert finder.find(np.full((240, 320, 3), 90, np.uint8), syntax_of(())) is None
    sign = drawn("PRIVATE", 640, 360, 130)
    assert finder.find(sign.picture, syntax_of(("sk",))) is None


def test_a_plate_in_the_dark_is_read(finder: PlateFinder) -> None:
    known = small("SK 204 RO")
    dark = (known.picture * 0.08).astype(np.uint8)
    assert np.ptp(lit(dark)) == 255
    found = finder.find(dark, syntax_of(("sk",)))
    assert found is not None
    assert found.spellings[0].plate == known.plate
    assert lit(known.picture) is known.picture, "by day a picture stays as it is"
    assert lit(np.full((64, 64, 3), 9, np.uint8)).max() < 255, "of nothing nothing is made"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        jpeg_of(np.zeros((8, 8, 3), np.uint8)),
        jpeg_of(np.zeros((4000, 16, 3), np.uint8)),
        jpeg_of(np.zeros((16, 6000, 3), np.uint8)),
    ],
)
def test_bytes_that_are_no_picture_are_a_named_error(data: bytes) -> None:
    with pytest.raises(BadPictureError):
        decoded(data)


@pytest.fixture(scope="module")
def commanded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Result, Path]:
    """`sacs plates` on two plates, a picture without one and a file that is none; in JSON, and one of them in words."""
    folder = tmp_path_factory.mktemp("pictures")
    for name, text in (("a.jpg", "B-MK 4711"), ("b.jpg", "SK 204 RO")):
        (folder / name).write_bytes(jpeg_of(small(text).picture))
    (folder / "empty.jpg").write_bytes(jpeg_of(np.full((200, 300, 3), 90, np.uint8)))
    (folder / "text.jpg").write_bytes(b"no picture")
    (folder / STRIP).write_bytes(jpeg_of(np.full((4000, 16, 3), 90, np.uint8)))
    files = [str(folder / name) for name in ("a.jpg", "text.jpg", "missing.jpg", STRIP, "b.jpg", "empty.jpg")]
    runner = CliRunner()
    return (
        runner.invoke(app, ["plates", *files, "--country", "de", "--country", "SK", "--json"]),
        runner.invoke(app, ["plates", files[0], files[5]]),
        folder,
    )


def test_each_picture_is_one_line_of_json_and_a_bad_file_ends_nothing(commanded: tuple[Result, Result, Path]) -> None:
    result, _, folder = commanded
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert [row["file"] for row in rows] == [
        str(folder / name) for name in ("a.jpg", "text.jpg", "missing.jpg", "strip-?.jpg", "b.jpg", "empty.jpg")
    ]
    assert [row["plate"] for row in rows] == ["BMK4711", None, None, None, "SK204RO", None]
    assert ["error" in row for row in rows] == [False, True, True, True, False, False]
    assert all(set(row) - {"error"} == {"file", "plate", "confidence", "box"} for row in rows)
    assert 0.5 < rows[0]["confidence"] <= 1
    assert len(rows[0]["box"]) == 4
    assert result.exit_code == 1


def test_in_words_a_plate_has_confidence_size_and_place(commanded: tuple[Result, Result, Path]) -> None:
    _, result, _ = commanded
    plate, empty = result.output.splitlines()
    assert "BMK4711" in plate
    assert " % " in plate
    assert "pixels at" in plate
    assert empty.endswith("empty.jpg: no plate")
    assert result.exit_code == 0


def test_a_part_of_the_picture_is_looked_at_or_said_to_be_none(commanded: tuple[Result, Result, Path]) -> None:
    picture = str(commanded[2] / "b.jpg")
    runner = CliRunner()
    lower, upper, wrong = (
        runner.invoke(app, ["plates", picture, "--within", part]) for part in ("0,0.3,1,0.95", "0,0,1,0.4", "0,1,a")
    )
    assert "SK204RO" in lower.output
    assert upper.output.endswith("b.jpg: no plate\n")
    assert wrong.exit_code == 1
    assert "as in 0,0.1,1,0.95" in wrong.output


def test_a_country_that_nobody_described_is_said_at_once() -> None:
    result = CliRunner().invoke(app, ["plates", "a.jpg", "--country", "xx"])
    assert result.exit_code == 1
    assert "known are" in result.output


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not condition():  # noqa: ASYNC110  of another process
            await asyncio.sleep(0.05)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def process() -> AsyncIterator[PlateProcess]:
    kept = PlateProcess()
    task = asyncio.create_task(kept.run())
    await until(lambda: kept.pid is not None)
    yield kept
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert kept.pid is None


@pytest.mark.asyncio(loop_scope="module")
async def test_a_process_that_dies_over_a_picture_is_started_again(process: PlateProcess) -> None:
    known = small("SK 204 RO")
    picture = jpeg_of(known.picture)
    first = process.pid
    assert first is not None
    asked = asyncio.create_task(process.look(picture, ("sk",)))
    await asyncio.sleep(0)
    os.kill(first, signal.SIGKILL)
    assert await asked is None, "nobody waits for an answer that can not come"
    await until(lambda: process.pid not in {None, first})
    assert process.counters[FAILED] == 1
    gone = asyncio.create_task(process.look(jpeg_of(small("B-MK 4711").picture), ("de",)))
    await asyncio.sleep(0)
    gone.cancel()  # its vehicle left: the answer is not taken for the next one's
    seen = await process.look(picture, ("sk",))
    assert seen is not None
    assert seen.spelt[0].plate == known.plate
    assert decoded(seen.jpeg).shape == (360, 640, 3)
    nothing = await process.look(b"no picture", ("sk",))
    assert nothing is not None
    assert nothing.spelt == ()


def test_a_part_is_told_in_the_coordinates_of_the_whole(finder: PlateFinder) -> None:
    known = small("SK 204 RO")
    part = finder.find(known.picture, syntax_of(("sk",)), (0.2, 0.3, 0.9, 0.95))
    assert part is not None
    assert part.spellings[0].plate == known.plate
    (x, y, w, h), box = known.box, part.box
    middle = (box.x + box.w / 2, box.y + box.h / 2)
    assert (x < middle[0] < x + w, y < middle[1] < y + h) == (True, True), (known.box, box)
    with pytest.raises(BadPictureError):
        finder.find(known.picture, syntax_of(("sk",)), (0.0, 0.0, 1.0, 0.01))


@pytest.mark.asyncio(loop_scope="module")
async def test_what_a_camera_writes_into_its_picture_is_no_plate_where_nobody_looks(process: PlateProcess) -> None:
    known = small("SK 204 RO")
    empty = np.full_like(known.picture, 120)
    for picture in (empty, known.picture):
        cv2.putText(picture, "frame 002948", (12, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 255, 255), 2)
    fooled = await process.look(jpeg_of(empty), ("eu",))
    assert fooled is not None
    assert fooled.spelt, "a clock reads like a plate"
    nothing = await process.look(jpeg_of(empty), ("eu",), CLOCKLESS)
    assert nothing is not None
    assert nothing.spelt == ()
    seen = await process.look(jpeg_of(known.picture), ("eu",), CLOCKLESS)
    assert seen is not None
    assert seen.spelt[0].plate == known.plate
    assert decoded(seen.jpeg).shape == (360, 640, 3), "the officer sees the whole picture"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_lanes_camera_is_read_over_several_frames(
    process: PlateProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.plates.reader.PlateProcess", lambda: process)
    known = small("SK 204 RO")
    frames = [known.picture, cv2.GaussianBlur(known.picture, (0, 0), 1.2), np.roll(known.picture, 3, axis=1)]
    shown = 0

    async def frame(_: CameraId, __: int) -> bytes:
        nonlocal shown
        shown += 1
        return jpeg_of(frames[shown % 3])

    lane = LaneConfig(
        LaneId("in"), AccessPointId("in"), PortalId("boom"), "board", plate=PlateUse.REQUIRED, countries=["sk"]
    )
    reading = await Plates(frame, [lane]).read(CAMERA, lane.countries)
    assert reading is not None
    assert reading.plate == known.plate
    assert reading.confidence_percent > 50
    assert reading.jpeg
    assert shown >= 2
