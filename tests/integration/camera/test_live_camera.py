"""A live camera through the real driver: its frames rise by one, and its truth names the frame that shows a plate."""

import asyncio
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from drivers.camera.rtsp import RtspCamera
from simulators.cameras.acts import VehicleStands
from simulators.cameras.live import Happened
from simulators.cameras.live_camera import LiveCamera
from simulators.cameras.live_server import LiveView
from simulators.vehicles import Vehicle
from tests.integration.camera.conftest import LOGIN, burned_number, eventually

CAR = Vehicle(plate="MAB1234")
STANDS_AFTER = 10
"""Frames after which a vehicle that drives up stands still."""


class Visitor:
    """Somebody who decodes what comes until he is told to stop."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.pictures: dict[int, NDArray[np.uint8]] = {}
        self.order: list[int] = []
        self.is_over = False

    def look(self) -> None:
        for packet in RtspCamera(self._address).packets():
            decoder = packet.stream.codec_context
            assert isinstance(decoder, VideoCodecContext)
            for picture in decoder.decode(packet):
                image = picture.to_ndarray(format="bgr24").astype(np.uint8)
                number = burned_number(image)
                assert number is not None
                self.pictures[number] = image
                self.order.append(number)
            if self.is_over:
                return


async def test_two_visitors_see_the_vehicle_that_stands_there_now(tmp_path: Path) -> None:
    truth = tmp_path / "truth" / "lane.jsonl"
    camera = LiveCamera(LiveView(str(truth), is_lane=True, frames_per_s=10), login=LOGIN)
    await camera.start()
    visitors = [Visitor(camera.address) for _ in range(2)]
    looks = [asyncio.create_task(asyncio.to_thread(visitor.look)) for visitor in visitors]
    await eventually(lambda: all(len(visitor.order) >= 5 for visitor in visitors))
    camera.tell(VehicleStands(CAR))
    await eventually(truth.exists)
    happened = msgspec.json.decode(truth.read_bytes(), type=Happened)
    assert happened.stands == CAR
    assert truth.stat().st_mode & 0o777 == 0o600
    standing = happened.frame + STANDS_AFTER
    await eventually(lambda: all(visitor.order[-1] > standing for visitor in visitors))
    for visitor in visitors:
        visitor.is_over = True
    await asyncio.gather(*looks)
    await camera.stop()
    for visitor in visitors:
        assert all(later == before + 1 for before, later in pairwise(visitor.order))
        plate = (slice(215, 245), slice(270, 370))
        assert np.percentile(visitor.pictures[happened.frame - 1][plate], 95) < 150, "a lane is grey"
        assert np.percentile(visitor.pictures[standing][plate], 90) > 200, "a plate is white"
