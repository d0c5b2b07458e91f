"""A camera's crossings beside what the gate knows: what is journaled, shown and counted."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract.clock import NS_PER_S
from contract.events import PeopleCrossed
from contract.ids import AccessPointId, CameraId, PortalId
from drivers import ports
from edge.counting.wire import Crossing, Sight
from edge.crossings import BLIND, COUNTED, HINTS
from edge.domain.counting.line import Side
from edge.technician import CrossingLine
from tests.unit.edge.scene import GateScene, Person, gate_scene, site_text

CAMERA, IN, OUT = CameraId("eye"), AccessPointId("in"), AccessPointId("out")
ANN = Person(1)
SITE = site_text(
    {},
    """
reader = [
    {id = "in", kind = "osdp", access_point = "in"},
    {id = "out", kind = "osdp", access_point = "out"},
    {id = "inner", kind = "osdp", access_point = "inner"},
]
portal = [{id = "door", hardware = "in", access_points = ["in", "out"], unlock_ms = 5000, dps_input = 0}]
camera = [{id = "eye", counts = {begin = [0.5, 0.9], end = [0.5, 0.3], left = "out", right = "in"}}]
""",
)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[GateScene]:
    async with gate_scene(tmp_path, SITE, [ANN]) as scene:
        yield scene


def cross(scene: GateScene, side: Side = Side.RIGHT, persons: int = 1) -> None:
    scene.gate.crossings.take(CAMERA, Crossing(side, persons, scene.time.boottime_ns()))


def wait(scene: GateScene, seconds: float = 4) -> None:
    scene.after(seconds)
    scene.gate.crossings.tick()


async def hints(scene: GateScene) -> list[tuple[AccessPointId, int, int]]:
    found = [event for event in await scene.journaled() if isinstance(event, PeopleCrossed)]
    assert all(each.camera == CAMERA and each.from_ns <= each.occurred_ns for each in found)
    return [(each.access_point, each.seen, each.taken) for each in found]


async def test_a_second_person_on_the_heels_of_a_badge_is_a_hint_for_officer_and_journal(scene: GateScene) -> None:
    scene.read(ANN)
    scene.after(1)
    cross(scene)
    scene.after(0.7)
    cross(scene)
    scene.walk()
    wait(scene)
    assert await hints(scene) == [(IN, 2, 1)]
    (line,) = [line for line in scene.technicians.lines if isinstance(line, CrossingLine)]
    assert (line.access_point, line.seen, line.taken) == (IN, 2, 1)
    assert (scene.gate.counters[COUNTED], scene.gate.counters[HINTS]) == (2, 1)
    assert scene.unlocked() == [(5000, None)], "a hint decides nothing"


async def test_one_badge_and_one_person_is_no_hint(scene: GateScene) -> None:
    scene.read(ANN)
    cross(scene)
    scene.walk()
    wait(scene, 60)
    assert await hints(scene) == []


async def test_a_grant_that_was_not_taken_is_nobodys_passage(scene: GateScene) -> None:
    scene.read(ANN)
    cross(scene)
    wait(scene, 8)  # the door was never opened: the grant came to nothing
    assert await hints(scene) == [(IN, 1, 0)]


async def test_a_grant_that_a_hint_counted_and_nobody_took_is_told_afterwards(scene: GateScene) -> None:
    scene.read(ANN)
    cross(scene, persons=2)
    wait(scene)
    assert await hints(scene) == [(IN, 2, 1)]
    wait(scene, 8)
    assert await hints(scene) == [(IN, 2, 1), (IN, 1, 0)]


async def test_two_side_by_side_without_any_badge_are_told_each_way(scene: GateScene) -> None:
    cross(scene, persons=2)
    cross(scene, Side.LEFT)
    wait(scene)
    assert sorted(await hints(scene)) == [(IN, 2, 0), (OUT, 1, 0)]


async def test_whoever_leaves_by_the_button_is_known(scene: GateScene) -> None:
    scene.gate.take(ports.RequestToExit(PortalId("door")))
    cross(scene, Side.LEFT)
    wait(scene)
    assert await hints(scene) == []


async def test_while_the_fire_release_is_active_nobody_is_compared(scene: GateScene) -> None:
    scene.gate.take(ports.FireInputChanged(PortalId("door"), active=True))
    cross(scene, Side.LEFT, persons=3)
    wait(scene)
    assert await hints(scene) == []
    assert scene.gate.counters[COUNTED] == 3


async def test_a_camera_that_sees_nothing_is_said(scene: GateScene) -> None:
    assert scene.gate.counters[BLIND] == 1, "until it has seen something"
    scene.gate.crossings.take(CAMERA, Sight(is_blind=False))
    assert scene.gate.counters[BLIND] == 0
    scene.gate.crossings.take(CameraId("another"), Crossing(Side.RIGHT, 1, NS_PER_S))
    assert scene.gate.counters[COUNTED] == 0
