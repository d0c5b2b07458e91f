"""Reconfirmed evidence in the fold: a new cycle for who was seen, one unnamed person for who was not."""

from contract.clock import NS_PER_S
from contract.ids import OUTSIDE, AccessPointId, AreaId, EdgeId, Epoch, HolderId
from contract.periods import HOUR_S
from controller.domain.presence.answer import Answer
from controller.domain.presence.chain import Evidence
from controller.domain.presence.declared import Declared
from controller.domain.presence.fold import Placed, Presence
from controller.domain.presence.layout import WHOLE_SITE, Layout
from controller.domain.presence.restore import Restoration
from controller.domain.presence.stamp import Stamp

YARD, HOUSE = AreaId("yard"), AreaId("house")
IN, OUT, UP = AccessPointId("in"), AccessPointId("out"), AccessPointId("up")
LAYOUT = Layout({YARD: 50, HOUSE: 20}, {IN: (OUTSIDE, YARD), OUT: (YARD, OUTSIDE), UP: (YARD, HOUSE)}, Declared())
ANN, BOB = HolderId("ann"), HolderId("bob")
HOUR = 1000 * HOUR_S
LATER = HOUR + 22 * HOUR_S


def stamp(number: int, period_s: int = HOUR, edge: str = "north") -> Stamp:
    return Stamp((period_s + number) * NS_PER_S, EdgeId(edge), Epoch(bytes(16)), number)


def two_inside() -> Presence:
    presence = Presence(LAYOUT)
    presence.granted(stamp(1), ANN, IN, HOUR)
    presence.granted(stamp(2), BOB, IN, HOUR)
    return presence


def test_who_was_seen_stays_named_and_the_record_before_it_goes_on_time() -> None:
    presence = two_inside()
    assert presence.reconfirmed(stamp(3, LATER, "main"), ANN, YARD, LATER) is Answer.FOLDED
    forgotten = presence.close_period(HOUR)
    assert set(forgotten.records) == {stamp(1), stamp(2)}
    assert forgotten.overstays == 1  # Bob, whom nobody saw
    assert list(presence.placed(LATER)) == [Placed(ANN, YARD, LATER, Evidence.RECONFIRMED)]
    figures = presence.headcount(YARD)
    assert (figures.named, figures.best) == (1, 2)


def test_seen_where_the_chain_places_him_tells_no_tally() -> None:
    presence = two_inside()
    presence.reconfirmed(stamp(3, LATER, "main"), ANN, YARD, LATER)
    presence.close_period(HOUR)
    tallies = presence.close_period(LATER).tallies
    assert {(tally.kind.value, tally.amount) for tally in tallies} == {("I", 1)}  # nobody left, nobody came unseen


def test_two_marks_of_one_sight_are_as_good_as_one() -> None:
    once, twice = two_inside(), two_inside()
    for presence in (once, twice):
        presence.reconfirmed(stamp(3, LATER, "main"), ANN, YARD, LATER)
    twice.reconfirmed(stamp(3, LATER, "other"), ANN, YARD, LATER)
    assert once.headcounts() == twice.headcounts()
    assert twice.reconfirmed(stamp(3, LATER, "other"), ANN, YARD, LATER) is Answer.DUPLICATE
    for presence in (once, twice):
        presence.close_period(HOUR)
        presence.close_period(LATER)
    assert once.headcounts() == twice.headcounts()


def test_seen_in_another_room_moves_him_there() -> None:
    presence = two_inside()
    presence.reconfirmed(stamp(3, LATER, "main"), ANN, HOUSE, LATER)
    assert [presence.headcount(area).named for area in (WHOLE_SITE, YARD, HOUSE)] == [2, 1, 1]


def test_after_his_exit_a_mark_from_before_it_moves_nobody() -> None:
    presence = two_inside()
    presence.granted(stamp(9, LATER), ANN, OUT, LATER)
    presence.reconfirmed(stamp(3, LATER, "main"), ANN, YARD, LATER)
    assert presence.headcount(YARD).named == 1  # Bob


def test_a_mark_is_refused_where_a_passage_would_be() -> None:
    presence = two_inside()
    assert presence.reconfirmed(stamp(3), ANN, AreaId("cellar"), HOUR) is Answer.UNPLACED
    presence.advance_cut(stamp(10).occurred_ns)
    assert presence.reconfirmed(stamp(3, edge="main"), ANN, YARD, HOUR) is Answer.LATE
    presence.close_period(HOUR)
    assert presence.reconfirmed(stamp(30, edge="main"), ANN, YARD, HOUR) is Answer.CLOSED


def test_a_stored_mark_is_folded_again_after_a_restart() -> None:
    again = Restoration(LAYOUT, ())
    again.reconfirmed(stamp(3, LATER, "main"), ANN, YARD, LATER)
    again.granted(stamp(1), ANN, IN, HOUR)
    presence = again.done()
    presence.close_period(HOUR)
    assert list(presence.placed(LATER)) == [Placed(ANN, YARD, LATER, Evidence.RECONFIRMED)]


def test_placed_are_those_inside_whose_last_record_is_so_old() -> None:
    presence = two_inside()
    presence.granted(stamp(3), HolderId("cem"), IN, HOUR)
    presence.not_taken(stamp(4), 3, HOUR)
    presence.granted(stamp(5, LATER), BOB, UP, LATER)
    presence.granted(stamp(6), HolderId("dan"), IN, HOUR)
    presence.granted(stamp(7, LATER), HolderId("dan"), OUT, LATER)
    assert [each.holder for each in presence.placed(HOUR)] == [ANN]
    assert {each.holder: each.area for each in presence.placed(LATER)} == {ANN: YARD, BOB: HOUSE}
