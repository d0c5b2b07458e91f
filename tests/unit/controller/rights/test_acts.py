"""Nobody grants himself anything, some acts need two, and one fit commander always remains (L2)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from contract.ids import AccountId
from controller.domain.rights import acts
from controller.domain.rights.acts import ActError, Objection
from controller.domain.rights.officer import Officer
from controller.domain.rights.register import Register
from controller.domain.rights.roles import Role, excluding
from tests.unit.controller.rights.officers import (
    DAY_NS,
    GIVEN,
    NOW_NS,
    VERSION,
    officer,
    operation,
    register_of,
    situation,
)

ADMIN, ADMIN_2 = officer("admin", Role.ADMINISTRATOR), officer("admin2", Role.ADMINISTRATOR)
AUTHORIZING, AUTHORIZING_2 = officer("auth", Role.AUTHORIZING_OFFICER), officer("auth2", Role.AUTHORIZING_OFFICER)
COMMANDER, COMMANDER_2 = officer("c", Role.COMMANDER, fit=True), officer("c2", Role.COMMANDER, fit=True)
OPERATOR = officer("o", Role.OPERATOR, fit=True)
GATE = replace(officer("g", Role.GATE_OFFICER), member=True)
NOBODY_YET = officer("n")
QUIET, OPEN = situation(), situation(operation())
YEAR_NS = acts.AUTHORIZED_FOR_AT_MOST_S * 10**9


def objection(check: Callable[..., None], *arguments: object, **named: object) -> Objection | None:
    try:
        check(*arguments, **named)
    except ActError as error:
        return error.objection
    return None


def everybody(*more: tuple[str, Role]) -> Register:
    return register_of(
        ("admin", Role.ADMINISTRATOR), ("admin2", Role.ADMINISTRATOR),
        ("auth", Role.AUTHORIZING_OFFICER), ("auth2", Role.AUTHORIZING_OFFICER), *more,
    )  # fmt: skip


class Fit(Register):
    """A register whose officers are given."""

    def __init__(self, *officers: Officer) -> None:
        super().__init__()
        self._officers = {each.account: each for each in officers}


ALL = Fit(ADMIN, ADMIN_2, AUTHORIZING, AUTHORIZING_2, COMMANDER, COMMANDER_2)


def test_every_objection_has_words() -> None:
    assert {str(ActError(each)) for each in Objection} == set(acts.WORDS.values())


@pytest.mark.parametrize(
    ("roles", "clash"),
    [
        ({Role.ADMINISTRATOR, Role.COMMANDER}, True),
        ({Role.TECHNICIAN, Role.GATE_OFFICER}, True),
        ({Role.AUDITOR, Role.PASS_OFFICER}, True),
        ({Role.AUTHORIZING_OFFICER, Role.COMMANDER}, True),
        ({Role.AUTHORIZING_OFFICER, Role.ADMINISTRATOR}, True),
        ({Role.OPERATOR, Role.COMMANDER, Role.GATE_OFFICER}, False),
        ({Role.PASS_OFFICER, Role.VISITOR_DESK}, False),
    ],
)
def test_roles_that_watch_run_or_authorize_do_not_go_with_roles_that_look(roles: set[Role], clash: bool) -> None:
    assert (excluding(roles) is not None) is clash


def test_an_administrator_gives_roles_to_others_alone() -> None:
    check = acts.check_role_given
    assert objection(check, NOBODY_YET, Role.COMMANDER, ADMIN) is None
    assert objection(check, ADMIN, Role.TECHNICIAN, ADMIN) is Objection.ONESELF
    assert objection(check, COMMANDER, Role.AUDITOR, ADMIN) is Objection.EXCLUDING
    assert objection(check, NOBODY_YET, Role.COMMANDER, AUTHORIZING) is Objection.NOT_ENTITLED
    assert objection(check, NOBODY_YET, Role.AUTHORIZING_OFFICER, ADMIN) is Objection.NOT_ENTITLED


def test_taking_a_role_leaves_an_administrator_and_ends_nobodys_access_in_an_operation() -> None:
    check, register = acts.check_role_taken, ALL
    assert objection(check, ADMIN_2, Role.ADMINISTRATOR, ADMIN, register, QUIET) is None
    assert objection(check, ADMIN, Role.ADMINISTRATOR, ADMIN, register, QUIET) is Objection.ONESELF
    alone = register_of(("admin2", Role.ADMINISTRATOR))
    assert objection(check, ADMIN_2, Role.ADMINISTRATOR, ADMIN, alone, QUIET) is Objection.LAST_ADMINISTRATOR
    assert objection(check, COMMANDER, Role.COMMANDER, ADMIN, register, QUIET) is None
    assert objection(check, COMMANDER, Role.COMMANDER, ADMIN, register, OPEN) is Objection.IN_OPERATION
    assert objection(check, AUTHORIZING, Role.AUTHORIZING_OFFICER, ADMIN, register, QUIET) is Objection.NOT_ENTITLED
    assert objection(check, COMMANDER, Role.COMMANDER, AUTHORIZING, register, QUIET) is Objection.NOT_ENTITLED


def test_an_authorizing_officer_is_named_by_another_one_together_with_an_administrator() -> None:
    check, register = acts.check_naming, everybody()

    def naming(first: Officer, second: Officer | None, subject: Officer = NOBODY_YET) -> Objection | None:
        return objection(check, subject, first, second, register, given=True)

    assert naming(ADMIN, AUTHORIZING) is None
    assert naming(AUTHORIZING, ADMIN) is None
    for first, second in ((ADMIN, None), (AUTHORIZING, None), (ADMIN, ADMIN_2), (AUTHORIZING, AUTHORIZING_2)):
        assert naming(first, second) is Objection.SECOND_OFFICER
    assert naming(ADMIN, COMMANDER) is Objection.NOT_ENTITLED
    assert naming(ADMIN, AUTHORIZING, subject=ADMIN) is Objection.ONESELF
    assert naming(ADMIN, AUTHORIZING, subject=COMMANDER) is Objection.EXCLUDING
    assert objection(check, AUTHORIZING_2, ADMIN, AUTHORIZING, register, given=False) is None
    alone = register_of(("auth2", Role.AUTHORIZING_OFFICER))
    taken = objection(check, AUTHORIZING_2, ADMIN, AUTHORIZING, alone, given=False)
    assert taken is Objection.LAST_AUTHORIZING_OFFICER


def test_closing_an_account_is_no_way_around_a_withdrawal() -> None:
    check, register = acts.check_closing, ALL
    assert objection(check, COMMANDER, ADMIN, register, QUIET) is None
    assert objection(check, COMMANDER, ADMIN, register, OPEN) is Objection.IN_OPERATION
    assert objection(check, NOBODY_YET, ADMIN, register, OPEN) is None
    assert objection(check, ADMIN, ADMIN, register, QUIET) is Objection.ONESELF
    assert objection(check, AUTHORIZING, ADMIN, register, QUIET) is Objection.NOT_ENTITLED
    assert objection(check, NOBODY_YET, AUTHORIZING, register, QUIET) is Objection.NOT_ENTITLED
    alone = register_of(("admin2", Role.ADMINISTRATOR))
    assert objection(check, ADMIN_2, ADMIN, alone, QUIET) is Objection.LAST_ADMINISTRATOR


def test_no_one_person_can_put_on_the_rights_of_an_authorized_or_authorizing_officer() -> None:
    check = acts.check_new_way_in
    assert objection(check, NOBODY_YET, ADMIN, None) is None
    for subject in (COMMANDER, AUTHORIZING_2, GATE):
        assert objection(check, subject, ADMIN, None) is Objection.SECOND_OFFICER
        assert objection(check, subject, ADMIN, ADMIN_2) is Objection.SECOND_OFFICER
        assert objection(check, subject, ADMIN, AUTHORIZING) is None
        assert objection(check, subject, AUTHORIZING, ADMIN) is None
    assert objection(check, COMMANDER, COMMANDER_2, ADMIN) is Objection.NOT_ENTITLED
    assert objection(check, AUTHORIZING, ADMIN, AUTHORIZING) is Objection.ONESELF
    assert objection(check, NOBODY_YET, AUTHORIZING, None) is Objection.SECOND_OFFICER


def test_membership_is_stated_by_an_authorizing_officer() -> None:
    check, register = acts.check_membership, Fit(COMMANDER, COMMANDER_2)
    assert objection(check, NOBODY_YET, AUTHORIZING, register, QUIET, member=True) is None
    assert objection(check, NOBODY_YET, ADMIN, register, QUIET, member=True) is Objection.NOT_ENTITLED
    assert objection(check, AUTHORIZING, AUTHORIZING, register, QUIET, member=True) is Objection.ONESELF
    assert objection(check, COMMANDER, AUTHORIZING, register, QUIET, member=False) is None
    assert objection(check, COMMANDER, AUTHORIZING, register, OPEN, member=False) is Objection.IN_OPERATION


def test_no_act_takes_the_last_commander_who_may_lead() -> None:
    last, two = Fit(ADMIN, ADMIN_2, COMMANDER, OPERATOR), Fit(ADMIN, ADMIN_2, COMMANDER, COMMANDER_2)
    for register, expected in ((last, Objection.LAST_COMMANDER), (two, None)):
        assert objection(acts.check_role_taken, COMMANDER, Role.COMMANDER, ADMIN, register, QUIET) is expected
        assert objection(acts.check_closing, COMMANDER, ADMIN, register, QUIET) is expected
        assert objection(acts.check_membership, COMMANDER, AUTHORIZING, register, QUIET, member=False) is expected
    assert objection(acts.check_closing, replace(COMMANDER, briefing=None), ADMIN, last, QUIET) is None


def test_an_authorization_has_an_instrument_a_bounded_span_and_another_giver() -> None:
    member = replace(NOBODY_YET, member=True)

    def authorizing(subject: Officer = member, by: Officer = AUTHORIZING, instrument: str = "DSS/2026/14(a)".upper(),
                    until_ns: int = NOW_NS + DAY_NS, at: object = QUIET) -> Objection | None:  # fmt: skip
        return objection(acts.check_authorizing, subject, by, instrument, until_ns, at)

    assert authorizing() is None
    assert authorizing(until_ns=NOW_NS + YEAR_NS) is None
    assert authorizing(subject=NOBODY_YET) is Objection.NO_MEMBER
    assert authorizing(by=ADMIN) is Objection.NOT_ENTITLED
    assert authorizing(subject=replace(AUTHORIZING, member=True)) is Objection.ONESELF
    for until_ns in (NOW_NS, NOW_NS - 1, NOW_NS + YEAR_NS + 1):
        assert authorizing(until_ns=until_ns) is Objection.BAD_SPAN
    for instrument in ("", "A1", "DSS", "dss/2026/1", "For Ms Smith 1", "X" * 60 + "1", "A1\n23", "DSS/2026/é"):
        assert authorizing(instrument=instrument) is Objection.BAD_INSTRUMENT
    assert authorizing(subject=COMMANDER, until_ns=GIVEN.until_ns - 1, at=OPEN) is Objection.IN_OPERATION
    assert authorizing(subject=COMMANDER, until_ns=GIVEN.until_ns, at=OPEN) is None


def test_a_withdrawal_takes_one_authorizing_officer_or_two_officers_in_an_operation() -> None:
    check, register = acts.check_withdrawal, Fit(COMMANDER, COMMANDER_2, OPERATOR)
    assert objection(check, COMMANDER, AUTHORIZING, None, register, QUIET) is None
    assert objection(check, COMMANDER, COMMANDER_2, None, register, QUIET) is Objection.NOT_ENTITLED
    assert objection(check, COMMANDER, AUTHORIZING, None, register, OPEN) is Objection.SECOND_OFFICER
    assert objection(check, COMMANDER, COMMANDER_2, COMMANDER_2, register, OPEN) is Objection.SECOND_OFFICER
    assert objection(check, COMMANDER, AUTHORIZING, COMMANDER_2, register, OPEN) is None
    assert objection(check, OPERATOR, COMMANDER, COMMANDER_2, register, OPEN) is None
    assert objection(check, COMMANDER, AUTHORIZING, ADMIN, register, OPEN) is Objection.NOT_ENTITLED
    for pair in ((COMMANDER, AUTHORIZING), (AUTHORIZING, COMMANDER)):
        assert objection(check, COMMANDER, *pair, register, OPEN) is Objection.ONESELF
    assert objection(check, NOBODY_YET, AUTHORIZING, None, register, QUIET) is Objection.NO_AUTHORIZATION


@pytest.mark.parametrize("at", [QUIET, OPEN])
def test_a_withdrawal_always_leaves_one_commander_who_may_lead(at: object) -> None:
    unfit = replace(COMMANDER_2, briefing=None)
    pair = (AUTHORIZING, AUTHORIZING_2)
    for register in (Fit(COMMANDER), Fit(COMMANDER, unfit), Fit(COMMANDER, OPERATOR)):
        assert objection(acts.check_withdrawal, COMMANDER, *pair, register, at) is Objection.LAST_COMMANDER
    assert objection(acts.check_withdrawal, unfit, *pair, Fit(COMMANDER, unfit), at) is None
    assert objection(acts.check_withdrawal, OPERATOR, *pair, Fit(COMMANDER, OPERATOR), at) is None


def test_broken_glass_takes_two_members_an_operation_and_the_text_of_today() -> None:
    check, other = acts.check_break_glass, replace(GATE, account=AccountId("h"))
    assert objection(check, GATE, other, VERSION, OPEN) is None
    assert objection(check, GATE, None, VERSION, OPEN) is Objection.SECOND_OFFICER
    assert objection(check, GATE, GATE, VERSION, OPEN) is Objection.SECOND_OFFICER
    assert objection(check, GATE, other, "26", OPEN) is Objection.OTHER_VERSION
    assert objection(check, GATE, other, VERSION, QUIET) is Objection.NO_OPERATION
    assert objection(check, GATE, replace(other, member=False), VERSION, OPEN) is Objection.NO_MEMBER
    assert objection(check, GATE, replace(ADMIN, member=True), VERSION, OPEN) is Objection.NOT_ENTITLED


def test_what_was_withdrawn_is_not_taken_back_by_breaking_the_glass() -> None:
    register, other = register_of(("g", Role.GATE_OFFICER)), replace(GATE, account=AccountId("h"))
    register.apply("member-confirmed", NOW_NS, {"account": "g", "by": "auth"})
    register.apply("authorization-withdrawn", NOW_NS, {"account": "g", "by": "auth", "second": "c"})
    withdrawn = register.officer(AccountId("g"))
    assert withdrawn
    for pair in ((withdrawn, other), (other, withdrawn), (withdrawn, None)):
        assert objection(acts.check_break_glass, *pair, VERSION, OPEN) is Objection.WITHDRAWN
    until = "2027-03-01T00:00:00+00:00"
    register.apply("authorization-given", NOW_NS, {"account": "g", "by": "auth", "instrument": "A/1", "until": until})
    assert objection(acts.check_break_glass, register.officer(AccountId("g")), other, VERSION, OPEN) is None


def test_broken_glass_can_be_withdrawn() -> None:
    taken = replace(GATE, broke_glass_until_ns=NOW_NS + 1)
    assert objection(acts.check_withdrawal, taken, AUTHORIZING, COMMANDER, Fit(taken), OPEN) is None
    ended = replace(GATE, broke_glass_until_ns=NOW_NS)
    found = objection(acts.check_withdrawal, ended, AUTHORIZING, COMMANDER, Fit(ended), OPEN)
    assert found is Objection.NO_AUTHORIZATION
