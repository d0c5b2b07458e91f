"""The RTSP driver against a real server: rising timestamps, named losses, and no address in any error."""

import asyncio
import socket
import traceback
from itertools import islice, pairwise
from pathlib import Path

import pytest

from drivers.camera.rtsp import BadAddressError, CameraLoss, CameraLostError, RtspCamera
from simulators.cameras.camera import SimulatedCamera
from simulators.cameras.film import SceneShape, scene_file
from tests.integration.camera.conftest import LOGIN


async def test_packets_rise_and_begin_with_a_key_frame(camera: SimulatedCamera) -> None:
    packets = await asyncio.to_thread(lambda: list(islice(RtspCamera(camera.address).packets(), 30)))
    stamps = [packet.dts for packet in packets]
    assert packets[0].is_keyframe
    assert stamps[0] == 0
    assert all(before is not None and after is not None and before < after for before, after in pairwise(stamps))


async def test_the_end_of_the_stream_is_a_loss(tmp_path: Path) -> None:
    shape = SceneShape(width=320, height=180, duration_s=1, bits_per_s=200_000)
    camera = SimulatedCamera(scene_file(tmp_path, shape, lambda *_: None))
    await camera.start()
    once = camera.address.replace("play_count_0", "play_count_1")
    with pytest.raises(CameraLostError) as lost:
        await asyncio.to_thread(lambda: list(RtspCamera(once).packets()))
    assert lost.value.reason is CameraLoss.ENDED
    await camera.stop()


async def test_a_scene_that_is_not_there_is_named(camera: SimulatedCamera) -> None:
    elsewhere = camera.address.replace(".mp4", "-other.mp4")
    with pytest.raises(CameraLostError) as lost:
        await asyncio.to_thread(lambda: list(RtspCamera(elsewhere).packets()))
    assert lost.value.reason is CameraLoss.NO_VIDEO


def test_an_unreachable_camera_tells_no_address() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"rtsp://{LOGIN}@127.0.0.1:{taken.getsockname()[1]}/scene"
        with pytest.raises(CameraLostError) as lost:
            list(RtspCamera(address).packets())
    text = "".join(traceback.format_exception(lost.value)) + repr(lost.value.__context__)
    assert lost.value.reason is CameraLoss.UNREACHABLE
    assert "sesame" not in text


def test_only_rtsp_addresses_are_taken() -> None:
    with pytest.raises(BadAddressError) as bad:
        RtspCamera(f"file:///etc/{LOGIN}")
    assert "sesame" not in str(bad.value)
