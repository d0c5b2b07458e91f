"""Who is signed in at this gate: sessions in memory, which end with the right to look.

Belongs here: sign-in, sessions. Does not belong here: who may (showing.py, by the controller's order).
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from contract.clock import NS_PER_S
from contract.ids import AccountId
from contract.passwords import normalized
from edge.domain.pauses import Pauses
from edge.screen.showing import Showing

LIFE_NS: Final = 12 * 3600 * NS_PER_S
"""A shift: then an officer signs in again."""


class RefusedSignInError(Exception):
    """Nobody was let in. `wait_s`: for how long it makes no sense to try again, 0 if it was name or password."""

    def __init__(self, wait_s: int) -> None:
        super().__init__("sign-in refused")
        self.wait_s: Final = wait_s


@dataclass(frozen=True)
class _Session:
    account: AccountId
    until_ns: int


class Sessions:
    """Officers who are signed in at this gate. Times: `boottime_ns` of this machine."""

    def __init__(self, showing: Showing, tell: Callable[[AccountId, bool], None]) -> None:
        """`tell`: told of each officer who signed in (True) or looks no more (False)."""
        self._showing = showing
        self._tell = tell
        self._sessions: dict[str, _Session] = {}
        self._pauses = Pauses()
        self._turn = asyncio.Lock()

    async def sign_in(self, name: str, password: str, boottime_ns: int) -> str:
        """Return the token of a new session. Raises RefusedSignInError."""
        async with self._turn:
            wait_s = self._pauses.wait_s(boottime_ns)
            if wait_s:
                raise RefusedSignInError(wait_s)
            order = self._showing.order
            officers = order.officers if order is not None else []
            officer = None if order is None else order.officer(name)
            # A name that nobody has takes as long as a wrong password.
            tried = officer or (officers[0] if officers else None)
            fits = tried is not None and await asyncio.to_thread(_fits, tried.password_hash, password)
            if officer is None or not fits or not self._showing.may_watch(officer.account, boottime_ns):
                self._pauses.failed(boottime_ns)
                raise RefusedSignInError(0)
            self._pauses.succeeded()
            token = secrets.token_urlsafe(24)
            self._sessions[token] = _Session(officer.account, boottime_ns + LIFE_NS)
            self._tell(officer.account, True)
            return token

    def who(self, token: str | None, boottime_ns: int) -> AccountId | None:
        """Return whose token that is, as long as he may look."""
        return self._sessions[token].account if token is not None and self.holds(token, boottime_ns) else None

    def holds(self, token: str | None, boottime_ns: int) -> bool:
        """Tell whether a token is that of somebody who may look now; one who may no longer is signed out."""
        session = self._sessions.get(token or "")
        if token is None or session is None:
            return False
        if boottime_ns < session.until_ns and self._showing.may_watch(session.account, boottime_ns):
            return True
        self.sign_out(token)
        return False

    def any_holds(self, boottime_ns: int) -> bool:
        """Tell whether anybody looks who may."""
        return sum(self.holds(token, boottime_ns) for token in list(self._sessions)) > 0

    def sign_out(self, token: str) -> None:
        """End a session."""
        session = self._sessions.pop(token, None)
        if session is not None:
            self._tell(session.account, False)


def _fits(hashed: str, password: str) -> bool:
    try:
        return PasswordHasher().verify(hashed, normalized(password))
    except (VerificationError, InvalidHashError):
        return False
