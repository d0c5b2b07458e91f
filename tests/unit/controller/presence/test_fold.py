from collections.abc import Callable

import pytest

from contract.clock import NS_PER_S
from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, AreaId, EdgeId, Epoch, HolderId
from contract.periods import HOUR_S
from contract.site import parse_site
from controller.domain.presence.answer import Answer
from controller.domain.presence.declared import Declared
from controller.domain.presence.fold import Presence
from controller.domain.presence.layout import WHOLE_SITE, Layout
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.tallies import Tally, TallyKind

GATE, EPOCH, ANN = EdgeId("north"), Epoch(bytes(16)), HolderId("ann")
YARD, HOUSE = AreaId("yard"), AreaId("house")
IN, OUT, UP, HERE = (AccessPointId(name) for name in ("in", "out", "up", "here"))
LAYOUT = Layout(
    {YARD: 50, HOUSE: 20},
    {IN: (OUTSIDE, YARD), OUT: (YARD, OUTSIDE), UP: (YARD, HOUSE), HERE: (ANYWHERE, YARD)},
    Declared(longest_stay_s=72 * HOUR_S),
)
HOUR = 1000 * HOUR_S


def stamp(number: int, hour: float = 0) -> Stamp:
    return Stamp(int((HOUR + hour * HOUR_S + number) * NS_PER_S), GATE, EPOCH, number)


def named(presence: Presence) -> tuple[int, int, int]:
    return tuple(presence.headcount(area).named for area in (WHOLE_SITE, YARD, HOUSE))  # type: ignore[return-value]


def test_a_person_is_where_the_last_passage_led() -> None:
    presence = Presence(LAYOUT)
    assert presence.granted(stamp(1), ANN, IN, HOUR) is Answer.FOLDED
    assert named(presence) == (1, 1, 0)
    presence.granted(stamp(2), ANN, UP, HOUR)
    assert named(presence) == (1, 0, 1)


def test_what_comes_too_late_is_put_where_it_belongs() -> None:
    presence = Presence(LAYOUT)
    presence.granted(stamp(3), ANN, OUT, HOUR)
    presence.granted(stamp(1), ANN, IN, HOUR)
    assert named(presence) == (0, 0, 0)


@pytest.mark.parametrize("outcome_first", [False, True])
def test_a_grant_that_was_not_taken_moves_nobody_whichever_comes_first(outcome_first: bool) -> None:
    presence = Presence(LAYOUT)
    steps: list[Callable[[], Answer]] = [
        lambda: presence.granted(stamp(1), ANN, IN, HOUR),
        lambda: presence.not_taken(stamp(2), 1, HOUR),
    ]
    for step in reversed(steps) if outcome_first else steps:
        assert step() is Answer.FOLDED
    assert named(presence) == (0, 0, 0)
    assert presence.not_taken(stamp(2), 1, HOUR) is Answer.DUPLICATE
    assert set(presence.close_period(HOUR).records) == {stamp(1), stamp(2)}


@pytest.mark.parametrize("taken_first", [False, True])
def test_of_two_reports_about_one_grant_that_of_the_passage_counts(taken_first: bool) -> None:
    presence = Presence(LAYOUT)
    presence.granted(stamp(1), ANN, IN, HOUR)
    reports: list[Callable[[], Answer]] = [
        lambda: presence.taken(stamp(2), 1, HOUR),
        lambda: presence.not_taken(stamp(3), 1, HOUR),
    ]
    for report in reports if taken_first else reversed(reports):
        report()
    assert named(presence) == (1, 1, 0)
    assert presence.advance_cut(stamp(9).occurred_ns).records == ()


def test_each_answer_has_its_case() -> None:
    presence = Presence(LAYOUT)
    presence.granted(stamp(1, 1), ANN, IN, HOUR + HOUR_S)
    assert presence.granted(stamp(1, 1), ANN, IN, HOUR + HOUR_S) is Answer.DUPLICATE
    assert presence.granted(stamp(2, 1), ANN, AccessPointId("nowhere"), HOUR + HOUR_S) is Answer.UNPLACED
    presence.close_period(HOUR)
    assert presence.granted(stamp(3, 0), ANN, IN, HOUR) is Answer.CLOSED
    assert presence.taken(stamp(4, 0), 3, HOUR) is Answer.CLOSED
    presence.advance_cut(stamp(5, 1).occurred_ns)
    assert presence.granted(stamp(5, 1), ANN, OUT, HOUR + HOUR_S) is Answer.LATE
    assert presence.taken(stamp(5, 1), 1, HOUR + HOUR_S) is Answer.LATE
    assert presence.granted(stamp(1, 1), ANN, IN, HOUR + HOUR_S) is Answer.DUPLICATE
    assert named(presence) == (1, 1, 0)


def test_closing_tells_the_store_what_goes_and_what_stays() -> None:
    presence = Presence(LAYOUT)
    bob = HolderId("bob")
    presence.granted(stamp(1), ANN, IN, HOUR)
    presence.taken(stamp(2), 1, HOUR)
    presence.granted(stamp(3), bob, IN, HOUR)
    presence.granted(stamp(4, 2), bob, OUT, HOUR + 2 * HOUR_S)
    forgotten = presence.close_period(HOUR)
    assert set(forgotten.records) == {stamp(1), stamp(2), stamp(3)}
    assert set(forgotten.tallies) == {
        Tally(kind, area, HOUR, 1, part)
        for kind in (TallyKind.UNNAMED, TallyKind.LEFT)
        for area, part in ((WHOLE_SITE, YARD), (YARD, AreaId("")))
    }
    assert [(prior.stamp, prior.period_s, prior.area) for prior in forgotten.priors] == [
        (stamp(4, 2), HOUR + 2 * HOUR_S, YARD)
    ]
    assert forgotten.overstays == 1
    figures = presence.headcount()
    assert (figures.named, figures.lowest, figures.highest) == (0, 0, 1)


def test_older_unnamed_leave_best_first_and_highest_after_the_longest_stay() -> None:
    presence = Presence(LAYOUT)
    presence.granted(stamp(1), ANN, IN, HOUR)
    presence.close_period(HOUR)
    for hours, expected in ((23, (1, 1)), (24, (0, 1)), (48, (0, 1)), (49, (0, 0))):
        presence.close_period(HOUR + hours * HOUR_S)
        figures = presence.headcount()
        assert (figures.best, figures.highest) == expected, hours


def test_an_unnamed_person_who_is_read_again_is_counted_once() -> None:
    presence = Presence(LAYOUT)
    presence.granted(stamp(1), ANN, IN, HOUR)
    presence.close_period(HOUR)
    presence.granted(stamp(2, 30), ANN, HERE, HOUR + 30 * HOUR_S)
    figures = presence.headcount()
    assert (figures.named, figures.best) == (1, 1)


def test_a_completed_cycle_goes_and_a_stay_does_not() -> None:
    presence = Presence(LAYOUT)
    presence.granted(stamp(1), ANN, IN, HOUR)
    presence.granted(stamp(2), ANN, OUT, HOUR)
    presence.granted(stamp(3), ANN, IN, HOUR)
    assert set(presence.advance_cut(stamp(4).occurred_ns).records) == {stamp(1), stamp(2)}
    assert named(presence) == (1, 1, 0)


def test_the_cut_never_falls() -> None:
    presence = Presence(LAYOUT, cut_ns=100)
    presence.advance_cut(50)
    assert presence.cut_ns == 100


def test_a_move_within_the_site_enters_and_leaves_areas_but_not_the_site() -> None:
    presence = Presence(LAYOUT)
    presence.granted(stamp(1), ANN, IN, HOUR)
    presence.granted(stamp(2), ANN, UP, HOUR)
    presence.granted(stamp(3), ANN, OUT, HOUR)
    tallies = {(t.kind, t.area): t.amount for t in presence.close_period(HOUR).tallies}
    assert tallies == {
        (TallyKind.LEFT, YARD): 1,
        (TallyKind.LEFT_UNSEEN, HOUSE): 1,
        (TallyKind.UNPLACED, YARD): 1,
        (TallyKind.LEFT, WHOLE_SITE): 1,
    }


def test_a_site_file_becomes_a_layout() -> None:
    layout = Layout.of(
        parse_site(
            """
            site = { longest_stay_h = 72, missed_exit_rate = 0.02, missed_entry_rate = 0.01 }
            area = [{ id = "yard", capacity = 30 }, { id = "house", capacity = 12 }]
            access_point = [{ id = "in", from = "outside", to = "yard" }, { id = "here", from = "any", to = "house" }]
            """
        )
    )
    assert layout.areas == (WHOLE_SITE, YARD, HOUSE)
    assert layout.capacities == (42, 30, 12)
    assert layout.declared == Declared(24 * HOUR_S, 72 * HOUR_S, 0.02, 0.01)
    assert set(layout.ways) == {IN, HERE}


def test_figures_come_for_each_area_and_the_whole_site() -> None:
    presence = Presence(LAYOUT)
    presence.granted(stamp(1), ANN, IN, HOUR)
    assert {area: figures.best for area, figures in presence.headcounts().items()} == {WHOLE_SITE: 1, YARD: 1, HOUSE: 0}
