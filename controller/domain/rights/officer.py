"""What is on record of one officer: roles, authorization by the head of the department, briefing (L2, para 27(b)).

Belongs here: these facts. Does not belong here: passwords, sessions, names (service and store).
"""

from dataclasses import dataclass

from contract.ids import AccountId, OperationId
from controller.domain.rights.roles import Role


@dataclass(frozen=True)
class Authorization:
    """An individual authorization: the act that gives it, who gave it, and its span. Times in ns since 1970 UTC.

    `instrument`: reference of the signed act. `given_by`: account of the authorizing officer who recorded it.
    """

    instrument: str
    given_by: AccountId
    from_ns: int
    until_ns: int
    withdrawn_ns: int | None = None

    def holds(self, at_ns: int) -> bool:
        """Whether it holds at a moment."""
        withdrawn = self.withdrawn_ns is not None and self.withdrawn_ns <= at_ns
        return self.from_ns <= at_ns < self.until_ns and not withdrawn


@dataclass(frozen=True)
class Briefing:
    """That somebody was formally informed: which version of the text he acknowledged, and when (ns since 1970 UTC)."""

    version: str
    acknowledged_ns: int


@dataclass(frozen=True)
class Officer:
    """One account as the rules see it. `member`: belongs to the security department."""

    account: AccountId
    roles: frozenset[Role]
    member: bool
    authorization: Authorization | None = None
    briefing: Briefing | None = None
    broke_glass_until_ns: int = 0
    """Until when a break-glass access, opened with a second member, stands in for authorization and briefing."""
    broke_glass_for: frozenset[OperationId] = frozenset()
    """The operations that were open then; when the last of them ends, so does this access."""
    withdrawn_ns: int | None = None
    """When access was withdrawn, authorized or by broken glass, and no authorization was given since."""
