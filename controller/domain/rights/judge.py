"""May this officer do this deed now? Role, then authorization, then briefing, then the moment.

Belongs here: that one question. Does not belong here: recording the answer (service), or closing pages (api).
"""

import enum
from dataclasses import dataclass

from controller.domain.operation import Operation, OperationKind
from controller.domain.rights.deeds import RULES, Deed, Moment, Sight
from controller.domain.rights.officer import Officer
from controller.domain.rights.roles import SEES_NO_MOVEMENTS


class Refusal(enum.StrEnum):
    """Why not. A screen says it in words."""

    ROLE = "role"
    NO_MEMBER = "no-member"
    NOT_AUTHORIZED = "not-authorized"
    NOT_BRIEFED = "not-briefed"
    NO_OPERATION = "no-operation"
    NAMES_CLOSED = "names-closed"


@dataclass(frozen=True)
class Situation:
    """What holds at the moment of the question. `operations`: those that are open; `briefing_version`: today's text."""

    now_ns: int
    operations: tuple[Operation, ...]
    briefing_version: str


def refusal(officer: Officer, deed: Deed, situation: Situation) -> Refusal | None:
    """Return why `officer` may not do `deed`, or None if he may."""
    rule = RULES[deed]
    if rule.needs_role and not officer.roles & rule.roles:
        return Refusal.ROLE
    if rule.sight is not Sight.MOVEMENTS and not rule.needs_fitness:
        return None
    if officer.roles & SEES_NO_MOVEMENTS:
        return Refusal.ROLE
    return _unfit(officer, situation) or _untimely(rule.moment, situation)


def is_fit(officer: Officer, situation: Situation) -> bool:
    """Whether authorization and briefing of `officer` are in force, so that he may see movements at all."""
    return _unfit(officer, situation) is None


def _unfit(officer: Officer, situation: Situation) -> Refusal | None:
    """L2: a member of the department, authorized and informed; a break-glass access stands in for the last two.

    What expires while an operation is open goes on until it closes: nobody is sent away from a muster by a calendar.
    A withdrawal is no expiry.
    """
    if not officer.member:
        return Refusal.NO_MEMBER
    now_ns = situation.now_ns
    broke_glass_for = {operation.id for operation in situation.operations} & officer.broke_glass_for
    if broke_glass_for and now_ns < officer.broke_glass_until_ns:
        return None
    authorization, briefing = officer.authorization, officer.briefing
    if authorization is None or (authorization.withdrawn_ns is not None and authorization.withdrawn_ns <= now_ns):
        return Refusal.NOT_AUTHORIZED
    opened = [operation.opened_ns for operation in situation.operations]
    if not any(authorization.holds(at_ns) for at_ns in (now_ns, *opened)):
        return Refusal.NOT_AUTHORIZED
    if briefing is None or (briefing.version != situation.briefing_version and not opened):
        return Refusal.NOT_BRIEFED
    return None


def _untimely(moment: Moment, situation: Situation) -> Refusal | None:
    match moment:
        case Moment.ALWAYS | Moment.EXPIRY:
            return None
        case Moment.SEARCH:
            fitting = [each for each in situation.operations if each.kind is OperationKind.SEARCH]
        case Moment.SERIOUS:
            fitting = [each for each in situation.operations if each.kind is not OperationKind.DRILL]
        case Moment.OPERATION:
            fitting = list(situation.operations)
    if not fitting:
        return Refusal.NO_OPERATION
    if not any(operation.names_open(situation.now_ns) for operation in fitting):
        return Refusal.NAMES_CLOSED
    return None
