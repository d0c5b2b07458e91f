"""Failed sign-ins, by sign-in name and by network address: each next try waits longer, also after a restart.

Belongs here: counting failures and raising the alarm. Does not belong here: how long to wait (domain/sign_in.py), or
what a right password is (sign_in.py).
"""

import contextlib
import ipaddress
from typing import Final

from sqlalchemy import Engine, delete
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from contract.clock import NS_PER_S, Clock
from controller.domain.sign_in import FORGOTTEN_AFTER_S, OF_ADDRESS, OF_NAME, Patience
from controller.service.alarms import Alarms
from controller.service.proof.trail import Trail
from controller.service.site.reference import ReferenceKey
from controller.store.accounts import FailureRow

_NETWORK_V6: Final = 64
"""One subscriber has at least this prefix to himself (RFC 6177): all its addresses are one source."""
_AT_MOST: Final = 10_000
"""So many sources are remembered, those of the last failures: a flood of names fills no disk."""


class TooManyError(Exception):
    """Too many failures from one source; `wait_s` is how long it has to wait."""

    def __init__(self, wait_s: int) -> None:
        super().__init__("too many wrong tries: wait, or sign in with a passkey")
        self.wait_s: Final = wait_s


class Guesses:
    """Counts failures. A try counts as failed until it has succeeded, so tries at the same time gain nothing."""

    def __init__(self, engine: Engine, key: ReferenceKey, clock: Clock, trail: Trail, alarms: Alarms) -> None:
        self._engine = engine
        self._key = key
        self._clock = clock
        self._trail = trail
        self._alarms = alarms

    def of_name(self, sign_in_name: str) -> bytes:
        """Return the source of guesses at one sign-in name."""
        return self._key.lookup("guesses-name", sign_in_name.strip().casefold())

    def of_address(self, address: str) -> bytes:
        """Return the source of guesses from one address."""
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return self._key.lookup("guesses-address", "unknown")
        if parsed.version == 6:
            return self._key.lookup("guesses-address", str(ipaddress.ip_network((parsed, _NETWORK_V6), strict=False)))
        return self._key.lookup("guesses-address", str(parsed))

    def try_name(self, source: bytes) -> None:
        """Begin a try at a name. Raises TooManyError."""
        self._try(source, OF_NAME, "name")

    def try_address(self, source: bytes) -> None:
        """Begin a try from an address. Raises TooManyError."""
        self._try(source, OF_ADDRESS, "address")

    def succeeded(self, *sources: bytes) -> None:
        """Forget the failures of a source: who came in is no guesser."""
        with contextlib.suppress(SQLAlchemyError), Session(self._engine) as session:
            session.exec(delete(FailureRow).where(col(FailureRow.source).in_(sources)))
            session.commit()

    def _try(self, source: bytes, patience: Patience, what: str) -> None:
        now_ns, failures = self._clock.now_ns(), 0
        # A full disk locks nobody out; sessions, which it refuses as well, tell of it.
        with contextlib.suppress(SQLAlchemyError), Session(self._engine) as session:
            row = session.get(FailureRow, source)
            if row is None or now_ns - row.last_ns > FORGOTTEN_AFTER_S * NS_PER_S:
                row = session.merge(FailureRow(source=source, failures=0, last_ns=0))
                self._prune(session, now_ns)
            until_ns = patience.waits_until_ns(row.failures, row.last_ns)
            if now_ns < until_ns:
                raise TooManyError(-(-(until_ns - now_ns) // NS_PER_S))
            row.failures += 1
            row.last_ns = now_ns
            failures = row.failures
            session.add(row)
            session.commit()
        if failures and failures % patience.alarm == 0:
            self._alarms.of_system(now_ns, "sign-in-attack")
            self._trail.attacked(what, failures)

    def _prune(self, session: Session, now_ns: int) -> None:
        last = col(FailureRow.last_ns)
        session.exec(delete(FailureRow).where(last < now_ns - FORGOTTEN_AFTER_S * NS_PER_S, last > 0))
        newest = select(FailureRow.source).order_by(last.desc()).offset(_AT_MOST)
        session.exec(delete(FailureRow).where(col(FailureRow.source).in_(newest), last > 0))
