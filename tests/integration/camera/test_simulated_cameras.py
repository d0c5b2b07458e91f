"""Both RTSP servers through the real driver: numbers arrive, and each fault is the loss that it should be."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext

from drivers.camera.rtsp import CameraLoss, CameraLostError, RtspCamera
from simulators.cameras.cable import Fault, RtspCable
from simulators.cameras.camera import CameraServer, SimulatedCamera
from simulators.cameras.film import Codec, SceneShape, scene_file
from tests.integration.camera.conftest import LOGIN, burned_number, eventually

SHORT = SceneShape(width=320, height=180, duration_s=2, bits_per_s=200_000)
HEVC = SceneShape(width=320, height=180, duration_s=2, bits_per_s=200_000, codec=Codec.HEVC)
THREADS = ThreadPoolExecutor(12)  # asyncio's own pool has too few for all visitors at once
MPEG4 = SceneShape(width=320, height=180, duration_s=2, bits_per_s=200_000, codec=Codec.MPEG4)


@dataclass
class Visitor:
    """Somebody who takes packets until the stream is lost, or he has had `enough`."""

    address: str
    enough: int | None = None
    stamps: list[int] = field(default_factory=list)

    async def look(self) -> CameraLoss | None:
        """Return the loss; None when he had enough."""
        return await asyncio.get_running_loop().run_in_executor(THREADS, self._take)

    def _take(self) -> CameraLoss | None:
        try:
            for packet in islice(RtspCamera(self.address).packets(), self.enough):
                assert packet.dts is not None
                self.stamps.append(packet.dts)
        except CameraLostError as lost:
            return lost.reason
        return None


def numbers(address: str, count: int) -> list[int | None]:
    """Take packets, decode them, and read what is burned into the pictures."""
    packets = list(islice(RtspCamera(address).packets(), count))
    decoder = packets[0].stream.codec_context
    assert isinstance(decoder, VideoCodecContext)
    pictures = [picture for packet in packets for picture in decoder.decode(packet)] + decoder.decode(None)
    return [burned_number(picture.to_ndarray(format="bgr24").astype(np.uint8)) for picture in pictures]


@pytest.mark.parametrize(("server", "shape"), [(CameraServer.WHEEL, HEVC), (CameraServer.DEBIAN, SHORT)])
async def test_each_frame_arrives_once(tmp_path: Path, server: CameraServer, shape: SceneShape) -> None:
    camera = SimulatedCamera(scene_file(tmp_path, shape), login=LOGIN, server=server)
    await camera.start()
    try:
        found = await asyncio.to_thread(numbers, camera.address, shape.frames + 4)
    finally:
        await camera.stop()
    assert found == [number % shape.frames for number in range(shape.frames + 4)]


async def test_another_codec_is_no_video(tmp_path: Path) -> None:
    camera = SimulatedCamera(scene_file(tmp_path, MPEG4), server=CameraServer.DEBIAN)
    await camera.start()
    assert await Visitor(camera.address).look() is CameraLoss.NO_VIDEO
    await camera.stop()


async def test_faults_of_a_camera_and_its_cable(tmp_path: Path) -> None:
    """One camera, and for each fault a cable and a visitor of its own; one that freezes beside it; all at once."""
    camera = SimulatedCamera(scene_file(tmp_path, SHORT), login=LOGIN)
    freezing = SimulatedCamera(scene_file(tmp_path, HEVC), server=CameraServer.DEBIAN)
    async with AsyncExitStack() as stack:
        for each in (camera, freezing):
            await each.start()
            stack.push_async_callback(each.stop)
        cables: dict[str, RtspCable] = {}
        for name in ("jump", "back", "damage", "slow", "noise", "deaf", "ends", "cut", "silent"):
            cables[name] = RtspCable(camera.address)
            await cables[name].up()
            stack.push_async_callback(cables[name].down)
        cables["deaf"].fault = Fault.NOISE
        visitors = {name: Visitor(cable.address) for name, cable in cables.items()}
        visitors |= {"direct": Visitor(camera.address), "freezing": Visitor(freezing.address)}
        looks = {name: asyncio.create_task(visitor.look()) for name, visitor in visitors.items()}
        assert await looks.pop("deaf") is CameraLoss.UNREACHABLE
        await eventually(lambda: all(len(visitors[name].stamps) >= 5 for name in looks))
        cables["jump"].jump(3600)
        cables["back"].jump(-3600)
        cables["damage"].fault = cables["noise"].fault = Fault.DAMAGE
        cables["noise"].fault = Fault.NOISE
        cables["slow"].bytes_per_s = 4000
        cables["ends"].end()
        assert await looks.pop("ends") is CameraLoss.ENDED
        await cables["cut"].down()
        assert await looks.pop("cut") in {CameraLoss.BROKEN, CameraLoss.ENDED}
        freezing.freeze()
        await cables["silent"].silence()
        assert [await looks.pop(name) for name in ("silent", "freezing")] == 2 * [CameraLoss.SILENT]
        had = {name: len(visitors[name].stamps) for name in looks}
        # Noise that does not end is neither silence nor an end to libav: a recorder that hangs in it is started again.
        await eventually(lambda: all(len(visitors[name].stamps) > had[name] for name in looks if name != "noise"))
        assert len(visitors["slow"].stamps) < len(visitors["direct"].stamps)
        cables["slow"].bytes_per_s = None
        await camera.kill()
        assert {await look for look in looks.values()} <= {CameraLoss.ENDED, CameraLoss.BROKEN}
        await freezing.kill()
        await freezing.start()
        assert await Visitor(visitors["freezing"].address, enough=3).look() is None, "it is back where it was"
    for name in ("jump", "back"):
        steps = {later - earlier for earlier, later in pairwise(visitors[name].stamps)}
        assert min(steps) > 0
        assert max(steps) < 90_000, f"{name}: the clock of the camera is not the recording's"
