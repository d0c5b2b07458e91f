"""How a simulated site gets its officers: with the two codes that its controller printed, and from there as any site.

Belongs here: the order of the ceremony. Does not belong here: the rules, which the controller keeps. The people are
made up, and so their passwords may be printed; no real site's are ever made here.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from controller.domain.rights.roles import Role
from controller.main import Ready
from sacs.investigator_commands import make_key
from sacs.officers.caller import Caller

INVESTIGATORS_PASSPHRASE: Final = "made-up investigators"  # noqa: S105  of nobody
_PASSWORD_BYTES: Final = 12
_AUTHORIZED_FOR: Final = timedelta(days=30)
_INSTRUMENT: Final = "DEMO/2026/1"
DEMO_ROLES: Final = (
    ("passes", Role.PASS_OFFICER),
    ("authorizing-2", Role.AUTHORIZING_OFFICER),
    ("commander-1", Role.COMMANDER),
    ("commander-2", Role.COMMANDER),
    ("operator", Role.OPERATOR),
    ("gate", Role.GATE_OFFICER),
    ("visitors", Role.VISITOR_DESK),
    ("technician", Role.TECHNICIAN),
    ("auditor", Role.AUDITOR),
)
_SEES_NAMES: Final = frozenset({Role.COMMANDER, Role.OPERATOR, Role.GATE_OFFICER})


@dataclass(frozen=True)
class SimulatedOfficer:
    """One made-up officer with his session."""

    role: Role
    caller: Caller


class _Made(msgspec.Struct):
    account: str
    code: str


class _Briefing(msgspec.Struct):
    version: str


class Ceremony:
    """Makes the officers of one site. `officers` grows as they are made; all methods raise OSError."""

    def __init__(self, ready: Ready) -> None:
        self._address = ready.address
        self._administrator = self._first(Role.ADMINISTRATOR, "administrator", ready.administrator_code)
        self._codes = ready
        self.officers: Final = [SimulatedOfficer(Role.ADMINISTRATOR, self._administrator)]

    def pass_officer(self) -> Caller:
        """Make a pass officer: enough to register people and to look at counts."""
        return self._make("passes", Role.PASS_OFFICER)[0]

    def commander(self) -> Caller:
        """Make a commander whom nobody authorizes: he ends operations and sees no name."""
        return self._make("commander-1", Role.COMMANDER)[0]

    def all_others(self) -> None:
        """Make one officer of each other role, two commanders and authorizing officers, authorized and briefed."""
        authorizing = self._first(Role.AUTHORIZING_OFFICER, "authorizing-1", self._codes.authorizing_officer_code)
        self.officers.append(SimulatedOfficer(Role.AUTHORIZING_OFFICER, authorizing))
        for name, role in DEMO_ROLES:
            if any(each.caller.sign_in_name == name for each in self.officers):
                continue
            caller, account = self._make(name, role, authorizing)
            if role in _SEES_NAMES:
                until = (datetime.now(UTC) + _AUTHORIZED_FOR).isoformat()
                authorizing.call("PUT", f"api/accounts/{account}/membership", {"member": True})
                authorizing.call(
                    "PUT", f"api/accounts/{account}/authorization", {"instrument": _INSTRUMENT, "until": until}
                )
                briefing = msgspec.json.decode(caller.call("GET", "api/account/briefing"), type=_Briefing)
                caller.call("POST", "api/account/briefing", {"version": briefing.version})

    def investigators(self, folder: Path) -> None:
        """Make the keys of two made-up investigators in `folder`, and have them set: without them nobody can search."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = {name: folder / f"{name}.pem" for name in ("first", "second")}
        for file in files.values():
            file.unlink(missing_ok=True)
        public = {name: make_key(file, INVESTIGATORS_PASSPHRASE) for name, file in files.items()}
        authorizing = next(each.caller for each in self.officers if each.role is Role.AUTHORIZING_OFFICER)
        authorizing.call("PUT", "api/investigators", public)

    def _first(self, role: Role, name: str, code: str) -> Caller:
        caller = Caller(self._address, name, secrets.token_urlsafe(_PASSWORD_BYTES))
        body = {"role": role.value, "code": code, "password": caller.password, **_person(name)}
        caller.enter("api/first-officers", body)
        return caller

    def _make(self, name: str, role: Role, authorizing: Caller | None = None) -> tuple[Caller, str]:
        made = msgspec.json.decode(self._administrator.call("POST", "api/accounts", _person(name)), type=_Made)
        caller = Caller(self._address, name, secrets.token_urlsafe(_PASSWORD_BYTES))
        caller.enter("api/session/code", {"code": made.code, "password": caller.password})
        if role is Role.AUTHORIZING_OFFICER and authorizing is not None:
            for each in (self._administrator, authorizing):
                each.call("PUT", f"api/accounts/{made.account}/authorizing")
        else:
            self._administrator.call("PUT", f"api/accounts/{made.account}/roles/{role.value}")
        self.officers.append(SimulatedOfficer(role, caller))
        return caller, made.account


def _person(name: str) -> dict[str, str]:
    return {"name": f"Simulated {name}", "staff_number": f"S-{name}", "sign_in_name": name}
