"""What loops and beams show of vehicles: each story with the outcome that it must have; and near plates."""

from collections.abc import Iterable

import pytest

from contract.ids import LaneId
from edge.domain.vehicles.barrier import At, Outcome, VehicleBarrier, WentBack
from edge.domain.vehicles.near import MOST_NEAR, near_plates

S = 10**9
IN, OUT = LaneId("in"), LaneId("out")


class Story:
    """A barrier with a lane for each direction, and what was concluded of it."""

    def __init__(self, *, has_clearance: bool = True) -> None:
        self.barrier = VehicleBarrier([IN, OUT], expected_ms=8000, has_clearance=has_clearance)
        self.now = 0
        self.said: list[str] = []
        self.is_sure = False
        for lane in (IN, OUT):
            self.barrier.presence(lane, 0, is_present=False)
        self.barrier.clearance(0, is_under=False)
        self.barrier.boom(is_up=False)
        self.after(1)

    def loop(self, *, on: bool, lane: LaneId = IN) -> "Story":
        self._say(self.barrier.presence(lane, self.now, is_present=on))
        return self

    def beam(self, *, on: bool) -> "Story":
        self._say(self.barrier.clearance(self.now, is_under=on))
        return self

    def open(self, *, lane: LaneId = IN, trailer: bool = False) -> "Story":
        assert self.barrier.is_free
        self.barrier.open_for(lane, self.now, has_trailer=trailer)
        self.barrier.boom(is_up=True)
        return self

    def after(self, seconds: float) -> "Story":
        until = self.now + int(seconds * S)
        while (due := self.barrier.deadline_ns()) is not None and due <= until:
            self._say(self.barrier.tick(due))
        self.now = until
        return self

    def _say(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            self.said.append(f"{type(outcome).__name__} {outcome.lane}")
            self.is_sure = isinstance(outcome, WentBack) and outcome.is_sure


def holds(barrier: VehicleBarrier) -> bool:
    return barrier.must_stay_up


def through(story: Story) -> Story:
    return story.beam(on=True).after(1).loop(on=False).after(1).beam(on=False).after(1)


def test_it_comes_and_passes() -> None:
    assert through(Story().loop(on=True).open()).said == ["Came in", "Passed in"]


def test_the_next_one_stands_there_when_the_first_has_passed() -> None:
    story = Story().loop(on=True).open().beam(on=True).loop(on=False).loop(on=True).beam(on=False).after(1)
    assert story.said == ["Came in", "Passed in", "Came in"]
    assert story.barrier.is_free


def test_it_comes_and_leaves() -> None:
    assert Story().loop(on=True).loop(on=False).said == ["Came in", "Left in"]


def test_a_short_one_between_loop_and_beam_is_not_gone() -> None:
    story = Story().loop(on=True).open().loop(on=False).after(2)
    assert story.barrier.must_stay_up
    assert story.beam(on=True).beam(on=False).after(1).said == ["Came in", "Passed in"]


def test_it_backs_off_its_loop() -> None:
    assert Story().loop(on=True).open().loop(on=False).after(4).said == ["Came in", "BackedOut in"]


def test_it_backs_off_from_under_the_boom() -> None:
    story = Story().loop(on=True).open().beam(on=True).after(1).beam(on=False).after(1)
    assert story.said == ["Came in"]
    assert story.loop(on=False).after(4).said == ["Came in", "BackedOut in"]


def test_it_does_not_go() -> None:
    story = Story().loop(on=True).open().after(9)
    assert story.said == ["Came in", "Expired in"]
    assert story.barrier.at(IN) is At.STANDS


@pytest.mark.parametrize(("trailer", "said"), [(True, ["Came in", "Passed in"]), (False, ["Came in", "Followed in"])])
def test_a_trailer_is_not_a_second_vehicle(trailer: bool, said: list[str]) -> None:
    story = Story().loop(on=True).open(trailer=trailer).beam(on=True).loop(on=False).loop(on=True).loop(on=False)
    story.beam(on=False).after(0.3).beam(on=True).beam(on=False).after(3)
    assert story.said == said + ([] if trailer else ["Passed in"])


def test_one_that_follows_when_the_first_is_through() -> None:
    story = through(Story().loop(on=True).open()).loop(on=True).beam(on=True).loop(on=False)
    assert story.barrier.must_stay_up
    assert story.beam(on=False).after(1).said[2:] == ["Came in", "Followed in"]


def test_one_that_comes_in_is_not_taken_for_one_that_wants_out() -> None:
    story = Story().loop(on=True).open().beam(on=True).loop(on=False).loop(on=True, lane=OUT)
    assert story.beam(on=False).after(2).loop(on=False, lane=OUT).after(5).said == ["Came in", "Passed in"]
    assert story.loop(on=True, lane=OUT).said[-1] == "Came out"


def test_one_that_really_wants_out_is_seen_a_moment_later() -> None:
    story = Story().loop(on=True).open().beam(on=True).loop(on=False).loop(on=True, lane=OUT).beam(on=False)
    assert story.after(5).said == ["Came in", "Passed in", "Came out"]


def test_a_pedestrian_under_a_boom_that_is_down_is_nobody() -> None:
    assert Story().loop(on=True).beam(on=True).after(1).beam(on=False).after(1).said == ["Came in"]


def test_after_a_loss_nothing_of_before_holds() -> None:
    story = Story().loop(on=True).open().beam(on=True)
    story._say(story.barrier.lost([IN, OUT], clearance=True))
    assert story.said[1:] == ["Lost in"]
    assert story.barrier.must_stay_up, "nobody knows what is under it"
    assert story.loop(on=True).said[2:] == ["Came in"], "whoever it is"
    story.barrier.boom(is_up=False)
    assert not story.barrier.must_stay_up, "it is down"


def test_whoever_rolls_onto_the_loop_behind_one_that_follows_begins_anew() -> None:
    story = through(Story().loop(on=True).open()).loop(on=True).beam(on=True).loop(on=False)
    assert story.said[2:] == ["Came in", "Followed in"], "as soon as it is off its loop"
    story.loop(on=True)
    assert story.said[4:] == ["Came in"], "before the one ahead is through"
    assert story.beam(on=False).after(1).said[5:] == []
    assert story.loop(on=False).said[5:] == ["Left in"]


def test_one_that_follows_is_told_though_the_beam_looks_past_its_drawbar() -> None:
    story = through(Story().loop(on=True).open()).loop(on=True).beam(on=True).loop(on=False)
    story.beam(on=False).after(0.3).beam(on=True).after(0.3).beam(on=False).after(1)
    assert story.said[2:] == ["Came in", "Followed in"]
    assert story.barrier.at(IN) is At.EMPTY
    assert story.loop(on=True).said[4:] == ["Came in"]


def test_two_that_follow_bumper_to_bumper_are_two() -> None:
    story = through(Story().loop(on=True).open()).loop(on=True).beam(on=True).loop(on=False)
    story.loop(on=True).loop(on=False).beam(on=False).after(1)
    assert story.said[2:] == ["Came in", "Followed in", "Came in", "Followed in"]


def test_one_that_backed_off_and_goes_under_after_all_is_told() -> None:
    story = Story().loop(on=True).open().loop(on=False).after(4)
    assert story.beam(on=True).beam(on=False).after(1).said == ["Came in", "BackedOut in", "Followed in"]


def way_back(story: Story) -> Story:
    story.barrier.open_back(OUT, story.now + 8 * S)
    story.barrier.boom(is_up=True)
    return story


def test_one_that_was_turned_away_goes_back_under_a_boom_that_was_opened_for_it() -> None:
    story = Story()
    assert story.barrier.is_idle
    way_back(story)
    assert not story.barrier.is_free, "it comes the other way"
    story.barrier.set_out(OUT)
    story.beam(on=True).after(10)
    assert story.barrier.must_stay_up
    story.loop(on=True).beam(on=False).after(1)
    assert story.said == ["WentBack out"], "and rolls over the loop of those who want in"
    assert story.is_sure
    assert story.loop(on=False).after(3).said == ["WentBack out"]
    assert story.barrier.is_free


def test_one_that_drives_in_where_another_shall_go_back_followed_as_long_as_that_one_stands() -> None:
    for story in (way_back(Story().loop(on=True)), way_back(Story()).loop(on=True)):
        story.beam(on=True).after(1).loop(on=False).after(1).beam(on=False).after(1)
        assert story.said == ["Came in", "Left in", "Followed in"]
    story = way_back(Story().loop(on=True)).loop(on=False).after(1).beam(on=True).beam(on=False).after(1)
    assert story.said == ["Came in", "Left in", "Followed in"], "a short one, between loop and beam"


def test_one_that_drives_in_where_another_has_set_out_leaves_that_one_in_doubt() -> None:
    story = way_back(Story().loop(on=True))
    story.barrier.set_out(OUT)
    story.beam(on=True).after(1).loop(on=False).after(1).beam(on=False).after(1)
    assert story.said == ["Came in", "Left in", "Followed in", "WentBack out"]
    assert not story.is_sure


def test_somebody_on_foot_under_a_boom_that_is_up_for_another_is_not_that_one() -> None:
    assert way_back(Story()).beam(on=True).after(1).beam(on=False).after(1).said == []
    story = way_back(Story())
    story.barrier.set_out(OUT)
    story.barrier.set_out(IN)
    assert story.beam(on=True).after(1).beam(on=False).after(1).said == ["WentBack out"]
    assert not story.is_sure, "nobody rolled over the loop on the other side"


def test_the_way_back_is_open_for_its_time() -> None:
    story = Story()
    story.barrier.open_back(OUT, story.now + 8 * S)
    assert story.after(8).said == []
    assert story.barrier.is_free


def test_one_that_waits_while_another_goes_back_has_left_when_it_makes_room() -> None:
    story = way_back(Story().loop(on=True))
    story.barrier.set_out(OUT)
    story.beam(on=True).loop(on=False).loop(on=True).beam(on=False).after(1)
    assert story.said == ["Came in", "Left in", "WentBack out"]
    assert not story.is_sure, "or it drove in, and the next one stands there"


def test_one_that_has_made_room_in_time_leaves_no_doubt() -> None:
    story = way_back(Story().loop(on=True)).loop(on=False).after(4)
    story.barrier.set_out(OUT)
    story.beam(on=True).loop(on=True).beam(on=False).after(1)
    assert story.said == ["Came in", "Left in", "WentBack out"]
    assert story.is_sure


def test_a_boom_that_was_down_is_not_raised_because_its_contact_fails() -> None:
    story = Story()
    story.barrier.boom(is_up=None)
    assert not holds(story.beam(on=True).barrier)
    story._say(story.barrier.lost([IN, OUT], clearance=True))
    assert not holds(story.barrier)
    story.barrier.raised()
    assert holds(story.barrier), "it was ordered up, and nobody sees under it"
    story.barrier.boom(is_up=False)
    assert not holds(story.barrier)


def test_a_boom_that_was_up_is_held_though_its_contact_fails() -> None:
    story = Story().loop(on=True).open().beam(on=True)
    story.barrier.boom(is_up=None)
    story._say(story.barrier.lost([IN, OUT], clearance=True))
    assert holds(story.barrier)


def test_at_the_start_a_boom_is_held_once_it_is_seen_up() -> None:
    barrier = VehicleBarrier([IN], expected_ms=8000, has_clearance=True)
    assert not holds(barrier)
    assert not barrier.is_free, "nobody knows what is under it"
    barrier.boom(is_up=True)
    assert holds(barrier), "nobody knows what is under it"
    barrier.clearance(0, is_under=True)
    assert holds(barrier)
    barrier.clearance(S, is_under=False)
    barrier.tick(2 * S)
    assert not holds(barrier)


def test_without_a_beam_whoever_leaves_the_loop_has_passed() -> None:
    story = Story(has_clearance=False).loop(on=True).open().loop(on=False)
    assert story.said == ["Came in", "Passed in"]


@pytest.mark.parametrize("read", ["W12345K", "W1Z345X", "WI2345X", "W2345X", "W123456X", "W12354X"])
def test_what_looks_like_a_known_plate_is_near(read: str) -> None:
    assert near_plates(read, {"W12345X"}.__contains__) == ("W12345X",)


def test_what_does_not_is_not() -> None:
    assert near_plates("W12345X", {"W12345X", "B99999Q"}.__contains__) == ()
    assert near_plates("", lambda _: True) == ()
    assert len(near_plates("W12345X", lambda _: True)) == MOST_NEAR
