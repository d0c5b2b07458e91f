"""Cameras of a simulated site are told of what happens where they look, and of nothing else."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from contract.clock import SystemClock
from contract.ids import AccessPointId, CameraId, EdgeId, LaneId
from simulators.cameras.acts import (
    Act,
    PersonComes,
    PersonCrosses,
    PersonLeaves,
    PersonWaits,
    VehicleBacksOut,
    VehicleGoes,
    VehicleStands,
)  # fmt: skip
from simulators.cameras.in_step import keep_in_step
from simulators.cameras.live_camera import LiveCamera
from simulators.cameras.live_server import LiveView
from simulators.doing import Doing
from simulators.gate import SimulatedGate
from simulators.scene import built_in, parse_scene
from simulators.vehicles import Vehicle, VehicleRecord, Where

CAR = Vehicle(plate="MAB1234")
COUNTS = 'counts = {{ begin = [0.5, {}], end = [0.5, {}], right = "north-in", left = "north-out" }}\n'


class Told(LiveCamera):
    """A camera that only remembers what it was told."""

    def __init__(self) -> None:
        super().__init__(LiveView("nowhere"))
        self.acts: list[Act] = []

    def tell(self, act: Act) -> None:
        self.acts.append(act)


Premises = Callable[[str, str], tuple[SimulatedGate, dict[CameraId, Told], VehicleRecord]]


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    def build(gate: str, counts: str = "") -> tuple[SimulatedGate, dict[CameraId, Told], VehicleRecord]:
        text = built_in("demo")
        text = re.sub("counts = .*\n", counts, text)
        config = next(each for each in parse_scene(text).site.gate if each.id == EdgeId(gate))
        simulated, record = SimulatedGate(config, tmp_path / gate), VehicleRecord(tmp_path / "record")
        cameras = {camera.id: Told() for camera in config.camera}
        keep_in_step(simulated, cameras, record)
        return simulated, cameras, record

    return build


@pytest.mark.parametrize(
    ("counts", "in_goes_right"), [("", True), (COUNTS.format(1.0, 0.0), True), (COUNTS.format(0.0, 1.0), False)]
)
def test_people_of_a_gate_are_seen(premises: Premises, counts: str, in_goes_right: bool) -> None:
    gate, cameras, record = premises("north", counts)
    into, out = gate.ways[AccessPointId("north-in")], gate.ways[AccessPointId("north-out")]
    for doing in (Doing.WAITS, Doing.COMES, Doing.CROSSES):
        into.show(3, doing)
    for doing in (Doing.COMES, Doing.LEAVES):
        out.show(4, doing)
    record.note(SystemClock().now_ns(), LaneId("garage-lane-in"), Where.LOOP, CAR)
    assert cameras[CameraId("north-camera")].acts == [
        PersonWaits(3, in_goes_right),
        PersonComes(3, in_goes_right),
        PersonCrosses(3, in_goes_right),
        PersonComes(4, not in_goes_right),
        PersonLeaves(4),
    ]


def test_vehicles_of_a_lane_are_seen_by_its_camera_alone(premises: Premises) -> None:
    _, cameras, record = premises("garage", "")
    for where in (Where.LOOP, Where.UNDER, Where.THROUGH, Where.LOOP, Where.BACKED_OUT):
        record.note(1, LaneId("garage-lane-in"), where, CAR)
        record.note(1, LaneId("garage-lane-out"), where, CAR)
    assert cameras[CameraId("garage-camera")].acts == [
        VehicleStands(CAR), VehicleGoes(), VehicleStands(CAR), VehicleBacksOut(),
    ]  # fmt: skip
