"""Passengers who leave as they came tell nothing; fewer or more is a doubt that says why, whatever gate and order."""

import itertools
from collections.abc import Callable, Iterable
from random import Random

import pytest

from contract.clock import NS_PER_S
from contract.events import (
    AccessGranted,
    AccessNotTaken,
    AccessTaken,
    Admitted,
    AdmittedBecause,
    AnyEvent,
    Expected,
    Occupants,
    OccupantsDiffer,
    UnnamedPassed,
    VehicleGranted,
)
from contract.ids import (
    OUTSIDE,
    AccessPointId,
    AccountId,
    ActId,
    AreaId,
    EdgeId,
    Epoch,
    HolderId,
    LaneId,
    OperationId,
    PassId,
)
from contract.periods import HOUR_S
from controller.domain.presence import intake
from controller.domain.presence.answer import Answer
from controller.domain.presence.bounds import Headcount
from controller.domain.presence.declared import Declared
from controller.domain.presence.doubts import Doubt
from controller.domain.presence.fold import Presence
from controller.domain.presence.layout import Layout
from controller.domain.presence.reason import Reason
from controller.domain.presence.stamp import Stamp

YARD = AreaId("yard")
WAYS = {
    AccessPointId(f"{side}-{way}"): (OUTSIDE, YARD) if way == "in" else (YARD, OUTSIDE)
    for side in ("east", "west")
    for way in ("in", "out")
}
STAY = Declared(longest_stay_s=72 * HOUR_S)
EPOCH = Epoch(bytes(16))
Said = tuple[Stamp, AnyEvent]


def fold(said: Iterable[Said], watched: Iterable[AccessPointId] = ()) -> Presence:
    """What is known after these records, in the order in which they are given."""
    presence = Presence(Layout({YARD: None}, WAYS, STAY, watched=list(watched)))
    for stamp, event in said:
        assert intake.fold(presence, stamp, event, 0) is Answer.FOLDED
    return presence


def figures(count: Headcount) -> tuple[int, int, int]:
    return count.lowest, count.best, count.highest


def causes(count: Headcount) -> dict[Reason, tuple[int, int]]:
    return {cause.reason: (cause.fewer, cause.more) for cause in count.causes}


class Road:
    """What gates seal, in the order of time."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self._numbers = itertools.count(1)

    def says(self, edge: str, at_s: float, make: Callable[..., AnyEvent], *fields: object) -> int:
        number, at_ns = next(self._numbers), round(at_s * NS_PER_S)
        self.said.append((Stamp(at_ns, EdgeId(edge), EPOCH, number), make(at_ns, *fields)))
        return number

    def drives(
        self, at_s: int, way: str, driver: str, beside: int | None, *, outcome: Callable[..., AnyEvent] | None
    ) -> int:
        """One vehicle at a gate; return the number of its driver's grant."""
        edge, point = way.partition("-")[0], AccessPointId(way)
        grant = self.says(edge, at_s, AccessGranted, point, HolderId(driver), PassId("p"), "card")
        vehicle = (point, LaneId("lane"), grant, "V1", 90, Expected.PERMITTED)
        self.says(edge, at_s + 0.1, VehicleGranted, *vehicle)
        if beside is not None:
            self.says(edge, at_s + 0.2, Occupants, ActId(f"a{grant}"), point, grant, beside, AccountId("o"))
        if outcome is not None:
            self.says(edge, at_s + 5, outcome, point, grant)
        return grant


def van(
    came: int,
    left: int,
    out: str = "west-out",
    *,
    outcome: Callable[..., AnyEvent] | None = AccessTaken,
    on_foot: Iterable[str] = (),
) -> list[Said]:
    """A van that comes by the eastern gate with so many beside the driver, and leaves with so many."""
    road = Road()
    for name in on_foot:
        road.says("east", 1, AccessGranted, AccessPointId("east-in"), HolderId(name), PassId("p"), "card")
    road.drives(10, "east-in", "dan", came, outcome=AccessTaken)
    road.drives(90, out, "dan", left, outcome=outcome)
    return road.said


def test_passengers_count_as_surely_as_their_driver_and_are_gone_as_he_is() -> None:
    said = van(3, 3)
    inside = fold(said[:4]).headcount(YARD)
    assert (figures(inside), inside.named, inside.unnamed, inside.causes) == ((4, 4, 4), 1, 3, ())
    gone = fold(said)
    for area in (YARD, AreaId("")):
        assert figures(gone.headcount(area)) == (0, 0, 0)
        assert gone.headcount(area).causes == ()
    assert not any(gone.sums()[YARD].readable[4:])


@pytest.mark.parametrize("out", ["east-out", "west-out"])
def test_with_fewer_the_rest_stays_inside_unnamed_and_says_why(out: str) -> None:
    count = fold(van(3, 1, out)).headcount(YARD)
    assert (figures(count), count.unnamed) == ((0, 2, 2), 2)
    assert causes(count) == {Reason.OCCUPANTS_STAYED: (0, 2)}


@pytest.mark.parametrize("out", ["east-out", "west-out"])
def test_with_more_lowest_goes_down_and_says_why(out: str) -> None:
    count = fold(van(1, 2, out, on_foot=["ann", "bob"])).headcount(YARD)
    assert figures(count) == (1, 2, 2)
    assert causes(count) == {Reason.OCCUPANTS_SURPLUS: (1, 0)}


@pytest.mark.parametrize(("came", "left"), [(3, 3), (3, 1), (1, 3), (0, 2)])
def test_no_order_and_no_repetition_changes_a_figure(came: int, left: int) -> None:
    said = van(came, left)
    expected = fold(said)
    chance = Random(came * 10 + left)
    for _ in range(40):
        presence = fold(chance.sample(said, len(said)))
        assert presence.sums() == expected.sums()
        assert presence.headcounts() == expected.headcounts()
    for stamp, event in said:
        assert intake.fold(expected, stamp, event, 0) is Answer.DUPLICATE
    assert expected.sums() == fold(said).sums()


def test_whose_driver_left_without_a_word_may_have_left_with_him() -> None:
    road = Road()
    road.drives(10, "east-in", "dan", 3, outcome=AccessTaken)
    road.drives(90, "west-out", "dan", None, outcome=AccessTaken)
    count = fold(road.said).headcount(YARD)
    assert figures(count) == (0, 3, 3)
    assert causes(count) == {Reason.UNNAMED_INSIDE: (0, 3)}


def test_a_vehicle_that_did_not_go_took_nobody_along() -> None:
    assert figures(fold(van(3, 3, outcome=AccessNotTaken)).headcount(YARD)) == (4, 4, 4)


def test_as_long_as_nobody_saw_it_go_all_in_it_may_still_be_there_or_not_yet() -> None:
    leaving = fold(van(3, 3, outcome=None), WAYS).headcount(YARD)
    assert figures(leaving) == (0, 0, 4)
    assert causes(leaving) == {Reason.NOT_SEEN_OUT: (0, 4)}
    coming = fold(van(3, 3)[:3], WAYS).headcount(YARD)
    assert figures(coming) == (0, 4, 4)


def test_whoever_is_read_later_is_no_longer_counted_beside_his_driver() -> None:
    said = van(3, 2)[:4]
    read = AccessGranted(50 * NS_PER_S, AccessPointId("east-out"), HolderId("pat"), PassId("p"), "card")
    count = fold([*said, (Stamp(50 * NS_PER_S, EdgeId("east"), EPOCH, 99), read)]).headcount(YARD)
    assert count.best == 3
    assert count.lowest == 3


def test_who_went_by_an_officers_word_was_perhaps_beside_a_driver() -> None:
    stamp = Stamp(50 * NS_PER_S, EdgeId("east"), EPOCH, 99)
    minus = UnnamedPassed(stamp.occurred_ns, ActId("m"), -2, YARD, OUTSIDE, AccessPointId(""), AccountId("o"))
    count = fold([*van(3, 3)[:4], (stamp, minus)]).headcount(YARD)
    assert (count.lowest, count.best) == (2, 2)


def test_what_two_vehicles_bring_that_an_officer_let_through_adds_up() -> None:
    road = Road()
    for at_s in (1, 2):
        road.says("east", at_s, Occupants, ActId(f"a{at_s}"), AccessPointId("east-in"), 0, 2, AccountId("o"))
    assert fold(road.said).headcount(YARD).best == 4


def test_a_gates_word_of_a_difference_counts_where_the_way_in_is_unknown() -> None:
    road = Road()
    for name in ("ann", "bob"):
        road.says("west", 1, AccessGranted, AccessPointId("west-in"), HolderId(name), PassId("p"), "card")
    grant = road.drives(90, "west-out", "eve", 2, outcome=AccessTaken)
    assert Reason.OCCUPANTS_SURPLUS not in causes(fold(road.said).headcount(YARD))
    road.says("west", 91, OccupantsDiffer, AccessPointId("west-out"), grant, 1, 2)
    assert causes(fold(road.said).headcount(YARD))[Reason.OCCUPANTS_SURPLUS] == (1, 0)


def test_all_records_of_a_complete_ride_go_with_it_and_the_doubt_stays() -> None:
    presence = fold(van(3, 1))
    before = presence.headcount(YARD)
    forgotten = presence.advance_cut(100 * NS_PER_S)
    assert sorted(forgotten.records) == sorted(stamp for stamp, _ in van(3, 1))
    assert presence.headcount(YARD) == before


def test_what_is_said_of_a_vehicle_alone_goes_when_the_cut_has_passed_it() -> None:
    road = Road()
    vehicle = (AccessPointId("east-in"), LaneId("lane"), 0, "V1", 90, Expected.UNKNOWN)
    road.says("east", 1, VehicleGranted, *vehicle)
    presence = fold(road.said)
    assert presence.advance_cut(NS_PER_S - 1).records == ()
    assert presence.advance_cut(NS_PER_S).records == (road.said[0][0],)


def test_a_search_between_coming_and_leaving_parts_them() -> None:
    said = van(3, 3)
    presence = fold(said[:4])
    sweep = Stamp(50 * NS_PER_S, EdgeId("controller"), EPOCH, 1)
    assert presence.swept(sweep, ActId("s"), OperationId(""), YARD, 4, 0) is Answer.FOLDED
    assert presence.headcount(YARD).best == 4
    for stamp, event in said[4:]:
        intake.fold(presence, stamp, event, 0)
    assert presence.headcount(YARD).best == 0


def by_word(road: Road, at_s: int, way: str, beside: int) -> None:
    """A vehicle that an officer lets pass, without a card."""
    edge, point, officer = way.partition("-")[0], AccessPointId(way), AccountId("o")
    road.says(edge, at_s, Admitted, ActId(f"w{at_s}"), point, HolderId(""), AdmittedBecause.MOTORCADE, officer)
    signed = -beside if way.endswith("out") else beside
    road.says(edge, at_s, UnnamedPassed, ActId(f"u{at_s}"), signed, YARD, OUTSIDE, point, officer)


def test_who_goes_by_word_is_not_set_off_against_passengers_who_perhaps_never_came() -> None:
    road = Road()
    road.drives(10, "east-in", "ann", 2, outcome=None)  # nobody saw it, and it has not come in
    road.drives(20, "east-in", "bob", 2, outcome=AccessTaken)
    by_word(road, 30, "west-out", 2)  # Bob and both beside him
    assert fold(road.said, WAYS).headcount(YARD).lowest == 0


def test_who_perhaps_never_came_lowers_nothing_while_nobody_goes_by_word() -> None:
    road = Road()
    road.drives(10, "east-in", "ann", 2, outcome=None)
    road.drives(20, "east-in", "bob", 2, outcome=AccessTaken)
    assert fold(road.said, WAYS).headcount(YARD).lowest == 3


def test_who_was_let_in_by_word_and_not_seen_to_come_sets_off_nobody_who_goes() -> None:
    road = Road()
    road.drives(10, "east-in", "bob", 2, outcome=AccessTaken)
    by_word(road, 20, "east-in", 2)  # nobody saw it, and it has not come in
    unseen = {YARD: [Doubt(Reason.PASSED_UNREAD, 0, 0, unnamed=3)]}
    assert fold(road.said, WAYS).headcount(YARD, unseen).lowest == 3
    by_word(road, 30, "west-out", 2)  # Bob and both beside him
    assert fold(road.said, WAYS).headcount(YARD, unseen).lowest == 0


@pytest.mark.parametrize(
    ("came", "left", "reason", "since_h"), [(3, 1, Reason.OCCUPANTS_STAYED, 1), (1, 2, Reason.OCCUPANTS_SURPLUS, 2)]
)
def test_a_difference_is_told_since_those_who_stayed_came_or_the_vehicle_left_and_not_since_the_oldest_record(
    came: int, left: int, reason: Reason, since_h: int
) -> None:
    road = Road()
    road.says("east", 1, AccessGranted, AccessPointId("east-in"), HolderId("ann"), PassId("p"), "card")
    road.says("east", 2, AccessGranted, AccessPointId("east-in"), HolderId("bob"), PassId("q"), "card")
    road.drives(HOUR_S + 10, "east-in", "dan", came, outcome=AccessTaken)
    road.drives(2 * HOUR_S + 90, "west-out", "dan", left, outcome=AccessTaken)
    presence = Presence(Layout({YARD: None}, WAYS, STAY))
    for stamp, event in road.said:
        assert intake.fold(presence, stamp, event, stamp.occurred_ns // NS_PER_S // HOUR_S * HOUR_S) is Answer.FOLDED
    (cause,) = (each for each in presence.headcount(YARD).causes if each.reason is reason)
    assert cause.since_ns == since_h * HOUR_S * NS_PER_S
