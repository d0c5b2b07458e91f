"""A recorder that is killed again and again, a camera that goes and comes, files that are cut: which frames are left.

Judged by the numbers that are burned into the frames: outside of recorded gaps each is there, and once. Short: one of
each fault with one camera; full: an hour of them with two, or as many seconds as SACS_RECORDED_S says.
"""

import asyncio
import io
import os
import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from contract.ids import CameraId
from contract.recordings import RecordedGap
from contract.sealing import ContentKey, unwrap
from contract.segments import SegmentError, open_first_ns, read_chunks, read_header, read_sealed
from edge.recorder.recorder_process import RecorderProcess
from edge.recorder.shelf import shelf_folder
from edge.recorder.shelf_view import ShelfView
from simulators.cameras.camera import SimulatedCamera
from simulators.cameras.film import scene_file
from tests.conftest import EFFORT, Effort
from tests.integration.camera.conftest import CONTROLLER, LOGIN, SHAPE, Gate, burned_number, eventually, jpeg_number

FPS = SHAPE.frames_per_s
MOST_LOST = 2 * FPS
IS_SHORT = EFFORT is Effort.SHORT
FOR_S = 0.0 if IS_SHORT else float(os.environ.get("SACS_RECORDED_S", "3600"))
FILM = SHAPE if IS_SHORT else replace(SHAPE, duration_s=120)
CAMERAS = 1 if IS_SHORT else 2
REST_S = 2 if IS_SHORT else 20
"""So long at most nothing happens before a recorder is killed."""
PATIENCE_S = 40 if IS_SHORT else 240
"""A recorder that is killed again and again is started again after half a minute, on a machine that has other work."""
CUTS = 12 if IS_SHORT else 300
_NEAR_NS = 10 * 10**9
"""Frames that follow each other were taken no further apart; the film begins again after twice that, or more."""


@dataclass
class Part:
    """What can be read of one segment: frame numbers, and when the first and the last were taken."""

    numbers: list[int]
    first_ns: int
    last_ns: int
    is_complete: bool


def whole_fragments(video: bytes) -> bytes:
    """The boxes of an MP4 file up to its last whole fragment (ISO/IEC 14496-12 section 4.2)."""
    at = end = 0
    while at + 8 <= len(video):
        size, kind = int.from_bytes(video[at : at + 4], "big"), video[at + 4 : at + 8]
        at += size
        if at <= len(video) and kind in {b"moov", b"mdat"}:
            end = at
    return video[:end]


def readable(sealed: bytes, key: ContentKey | None) -> Part:
    """Read a segment as far as it goes."""
    file, pieces, is_complete = io.BytesIO(sealed), [], True
    if key is None:
        return Part([], 0, 0, is_complete=False)
    try:
        header = read_header(file)
        begin = file.tell()
        first_ns = open_first_ns(header, key, read_sealed(file))
        file.seek(begin)
        for piece in read_chunks(file, header, key):
            pieces.append(piece)  # noqa: PERF402  what came before the error counts
    except SegmentError:
        is_complete = False
    video = whole_fragments(b"".join(pieces))
    if b"mdat" not in video:
        return Part([], 0, 0, is_complete)
    numbers, last_ns = [], first_ns
    with av.open(io.BytesIO(video), "r") as container:
        for frame in container.decode(video=0):
            number = burned_number(frame.to_ndarray(format="bgr24").astype(np.uint8))
            assert number is not None
            numbers.append(number)
            last_ns = first_ns + round((frame.time or 0) * 1e9)
    return Part(numbers, first_ns, last_ns, is_complete)


def keys_of(gate: Gate) -> Iterator[tuple[Path, ContentKey | None]]:
    """Every segment on disk with its key, as a controller opens it; without one where the head was cut off."""
    for path in gate.files():
        try:
            with path.open("rb") as file:
                wraps = read_header(file).wraps
        except SegmentError:
            yield path, None
            continue
        private = gate.privates[wraps.name.period]
        yield path, unwrap(wraps.name, CONTROLLER, wraps.wrap_for(CONTROLLER), private)


def follows(before: int, after: int) -> bool:
    return (before + 1) % FILM.frames == after


def judge(parts: list[Part], gaps: list[RecordedGap]) -> None:
    """Each number is there once, but where a gap is written down."""
    assert all(gap.until_ns for gap in gaps[:-1])
    for part in parts:
        assert all(map(follows, part.numbers, part.numbers[1:]))
    seen = [part for part in parts if part.numbers]
    for before, after in pairwise(seen):
        between = [gap for gap in gaps if gap.from_ns < after.first_ns and gap.until_ns > before.last_ns]
        if not follows(before.numbers[-1], after.numbers[0]):
            assert between, "frames are missing, and no gap says so"
            assert max(gap.until_ns for gap in between) >= after.first_ns - 1
            assert min(gap.from_ns for gap in between) - before.last_ns <= 2 * 10**9
        elif between:
            assert after.numbers[0] == 0, "a gap where nothing is missing: for whoever connects the film begins anew"
        else:
            assert abs(after.first_ns - before.last_ns) < _NEAR_NS, "a whole turn of the film is missing"
    assert all(part.numbers for part in parts if part.is_complete)


async def newest_number(recorder: RecorderProcess) -> int:
    """The newest frame that the recorder has."""
    for _ in range(100):
        jpeg = await recorder.snapshot()
        number = jpeg_number(jpeg) if jpeg else None
        if number is not None:
            return number
        await asyncio.sleep(0.2)
    pytest.fail("no picture")


async def kill_recorder(gate: Gate, recorder: RecorderProcess) -> None:
    """Kill it at some moment: what it had two seconds ago can be read."""
    await asyncio.sleep(random.uniform(0, REST_S))
    newest, pid = await newest_number(recorder), recorder.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    parts = [readable(path.read_bytes(), key) for path, key in list(keys_of(gate))[-2:]]
    left = [number for part in parts for number in part.numbers] or [-1]
    half = FILM.frames // 2  # the film begins again after its last frame, and more may have come than was seen
    assert (newest - left[-1] + half) % FILM.frames - half <= MOST_LOST
    await eventually(lambda: recorder.pid not in {None, pid} and recorder.state.recording, PATIENCE_S)


async def lose_camera(recorder: RecorderProcess, camera: SimulatedCamera) -> None:
    """Its cable is cut and mended."""
    await camera.kill()
    await eventually(lambda: recorder.last_error == "camera: unreachable", PATIENCE_S)
    assert not recorder.state.recording
    assert await recorder.snapshot() is None
    await camera.start()
    await eventually(lambda: recorder.state.recording, PATIENCE_S)


async def silence_camera(recorder: RecorderProcess, camera: SimulatedCamera) -> None:
    """It says nothing for a while."""
    camera.freeze()
    await eventually(lambda: not recorder.state.recording, PATIENCE_S)
    assert recorder.last_error == "camera: silent"
    camera.thaw()
    await eventually(lambda: recorder.state.recording, PATIENCE_S)


async def filmed(gate: Gate, camera: SimulatedCamera) -> None:
    """Record one camera through all that can happen to it, and then for two segments in peace."""
    loop = asyncio.get_running_loop()
    async with gate.recording() as recorder:
        await eventually(lambda: recorder.state.recording, PATIENCE_S)
        until_s = loop.time() + FOR_S
        while True:
            await kill_recorder(gate, recorder)
            await silence_camera(recorder, camera)
            await lose_camera(recorder, camera)
            if loop.time() >= until_s:
                break
        segments = recorder.state.segments
        await eventually(lambda: recorder.state.segments >= segments + 2, PATIENCE_S)


@pytest.mark.timeout(600)
async def test_each_frame_is_there_once_but_in_recorded_gaps(tmp_path: Path) -> None:
    scene = await asyncio.to_thread(scene_file, tmp_path, FILM, lambda *_: None)
    cameras = [SimulatedCamera(scene, login=LOGIN) for _ in range(CAMERAS)]
    try:
        for camera in cameras:
            await camera.start()
        gates = [
            Gate(tmp_path / "video", camera.address, segment_s=3, camera=CameraId(f"north/{number}"))
            for number, camera in enumerate(cameras)
        ]
        await asyncio.gather(*map(filmed, gates, cameras))
    finally:
        for camera in cameras:
            await camera.stop()
    for gate in gates:
        await asyncio.to_thread(all_is_there, gate)


def all_is_there(gate: Gate) -> None:
    """Open and decode all that one camera left, and compare it with what the gate tells of it."""
    found = list(keys_of(gate))
    parts = [readable(path.read_bytes(), key) for path, key in found]
    shelf = ShelfView(shelf_folder(gate.folder, gate.camera))
    gaps = shelf.gaps(0, 2**62)
    frames, missing_s = sum(len(part.numbers) for part in parts), sum(gap.until_ns - gap.from_ns for gap in gaps[:-1])
    print(f"{gate.camera}: {frames} frames in {len(parts)} segments, {len(gaps)} gaps of {missing_s / 1e9:.0f} s")
    assert not all(part.is_complete for part in parts)
    judge(parts, gaps)
    reasons = {gap.why for gap in gaps}
    assert {"stopped", "silent"} <= reasons
    assert reasons & {"unreachable", "ended", "broken"}
    told = shelf.segments(0, 2**62, 10**6)
    both = list(zip(told, parts, strict=True))
    assert all(segment.first_ns == (part.first_ns or segment.first_ns) for segment, part in both)
    # One whose recorder was killed between its end mark and its row is told as cut; none that is cut is told as whole.
    assert all(part.is_complete for segment, part in both if segment.is_complete)
    assert sum(segment.is_complete != part.is_complete for segment, part in both) <= len(both) // 50
    sealed, key = next(
        (path.read_bytes(), key)
        for (path, key), part in zip(found, parts, strict=True)
        if key is not None and len(part.numbers) >= 3 * FPS
    )
    for _ in range(CUTS):
        left_behind_a_cut(sealed, key)


def left_behind_a_cut(sealed: bytes, key: ContentKey) -> None:
    """Cut a segment anywhere: a beginning is left, and what the next half second would have brought is all it lacks."""
    whole = readable(sealed, key).numbers
    cut = random.randrange(len(sealed))
    left = readable(sealed[:cut], key)
    assert not left.is_complete
    assert left.numbers == whole[: len(left.numbers)]
    share = cut / len(sealed) * len(whole)
    assert share - len(left.numbers) <= MOST_LOST
