"""What live cameras see: people and vehicles do what was told, and the truth names the frame that shows it first."""

import pytest

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
from simulators.cameras.live import Happened, LiveScene
from simulators.cameras.story import Direction
from simulators.cameras.weather import Weather
from simulators.vehicles import Vehicle
from tests.integration.camera.conftest import burned_number

CAR = Vehicle(plate="MAB1234")
RATE = 5


def play(acts: dict[int, list[Act]], frames: int, *, is_lane: bool = False) -> list[Happened]:
    """Draw so many frames and tell the scene what to do before some of them; return what it says of itself."""
    scene, news = LiveScene(320, 180, Weather(), is_lane=is_lane), []
    for frame in range(frames):
        for act in acts.get(frame, []):
            scene.hear(act, frame)
        image, found = scene.draw(100 + frame / RATE, frame)
        assert burned_number(image) == frame
        news += found
    return news


@pytest.mark.parametrize(("to_right", "direction"), [(True, Direction.RIGHT), (False, Direction.LEFT)])
def test_who_goes_through_is_seen_over_the_line_at_once(to_right: bool, direction: Direction) -> None:
    (news,) = play({3: [PersonComes(7, to_right)], 12: [PersonCrosses(7, to_right)]}, 40)
    assert (news.crossed, news.direction) == (7, direction)
    assert 12 <= news.frame <= 15


def test_who_follows_is_seen_as_well() -> None:
    news = play({3: [PersonComes(7, True)], 12: [PersonCrosses(7, True)], 15: [PersonCrosses(8, True)]}, 40)
    assert [each.crossed for each in news] == [7, 8]


def test_who_waits_to_follow_crosses_behind_the_other_once_and_by_himself() -> None:
    acts: dict[int, list[Act]] = {
        1: [PersonWaits(8, True)],
        5: [PersonComes(7, True)],
        16: [PersonCrosses(7, True), PersonComes(8, True)],
        19: [PersonCrosses(8, True)],
    }
    first, second = play(acts, 40)
    assert (first.crossed, second.crossed) == (7, 8)
    assert 2 <= second.frame - first.frame <= 5


def test_people_stand_in_line_and_move_up() -> None:
    scene = LiveScene(640, 360, Weather(), is_lane=False)
    scene.draw(100.0, 0)
    for person in (3, 4):
        scene.hear(PersonComes(person, True), 0)
    both, _ = scene.draw(110.0, 1)
    scene.hear(PersonLeaves(3), 2)
    moved, _ = scene.draw(120.0, 2)
    alone = LiveScene(640, 360, Weather(), is_lane=False)
    alone.draw(100.0, 0)
    alone.hear(PersonComes(4, True), 0)
    assert (both != moved).any()
    assert (alone.draw(110.0, 2)[0] == moved).all()


def test_who_is_refused_goes_back() -> None:
    assert play({3: [PersonComes(7, True)], 12: [PersonLeaves(7), PersonLeaves(9)]}, 60) == []


def test_somebody_comes_again() -> None:
    there: list[Act] = [PersonCrosses(7, True)]
    back: list[Act] = [PersonCrosses(7, False)]
    assert [each.direction for each in play({1: there, 30: back}, 60)] == [Direction.RIGHT, Direction.LEFT]


@pytest.mark.parametrize("leaves", [VehicleGoes(), VehicleBacksOut()])
def test_a_vehicle_stands_until_it_leaves(leaves: VehicleGoes | VehicleBacksOut) -> None:
    news = play({2: [VehicleStands(CAR)], 9: [leaves]}, 30, is_lane=True)
    assert news == [Happened(2, stands=CAR), Happened(9, is_gone=True)]


def test_a_lane_is_empty_before_and_after() -> None:
    scene = LiveScene(320, 180, Weather(), is_lane=True)
    scene.hear(VehicleGoes(), 0)
    empty, _ = scene.draw(1.0, 0)
    scene.hear(VehicleStands(CAR), 0)
    scene.draw(1.1, 0)
    full, _ = scene.draw(3.0, 0)
    scene.hear(VehicleGoes(), 0)
    gone, _ = scene.draw(10.0, 0)
    assert (empty == gone).all()
    assert (empty != full).any()
