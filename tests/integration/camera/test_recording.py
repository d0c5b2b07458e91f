"""A camera is recorded over real RTSP: sealed while written, without a gap, and openable by a controller alone."""

import asyncio
import contextlib
import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.clock import NS_PER_S
from contract.periods import Retention
from contract.sealing import WrapRefusedError, unwrap
from contract.segments import read_header
from simulators.cameras.camera import SimulatedCamera
from tests.integration.camera.conftest import (
    CONTROLLER,
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


async def test_a_recorder_that_is_terminated_seals_its_segment(gate: Gate) -> None:
    async with gate.recording() as recorder:
        await eventually(lambda: recorder.state.recording)
        assert recorder.pid is not None
        open_segment = gate.files()[-1]
        os.kill(recorder.pid, signal.SIGTERM)
        await eventually(lambda: not recorder.state.recording)
        assert gate.video(open_segment)


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
        await eventually(lambda: recorder.state.recording and bool(set(gate.files()) - set(old)))
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
    scene: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    name, password = f"viewer-{token_hex(4)}", token_hex(8)
    camera = SimulatedCamera(scene, login=f"{name}:{password}")
    await camera.start()
    gate = Gate(tmp_path / "video", camera.address)
    try:
        async with gate.recording() as recorder:
            await eventually(lambda: recorder.state.recording)
            public = b"".join(_processes())
            assert f"{recorder.pid}".encode() in public
            await camera.kill()
            await eventually(lambda: recorder.last_error == "camera: unreachable")
            assert await recorder.snapshot() is None
            told = recorder.last_error + repr(recorder._settings) + repr(recorder.state)
    finally:
        await camera.stop()
    on_disk = b"".join(path.read_bytes() for path in gate.folder.rglob("*") if path.is_file())
    logged = "".join(capfd.readouterr())
    assert "recorder_state" in logged
    for secret in (name, password, gate.address):
        assert secret.encode() not in public + told.encode() + on_disk
        assert secret not in logged


def _processes() -> Iterator[bytes]:
    """What anybody on the machine may read of each process: its number, arguments and, for its owner, environment."""
    for process in Path("/proc").glob("[0-9]*"):
        for what in ("cmdline", "environ"):
            with contextlib.suppress(OSError):  # it ended, or is somebody else's
                yield process.name.encode() + (process / what).read_bytes()
