"""The sums of a board: areas within areas, muster points, the unnamed, how long it took; in O(what changed)."""

from contract.clock import NS_PER_S
from contract.events import AccountedFor, Means
from contract.ids import OUTSIDE, HolderId
from controller.domain.muster.board import AreaFigures, Board, Gone, PointFigures
from controller.domain.muster.curve import MOST_POINTS, Point, curve, reached_ns
from controller.domain.muster.sightings import How
from controller.domain.presence.track import track
from tests.unit.controller.muster.ground import (
    BEN,
    BY,
    GROUNDS,
    HOUSE,
    LAWN,
    OP,
    OPENED_S,
    PARK,
    SHED,
    YARD,
    ZOE,
    Ground,
    act_id,
)


def crowd() -> Ground:
    """Zoe in the house, Ben in the yard, four more in the yard."""
    ground = Ground()
    ground.read(1, ZOE, "in")
    ground.read(2, ZOE, "up")
    ground.read(3, BEN, "in")
    for number in range(4):
        ground.read(4, HolderId(f"p{number}"), "in")
    return ground


def test_each_person_is_counted_once_and_expected_is_what_became_of_all() -> None:
    ground = crowd()
    ground.read(1010, ZOE, "at-lawn")
    ground.read(1020, BEN, "at-lawn")
    ground.read(1030, HolderId("p0"), "out")
    ground.stays(1040, HolderId("p1"), YARD)
    ground.read(1050, HolderId("p2"), "at-park")
    ground.read(1200, HolderId("p2"), "in")
    ground.read(1060, HolderId("fireman"), "in")
    ground.seen(1070, HolderId("stranger"))
    figures = ground.board().figures(3, ground.marks)
    assert (figures.expected, figures.accounted, figures.missing, figures.contradicted) == (7, 5, 1, 1)
    assert (figures.staying, figures.left, figures.entered, figures.found) == (1, 1, 1, 1)
    assert (figures.unnamed_expected, figures.unnamed_seen) == (3, 0)
    assert ground.board().hows == {How.READER: 2, How.EXIT: 1, How.ORDER: 1, How.WARDEN: 1}


def test_an_area_counts_those_inside_its_inner_areas_as_well() -> None:
    ground = crowd()
    ground.read(1010, ZOE, "at-lawn")
    board, marks = ground.board(), ground.marks
    assert board.area(HOUSE, marks) == AreaFigures(1, 1, 0, 0, 0, 0)
    assert board.area(YARD, marks) == AreaFigures(6, 1, 5, 0, 0, 0)
    assert board.area(SHED, marks) == AreaFigures(0, 0, 0, 0, 0, 0)


def test_muster_points_count_whom_they_accounted_for_the_wrong_ones_too() -> None:
    ground = crowd()
    ground.read(1010, ZOE, "at-lawn")
    ground.read(1020, BEN, "at-lawn")
    ground.seen(1030, HolderId("p0"), point=PARK)
    ground.unnamed(1040, 4, OUTSIDE, LAWN)
    points = ground.board().points(ground.marks)
    assert points[LAWN] == PointFigures(accounted=2, unnamed_seen=4, wrong_point=1)
    assert points[PARK] == PointFigures(1, 0, 0)


def test_unnamed_persons_add_up_a_sweep_counts_anew_and_a_wrong_figure_is_taken_back() -> None:
    ground = crowd()
    ground.unnamed(1010, 4, OUTSIDE, LAWN)
    wrong = ground.unnamed(1020, 40, OUTSIDE, LAWN)
    ground.take_back(1030, wrong)
    ground.unnamed(1040, 2, HOUSE)
    assert ground.board().figures(0, ground.marks).unnamed_seen == 6
    assert ground.board().area(HOUSE, ground.marks).unnamed_found == 2
    ground.swept(1050, HOUSE, 1)
    assert ground.board().area(HOUSE, ground.marks).unnamed_found == 1
    assert ground.board().area(HOUSE, ground.marks).swept_ns == 1050 * NS_PER_S
    ground.unnamed(1060, 2, HOUSE)
    assert ground.board().area(YARD, ground.marks).unnamed_found == 3, "with its inner areas"
    assert ground.board().area(YARD, ground.marks).swept_ns == 0, "which a sweep says nothing of"


def test_news_of_one_person_changes_the_sums_as_if_all_were_added_up_anew() -> None:
    ground = crowd()
    board = ground.board()
    for second, holder, point in (
        (1010, ZOE, "at-lawn"), (1020, ZOE, "in"), (1030, ZOE, "out"), (1005, BEN, "out"), (990, BEN, "out"),
    ):  # fmt: skip
        ground.read(second, holder, point)
        for each in (ZOE, BEN):
            board.take(each, track(ground.presence, each, OPENED_S * NS_PER_S), ground.marks)
        assert sums(board, ground) == sums(ground.board(), ground)


def sums(board: Board, ground: Ground) -> object:
    marks = ground.marks
    areas = [board.area(area, marks) for area in GROUNDS.areas]
    hows = {how: count for how, count in board.hows.items() if count}
    exits = {gate: moments for gate, moments in board.exits_ns.items() if moments}
    return board.lines, board.figures(0, marks), areas, board.points(marks), hows, board.accounted_ns, exits


def test_who_was_accounted_for_stays_counted_when_his_name_dies_and_the_missing_become_unnamed() -> None:
    ground = crowd()
    ground.read(1010, ZOE, "at-lawn")
    ground.read(1020, BEN, "out")
    board, before = ground.board(), ground.board().figures(0, ground.marks)
    ground.presence.watch_changes(on=True)
    ground.presence.close_period(0)
    for holder in ground.presence.changed():
        board.take(holder, track(ground.presence, holder, OPENED_S * NS_PER_S), ground.marks)
    assert board.lines == {}
    after = board.figures(4, ground.marks)
    assert (after.expected, after.accounted, after.missing, after.left) == (2, 2, 0, 1)
    assert (before.expected, before.accounted, before.missing) == (6, 2, 4)
    assert sum(ground.presence.unnamed_left(area) for area in (YARD, HOUSE)) >= 4
    assert board.area(HOUSE, ground.marks).accounted == 1
    again = Board(OP, OPENED_S * NS_PER_S, GROUNDS, Gone(board.gone, 1030 * NS_PER_S))
    figures = again.figures(4, ground.marks)
    assert (figures.expected, figures.accounted) == (2, 2), "after a restart of the program as well"
    assert len(again.accounted_ns) == 2


def test_a_curve_begins_at_the_opening_and_ends_with_all_who_were_accounted_for() -> None:
    assert curve(5, [], 2) == [Point(5, 0, 2)]
    assert curve(5, [7, 9], 3) == [Point(5, 0, 3), Point(7, 1, 2), Point(9, 2, 1)]
    assert curve(5, [7, 8, 9, 10, 11], 5, fewest=2) == [Point(5, 0, 5), Point(8, 2, 3), Point(11, 5, 0)]
    assert curve(5, [7], 5, fewest=3) == [Point(5, 0, 5), Point(7, 1, 4)]
    long = curve(0, range(1, 10_001), 10_000)
    assert len(long) <= MOST_POINTS + 2
    assert long[-1] == Point(10_000, 10_000, 0)


def test_a_share_is_reached_when_so_many_are_accounted_for() -> None:
    moments = [10, 20, 30, 40]
    assert [reached_ns(moments, 4, share) for share in (50, 90, 100)] == [20, 40, 40]
    assert reached_ns(moments, 5, 90) is None
    assert reached_ns([], 0, 50) is None


def test_an_act_that_comes_twice_is_one_and_of_two_under_one_id_the_earlier_counts() -> None:
    ground = crowd()
    first = AccountedFor(1010 * NS_PER_S, act_id(99), OP, ZOE, Means.WARDEN, OUTSIDE, PARK, BY)
    other = AccountedFor(1020 * NS_PER_S, act_id(99), OP, BEN, Means.WARDEN, OUTSIDE, PARK, BY)
    for order in ((first, other, first), (other, first, other)):
        for event in order:
            ground.add(event)
        assert ground.marks.holders() == {ZOE}
    assert ground.acts.knows(act_id(99))
    ground.acts.close(0)
    assert not ground.acts.knows(act_id(99))
    assert ground.marks.holders() == set()
