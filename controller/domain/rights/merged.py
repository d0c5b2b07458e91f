"""Rights of officers, folded from what all controllers entered about them (ADR 0035).

What gives a right counts from the controllers alone that keep the reference data, or have kept it: there is one place
where rights are given. What takes one counts from any, and against whatever was given without knowing of it: the entry
that authorizes says up to when it had heard of the others. One thing outweighs that: two controllers that are apart can
each see another commander left and end a different one; then the latest withdrawal among these acts has no effect, so
that somebody is left who can lead. Belongs here: that order of weight. Does not belong here: what an entry changes
(register.py), or whether an act is allowed (acts.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from contract.clock import from_datetime, to_datetime
from contract.ids import AccountId, ControllerId
from controller.domain.rights.officer import Officer
from controller.domain.rights.register import (
    ACCOUNT_CLOSED,
    ACCOUNT_MADE,
    AUTHORIZATION_GIVEN,
    AUTHORIZATION_WITHDRAWN,
    KINDS,
    MEMBER_CONFIRMED,
    MEMBER_LEFT,
    ROLE_GIVEN,
    ROLE_TAKEN,
    Register,
)
from controller.domain.rights.roles import Role
from controller.domain.said import InOrder, Said

GIVING: Final = frozenset({ACCOUNT_MADE, ROLE_GIVEN, MEMBER_CONFIRMED, AUTHORIZATION_GIVEN})
"""What gives somebody a right, or lets him have one."""
ENDING: Final = frozenset({ACCOUNT_CLOSED, ROLE_TAKEN, MEMBER_LEFT, AUTHORIZATION_WITHDRAWN})
"""What can end a commander."""
HEARD: Final = "heard"
"""The fact of an entry that says up to when its controller had heard of which other ones; none: of no other one."""


class Withdrawal(NamedTuple):
    """One withdrawal: whose access, at which controller, when (ns since 1970 UTC)."""

    account: AccountId
    controller: ControllerId
    at_ns: int


class MergedRegister:
    """All entries about rights of all controllers, and the register that they make."""

    def __init__(self) -> None:
        self.may_give: Callable[[ControllerId], bool] = lambda _: True
        """Whether the rights that a controller gave count: it keeps the reference data, or has kept it."""
        self._entries: Final = InOrder()
        self._is_stale = False
        self._void: set[Withdrawal] = set()
        self._begin()

    def hear(self, said: Said) -> None:
        """Take one entry, from whichever controller and in whichever order; what is about no right changes nothing."""
        if said.kind not in KINDS:
            return
        if self._entries.put(said) and not self._is_stale:
            self._apply(said)
        else:
            self._is_stale = True

    @property
    def now(self) -> Register:
        """The register as all entries make it."""
        if self._is_stale:
            self._void.clear()
        while self._is_stale:  # anew with each withdrawal that is found to have no effect
            self._is_stale = False
            self._begin()
            for each in self._entries.all:
                self._apply(each)
                if self._is_stale:
                    break
        return self._register

    @property
    def void(self) -> list[Withdrawal]:
        """Return the withdrawals without effect: with acts of other controllers they would have left no commander."""
        _ = self.now
        return sorted(self._void)

    def heard(self, own: ControllerId) -> str:
        """Return what an entry says of the other controllers: each one's last entry that is known here."""
        last: dict[ControllerId, int] = {}
        for each in self._entries.all:
            if each.controller != own:
                last[each.controller] = each.at_ns
        return " ".join(f"{name}={to_datetime(at_ns).isoformat()}" for name, at_ns in sorted(last.items()))

    def _begin(self) -> None:
        self._register = Register()
        self._withdrawn: dict[AccountId, dict[ControllerId, int]] = {}
        """Withdrawals in force, by the controller that entered each: when."""
        self._ended: list[Said] = []
        """What has ended a commander."""

    def _apply(self, said: Said) -> None:
        if said.kind in GIVING and not self.may_give(said.controller):
            return
        if said.kind in ENDING and not self._ends(said):
            return
        if said.kind == AUTHORIZATION_WITHDRAWN:
            of_account = self._withdrawn.setdefault(AccountId(str(said.facts["account"])), {})
            of_account[said.controller] = said.at_ns
        elif said.kind == AUTHORIZATION_GIVEN and not self._knew_all(said):
            return
        self._register.apply(said.kind, said.at_ns, said.facts)

    def _ends(self, said: Said) -> bool:
        """Whether an act that may end a commander takes effect; where another one must not, all begins anew."""
        if said.kind == AUTHORIZATION_WITHDRAWN and _withdrawal(said) in self._void:
            return False
        account, at_ns = AccountId(str(said.facts["account"])), said.at_ns
        subject = self._register.officer(account)
        is_of_role = said.kind != ROLE_TAKEN or said.facts["role"] == Role.COMMANDER
        if subject is None or not is_of_role or not (_lasts(subject, at_ns) or _has_glass(subject, at_ns)):
            return True
        commanders = self._register.having(Role.COMMANDER)
        if not any(_lasts(each, at_ns) for each in commanders if each.account != account):
            found = self._apart_from(said)
            if found is not None:
                self._void.add(found)
                self._is_stale = True
                return False
        self._ended.append(said)
        return True

    def _apart_from(self, said: Said) -> Withdrawal | None:
        """Return the latest withdrawal among this act, which leaves no commander, and those it did not know of.

        None where it knew of all: then the rules let it be, and so it is.
        """
        heard = _heard(said.facts)
        unknown = [
            each
            for each in self._ended
            if each.controller != said.controller and heard.get(each.controller, -1) < each.at_ns
        ]
        if unknown and said.kind == AUTHORIZATION_WITHDRAWN:
            return _withdrawal(said)
        for each in reversed(unknown):
            officer = self._register.officer(AccountId(str(each.facts["account"])))
            if each.kind == AUTHORIZATION_WITHDRAWN and officer and _would_last(officer, said.at_ns):
                return _withdrawal(each)
        return None

    def _knew_all(self, given: Said) -> bool:
        """Whether whoever authorized somebody knew of every withdrawal that is in force; then these are over."""
        account = AccountId(str(given.facts["account"]))
        heard = _heard(given.facts)
        for controller, at_ns in self._withdrawn.get(account, {}).items():
            if controller != given.controller and heard.get(controller, -1) < at_ns:
                return False
        self._withdrawn.pop(account, None)
        return True


def _heard(facts: Mapping[str, object]) -> dict[str, int]:
    pairs = (each.partition("=") for each in str(facts.get(HEARD, "")).split())
    return {name: from_datetime(datetime.fromisoformat(at)) for name, _, at in pairs}


def _withdrawal(said: Said) -> Withdrawal:
    return Withdrawal(AccountId(str(said.facts["account"])), said.controller, said.at_ns)


def _lasts(officer: Officer, at_ns: int) -> bool:
    """Whether somebody can lead, and not by broken glass alone, which ends with its operation."""
    authorized = officer.authorization is not None and officer.authorization.holds(at_ns)
    return Role.COMMANDER in officer.roles and officer.member and authorized and officer.briefing is not None


def _has_glass(officer: Officer, at_ns: int) -> bool:
    return Role.COMMANDER in officer.roles and officer.member and at_ns < officer.broke_glass_until_ns


def _would_last(officer: Officer, at_ns: int) -> bool:
    given = officer.authorization
    return given is not None and _lasts(replace(officer, authorization=replace(given, withdrawn_ns=None)), at_ns)
