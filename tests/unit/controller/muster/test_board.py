"""The sums of a board: areas within areas, muster points, the unnamed, how long it took; in O(what changed)."""

from contract.clock import NS_PER_S
from contract.events import AccountedFor, Means
from contract.ids import OUTSIDE, HolderId
from controller.domain.muster.board import AreaFigures, Board, Gone, PointFigures
from controller.domain.muster.curve import MOST_POINTS, Point, curve, reached_ns
from controller.domain.muster.person import State
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
    assert board.area(HOUSE, marks, 0) == AreaFigures(1, 1, 0, 0, 0, 0)
    assert board.area(YARD, marks, 0) == AreaFigures(6, 1, 5, 0, 0, 0)
    assert board.area(SHED, marks, 0) == AreaFigures(0, 0, 0, 0, 0, 0)


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
    assert ground.board().area(HOUSE, ground.marks, 0).unnamed_found == 2
    ground.swept(1050, HOUSE, 1)
    assert ground.board().area(HOUSE, ground.marks, 0).unnamed_found == 1
    assert ground.board().area(HOUSE, ground.marks, 0).swept_ns == 1050 * NS_PER_S
    ground.unnamed(1060, 2, HOUSE)
    assert ground.board().area(YARD, ground.marks, 0).unnamed_found == 3, "with its inner areas"
    assert ground.board().area(YARD, ground.marks, 0).swept_ns == 0, "which a sweep says nothing of"


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
    areas = [board.area(area, marks, 0) for area in GROUNDS.areas]
    hows = {how: count for how, count in board.hows.items() if count}
    exits = {gate: moments for gate, moments in board.exits_ns.items() if moments}
    return board.lines, board.figures(0, marks), areas, board.points(marks), hows, board.accounted_ns, exits


def forget(board: Board, ground: Ground, closed_s: int = 0) -> None:
    """The keys up to that period die, and the board hears of it."""
    ground.presence.watch_changes(on=True)
    ground.presence.close_period(closed_s)
    for holder in ground.presence.changed():
        board.take(holder, track(ground.presence, holder, OPENED_S * NS_PER_S), ground.marks)


DIED_S = GROUNDS.dies_at_s(0)


def test_who_is_missing_when_his_name_dies_stays_missing_until_somebody_accounts_for_him() -> None:
    ground = crowd()
    ground.read(1010, BEN, "out")
    ground.swept(1020, HOUSE, 0)
    ground.unnamed(1030, 5, OUTSIDE, LAWN)
    board = ground.board()
    forget(board, ground)
    assert board.lines == {}
    figures = board.figures(8, ground.marks)
    assert (figures.expected, figures.accounted, figures.missing, figures.nameless) == (6, 1, 5, 5), (
        "earlier: of others"
    )
    assert board.area(HOUSE, ground.marks, 8) == AreaFigures(1, 0, 1, 0, 0, 1020 * NS_PER_S)
    assert board.area(YARD, ground.marks, 8).missing == 5
    assert reached_ns(board.moments_ns(8, ground.marks), figures.expected, 100) is None
    ground.swept(DIED_S + 10, HOUSE, 0)
    assert board.area(HOUSE, ground.marks, 8).missing == 0
    assert board.figures(8, ground.marks).nameless == 4
    ground.unnamed(DIED_S + 20, 1, OUTSIDE, LAWN)
    assert board.figures(8, ground.marks).nameless == 3, "8 unnamed, 5 of them lost: 6 seen are more"
    ground.unnamed(DIED_S + 30, 4, OUTSIDE, PARK)
    after = board.figures(8, ground.marks)
    assert (after.expected, after.accounted, after.missing, after.nameless) == (6, 6, 0, 0)
    assert reached_ns(board.moments_ns(8, ground.marks), 6, 100) == (DIED_S + 30) * NS_PER_S
    again = Board(OP, OPENED_S * NS_PER_S, GROUNDS, Gone(1, DIED_S * NS_PER_S, board.lost.total()))
    assert again.figures(99, ground.marks).missing == 5, "after a restart of the program as well"


def test_unnamed_persons_who_were_always_unnamed_account_for_nobody_whose_name_died() -> None:
    ground = crowd()
    board = ground.board()
    forget(board, ground)
    ground.unnamed(DIED_S + 10, 3, OUTSIDE, LAWN)
    assert board.figures(6 + 3, ground.marks).missing == 6
    ground.unnamed(DIED_S + 20, 2, OUTSIDE, LAWN)
    assert board.figures(6 + 3, ground.marks).missing == 4


def test_the_roll_stays_what_it_was_at_the_opening_when_older_records_die_and_newer_ones_live() -> None:
    ground = crowd()
    ground.read(1010, ZOE, "down", period_s=900)
    ground.read(1020, ZOE, "out", period_s=900)
    ground.read(1010, BEN, "up", period_s=900)
    ground.read(1040, HolderId("responder"), "in", period_s=900)
    ground.read(1050, HolderId("responder"), "up", period_s=1800)
    board = ground.board()

    def stands() -> object:
        figures = board.figures(0, ground.marks)
        areas = [board.area(area, ground.marks, 0) for area in GROUNDS.areas]
        return figures.expected, figures.accounted, figures.missing, figures.left, figures.found, areas

    before = stands()
    assert board.lines[BEN].area == HOUSE, "where he was last seen"
    assert board.area(HOUSE, ground.marks, 0).expected == 1, "Zoe; Ben is counted where the roll had him"
    forget(board, ground)
    assert board.lines.keys() == {ZOE, BEN, "responder"}
    assert stands() == before
    assert board.lines[ZOE].state is State.LEFT
    forget(board, ground, 900)
    assert stands() == before
    assert board.lines[HolderId("responder")].state is State.ENTERED


def test_who_was_accounted_for_stays_counted_when_his_name_dies() -> None:
    ground = crowd()
    ground.read(1010, ZOE, "at-lawn")
    ground.read(1020, BEN, "out")
    board, before = ground.board(), ground.board().figures(0, ground.marks)
    forget(board, ground)
    assert board.lines == {}
    after = board.figures(4, ground.marks)
    assert (after.expected, after.accounted, after.missing, after.left) == (6, 2, 4, 1)
    assert (before.expected, before.accounted, before.missing) == (6, 2, 4)
    assert sum(ground.presence.unnamed_left(area) for area in (YARD, HOUSE)) >= 4
    assert board.area(HOUSE, ground.marks, 0).accounted == 1
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
