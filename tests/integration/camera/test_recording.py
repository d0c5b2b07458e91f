"""A camera is recorded over real RTSP: sealed while written, without a gap, and openable by a controller alone."""

import asyncio
import io
import os
import signal
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.clock import NS_PER_S
from contract.periods import Retention
from contract.sealing import WrapRefusedError, unwrap
from contract.segments import TruncatedSegmentError, read_header
from simulators.cameras.camera import SimulatedCamera
from tests.integration.camera.conftest import (
    CONTROLLER,
    LOGIN,
    Gate,
    eventually,
    is_gapless,
    jpeg_number,
)


async def test_no_frame_is_missing_within_segments_or_between_them(gate: Gate, tmp_path: Path) -> None:
    async with gate.recording() as recorder:
        await eventually(lambda: recorder.state.segments >= 4)
        assert recorder.state.recording
        assert recorder.last_error == ""
    files = gate.files()
    numbers = [gate.numbers(path, tmp_path) for path in files]
    assert len(files) >= 4
    assert is_gapless([number for segment in numbers for number in segment])
    # The first frames of a connection come at once; when it is known how late they were, another segment begins.
    assert len(numbers[0]) in {gate.segment_s * 10, 10}
    assert all(len(segment) == gate.segment_s * 10 for segment in numbers[1:-1])


async def test_nothing_plain_is_on_disk_while_it_is_written(gate: Gate) -> None:
    async with gate.recording() as recorder:
        await eventually(lambda: recorder.state.segments >= 2)
        files = [path for path in gate.folder.rglob("*") if path.is_file()]
        assert any(path.suffix == ".seg" and path.stat().st_size > 1000 for path in files)
        for path in files:
            data = path.read_bytes()
            assert not [box for box in (b"ftyp", b"moov", b"moof", b"mdat", b"avcC") if box in data]
            assert path.stat().st_mode & 0o077 == 0 or path.parent.stat().st_mode & 0o077 == 0


async def test_without_the_periods_private_key_nothing_opens(gate: Gate) -> None:
    async with gate.recording() as recorder:
        await eventually(lambda: recorder.state.segments >= 1)
    wraps = read_header(io.BytesIO(gate.files()[0].read_bytes())).wraps
    with pytest.raises(WrapRefusedError):
        unwrap(wraps.name, CONTROLLER, wraps.wrap_for(CONTROLLER), X25519PrivateKey.generate())


async def test_each_period_has_its_key_and_a_segment_that_of_its_first_frame(gate: Gate, tmp_path: Path) -> None:
    gate.retention = Retention(video_period_s=10, video_keep_s=3600)
    gate.segment_s = 60
    async with gate.recording() as recorder:
        await eventually(lambda: recorder.state.segments >= 3)
    files = gate.files()
    headers = [read_header(io.BytesIO(path.read_bytes())) for path in files]
    starts = [header.wraps.name.period.start_s for header in headers]
    assert len(starts) >= 3
    # The first frames of a connection come at once; when it is known how late they were, another segment begins.
    later = starts[1:] if starts[0] == starts[1] else starts
    assert later == sorted(set(later))
    numbers = [gate.numbers(path, tmp_path) for path in files]
    assert is_gapless([number for segment in numbers for number in segment])


async def test_a_killed_recorder_leaves_a_segment_that_says_so_and_comes_back(gate: Gate) -> None:
    async with gate.recording() as recorder:
        await eventually(lambda: recorder.state.recording)
        first_pid = recorder.pid
        assert first_pid is not None
        await eventually(lambda: gate.files()[0].stat().st_size > 1000)
        os.kill(first_pid, signal.SIGKILL)
        await eventually(lambda: not recorder.state.recording)
        cut = gate.files()[-1]
        await eventually(lambda: recorder.state.recording and recorder.pid not in {None, first_pid})
    with pytest.raises(TruncatedSegmentError):
        gate.video(cut)
    assert len(gate.video(gate.files()[-1])) > 0


async def test_a_recorder_that_is_terminated_seals_its_segment(gate: Gate) -> None:
    async with gate.recording() as recorder:
        await eventually(lambda: recorder.state.recording)
        assert recorder.pid is not None
        open_segment = gate.files()[-1]
        os.kill(recorder.pid, signal.SIGTERM)
        await eventually(lambda: not recorder.state.recording)
        assert gate.video(open_segment)


async def test_a_frozen_camera_is_a_gap_and_then_it_records_again(
    gate: Gate, camera: SimulatedCamera, tmp_path: Path
) -> None:
    async with gate.recording() as recorder:
        await eventually(lambda: recorder.state.segments >= 2)
        camera.freeze()
        await eventually(lambda: not recorder.state.recording)
        assert recorder.last_error == "camera: silent"
        before = len(gate.files())
        camera.thaw()
        await eventually(lambda: recorder.state.segments >= before + 2)
    assert all(is_gapless(gate.numbers(path, tmp_path)) for path in gate.files())


async def test_a_killed_camera_is_a_gap_and_then_it_records_again(
    gate: Gate, camera: SimulatedCamera, tmp_path: Path
) -> None:
    async with gate.recording() as recorder:
        await eventually(lambda: recorder.state.recording)
        await camera.kill()
        await eventually(lambda: not recorder.state.recording)
        assert await recorder.snapshot() is None
        await eventually(lambda: recorder.last_error == "camera: unreachable")
        before = len(gate.files())
        await camera.start()
        await eventually(lambda: recorder.state.segments >= before + 2)
    assert all(is_gapless(gate.numbers(path, tmp_path)) for path in gate.files())


async def test_snapshots_show_the_newest_picture(gate: Gate) -> None:
    gate.segment_s = 60
    async with gate.recording() as recorder:
        assert await recorder.snapshot() is None
        await eventually(lambda: recorder.state.recording)
        shown: list[int | None] = []
        while len(shown) < 3:
            jpeg = await recorder.snapshot()
            if jpeg is not None:
                shown.append(jpeg_number(jpeg))
            await asyncio.sleep(0.5)
    numbers = [number for number in shown if number is not None]
    assert len(numbers) == 3
    assert numbers[0] < numbers[1] < numbers[2]


async def test_segments_go_when_their_periods_key_dies(gate: Gate) -> None:
    gate.retention = Retention(video_period_s=60, video_keep_s=300)
    async with gate.recording() as recorder:
        await eventually(lambda: recorder.state.segments >= 2)
        old = gate.files()
        gate.clock.shift_ns = 300 * NS_PER_S
        await eventually(lambda: not any(path.exists() for path in old[:-1]))
        await eventually(lambda: recorder.state.recording and gate.files()[-1] not in old)
        await eventually(lambda: not any(path.exists() for path in old))
        assert recorder.state.segments == len(gate.files())


async def test_without_any_controllers_key_nothing_is_recorded(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    known: list[bool] = []
    publics = gate.publics
    monkeypatch.setattr(gate, "publics", lambda period: publics(period) if known else {})
    async with gate.recording() as recorder:
        await eventually(lambda: "no key" in recorder.last_error)
        assert gate.files() == []
        known.append(True)
        await eventually(lambda: recorder.state.recording)


async def test_address_and_password_stay_between_two_processes(
    gate: Gate, camera: SimulatedCamera, capfd: pytest.CaptureFixture[str]
) -> None:
    async with gate.recording() as recorder:
        await eventually(lambda: recorder.state.recording)
        assert recorder.pid is not None
        process = Path(f"/proc/{recorder.pid}")
        public = process.joinpath("cmdline").read_bytes() + process.joinpath("environ").read_bytes()
        await camera.kill()
        await eventually(lambda: recorder.last_error == "camera: unreachable")
        told = recorder.last_error + repr(recorder._settings)
    everything = (
        told.encode() + public + b"".join(path.read_bytes() for path in gate.folder.rglob("*") if path.is_file())
    )
    out, err = capfd.readouterr()
    for secret in (*LOGIN.split(":"), gate.address):
        assert secret.encode() not in everything
        assert secret not in out + err
