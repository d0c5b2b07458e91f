"""Rights of officers, folded from what all controllers entered about them (ADR 0035).

What gives a right counts from the controllers alone that keep the reference data, or have kept it: there is one place
where rights are given. What takes one counts from any, and against whatever was given without knowing of it: the entry
that authorizes says up to when it had heard of the others. Belongs here: that order of weight. Does not belong here:
what an entry changes (register.py), or whether an act is allowed (acts.py).
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from contract.clock import from_datetime, to_datetime
from contract.ids import AccountId, ControllerId
from controller.domain.rights.register import (
    ACCOUNT_MADE,
    AUTHORIZATION_GIVEN,
    AUTHORIZATION_WITHDRAWN,
    KINDS,
    MEMBER_CONFIRMED,
    ROLE_GIVEN,
    Register,
)
from controller.domain.said import InOrder, Said

GIVING: Final = frozenset({ACCOUNT_MADE, ROLE_GIVEN, MEMBER_CONFIRMED, AUTHORIZATION_GIVEN})
"""What gives somebody a right, or lets him have one."""
HEARD: Final = "heard"
"""The fact of an authorization that says up to when its controller had heard of which other ones."""


class MergedRegister:
    """All entries about rights of all controllers, and the register that they make."""

    def __init__(self) -> None:
        self.may_give: Callable[[ControllerId], bool] = lambda _: True
        """Whether the rights that a controller gave count: it keeps the reference data, or has kept it."""
        self._entries: Final = InOrder()
        self._is_stale = False
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
            self._begin()
            for each in self._entries.all:
                self._apply(each)
            self._is_stale = False
        return self._register

    def heard(self, own: ControllerId) -> str:
        """Return what an authorization says of the other controllers: each one's last entry that is known here."""
        last: dict[ControllerId, int] = {}
        for each in self._entries.all:
            if each.controller != own:
                last[each.controller] = each.at_ns
        return " ".join(f"{name}={to_datetime(at_ns).isoformat()}" for name, at_ns in sorted(last.items()))

    def _begin(self) -> None:
        self._register = Register()
        self._withdrawn: dict[AccountId, dict[ControllerId, int]] = {}
        """Withdrawals in force, by the controller that entered each: when."""

    def _apply(self, said: Said) -> None:
        if said.kind in GIVING and not self.may_give(said.controller):
            return
        if said.kind == AUTHORIZATION_WITHDRAWN:
            of_account = self._withdrawn.setdefault(AccountId(str(said.facts["account"])), {})
            of_account[said.controller] = said.at_ns
        elif said.kind == AUTHORIZATION_GIVEN and not self._knew_all(said):
            return
        self._register.apply(said.kind, said.at_ns, said.facts)

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
