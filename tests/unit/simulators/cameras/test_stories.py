"""Filmed stories: people cross as their manner says, everybody's truth follows from where he walks."""

from collections.abc import Callable

import pytest

from simulators.cameras.gateway import LINE
from simulators.cameras.stories import CROSSINGS, arrivals, both_ways, close_behind, nobody, pairs, to_and_fro
from simulators.cameras.story import Direction, Manner, Step, Story, Visit, Walk

LENGTH_S = 120.0


def test_a_crossing_is_where_the_walk_meets_the_line() -> None:
    there_and_back = Walk(1, (Step(0, 0.3), Step(2, 0.7), Step(5, 0.4)), depth=0.5)
    crossings = there_and_back.crossings()
    assert [each.at_s for each in crossings] == pytest.approx([1.0, 4.0])
    assert [each.direction for each in crossings] == [Direction.RIGHT, Direction.LEFT]


def test_who_turns_back_never_crosses() -> None:
    assert Walk(1, (Step(0, 0.1), Step(2, 0.49), Step(4, 0.1)), depth=0).crossings() == []


def test_nobody_is_in_the_picture_before_and_after_his_walk() -> None:
    walk = Walk(1, (Step(1, 0.0), Step(3, 1.0)), depth=0)
    assert walk.figure(0.9) is None
    assert walk.figure(3.1) is None
    figure = walk.figure(2)
    assert figure is not None
    assert figure.along == pytest.approx(LINE)


@pytest.mark.parametrize("tell", CROSSINGS)
def test_crossings_of_a_story(tell: Callable[[float, int], Story]) -> None:
    story = tell(LENGTH_S, 3)
    assert story == tell(LENGTH_S, 3)
    for walk in story.walks:
        assert len(walk.crossings()) == (0 if walk.manner is Manner.TURNS_BACK else 1)
        assert walk.steps[0].at_s >= 0
        assert walk.steps[-1].at_s <= LENGTH_S
        assert all(before.at_s < then.at_s for before, then in zip(walk.steps, walk.steps[1:], strict=False))


@pytest.mark.parametrize(("tell", "apart_s"), [(pairs, (0.0, 0.2)), (close_behind, (0.55, 0.9))])
def test_one_of_two_has_shown_no_card(tell: Callable[[float, int], Story], apart_s: tuple[float, float]) -> None:
    walks = tell(LENGTH_S, 1).walks
    for first, second in zip(walks[::2], walks[1::2], strict=True):
        assert (first.is_taken, second.is_taken) == (True, False)
        (one,), (other,) = first.crossings(), second.crossings()
        assert apart_s[0] <= round(other.at_s - one.at_s, 9) <= apart_s[1]
        assert one.direction is other.direction


def test_people_meet() -> None:
    walks = both_ways(LENGTH_S, 1).walks
    assert {walk.crossings()[0].direction for walk in walks} == set(Direction)


def test_people_go_to_and_fro_all_the_time() -> None:
    story = to_and_fro(60)
    assert all(len(story.figures(second)) == 4 for second in range(61))


def test_lamps_are_switched() -> None:
    story = nobody(LENGTH_S, 1)
    assert {story.level(second) for second in range(120)} > {1.0}
    assert not story.is_lane


def test_one_vehicle_at_a_time() -> None:
    story = arrivals(600, 2)
    assert len({visit.vehicle.plate for visit in story.visits}) == len(story.visits)
    for before, then in zip(story.visits, story.visits[1:], strict=False):
        assert before.ends_s < then.begins_s
    assert any(visit.backs_out for visit in story.visits)
    assert any(visit.vehicle.trailer for visit in story.visits)
    assert any(visit.vehicle.persons == 4 for visit in story.visits)


@pytest.mark.parametrize("backs_out", [False, True])
def test_a_vehicle_stands_between_its_moments(backs_out: bool) -> None:
    visit = Visit(arrivals(20).visits[0].vehicle, stands_s=4, goes_s=8, backs_out=backs_out)
    assert visit.nearness(1.9) is None
    assert visit.nearness(2) == Visit.FAR
    assert visit.nearness(4) == visit.nearness(8) == 1
    assert visit.nearness(visit.ends_s) == (Visit.FAR if backs_out else Visit.GONE)
    assert visit.nearness(visit.ends_s + 0.1) is None
