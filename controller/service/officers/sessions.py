"""Sessions: short, revocable one by one, and the same after a restart. The cookie's value is kept as a hash only.

Controllers tell each other their sessions, so that an officer goes on at another one without signing in anew. That one
was ended is remembered for as long as it could have lasted: the end counts, whoever tells what in whichever order.
Belongs here: opening, finding and ending them. Does not belong here: who may open one (sign_in.py), what somebody may
do in one (domain/rights), or the way from controller to controller (peer/).
"""

import hashlib
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from sqlalchemy import Engine, Executable, delete, insert, literal, update
from sqlalchemy import select as select_columns
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session as Database
from sqlmodel import col, select

from contract.clock import NS_PER_S, Clock
from contract.ids import AccountId, ControllerId
from controller.domain.sign_in import IDLE_S, LIFE_S
from controller.service.alarms import Alarms
from controller.store.accounts import AccountRow, SessionRow

_TOKEN_BYTES: Final = 32
ENDED: Final = 0
"""Stands for the last use of a session that was ended before its time."""
_SKEW_NS: Final = 300 * NS_PER_S
"""So much later than now another controller's clock may say that a session was opened."""
_KEEP_EVERY_NS: Final = 60 * NS_PER_S
"""How stale the last use may be on disk: a restart ends an idle session that much sooner."""


@dataclass(frozen=True)
class Session:
    """One session. `id`: a name for it that opens nothing. Times in ns since 1970 UTC.

    `told_by`: the controller that told of it first; empty for one that was opened here.
    """

    id: str
    account: AccountId
    opened_ns: int
    used_ns: int
    told_by: ControllerId = field(default=ControllerId(""), compare=False)

    def holds(self, now_ns: int) -> bool:
        """Whether it is neither too old nor idle for too long."""
        return now_ns < min(self.opened_ns + LIFE_S * NS_PER_S, self.used_ns + IDLE_S * NS_PER_S)


class ToldSession(NamedTuple):
    """A session as controllers tell it: the hash of its cookie's value, whose it is, and times in ns since 1970 UTC.

    `used_ns` is `ENDED` for one that was ended.
    """

    token: bytes
    account: str
    opened_ns: int
    used_ns: int


class Sessions:
    """All open sessions, in memory and in the database."""

    def __init__(self, engine: Engine, clock: Clock, alarms: Alarms) -> None:
        self._engine = engine
        self._clock = clock
        self._alarms = alarms
        self._owed: list[Executable] = []
        """What the disk refused: an emergency does not wait for it, and it is done with the next change."""
        self._open: dict[bytes, Session] = {}
        self._kept_ns: dict[bytes, int] = {}
        self.revision = 0
        """Another number whenever another controller should be told."""
        with Database(engine) as database:
            for row in database.exec(select(SessionRow)):
                self._open[row.token] = Session(
                    _id(row.token), AccountId(row.account), row.opened_ns, row.used_ns, ControllerId(row.told_by)
                )
                self._kept_ns[row.token] = row.used_ns
        self._drop_ended()

    def open(self, account: AccountId) -> tuple[str, Session]:
        """Open one for `account`; return the cookie's value (256 random bits) and the session."""
        value, now_ns = secrets.token_urlsafe(_TOKEN_BYTES), self._clock.now_ns()
        token = _hash(value)
        self._drop_ended()
        return value, self._keep(ToldSession(token, account, now_ns, now_ns), ControllerId(""))

    def find(self, value: str) -> Session | None:
        """Return the session of a cookie's value, if it holds."""
        session = self._open.get(_hash(value))
        return session if session is not None and session.holds(self._clock.now_ns()) else None

    def use(self, session: Session) -> None:
        """Note that somebody does something in it."""
        for token, each in self._open.items():
            if each.id == session.id:
                self._used(token, each)
                return

    def holds(self, session: Session) -> bool:
        """Tell whether a session that was found before is still open."""
        now_ns = self._clock.now_ns()
        return any(each.id == session.id and each.holds(now_ns) for each in self.of(session.account))

    def of(self, account: AccountId) -> list[Session]:
        """Return the sessions of an account that hold, the latest first."""
        now_ns = self._clock.now_ns()
        found = [each for each in self._open.values() if each.account == account and each.holds(now_ns)]
        return sorted(found, key=lambda each: -each.opened_ns)

    def accounts(self) -> set[AccountId]:
        """Return all who are signed in."""
        now_ns = self._clock.now_ns()
        return {each.account for each in self._open.values() if each.holds(now_ns)}

    def end(self, account: AccountId, id_: str | None = None, *, but: str | None = None) -> int:
        """End the session `id_` of an account, or all of them, `but` one; return how many ended."""
        ended = [
            token
            for token, each in self._open.items()
            if each.account == account and id_ in {None, each.id} and each.id != but and each.used_ns != ENDED
        ]
        for token in ended:
            self._mark_used(token, ENDED)
        return len(ended)

    def told(self) -> list[ToldSession]:
        """Return all sessions as another controller is told of them."""
        return [ToldSession(token, each.account, each.opened_ns, each.used_ns) for token, each in self._open.items()]

    def end_those_of_others(self, listed: Collection[ControllerId]) -> int:
        """End what controllers told that are not `listed` any more; return how many ended.

        Whoever carries one off can make it tell what he likes, up to the moment at which the root removes it.
        """
        ended = [
            token
            for token, each in self._open.items()
            if each.told_by and each.told_by not in listed and each.used_ns != ENDED
        ]
        for token in ended:
            self._mark_used(token, ENDED)
        return len(ended)

    def hear(self, told: Iterable[ToldSession], by: ControllerId) -> None:
        """Take what another controller knows of sessions."""
        now_ns = self._clock.now_ns()
        for each in told:
            here = self._open.get(each.token)
            if each.opened_ns + LIFE_S * NS_PER_S <= now_ns or each.opened_ns > now_ns + _SKEW_NS:
                continue
            if here is None:
                if each.used_ns == ENDED or now_ns < each.used_ns + IDLE_S * NS_PER_S:
                    self._keep(each, by)
            elif here.used_ns != ENDED and each.used_ns == ENDED:
                self._mark_used(each.token, ENDED)
            elif here.used_ns != ENDED and here.used_ns < each.used_ns <= now_ns:
                self._open[each.token] = replace(here, used_ns=each.used_ns)

    def _keep(self, told: ToldSession, by: ControllerId) -> Session:
        token, account, opened_ns, used_ns = told
        of_account = select_columns(
            literal(token), AccountRow.id, literal(opened_ns), literal(used_ns), literal(by)
        ).where(  # type: ignore[call-overload]
            col(AccountRow.id) == account
        )
        columns = ["token", "account", "opened_ns", "used_ns", "told_by"]
        self._write(insert(SessionRow).from_select(columns, of_account))
        self._open[token] = session = Session(_id(token), AccountId(account), opened_ns, used_ns, by)
        self._kept_ns[token] = used_ns
        self.revision += 1
        return session

    def _mark_used(self, token: bytes, used_ns: int) -> None:
        self._open[token] = replace(self._open[token], used_ns=used_ns)
        self._kept_ns[token] = used_ns
        self.revision += 1
        self._write(update(SessionRow).where(col(SessionRow.token) == token).values(used_ns=used_ns))

    def _used(self, token: bytes, session: Session) -> None:
        if session.used_ns == ENDED:
            return
        now_ns = self._clock.now_ns()
        self._open[token] = replace(session, used_ns=max(now_ns, session.used_ns))
        if now_ns - self._kept_ns[token] >= _KEEP_EVERY_NS:
            self._mark_used(token, now_ns)

    def _drop_ended(self) -> None:
        """Forget what is over: idle sessions, and ended ones as soon as nobody could take them for open."""
        now_ns = self._clock.now_ns()
        tokens = [
            token
            for token, each in self._open.items()
            if not each.holds(now_ns)
            and (each.used_ns != ENDED or each.opened_ns + LIFE_S * NS_PER_S + _SKEW_NS <= now_ns)
        ]
        for token in tokens:
            self._open.pop(token, None)
            self._kept_ns.pop(token, None)
        if tokens:
            self._write(delete(SessionRow).where(col(SessionRow.token).in_(tokens)))

    def _write(self, change: Executable) -> None:
        self._owed.append(change)
        try:
            with self._engine.begin() as connection:
                for each in self._owed:
                    connection.execute(each)
        except SQLAlchemyError:
            self._alarms.of_system(self._clock.now_ns(), "sessions-not-kept")
        else:
            self._owed.clear()
            self._alarms.settled("sessions-not-kept")


def _hash(value: str) -> bytes:
    return hashlib.sha256(value.encode(errors="surrogatepass")).digest()


def _id(token: bytes) -> str:
    """A name for a session that shows on a page: the beginning of its hash, from which nothing can be made."""
    return token.hex()[:16]
