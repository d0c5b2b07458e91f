"""Rule 15: two controllers that closed a period differently are both believed, and the wider bounds show."""

import pytest

from contract.ids import OUTSIDE, AccessPointId, AreaId, ControllerId, EdgeId, Epoch, HolderId
from controller.domain.presence.compared import Comparison
from controller.domain.presence.declared import Declared
from controller.domain.presence.fold import Presence
from controller.domain.presence.layout import WHOLE_SITE, Layout
from controller.domain.presence.reason import Reason
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.tallies import Tally, TallyKind

HALL, OTHER = AreaId("hall"), ControllerId("other")
HOUR_S = 3600
IN, OUT = AccessPointId("in"), AccessPointId("out")


def layout(capacity: int | None = None) -> Layout:
    ways = {IN: (OUTSIDE, HALL), OUT: (HALL, OUTSIDE)}
    return Layout({HALL: capacity}, ways, Declared(longest_stay_s=72 * HOUR_S))


def unnamed(amount: int, period_s: int = 0) -> list[Tally]:
    return [Tally(TallyKind.UNNAMED, area, period_s, amount) for area in (WHOLE_SITE, HALL)]


@pytest.fixture
def presence() -> Presence:
    """Three inside who can be read, and one unnamed of a closed period."""
    presence = Presence(layout())
    for number, period_s in ((1, 0), (2, HOUR_S), (3, HOUR_S), (4, HOUR_S)):
        stamp = Stamp(number, EdgeId("north"), Epoch(bytes(16)), number)
        presence.granted(stamp, HolderId(f"{number}"), IN, period_s)
    presence.close_period(0)
    return presence


def test_the_same_tallies_change_nothing(presence: Presence) -> None:
    comparison = Comparison(presence)
    own = presence.headcount()
    assert (own.lowest, own.best, own.highest) == (3, 4, 4)
    assert comparison.hear(OTHER, 0, unnamed(1))
    assert comparison.differ() == []
    assert comparison.widened(WHOLE_SITE, own) is own


def test_one_that_counted_an_event_which_came_too_late_here_widens_upwards(presence: Presence) -> None:
    comparison = Comparison(presence)
    assert comparison.hear(OTHER, 0, unnamed(3))
    wide = comparison.widened(WHOLE_SITE, presence.headcount())
    assert (wide.lowest, wide.best, wide.highest) == (3, 4, 6)
    assert [(c.reason, c.up_to) for c in wide.causes if c.reason is Reason.CONTROLLERS_DIFFER] == [
        (Reason.CONTROLLERS_DIFFER, 2)
    ]
    assert comparison.differ() == [OTHER]


def test_one_that_knows_of_more_exits_without_a_read_widens_downwards(presence: Presence) -> None:
    """It has seen one leave, and of another one knows that he left unseen: so may those who were placed inside here."""
    stamp = Stamp(9, EdgeId("north"), Epoch(bytes(16)), 9)
    presence.granted(stamp, HolderId("4"), OUT, HOUR_S)
    comparison = Comparison(presence)
    own = presence.headcount()
    left = [Tally(TallyKind.LEFT, area, 0, 1) for area in (WHOLE_SITE, HALL)]
    assert comparison.hear(OTHER, 0, [*unnamed(40), *left])
    assert comparison.widened(WHOLE_SITE, own).lowest < own.lowest


def test_like_is_compared_with_like(presence: Presence) -> None:
    comparison = Comparison(presence)
    assert not comparison.hear(OTHER, HOUR_S, unnamed(9)), "it has closed a period that is open here"
    assert comparison.differ() == []
    comparison.hear(OTHER, 0, unnamed(3))
    assert not comparison.hear(OTHER, HOUR_S, [])
    assert comparison.differ() == [OTHER], "what was found before stands"
    comparison.forget([])
    assert comparison.differ() == []


def test_wider_than_the_area_can_hold_is_unknown() -> None:
    presence = Presence(layout(capacity=2))
    presence.close_period(0)
    comparison = Comparison(presence)
    comparison.hear(OTHER, 0, unnamed(3))
    assert not presence.headcount(HALL).unknown
    assert comparison.widened(HALL, presence.headcount(HALL)).unknown


def test_a_newcomer_adopts_what_closed_periods_left_behind(presence: Presence) -> None:
    newcomer = Presence(layout())
    newcomer.close_period(0)
    newcomer.adopt([*unnamed(1), *unnamed(5, HOUR_S), Tally(TallyKind.UNNAMED, AreaId("gone"), 0, 7)])
    for number in (2, 3, 4):
        stamp = Stamp(number, EdgeId("north"), Epoch(bytes(16)), number)
        newcomer.granted(stamp, HolderId(f"{number}"), IN, HOUR_S)
    assert newcomer.headcount() == presence.headcount()
    newcomer.adopt(unnamed(1))
    assert newcomer.headcount() == presence.headcount(), "as often as it comes"
