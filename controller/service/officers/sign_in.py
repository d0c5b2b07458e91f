"""Signing in with a password or a one-time code; and the first two accounts of a site, which nobody could make.

Belongs here: who comes in. Does not belong here: passkeys (passkeys.py), sessions (sessions.py), rights (officers.py).
"""

from dataclasses import dataclass, field
from typing import Final

from contract.clock import Clock
from contract.ids import AccountId
from controller.domain.rights.roles import Role
from controller.domain.sign_in import check_password
from controller.ledger import Ledger
from controller.ledger.opening import ALTERED
from controller.service.officers.accounts import PASSWORD, AccountError, Accounts
from controller.service.officers.guesses import Guesses
from controller.service.officers.officers import NOBODY, Officers
from controller.service.officers.passwords import Passwords
from controller.service.officers.sessions import Session, Sessions
from controller.service.proof.trail import Trail
from controller.service.proof.witness import CUT

FIRST_ROLES: Final = (Role.ADMINISTRATOR, Role.AUTHORIZING_OFFICER)
"""Those who must be there before anybody can be made anything; never one person."""


class WrongError(Exception):
    """Sign-in name, password or code is wrong: which one, nobody is told."""

    def __init__(self) -> None:
        super().__init__("this is not right: check what you typed, and whether the account or code still works")


@dataclass(frozen=True)
class NewOfficer:
    """Who shall have an account."""

    name: str = field(repr=False)
    staff_number: str = field(repr=False)
    sign_in_name: str = field(repr=False)


@dataclass(frozen=True)
class Entered:
    """Somebody came in. `cookie`: the value of his session's cookie."""

    cookie: str = field(repr=False)
    session: Session


class SignIn:
    """Lets officers in. Methods raise TooManyError where there were too many failures, and WrongError.

    Those that change what lets somebody in raise ActError where another controller keeps accounts.
    """

    def __init__(
        self,
        clock: Clock,
        ledger: Ledger,
        accounts: Accounts,
        officers: Officers,
        sessions: Sessions,
        passwords: Passwords,
        guesses: Guesses,
        trail: Trail,
    ) -> None:
        self._clock = clock
        self._ledger = ledger
        self._accounts = accounts
        self._officers = officers
        self._sessions = sessions
        self._passwords = passwords
        self._guesses = guesses
        self._trail = trail

    async def with_password(self, sign_in_name: str, password: str, address: str) -> Entered:
        """Let somebody in who knows his password."""
        sources = self._guesses.of_name(sign_in_name), self._guesses.of_address(address)
        self._guesses.try_address(sources[1])
        self._guesses.try_name(sources[0])
        account = self._accounts.find(sign_in_name)
        hashed = None if account is None else self._accounts.password(account)
        if not await self._passwords.fits(hashed, password) or account is None or hashed is None:
            raise WrongError
        self._guesses.succeeded(*sources)
        if self._passwords.is_too_cheap(hashed) and self._officers.kept_elsewhere() is None:
            self._accounts.set_password(account, await self._passwords.hashed(password))
        return self.enter(account, "password")

    def enter(self, account: AccountId, how: str) -> Entered:
        """Open a session for somebody who has proved who he is. Raises WrongError if the account is closed."""
        if self._officers.register.officer(account) is None:
            raise WrongError
        self._trail.signed_in(account, how)
        return Entered(*self._sessions.open(account))

    async def with_code(self, code: str, password: str, address: str) -> Entered:
        """Let somebody in with the code that he was handed, and set his password. Raises PasswordError too.

        What let anybody in before ends, passkeys too: who had the account before its owner leaves no door behind.
        """
        self._officers.must_keep()
        source = self._guesses.of_address(address)
        self._guesses.try_address(source)
        account = self._accounts.whose_code(code, PASSWORD, self._clock.now_ns())
        if account is None:
            raise WrongError
        self._guesses.succeeded(source)
        await self._set_password(account, password)
        for _ in range(self._accounts.drop_passkeys(account)):
            self._ledger.append("passkey-removed", self._clock.now_ns(), account=account)
        return self.enter(account, "code")

    async def first_account(self, role: Role, code: str, officer: NewOfficer, password: str, address: str) -> Entered:
        """Make the first officer of a role with the code that the controller printed. Raises AccountError too."""
        source = self._guesses.of_address(address)
        self._guesses.try_address(source)
        if role not in self.missing() or not self._accounts.is_code(code, role.value, self._clock.now_ns()):
            raise WrongError
        self._guesses.succeeded(source)
        check_password(password, (officer.name, officer.staff_number, officer.sign_in_name))
        hashed = await self._passwords.hashed(password)
        if role not in self.missing():
            raise WrongError
        account = self.make(officer, NOBODY)
        self._accounts.set_password(account, hashed)
        self._officers.first_role(account, role)
        self._accounts.drop_codes(role.value)
        return self.enter(account, "code")

    def missing(self) -> list[Role]:
        """Return which of FIRST_ROLES nobody has yet, on a site that has never had more officers than it knows.

        Where it has, its ledger is damaged: whoever damages it must not become its first officer. A copy of the ledger
        gives the rights back.
        """
        if self._officers.kept_elsewhere() is not None:
            return []
        missing = [role for role in FIRST_ROLES if not self._officers.register.having(role)]
        return missing if missing and self._knows_all_it_had() else []

    def _knows_all_it_had(self) -> bool:
        """Whether the ledger is the one of before, and all who could come in then are known by it."""
        if self._ledger.counts[ALTERED] or self._ledger.counts[CUT]:
            return False
        return all(self._officers.register.officer(account) for account in self._accounts.with_passwords())

    def first_codes(self) -> dict[Role, str]:
        """Return new codes for the first accounts that are not made yet; those of before end."""
        return {role: self._accounts.issue_code(role.value, None, self._clock.now_ns()) for role in self.missing()}

    def make(self, officer: NewOfficer, by: AccountId) -> AccountId:
        """Make an account without any right. Raises AccountError."""
        self._officers.must_keep()
        for account in self._accounts.holding(officer.staff_number, officer.sign_in_name):
            if self._officers.register.officer(account) is not None:
                raise AccountError("that staff number or sign-in name has an account already")
            self._accounts.remove(account)  # closed, or never put on record, for the disk was full
        account = self._accounts.make(officer.name, officer.staff_number, officer.sign_in_name)
        self._officers.account_made(account, by)
        return account

    def code_for(self, account: AccountId) -> str:
        """Return a code with which `account` sets a password; whoever issues it hands it over in person."""
        self._officers.must_keep()
        return self._accounts.issue_code(PASSWORD, account, self._clock.now_ns())

    async def change_password(self, session: Session, old: str, new: str) -> None:
        """Change the password of whoever is signed in; his other sessions end. Raises PasswordError too."""
        self._officers.must_keep()
        hashed = self._accounts.password(session.account)
        person = self._accounts.person(session.account)
        source = self._guesses.of_name(person.sign_in_name if person else "")
        self._guesses.try_name(source)
        if not await self._passwords.fits(hashed, old):
            raise WrongError
        self._guesses.succeeded(source)
        await self._set_password(session.account, new, but=session.id)

    def end_sessions(self, account: AccountId, by: AccountId, id_: str | None = None, *, but: str | None = None) -> int:
        """End one or all sessions of an account, `but` one; return how many ended."""
        ended = self._sessions.end(account, id_, but=but)
        if ended:
            self._ledger.append("session-ended", self._clock.now_ns(), account=account, by=by, sessions=ended)
        return ended

    def close(self, account: AccountId, by: AccountId) -> None:
        """Close an account: its sessions end at once, and what was kept of the person goes."""
        self._officers.close(account, by)
        self._sessions.end(account)
        self._accounts.remove(account)

    async def _set_password(self, account: AccountId, password: str, but: str | None = None) -> None:
        person = self._accounts.person(account)
        check_password(password, (person.name, person.staff_number, person.sign_in_name) if person else ())
        self._accounts.set_password(account, await self._passwords.hashed(password))
        self._sessions.end(account, but=but)
        self._ledger.append("password-set", self._clock.now_ns(), account=account)
