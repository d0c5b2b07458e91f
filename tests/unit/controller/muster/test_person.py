"""What becomes of one person on a board: each way to be accounted for, and each contradiction."""

import pytest

from contract.clock import NS_PER_S
from contract.events import Means
from contract.ids import OUTSIDE, AreaId, EdgeId, Epoch
from controller.domain.muster.person import AT_ONE_TIME_NS, Contradiction, Line, State, judge
from controller.domain.muster.sightings import NOWHERE, How
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.track import track
from tests.unit.controller.muster.ground import BEN, GROUNDS, HOUSE, LAWN, OPENED_S, PARK, YARD, ZOE, Ground


@pytest.fixture
def ground() -> Ground:
    """Zoe is in the house."""
    made = Ground()
    made.read(10, ZOE, "in")
    made.read(20, ZOE, "up")
    return made


def zoe(ground: Ground) -> Line:
    found = ground.line(ZOE)
    assert found is not None
    return found


def test_the_order_of_the_chain_counts_where_the_clocks_of_two_gates_disagree(ground: Ground) -> None:
    """She comes down and goes out within the error of the clocks; the gate at the street is behind."""
    ground.read(1010.05, ZOE, "down")
    ground.read(1010.0, ZOE, "out")
    whole = track(ground.presence, ZOE, OPENED_S * NS_PER_S)
    out, down = whole.since
    line = judge(ZOE, whole._replace(since=(down, out)), ground.marks, GROUNDS)
    assert line is not None
    assert (line.state, line.contradiction) == (State.LEFT, None)
    assert line.accounted_ns == down.stamp.occurred_ns, "of no earlier moment than what came before it"


def test_whoever_was_inside_and_nothing_accounts_for_is_missing_where_he_was_last_placed(ground: Ground) -> None:
    assert (zoe(ground).state, zoe(ground).area, zoe(ground).expected) == (State.MISSING, HOUSE, True)
    ground.read(1010, ZOE, "down")
    assert (zoe(ground).state, zoe(ground).area) == (State.MISSING, YARD)
    ground.read(1020, ZOE, "out")
    assert (zoe(ground).state, zoe(ground).area) == (State.LEFT, HOUSE), "where the roll has her"
    assert zoe(ground).accounted_ns == 1020 * NS_PER_S
    assert (zoe(ground).how, zoe(ground).exit_gate) == (How.EXIT, "north")


@pytest.mark.parametrize("means", list(Means))
def test_each_means_accounts_for_somebody_and_is_reversible(ground: Ground, means: Means) -> None:
    mark = ground.seen(1010, ZOE, means, NOWHERE if means is Means.PHONE else OUTSIDE)
    assert (zoe(ground).state, zoe(ground).how) == (State.ACCOUNTED, How(means.value))
    ground.take_back(1020, mark)
    assert (zoe(ground).state, zoe(ground).how) == (State.MISSING, None)
    assert [each.act_id for each in zoe(ground).withdrawn] == [mark]
    ground.seen(1030, ZOE, means, NOWHERE if means is Means.PHONE else OUTSIDE)
    assert (zoe(ground).state, zoe(ground).accounted_ns) == (State.ACCOUNTED, 1030 * NS_PER_S)


def test_a_read_at_any_muster_point_accounts_and_the_wrong_one_is_a_flag(ground: Ground) -> None:
    ground.read(5, BEN, "in")
    ground.read(1010, ZOE, "at-lawn")
    ground.read(1010, BEN, "at-lawn")
    assert (zoe(ground).state, zoe(ground).how, zoe(ground).muster_point) == (State.ACCOUNTED, How.READER, LAWN)
    assert not zoe(ground).wrong_point
    ben = ground.line(BEN)
    assert ben is not None
    assert (ben.state, ben.wrong_point) == (State.ACCOUNTED, True), "the lawn is for those of the house"


def test_essential_persons_stay_by_order_until_they_are_seen_outside(ground: Ground) -> None:
    ground.stays(1010, ZOE)
    assert (zoe(ground).state, zoe(ground).how) == (State.STAYING, How.ORDER)
    ground.read(1015, ZOE, "here")
    assert zoe(ground).state is State.STAYING
    ground.read(1100, ZOE, "at-park")
    assert (zoe(ground).state, zoe(ground).contradiction) == (State.ACCOUNTED, None)


def test_responders_enter_and_go_again_and_are_neither_expected_nor_missing(ground: Ground) -> None:
    ground.read(1010, BEN, "in")
    ben = ground.line(BEN)
    assert ben is not None
    assert (ben.state, ben.expected, ben.area) == (State.ENTERED, False, YARD)
    ground.read(1020, BEN, "out")
    ben = ground.line(BEN)
    assert ben is not None
    assert (ben.state, ben.expected) == (State.LEFT, False)


@pytest.mark.parametrize(
    ("point", "state", "area"),
    [("out", State.FOUND, OUTSIDE), ("down", State.MISSING, YARD), ("here", State.MISSING, HOUSE)],
)
def test_whoever_comes_out_of_an_area_was_there_though_nothing_had_placed_him(
    ground: Ground, point: str, state: State, area: AreaId
) -> None:
    ground.read(1010, BEN, point)
    ben = ground.line(BEN)
    assert ben is not None
    assert (ben.state, ben.area, ben.expected) == (state, area, True)


def test_whom_nobody_expected_is_found(ground: Ground) -> None:
    ground.seen(1010, BEN, Means.WARDEN, HOUSE)
    ben = ground.line(BEN)
    assert ben is not None
    assert (ben.state, ben.area, ben.expected) == (State.FOUND, HOUSE, True)


def test_late_news_of_what_was_before_amends_the_roll(ground: Ground) -> None:
    ground.read(1010, BEN, "in")
    ground.read(999, ZOE, "out")
    ground.read(998, BEN, "in")
    assert ground.line(ZOE) is None
    ben = ground.line(BEN)
    assert ben is not None
    assert ben.state is State.MISSING


def test_accounted_for_outside_and_then_read_inside_is_a_contradiction_until_something_later_fits(
    ground: Ground,
) -> None:
    ground.read(1010, ZOE, "at-park")
    ground.read(1100, ZOE, "in")
    found = zoe(ground)
    assert (found.state, found.contradiction, found.area) == (State.CONTRADICTED, Contradiction.BACK_INSIDE, YARD)
    assert [each.how for each in found.statements] == [How.READER, How.INSIDE]
    assert found.accounted_ns == 0
    ground.read(1200, ZOE, "out")
    assert (zoe(ground).state, zoe(ground).accounted_ns) == (State.LEFT, 1200 * NS_PER_S)


def test_a_mark_inside_after_one_outside_is_a_contradiction_that_taking_one_back_resolves(ground: Ground) -> None:
    ground.seen(1010, ZOE)
    wrong = ground.seen(1200, ZOE, Means.OFFICER, HOUSE)
    assert zoe(ground).contradiction is Contradiction.BACK_INSIDE
    ground.take_back(1210, wrong)
    assert (zoe(ground).state, zoe(ground).accounted_ns) == (State.ACCOUNTED, 1010 * NS_PER_S)


def test_nobody_is_at_two_points_at_one_time(ground: Ground) -> None:
    ground.read(1010, ZOE, "at-lawn")
    ground.seen(1010 + AT_ONE_TIME_NS / NS_PER_S, ZOE, point=PARK)
    assert (zoe(ground).state, zoe(ground).contradiction) == (State.CONTRADICTED, Contradiction.TWO_PLACES)
    ground.seen(1500, ZOE, point=PARK)
    assert (zoe(ground).state, zoe(ground).contradiction) == (State.ACCOUNTED, None)


def test_a_minute_later_he_may_have_walked_there(ground: Ground) -> None:
    ground.read(1010, ZOE, "at-lawn")
    ground.seen(1010.001 + AT_ONE_TIME_NS / NS_PER_S, ZOE, point=PARK)
    assert (zoe(ground).contradiction, zoe(ground).muster_point) == (None, PARK)
    assert zoe(ground).accounted_ns == 1010 * NS_PER_S, "since then without a doubt"


def test_found_inside_and_out_a_moment_later_is_a_way_out_and_no_contradiction(ground: Ground) -> None:
    ground.seen(1010, ZOE, Means.WARDEN, HOUSE)
    ground.read(1020, ZOE, "at-park")
    assert (zoe(ground).state, zoe(ground).contradiction) == (State.ACCOUNTED, None)


def test_outside_and_inside_at_one_time_is_none(ground: Ground) -> None:
    ground.read(1010, ZOE, "at-park")
    ground.seen(1020, ZOE, Means.WARDEN, HOUSE)
    assert zoe(ground).contradiction is Contradiction.TWO_PLACES


def test_out_of_the_door_and_to_the_point_a_moment_later_is_none(ground: Ground) -> None:
    ground.read(1010, ZOE, "out")
    ground.read(1030, ZOE, "at-lawn")
    assert (zoe(ground).contradiction, zoe(ground).muster_point) == (None, LAWN)


def test_seen_outside_by_one_and_inside_by_another_at_one_time(ground: Ground) -> None:
    ground.seen(1010, ZOE)
    ground.seen(1020, ZOE, Means.OFFICER, HOUSE)
    assert zoe(ground).contradiction is Contradiction.TWO_PLACES


def test_in_the_shelter_and_out_of_the_door_at_one_time(ground: Ground) -> None:
    ground.read(1010, ZOE, "at-cellar")
    ground.read(1020, ZOE, "out")
    assert zoe(ground).contradiction is Contradiction.TWO_PLACES
    ground.read(1200, ZOE, "at-park")
    assert zoe(ground).state is State.ACCOUNTED


def test_who_answers_by_phone_and_is_inside_after_that_is_a_contradiction(ground: Ground) -> None:
    ground.read(1005, ZOE, "down")
    ground.seen(1010, ZOE, Means.PHONE, NOWHERE)
    assert zoe(ground).contradiction is None, "he answered after that"
    ground.read(1020, ZOE, "up")
    assert zoe(ground).contradiction is Contradiction.PHONE_AND_INSIDE
    ground.seen(1030, ZOE, Means.PHONE, NOWHERE)
    assert zoe(ground).state is State.ACCOUNTED


def test_by_phone_and_found_inside_by_a_warden(ground: Ground) -> None:
    ground.seen(1010, ZOE, Means.PHONE, NOWHERE)
    ground.seen(1300, ZOE, Means.WARDEN, HOUSE)
    assert zoe(ground).contradiction is Contradiction.PHONE_AND_INSIDE


def test_who_left_the_shelter_that_is_a_muster_point_is_in_doubt(ground: Ground) -> None:
    ground.read(1010, ZOE, "at-cellar")
    assert zoe(ground).state is State.ACCOUNTED
    ground.read(1100, ZOE, "up")
    assert zoe(ground).contradiction is Contradiction.BACK_INSIDE


def test_who_was_accounted_for_inside_may_walk_about_there(ground: Ground) -> None:
    ground.seen(1010, ZOE, Means.OFFICER, HOUSE)
    ground.read(1100, ZOE, "down")
    assert (zoe(ground).state, zoe(ground).contradiction) == (State.ACCOUNTED, None)


def test_after_the_all_clear_people_go_back_and_nothing_is_contradicted(ground: Ground) -> None:
    ground.read(1010, ZOE, "at-park")
    ground.read(1100, ZOE, "in")
    ground.all_clear_ns = 1050 * NS_PER_S
    assert zoe(ground).state is State.ACCOUNTED
    ground.all_clear_ns = None
    assert zoe(ground).state is State.CONTRADICTED


def test_whoever_is_reconfirmed_in_an_operation_was_seen_by_an_officer(ground: Ground) -> None:
    ground.presence.reconfirmed(Stamp(1010 * NS_PER_S, EdgeId("main"), Epoch(bytes(16)), 1), ZOE, HOUSE, 0)
    assert (zoe(ground).state, zoe(ground).how) == (State.ACCOUNTED, How.OFFICER)


def test_when_the_key_has_died_the_name_is_gone_and_what_is_left_counts(ground: Ground) -> None:
    ground.presence.close_period(0)
    assert ground.line(ZOE) is None
    assert ground.presence.unnamed_left(HOUSE) == 1


def test_nobody_is_named_by_what_is_printed_of_a_line(ground: Ground) -> None:
    ground.seen(1010, ZOE)
    assert "zoe" not in repr(zoe(ground))
