"""May this officer do this deed now? Role, then membership, authorization, briefing, then the moment (L1, L2)."""

from dataclasses import replace

import pytest

from contract.ids import OperationId
from controller.domain.operation import OperationKind
from controller.domain.rights.deeds import RULES, Deed, Moment, Sight
from controller.domain.rights.judge import Refusal, is_fit, refusal
from controller.domain.rights.officer import Authorization, Briefing, Officer
from controller.domain.rights.roles import SEES_NO_MOVEMENTS, Role
from tests.unit.controller.rights.officers import DAY_NS, GIVEN, HOUR_NS, NOW_NS, officer, operation, situation

COMMANDER = officer("c", Role.COMMANDER, fit=True)
EMERGENCY, SEARCH = operation(), operation(kind=OperationKind.SEARCH)
MOVEMENTS = [deed for deed in Deed if RULES[deed].sight is Sight.MOVEMENTS]


def test_every_deed_has_a_rule_and_nothing_else_has() -> None:
    assert set(RULES) == set(Deed)
    assert all(rule.roles for rule in RULES.values())


def test_there_is_no_deed_for_attendance_history_or_export() -> None:
    assert not [deed for deed in Deed if any(word in deed for word in ("attendance", "history", "export", "past"))]


def test_movements_are_seen_in_an_operation_or_one_person_at_a_time_only() -> None:
    moments = {deed: RULES[deed].moment for deed in MOVEMENTS}
    assert Moment.ALWAYS not in moments.values()
    assert [deed for deed, moment in moments.items() if moment is Moment.EXPIRY] == [Deed.RECONFIRM]


@pytest.mark.parametrize("role", sorted(SEES_NO_MOVEMENTS))
@pytest.mark.parametrize("deed", MOVEMENTS)
def test_administrator_technician_and_auditor_never_see_movements_whatever_else_they_are(
    role: Role, deed: Deed
) -> None:
    both = replace(COMMANDER, roles=frozenset({role, Role.COMMANDER, Role.OPERATOR}))
    assert refusal(both, deed, situation(EMERGENCY, SEARCH)) is Refusal.ROLE
    assert role not in RULES[deed].roles


@pytest.mark.parametrize(("deed", "rule"), RULES.items())
def test_a_role_that_a_deed_does_not_name_is_refused(deed: Deed, rule: object) -> None:
    for role in set(Role) - RULES[deed].roles:
        assert refusal(officer("x", role, fit=True), deed, situation(EMERGENCY, SEARCH)) is Refusal.ROLE


def test_an_officer_without_any_role_may_look_after_his_own_account_alone() -> None:
    may = {deed for deed in Deed if refusal(officer("x", fit=True), deed, situation(EMERGENCY, SEARCH)) is None}
    assert may == {Deed.SEE_OWN_ACCOUNT, Deed.ACKNOWLEDGE_BRIEFING}


@pytest.mark.parametrize(
    ("lacking", "why"),
    [
        (replace(COMMANDER, member=False), Refusal.NO_MEMBER),
        (replace(COMMANDER, authorization=None), Refusal.NOT_AUTHORIZED),
        (replace(COMMANDER, briefing=None), Refusal.NOT_BRIEFED),
        (replace(COMMANDER, authorization=replace(GIVEN, withdrawn_ns=NOW_NS)), Refusal.NOT_AUTHORIZED),
        (replace(COMMANDER, authorization=replace(GIVEN, from_ns=NOW_NS + 1)), Refusal.NOT_AUTHORIZED),
    ],
)
def test_without_membership_authorization_and_briefing_no_movement_is_seen(lacking: Officer, why: Refusal) -> None:
    assert refusal(lacking, Deed.SEE_ROLL, situation(EMERGENCY)) is why
    assert refusal(lacking, Deed.RECONFIRM, situation()) is why
    assert refusal(lacking, Deed.SEE_COUNTS, situation()) is None
    assert not is_fit(lacking, situation(EMERGENCY))
    assert refusal(COMMANDER, Deed.SEE_ROLL, situation(EMERGENCY)) is None


def test_an_authorization_ends_outside_operations_and_lasts_inside_one() -> None:
    ended = replace(COMMANDER, authorization=replace(GIVEN, until_ns=NOW_NS))
    assert refusal(ended, Deed.RECONFIRM, situation()) is Refusal.NOT_AUTHORIZED
    assert refusal(ended, Deed.SEE_ROLL, situation(EMERGENCY)) is None, "nobody is sent away from a muster"
    before = replace(COMMANDER, authorization=replace(GIVEN, until_ns=EMERGENCY.opened_ns))
    assert refusal(before, Deed.SEE_ROLL, situation(EMERGENCY)) is Refusal.NOT_AUTHORIZED


def test_a_withdrawal_ends_it_inside_an_operation_too() -> None:
    withdrawn = replace(COMMANDER, authorization=replace(GIVEN, withdrawn_ns=NOW_NS))
    assert refusal(withdrawn, Deed.SEE_ROLL, situation(EMERGENCY)) is Refusal.NOT_AUTHORIZED
    assert refusal(withdrawn, Deed.SEE_ROLL, situation(EMERGENCY, now_ns=NOW_NS - 1)) is None


def test_a_new_text_asks_again_but_not_in_the_middle_of_an_operation() -> None:
    assert refusal(COMMANDER, Deed.RECONFIRM, situation(version="27-2")) is Refusal.NOT_BRIEFED
    assert refusal(COMMANDER, Deed.SEE_ROLL, situation(EMERGENCY, version="27-2")) is None


def test_broken_glass_stands_in_until_the_operation_that_was_open_ends() -> None:
    unauthorized = replace(COMMANDER, authorization=None, briefing=None)
    taken = replace(unauthorized, broke_glass_until_ns=NOW_NS + HOUR_NS, broke_glass_for=frozenset({EMERGENCY.id}))
    assert refusal(taken, Deed.SEE_ROLL, situation(EMERGENCY)) is None
    assert refusal(taken, Deed.RECONFIRM, situation()) is Refusal.NOT_AUTHORIZED, "it has ended"
    another = replace(EMERGENCY, id=OperationId("p" * 24))
    assert refusal(taken, Deed.SEE_ROLL, situation(another)) is Refusal.NOT_AUTHORIZED
    late = situation(replace(EMERGENCY, renewed_ns=NOW_NS + HOUR_NS), now_ns=NOW_NS + HOUR_NS)
    assert refusal(taken, Deed.SEE_ROLL, late) is Refusal.NOT_AUTHORIZED
    assert refusal(replace(taken, member=False), Deed.SEE_ROLL, situation(EMERGENCY)) is Refusal.NO_MEMBER


@pytest.mark.parametrize("deed", MOVEMENTS)
def test_outside_operations_there_are_no_names(deed: Deed) -> None:
    for role in RULES[deed].roles:
        expected = None if deed is Deed.RECONFIRM else Refusal.NO_OPERATION
        assert refusal(officer("x", role, fit=True), deed, situation()) is expected


def test_a_search_for_a_person_wants_an_open_search() -> None:
    assert refusal(COMMANDER, Deed.SEARCH_PERSON, situation(EMERGENCY)) is Refusal.NO_OPERATION
    assert refusal(COMMANDER, Deed.SEARCH_PERSON, situation(SEARCH)) is None


def test_names_that_are_not_open_yet_are_not_seen() -> None:
    waiting = replace(EMERGENCY, names_ns=NOW_NS + 1)
    assert refusal(COMMANDER, Deed.SEE_ROLL, situation(waiting)) is Refusal.NAMES_CLOSED
    assert refusal(COMMANDER, Deed.SEE_ROLL, situation(waiting, SEARCH)) is None


def test_facts_of_an_officer_say_when_they_hold() -> None:
    given = Authorization("A1", COMMANDER.account, NOW_NS, NOW_NS + DAY_NS)
    assert [given.holds(at) for at in (NOW_NS - 1, NOW_NS, NOW_NS + DAY_NS - 1, NOW_NS + DAY_NS)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert Briefing("v", 1) != Briefing("w", 1)
