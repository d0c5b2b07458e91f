"""Marks kept by operation: forgotten with their keys and after the cut, each kind without a trace."""

from contract.clock import NS_PER_S
from contract.events import (
    AccountedFor,
    AnyEvent,
    AreaSwept,
    MarkWithdrawn,
    Means,
    Reconfirmed,
    StaysByOrder,
    UnnamedSeen,
    WithdrawnBecause,
)
from contract.ids import OUTSIDE, EdgeId, Epoch, OperationId
from controller.domain.muster.acts import Acts, Mark
from controller.domain.muster.grounds import Grounds
from controller.domain.muster.sightings import NOWHERE, How, Sighting, of_mark
from controller.domain.presence.stamp import Stamp
from tests.unit.controller.muster.ground import BEN, BY, HOUSE, LAWN, NO_POINT, OP, PARK, SHED, SITE, YARD, ZOE, act_id

OTHER = OperationId("2" * 24)


def record(event: AnyEvent, number: int = 1) -> Stamp:
    return Stamp(event.occurred_ns, EdgeId("main"), Epoch(bytes(16)), number)


def seen(number: int, second: int, operation: OperationId = OP, area: str = "outside") -> AccountedFor:
    place = OUTSIDE if area == "outside" else NOWHERE
    return AccountedFor(second * NS_PER_S, act_id(number), operation, ZOE, Means.WARDEN, place, LAWN, BY)


def taking_back(number: int, second: int, mark: int) -> MarkWithdrawn:
    because = WithdrawnBecause.WRONG_PLACE
    return MarkWithdrawn(second * NS_PER_S, act_id(number), OP, act_id(mark), because, BY)


def of_each_kind() -> list[Mark]:
    """One mark of each kind, a second apart."""
    return [
        seen(1, 1),
        StaysByOrder(2 * NS_PER_S, act_id(2), OP, BEN, HOUSE, BY),
        UnnamedSeen(3 * NS_PER_S, act_id(3), OP, 4, OUTSIDE, PARK, BY),
        AreaSwept(4 * NS_PER_S, act_id(4), OP, HOUSE, 1, BY),
        taking_back(5, 5, 1),
    ]


def filled(*marks: Mark) -> Acts:
    acts = Acts()
    for number, mark in enumerate(marks):
        acts.add(mark, number * 10, record(mark, number))
    return acts


def test_marks_of_each_kind_are_found_and_go_with_their_keys_one_by_one() -> None:
    acts = filled(*of_each_kind())
    marked = acts.of([OP])
    assert marked.holders() == {ZOE, BEN}
    assert [mark.act_id for mark in marked.standing()] == [act_id(3), act_id(4)]
    assert marked.withdrawn() == 1
    assert acts.changed() == {ZOE, BEN}
    for number in range(5):
        before = acts.revision
        acts.close(number * 10)
        assert acts.revision > before
        assert [acts.knows(act_id(1 + each)) for each in range(5)] == [each > number for each in range(5)]
    assert (acts.of([OP]).holders(), acts.of([OP]).standing(), acts.of([OP]).withdrawn()) == (set(), [], 0)


def test_of_whom_a_mark_goes_is_told() -> None:
    acts = filled(seen(1, 1), taking_back(2, 2, 1))
    acts.changed()
    acts.close(0)
    assert acts.changed() == {ZOE}
    acts = filled(taking_back(2, 2, 1), seen(1, 1))
    acts.changed()
    acts.close(0)
    assert acts.changed() == {ZOE}, "she is accounted for again: what took the mark back is gone"
    assert acts.of([OP]).withdrawal(act_id(1)) is None


def test_after_the_cut_marks_go_and_the_rows_of_those_that_moved_nobody() -> None:
    phone = seen(7, 7, area="")
    acts = filled(*of_each_kind(), phone, seen(8, 9))
    assert acts.passed(8 * NS_PER_S) == [record(phone, 5)]
    assert [mark.act_id for mark in acts.of([OP]).of(ZOE)] == [act_id(8)]
    assert acts.passed(8 * NS_PER_S) == []


def test_openings_of_one_operation_are_read_together_and_others_are_not() -> None:
    acts = filled(seen(1, 1), seen(2, 2, OTHER))
    assert [mark.act_id for mark in acts.of([OP, OTHER]).of(ZOE)] == [act_id(1), act_id(2)]
    assert [mark.act_id for mark in acts.of([OP]).of(ZOE)] == [act_id(1)]
    assert acts.of([]).holders() == set()
    assert (acts.operation_of(act_id(2)), acts.operation_of(act_id(9))) == (OTHER, None)


def test_the_first_of_several_withdrawals_tells_why() -> None:
    acts = filled(seen(1, 1), taking_back(3, 9, 1), taking_back(2, 5, 1))
    found = acts.of([OP]).withdrawal(act_id(1))
    assert found is not None
    assert found.act_id == act_id(2)


def test_what_is_no_mark_of_an_operation_is_passed_over() -> None:
    acts = Acts()
    outside_of_any = AreaSwept(NS_PER_S, act_id(1), OperationId(""), HOUSE, 0, BY)
    for event in (Reconfirmed(NS_PER_S, HOUSE, ZOE), outside_of_any):
        acts.add(event, 0, record(event))
    assert (acts.revision, acts.changed()) == (0, set())


def test_a_mark_is_told_with_all_that_it_says() -> None:
    assert of_mark(seen(1, 3)) == Sighting(3 * NS_PER_S, act_id(1), How.WARDEN, OUTSIDE, LAWN, act_id(1), BY)
    stays = StaysByOrder(2 * NS_PER_S, act_id(2), OP, BEN, HOUSE, BY)
    assert of_mark(stays) == Sighting(2 * NS_PER_S, act_id(2), How.ORDER, HOUSE, NO_POINT, act_id(2), BY)


def test_the_grounds_know_what_lies_in_what_and_whose_point_is_where() -> None:
    grounds = Grounds(SITE)
    assert grounds.areas == [YARD, HOUSE, SHED]
    assert grounds.around == {YARD: (YARD,), HOUSE: (HOUSE, YARD), SHED: (SHED, YARD)}
    assert grounds.names[HOUSE] == "house"
    assert list(grounds.points) == [LAWN, PARK, "cellar"]
    assert [grounds.is_wrong(LAWN, area) for area in (HOUSE, YARD, OUTSIDE)] == [False, True, False]
    assert not grounds.is_wrong(PARK, HOUSE)
    assert not grounds.is_wrong(NO_POINT, HOUSE)
