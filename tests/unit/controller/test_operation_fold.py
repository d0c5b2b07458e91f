"""Operations of two controllers: one trigger is one operation, two openings are shown as one, no end is a surprise."""

from itertools import permutations

from contract.clock import NS_PER_S
from contract.ids import ControllerId, OperationId
from controller.domain.operation import RENEWED_FOR_S, Operation
from controller.domain.operation_fold import (
    ALL_CLEAR,
    CLOSED,
    CONFIRMED,
    OPENED,
    RENEWED,
    SILENCED,
    SOUNDED,
    TAKEN,
    OperationFold,
)
from controller.domain.said import Said

ONE, TWO = ControllerId("one"), ControllerId("two")
A, B = OperationId("a" * 24), OperationId("b" * 24)
ADA, BEN = "1" * 24, "2" * 24
START_S = 1_800_000_000


def at_ns(second: int) -> int:
    return (START_S + second) * NS_PER_S


def step(second: int, kind: str, id_: OperationId = A, by: str = ADA, at: ControllerId = ONE, **facts: str) -> Said:
    return Said(at, at_ns(second), kind, {"operation": id_, "by": by, **facts})


def opening(second: int, id_: OperationId = A, by: str = ADA, at: ControllerId = ONE, **facts: str) -> Said:
    return step(
        second, OPENED, id_, by, at,
        **{"what": "emergency", "plan": "evacuate", "reason": "fire", "trigger": "commander", **facts},
    )  # fmt: skip


def closing(second: int, id_: OperationId = A, at: ControllerId = ONE, ending: str = "commander") -> Said:
    return step(second, CLOSED, id_, at=at, ending=ending)


def shown(*steps: Said, second: int = 600) -> list[Operation]:
    fold = OperationFold()
    for each in steps:
        fold.hear(each)
    return fold.operations(at_ns(second))


def test_every_order_of_arrival_shows_the_same() -> None:
    steps = (
        opening(0), opening(5, B, BEN, TWO), step(60, RENEWED, B, BEN, TWO), step(70, TAKEN, A, BEN),
        closing(80, B, TWO),
    )  # fmt: skip
    assert len({tuple(shown(*order)) for order in permutations(steps)}) == 1


def test_one_trigger_heard_by_both_is_one_operation_from_the_earlier_opening_on() -> None:
    [operation] = shown(opening(3, A, "", TWO, trigger="fire-input"), opening(1, A, "", trigger="fire-input"))
    assert (operation.id, operation.opened_ns) == (A, at_ns(1))


def test_openings_apart_are_one_operation_that_is_open_as_long_as_either_is() -> None:
    apart = (opening(0, trigger="fire-input", by=""), opening(5, B, BEN, TWO))
    [operation] = shown(*apart)
    assert (operation.id, operation.opened_ns, operation.led_by) == (A, at_ns(0), BEN)
    assert operation.is_confirmed
    assert operation.names_open(at_ns(5)), "a commander has opened names at one of them"
    [still] = shown(*apart, closing(90, A))
    assert still.id == B
    assert shown(*apart, closing(90, A), closing(90, B)) == []


def test_the_all_clear_holds_when_all_openings_have_it() -> None:
    apart = (opening(0), opening(5, B, BEN, TWO))
    [operation] = shown(*apart, step(60, ALL_CLEAR))
    assert operation.all_clear_ns is None
    [operation] = shown(*apart, step(60, ALL_CLEAR), step(70, ALL_CLEAR, B, BEN, TWO))
    assert operation.all_clear_ns == at_ns(70)


def test_sirens_are_silent_when_they_were_silenced_for_all_openings() -> None:
    apart = (opening(0), step(4, SILENCED), opening(5, B, BEN, TWO))
    [operation] = shown(*apart)
    assert operation.silenced_ns is None, "the second opening sounds them again"
    silenced = (*apart, step(60, SILENCED), step(60, SILENCED, B, BEN, TWO))
    [operation] = shown(*silenced)
    assert operation.silenced_ns == at_ns(60)
    [operation] = shown(*silenced, step(70, SOUNDED), step(70, SOUNDED, B, BEN, TWO))
    assert operation.silenced_ns is None


def test_whoever_could_not_hear_of_a_renewal_ends_nothing() -> None:
    late = RENEWED_FOR_S + 1
    steps = (opening(0), step(1800, RENEWED), closing(late, at=TWO, ending="not-renewed"))
    assert len(shown(*steps, second=late)) == 1
    assert shown(opening(0), closing(late, at=TWO, ending="not-renewed"), second=late) == []


def test_whoever_renews_what_another_one_had_closed_unheard_keeps_it_open() -> None:
    steps = (opening(0), closing(60, at=TWO), step(90, RENEWED))
    assert len(shown(*steps)) == 1
    assert shown(opening(0), closing(60), step(90, RENEWED)) == [], "nobody renews what he has closed himself"


def test_a_confirmation_at_the_other_one_counts() -> None:
    [operation] = shown(opening(0, A, "", trigger="fire-input"), step(10, CONFIRMED, by=BEN, at=TWO), second=20)
    assert (operation.confirmed_by, operation.names_open(at_ns(10))) == (BEN, True)
