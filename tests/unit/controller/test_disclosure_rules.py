"""What may leave the system, and what becomes of each copy (L3)."""

import itertools

import pytest

from contract.ids import AccountId, AreaId, OperationId
from controller.domain.disclosure import (
    Copy,
    DisclosureError,
    DisclosureReason,
    Ending,
    Form,
    Recipient,
    Register,
    check,
    short_code,
)
from controller.domain.operation import NAMES_AFTER_S, RENEWED_FOR_S, OperationKind, Plan, Reason, Trigger, opened

OPERATION = OperationId("0123456789abcdef01234567")
KIM, LEE = AccountId("kim"), AccountId("lee")
NS = 10**9
EMERGENCY = opened(OPERATION, OperationKind.EMERGENCY, Plan.EVACUATE, Reason.FIRE, (KIM,), 0)
DRILL = opened(OPERATION, OperationKind.DRILL, Plan.EVACUATE, Reason.PLANNED_DRILL, (KIM, LEE), 0)
SEARCH = opened(OPERATION, OperationKind.SEARCH, None, Reason.MISSING_PERSON, (KIM, LEE), 0)


def copy(number: int, form: Form = Form.PRINT, operation: OperationId = OPERATION) -> Copy:
    return Copy(number, operation, form, Recipient.FIRE_SERVICE, DisclosureReason.RESCUE, (AreaId("hall"),), 3, KIM, 0)


def test_nothing_leaves_outside_an_open_operation_with_names_open() -> None:
    allowed = (Form.PRINT, Recipient.FIRE_SERVICE, DisclosureReason.RESCUE)
    assert check(EMERGENCY, *allowed, 1) is EMERGENCY
    with pytest.raises(DisclosureError, match="outside an open operation"):
        check(None, *allowed, 1)
    with pytest.raises(DisclosureError, match="outside an open operation"):
        check(EMERGENCY, *allowed, RENEWED_FOR_S * NS)
    with pytest.raises(DisclosureError, match="outside an open operation"):
        check(EMERGENCY.closed(KIM, 5), *allowed, 6)
    by_fire = opened(OPERATION, OperationKind.EMERGENCY, Plan.EVACUATE, Reason.FIRE, (), 0, Trigger.FIRE_INPUT)
    with pytest.raises(DisclosureError, match="names are not open"):
        check(by_fire, *allowed, NAMES_AFTER_S * NS - 1)
    assert check(by_fire, *allowed, NAMES_AFTER_S * NS) is by_fire


def test_reason_recipient_and_form_must_fit_the_kind_of_operation() -> None:
    allowed = {
        (operation.kind.value, form.value, recipient.value, reason.value)
        for operation, form, recipient, reason in itertools.product(
            (EMERGENCY, DRILL, SEARCH), Form, Recipient, DisclosureReason
        )
        if _allows(operation.kind, form, recipient, reason)
    }
    assert {(form, recipient, reason) for kind, form, recipient, reason in allowed if kind == "drill"} == {
        ("print", "warden", "exercise"),
        ("file", "warden", "exercise"),
        ("wardens-list", "warden", "exercise"),
        ("tablet", "warden", "exercise"),
    }
    assert {reason for kind, _, _, reason in allowed if kind == "search"} == {"search", "before-limit"}
    assert {reason for kind, _, _, reason in allowed if kind == "emergency"} == {
        "account-for", "rescue", "care", "before-limit",
    }  # fmt: skip
    assert {recipient for _, form, recipient, _ in allowed if form == "wardens-list"} == {"warden"}
    assert {form for _, form, _, reason in allowed if reason == "before-limit"} == {"hand-over"}
    assert {reason for _, form, _, reason in allowed if form == "hand-over"} == {"before-limit"}


def _allows(kind: OperationKind, form: Form, recipient: Recipient, reason: DisclosureReason) -> bool:
    operation = {each.kind: each for each in (EMERGENCY, DRILL, SEARCH)}[kind]
    try:
        check(operation, form, recipient, reason, 1)
    except DisclosureError:
        return False
    return True


def test_controllers_take_turns_so_that_none_gives_a_number_of_another_one() -> None:
    first, second = Register(), Register()
    first.turn, second.turn = lambda: (0, 2), lambda: (1, 2)
    given: list[int] = []
    for register in (first, first, second, second, first):
        given.append(register.next_number)
        register.put(copy(given[-1]))
    assert given == [1, 3, 2, 4, 5], "apart from each other"
    second.put(copy(5))
    assert second.next_number == 6, "and together"


def test_a_number_is_given_once_and_the_ending_of_a_copy_recorded_once() -> None:
    register = Register()
    assert register.next_number == 1
    register.put(copy(1))
    register.put(copy(2))
    register.put(register.copy(1).ended(Ending.RETURNED, LEE, 9))
    assert register.next_number == 3
    assert (register.copy(1).ending, register.copy(1).ended_by, register.copy(1).ended_ns) == (Ending.RETURNED, LEE, 9)
    with pytest.raises(DisclosureError, match="already"):
        register.copy(1).ended(Ending.DESTROYED, LEE, 10)
    with pytest.raises(DisclosureError, match="no copy 7"):
        register.copy(7)


def test_copies_are_missed_when_their_operation_is_over_and_hand_overs_stay() -> None:
    register = Register()
    other = OperationId("other")
    for each in (copy(1), copy(2), copy(3, operation=other), copy(4, Form.HAND_OVER)):
        register.put(each)
    register.put(register.copy(2).ended(Ending.DESTROYED, LEE, 9))
    assert register.out({OPERATION, other}) == []
    assert [each.number for each in register.out({other})] == [1]
    assert [each.number for each in register.out(set())] == [1, 3]
    assert [each.number for each in register.copies(OPERATION)] == [1, 2, 4]
    assert len(register.copies()) == 4


def test_a_watermark_names_nobody() -> None:
    assert short_code(OPERATION) == "012345"
