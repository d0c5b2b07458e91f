"""The register of officers: who has which role, authorization and briefing, folded from entries of the ledger.

The ledger is the one truth of rights: whoever can write the database gives nobody anything. Belongs here: what each
kind of entry changes. Does not belong here: whether an act is allowed (acts.py), or names and passwords (service).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from contract.clock import from_datetime
from contract.ids import AccountId, OperationId
from controller.domain.rights.officer import Authorization, Briefing, Officer
from controller.domain.rights.roles import Role
from controller.domain.said import Facts

ACCOUNT_MADE: Final = "account-made"
ACCOUNT_CLOSED: Final = "account-closed"
ROLE_GIVEN: Final = "role-given"
ROLE_TAKEN: Final = "role-taken"
MEMBER_CONFIRMED: Final = "member-confirmed"
MEMBER_LEFT: Final = "member-left"
AUTHORIZATION_GIVEN: Final = "authorization-given"
AUTHORIZATION_WITHDRAWN: Final = "authorization-withdrawn"
BRIEFING_ACKNOWLEDGED: Final = "briefing-acknowledged"
BREAK_GLASS: Final = "break-glass"
WITHOUT_EFFECT: Final = "withdrawal-without-effect"
"""That a withdrawal counts no longer: it is found by folding (merged.py), and entered for whoever reads a ledger."""
KINDS: Final = frozenset(
    {
        ACCOUNT_MADE,
        ACCOUNT_CLOSED,
        ROLE_GIVEN,
        ROLE_TAKEN,
        MEMBER_CONFIRMED,
        MEMBER_LEFT,
        AUTHORIZATION_GIVEN,
        AUTHORIZATION_WITHDRAWN,
        BRIEFING_ACKNOWLEDGED,
        BREAK_GLASS,
    }
)
"""All kinds of entry that change somebody's rights."""


class Register:
    """All officers whose accounts are open. `apply` takes each entry of the ledger, in order; others change nothing."""

    def __init__(self) -> None:
        self._officers: dict[AccountId, Officer] = {}
        self._before: dict[AccountId, Officer] = {}
        """Whose access was withdrawn, as they were before."""
        self._changes: Final[dict[str, Callable[[Officer, int, Facts], Officer]]] = {
            ROLE_GIVEN: _role_given,
            ROLE_TAKEN: _role_taken,
            MEMBER_CONFIRMED: _member_confirmed,
            MEMBER_LEFT: _member_left,
            AUTHORIZATION_GIVEN: _authorization_given,
            AUTHORIZATION_WITHDRAWN: self._authorization_withdrawn,
            WITHOUT_EFFECT: self._without_effect,
            BRIEFING_ACKNOWLEDGED: _briefing_acknowledged,
        }

    def apply(self, kind: str, at_ns: int, facts: Facts) -> None:
        """Take one entry of the ledger. What concerns an account that is closed or unknown changes nothing."""
        if kind == ACCOUNT_MADE:
            account = AccountId(str(facts["account"]))
            self._officers[account] = Officer(account, frozenset(), member=False)
        elif kind == ACCOUNT_CLOSED:
            self._officers.pop(AccountId(str(facts["account"])), None)
        elif kind == BREAK_GLASS:
            for name in ("first", "second"):
                self._change(AccountId(str(facts[name])), lambda officer: _broke_glass(officer, facts))
        elif change := self._changes.get(kind):
            self._change(AccountId(str(facts["account"])), lambda officer: change(officer, at_ns, facts))

    def _change(self, account: AccountId, change: Callable[[Officer], Officer]) -> None:
        if officer := self._officers.get(account):
            self._officers[account] = change(officer)

    def _authorization_withdrawn(self, officer: Officer, at_ns: int, _: Facts) -> Officer:
        if officer.withdrawn_ns is None:
            self._before[officer.account] = officer
        given = officer.authorization
        withdrawn = None if given is None else replace(given, withdrawn_ns=at_ns)
        return replace(
            officer, authorization=withdrawn, broke_glass_until_ns=0, broke_glass_for=frozenset(), withdrawn_ns=at_ns
        )

    def _without_effect(self, officer: Officer, _: int, __: Facts) -> Officer:
        before = self._before.get(officer.account)
        if before is None or officer.withdrawn_ns is None:
            return officer
        return replace(
            officer,
            authorization=before.authorization,
            broke_glass_until_ns=before.broke_glass_until_ns,
            broke_glass_for=before.broke_glass_for,
            withdrawn_ns=None,
        )

    def officer(self, account: AccountId) -> Officer | None:
        """Return one officer, or None if there is no open account of that id."""
        return self._officers.get(account)

    def officers(self) -> tuple[Officer, ...]:
        """Return all officers, in the order in which their accounts were made."""
        return tuple(self._officers.values())

    def having(self, role: Role) -> tuple[Officer, ...]:
        """Return all who have `role`."""
        return tuple(officer for officer in self._officers.values() if role in officer.roles)


def _role_given(officer: Officer, _: int, facts: Facts) -> Officer:
    return replace(officer, roles=officer.roles | {Role(str(facts["role"]))})


def _role_taken(officer: Officer, _: int, facts: Facts) -> Officer:
    return replace(officer, roles=officer.roles - {Role(str(facts["role"]))})


def _member_confirmed(officer: Officer, _: int, __: Facts) -> Officer:
    return replace(officer, member=True)


def _member_left(officer: Officer, _: int, __: Facts) -> Officer:
    return replace(officer, member=False)


def _authorization_given(officer: Officer, at_ns: int, facts: Facts) -> Officer:
    given = Authorization(str(facts["instrument"]), AccountId(str(facts["by"])), at_ns, _moment_ns(facts["until"]))
    return replace(officer, authorization=given, withdrawn_ns=None)


def _briefing_acknowledged(officer: Officer, at_ns: int, facts: Facts) -> Officer:
    return replace(officer, briefing=Briefing(str(facts["version"]), at_ns))


def _broke_glass(officer: Officer, facts: Facts) -> Officer:
    if officer.withdrawn_ns is not None:
        return officer  # it was withdrawn at another controller, which this act did not know of
    operations = frozenset(OperationId(each) for each in str(facts["operations"]).split())
    return replace(officer, broke_glass_until_ns=_moment_ns(facts["until"]), broke_glass_for=operations)


def _moment_ns(iso: object) -> int:
    return from_datetime(datetime.fromisoformat(str(iso)))
