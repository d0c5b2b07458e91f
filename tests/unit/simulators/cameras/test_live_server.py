"""A live camera says what is true of a frame once that can be seen, and not before."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import msgspec
import pytest

from simulators.cameras.acts import VehicleStands
from simulators.cameras.live import Happened
from simulators.cameras.live_server import LiveCameraServer, LiveView
from simulators.vehicles import Vehicle


async def test_the_truth_of_a_frame_follows_the_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    truth = tmp_path / "lane.jsonl"
    server = LiveCameraServer(LiveView(str(truth), is_lane=True, width=64, height=36, frames_per_s=50), 0)
    told_before: list[bool] = []
    hand_out = server._hand_out

    def watched(unit: object) -> None:
        told_before.append(truth.exists())
        hand_out(unit)  # type: ignore[arg-type]

    monkeypatch.setattr(server, "_hand_out", watched)
    server.hear(msgspec.json.encode(VehicleStands(Vehicle(plate="MAB1234"))))
    drawing = asyncio.create_task(server.draw())
    async with asyncio.timeout(30), aclosing(server.units()) as units:
        async for _ in units:
            if truth.exists():
                break
    drawing.cancel()
    await asyncio.gather(drawing, return_exceptions=True)
    frame = msgspec.json.decode(truth.read_bytes(), type=Happened).frame
    assert told_before[frame] is False
