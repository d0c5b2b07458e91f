"""The roles, and which of them exclude each other.

Belongs here: their names. Does not belong here: what they may do (deeds.py).
"""

import enum
from collections.abc import Collection
from typing import Final


class Role(enum.StrEnum):
    """What an account is for. An account may have several, if none excludes another."""

    GATE_OFFICER = "gate-officer"
    PASS_OFFICER = "pass-officer"  # noqa: S105  an office, no password
    VISITOR_DESK = "visitor-desk"
    OPERATOR = "operator"
    COMMANDER = "commander"
    ADMINISTRATOR = "administrator"
    TECHNICIAN = "technician"
    AUDITOR = "auditor"
    AUTHORIZING_OFFICER = "authorizing-officer"


SEES_NO_MOVEMENTS: Final = frozenset({Role.ADMINISTRATOR, Role.TECHNICIAN, Role.AUDITOR})
"""They run, mend and check the system, and so must never see what it holds."""
SEES_MOVEMENTS: Final = frozenset({Role.GATE_OFFICER, Role.OPERATOR, Role.COMMANDER})
"""They may, where authorization, briefing and moment allow it; these two are given to nobody else."""


def excluding(roles: Collection[Role]) -> tuple[Role, Role] | None:
    """Return two of `roles` that no one person may hold, or None.

    Whoever watches, runs or authorizes must not be the one who looks, and whoever gives roles must not authorize.
    """
    held = set(roles)
    for apart, others in (
        *((role, SEES_MOVEMENTS) for role in SEES_NO_MOVEMENTS),
        (Role.AUDITOR, frozenset(Role) - {Role.AUDITOR}),
        (Role.AUTHORIZING_OFFICER, frozenset({Role.ADMINISTRATOR, *SEES_MOVEMENTS})),
    ):
        if apart in held and (clash := sorted(held & others)):
            return apart, clash[0]
    return None
