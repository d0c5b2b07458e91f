"""Officers, operations and situations as plain facts."""

from contract.ids import AccountId, OperationId
from controller.domain.operation import Operation, OperationKind, Plan, Reason, Trigger
from controller.domain.rights.judge import Situation
from controller.domain.rights.officer import Authorization, Briefing, Officer
from controller.domain.rights.register import ACCOUNT_MADE, ROLE_GIVEN, Register
from controller.domain.rights.roles import Role

NOW_NS = 1_800_000_000 * 10**9
HOUR_NS = 3600 * 10**9
DAY_NS = 24 * HOUR_NS
VERSION = "27-1"
GIVEN = Authorization("DSS/2026/1", AccountId("z"), NOW_NS - DAY_NS, NOW_NS + DAY_NS)
BRIEFED = Briefing(VERSION, NOW_NS - DAY_NS)


def officer(name: str, *roles: Role, fit: bool = False) -> Officer:
    """An officer; `fit`: a member, authorized and briefed."""
    authorization, briefing = (GIVEN, BRIEFED) if fit else (None, None)
    return Officer(AccountId(name), frozenset(roles), fit, authorization, briefing)


def operation(opened_ns: int = NOW_NS - HOUR_NS // 2, kind: OperationKind = OperationKind.EMERGENCY) -> Operation:
    """An operation that is open, and its names."""
    plan, reason = (None, Reason.MISSING_PERSON) if kind is OperationKind.SEARCH else (Plan.EVACUATE, Reason.FIRE)
    by = (AccountId("a"), AccountId("b"))
    return Operation(OperationId("o" * 24), kind, plan, reason, Trigger.COMMANDER, by, opened_ns, opened_ns, opened_ns)


def situation(*operations: Operation, now_ns: int = NOW_NS, version: str = VERSION) -> Situation:
    """What holds."""
    return Situation(now_ns, operations, version)


def register_of(*roles: tuple[str, Role]) -> Register:
    """A register of officers by name, each with a role."""
    register = Register()
    for name, role in roles:
        if register.officer(AccountId(name)) is None:
            register.apply(ACCOUNT_MADE, NOW_NS - DAY_NS, {"account": name, "by": ""})
        register.apply(ROLE_GIVEN, NOW_NS - DAY_NS, {"account": name, "role": role.value, "by": "", "second": ""})
    return register
