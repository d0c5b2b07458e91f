"""May this act about somebody's rights be done? Giving and taking roles, authorizing, withdrawing, breaking the glass.

A deed (deeds.py) says who may try; here stand the rules that depend on whom it concerns: nobody grants himself
anything, an authorizing officer needs an administrator as well, and in an operation no one person ends another's
access. Belongs here: those rules. Does not belong here: recording the act (service/officers.py).
"""

import enum
import re
from collections.abc import Iterable
from typing import Final

from contract.clock import NS_PER_S
from controller.domain.rights.judge import Situation, is_fit
from controller.domain.rights.officer import Officer
from controller.domain.rights.register import Register
from controller.domain.rights.roles import SEES_MOVEMENTS, Role, excluding

AUTHORIZED_FOR_AT_MOST_S: Final = 366 * 86400
"""An authorization ends after a year at most, so that each is looked at again: people change posts, and an access that
nobody remembers is one that nobody answers for."""
BROKEN_GLASS_S: Final = 12 * 3600
"""A break-glass access ends with the operation, and in any case after so long: one shift."""
_INSTRUMENT: Final = re.compile(r"(?=.*\d)[A-Z0-9][A-Z0-9/.()-]{2,59}")


class Objection(enum.StrEnum):
    """Why an act about rights can not be done. A screen says it in words."""

    ONESELF = "oneself"
    EXCLUDING = "excluding"
    LAST_ADMINISTRATOR = "last-administrator"
    LAST_AUTHORIZING_OFFICER = "last-authorizing-officer"
    LAST_COMMANDER = "last-commander"
    IN_OPERATION = "in-operation"
    NOT_ENTITLED = "not-entitled"
    SECOND_OFFICER = "second-officer"
    BAD_INSTRUMENT = "bad-instrument"
    BAD_SPAN = "bad-span"
    NO_MEMBER = "no-member"
    NO_AUTHORIZATION = "no-authorization"
    NO_OPERATION = "no-operation"
    WITHDRAWN = "withdrawn-before"
    OTHER_VERSION = "other-version"
    KEPT_ELSEWHERE = "kept-elsewhere"


WORDS: Final = {
    Objection.ONESELF: "nobody gives or takes rights of his own: ask a colleague who may",
    Objection.EXCLUDING: "this role does not go together with one that the person has: take that one first",
    Objection.LAST_ADMINISTRATOR: "this is the last administrator: make another one first",
    Objection.LAST_AUTHORIZING_OFFICER: "this is the last authorizing officer: name another one first",
    Objection.LAST_COMMANDER: "this is the last commander with authorization and briefing: authorize another one first",
    Objection.IN_OPERATION: "an operation is open: only a withdrawal by two officers ends this person's access",
    Objection.NOT_ENTITLED: "neither of these two roles is one that this act needs",
    Objection.SECOND_OFFICER: "this act needs a second officer, who must be another person",
    Objection.BAD_INSTRUMENT: "give the symbol of the signed act: capitals, digits and / . ( ) -, one digit at least",
    Objection.BAD_SPAN: "an authorization ends later than now and within a year",
    Objection.NO_MEMBER: "only a member of the department: have an authorizing officer confirm that first",
    Objection.NO_AUTHORIZATION: "there is no authorization in force",
    Objection.NO_OPERATION: "no operation is open: open one first",
    Objection.WITHDRAWN: "access of one of you was withdrawn: only a new authorization gives it again",
    Objection.OTHER_VERSION: "this is not the text of today: read the present one",
    Objection.KEPT_ELSEWHERE: "rights and accounts are given at the controller that keeps the reference data: go there",
}


class ActError(Exception):
    """An act about rights that can not be done; `objection` is why, and the message says what would do."""

    def __init__(self, objection: Objection) -> None:
        super().__init__(WORDS[objection])
        self.objection: Final = objection


def check_role_given(subject: Officer, role: Role, by: Officer) -> None:
    """An administrator gives `subject` a role; AUTHORIZING_OFFICER is named by two (check_naming). Raises ActError."""
    if subject.account == by.account:
        raise ActError(Objection.ONESELF)
    if Role.ADMINISTRATOR not in by.roles or role is Role.AUTHORIZING_OFFICER:
        raise ActError(Objection.NOT_ENTITLED)
    if excluding(subject.roles | {role}):
        raise ActError(Objection.EXCLUDING)


def check_role_taken(subject: Officer, role: Role, by: Officer, register: Register, situation: Situation) -> None:
    """An administrator takes a role from `subject`. Raises ActError."""
    if subject.account == by.account:
        raise ActError(Objection.ONESELF)
    if Role.ADMINISTRATOR not in by.roles or role is Role.AUTHORIZING_OFFICER:
        raise ActError(Objection.NOT_ENTITLED)
    _check_last(subject, {role}, register)
    if role is Role.COMMANDER:
        _check_last_commander(subject, register, situation)
    if role in SEES_MOVEMENTS:
        check_ends_no_access(subject, situation)


def check_naming(subject: Officer, first: Officer, second: Officer | None, register: Register, *, given: bool) -> None:
    """Make `subject` an authorizing officer, or no longer: an authorizing officer with an administrator.

    `second` is None while the other half is missing. Raises ActError.
    """
    pair = [first] if second is None else [first, second]
    if subject.account in {each.account for each in pair}:
        raise ActError(Objection.ONESELF)
    if not all(each.roles & {Role.ADMINISTRATOR, Role.AUTHORIZING_OFFICER} for each in pair):
        raise ActError(Objection.NOT_ENTITLED)
    if given and excluding(subject.roles | {Role.AUTHORIZING_OFFICER}):
        raise ActError(Objection.EXCLUDING)
    if not given:
        _check_last(subject, {Role.AUTHORIZING_OFFICER}, register)
    if second is None or not _apart(first, second, Role.ADMINISTRATOR, Role.AUTHORIZING_OFFICER):
        raise ActError(Objection.SECOND_OFFICER)


def check_closing(subject: Officer, by: Officer, register: Register, situation: Situation) -> None:
    """An administrator closes an account. Raises ActError."""
    if subject.account == by.account:
        raise ActError(Objection.ONESELF)
    if Role.ADMINISTRATOR not in by.roles:
        raise ActError(Objection.NOT_ENTITLED)
    if Role.AUTHORIZING_OFFICER in subject.roles:
        raise ActError(Objection.NOT_ENTITLED)
    _check_last(subject, subject.roles, register)
    _check_last_commander(subject, register, situation)
    check_ends_no_access(subject, situation)


def check_new_way_in(subject: Officer, first: Officer, second: Officer | None) -> None:
    """Give `subject` a code to set a password anew, which whoever holds the code could use in his place.

    An administrator may alone, unless the account authorizes, is or was authorized, or is a member's, who could break
    the glass: then an authorizing officer has to join, so that no one person can put on another's rights. Raises
    ActError.
    """
    if subject.account in {first.account, second.account if second else None}:
        raise ActError(Objection.ONESELF)
    if not first.roles & {Role.ADMINISTRATOR, Role.AUTHORIZING_OFFICER}:
        raise ActError(Objection.NOT_ENTITLED)
    needs_both = Role.AUTHORIZING_OFFICER in subject.roles or subject.authorization is not None or subject.member
    if not needs_both and Role.ADMINISTRATOR in first.roles:
        return
    if second is None or not _apart(first, second, Role.ADMINISTRATOR, Role.AUTHORIZING_OFFICER):
        raise ActError(Objection.SECOND_OFFICER)


def check_membership(subject: Officer, by: Officer, register: Register, situation: Situation, *, member: bool) -> None:
    """An authorizing officer states that `subject` belongs to the department, or no longer. Raises ActError."""
    if subject.account == by.account:
        raise ActError(Objection.ONESELF)
    if Role.AUTHORIZING_OFFICER not in by.roles:
        raise ActError(Objection.NOT_ENTITLED)
    if not member:
        _check_last_commander(subject, register, situation)
        check_ends_no_access(subject, situation)


def check_authorizing(subject: Officer, by: Officer, instrument: str, until_ns: int, situation: Situation) -> None:
    """An authorizing officer records the act by which the head of the department authorizes `subject` (27 (b)).

    Raises ActError.
    """
    if subject.account == by.account:
        raise ActError(Objection.ONESELF)
    if Role.AUTHORIZING_OFFICER not in by.roles:
        raise ActError(Objection.NOT_ENTITLED)
    if not subject.member:
        raise ActError(Objection.NO_MEMBER)
    if not _INSTRUMENT.fullmatch(instrument):
        raise ActError(Objection.BAD_INSTRUMENT)
    if not situation.now_ns < until_ns <= situation.now_ns + AUTHORIZED_FOR_AT_MOST_S * NS_PER_S:
        raise ActError(Objection.BAD_SPAN)
    if situation.operations and subject.authorization is not None and until_ns < subject.authorization.until_ns:
        raise ActError(Objection.IN_OPERATION)  # a shorter one would be a withdrawal by one


def check_withdrawal(
    subject: Officer, first: Officer, second: Officer | None, register: Register, situation: Situation
) -> None:
    """Withdraw an authorization: one authorizing officer, or two officers while an operation is open.

    Whatever holds, one fit commander remains: somebody must be able to lead an evacuation. Raises ActError.
    """
    pair = [first] if second is None else [first, second]
    if subject.account in {each.account for each in pair}:
        raise ActError(Objection.ONESELF)
    if not all(each.roles & {Role.AUTHORIZING_OFFICER, Role.COMMANDER} for each in pair):
        raise ActError(Objection.NOT_ENTITLED)
    is_authorized = subject.authorization is not None and subject.authorization.withdrawn_ns is None
    if not is_authorized and subject.broke_glass_until_ns <= situation.now_ns:
        raise ActError(Objection.NO_AUTHORIZATION)
    _check_last_commander(subject, register, situation)
    if situation.operations:
        if second is None or second.account == first.account:
            raise ActError(Objection.SECOND_OFFICER)
    elif not any(Role.AUTHORIZING_OFFICER in each.roles for each in pair):
        raise ActError(Objection.NOT_ENTITLED)


def check_break_glass(first: Officer, second: Officer | None, version: str, situation: Situation) -> None:
    """Two members of the department have read and accepted the text and take access until the operation ends.

    Raises ActError.
    """
    if version != situation.briefing_version:
        raise ActError(Objection.OTHER_VERSION)
    pair = [first] if second is None else [first, second]
    if not all(each.roles & SEES_MOVEMENTS for each in pair):
        raise ActError(Objection.NOT_ENTITLED)
    if not all(each.member for each in pair):
        raise ActError(Objection.NO_MEMBER)
    if any(each.withdrawn_ns is not None for each in pair):  # what officers withdrew, nobody takes back with a friend
        raise ActError(Objection.WITHDRAWN)
    if not situation.operations:
        raise ActError(Objection.NO_OPERATION)
    if second is None or second.account == first.account:
        raise ActError(Objection.SECOND_OFFICER)


def check_ends_no_access(subject: Officer, situation: Situation) -> None:
    """Refuse what would end a fit officer's access while an operation is open. Raises ActError."""
    if situation.operations and subject.roles & SEES_MOVEMENTS and is_fit(subject, situation):
        raise ActError(Objection.IN_OPERATION)


def _check_last(subject: Officer, roles: Iterable[Role], register: Register) -> None:
    for role, objection in (
        (Role.ADMINISTRATOR, Objection.LAST_ADMINISTRATOR),
        (Role.AUTHORIZING_OFFICER, Objection.LAST_AUTHORIZING_OFFICER),
    ):
        if role in roles and role in subject.roles and len(register.having(role)) == 1:
            raise ActError(objection)


def _check_last_commander(subject: Officer, register: Register, situation: Situation) -> None:
    others = [each for each in register.having(Role.COMMANDER) if each.account != subject.account]
    is_commander = Role.COMMANDER in subject.roles and is_fit(subject, situation)
    if is_commander and not any(is_fit(each, situation) for each in others):
        raise ActError(Objection.LAST_COMMANDER)


def _apart(first: Officer, second: Officer, one: Role, other: Role) -> bool:
    """Whether these are two persons, of whom one has the one role and another the other."""
    if first.account == second.account:
        return False
    return (one in first.roles and other in second.roles) or (other in first.roles and one in second.roles)
