"""The office put together: accounts, sign-in, sessions, passkeys, officers and their rights, and the access they give.

Belongs here: which of these parts goes where. Does not belong here: the rest of the controller (assembly.py), or HTTP
(api/).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from argon2 import Parameters
from sqlalchemy import Engine

from contract.clock import Clock
from controller.domain.operation import Operation
from controller.ledger import Ledger
from controller.service.alarms import Alarms
from controller.service.officers.accounts import Accounts
from controller.service.officers.briefings import OWN, Briefing, read_briefing
from controller.service.officers.guesses import Guesses
from controller.service.officers.officers import Officers
from controller.service.officers.passkeys import LOOPBACK_ID, Passkeys
from controller.service.officers.passwords import COST, Passwords
from controller.service.officers.sessions import Sessions
from controller.service.officers.sign_in import SignIn
from controller.service.proof.trail import Trail
from controller.service.site.reference import ReferenceKey


class OriginError(ValueError):
    """What browsers shall call the console does not do; the message says why."""


@dataclass(frozen=True)
class OfficeSettings:
    """How officers come in. `origin`: what browsers call the console (`https://sacs.example.org`), None for loopback.

    `shared_name`: the host name below which all controllers have theirs (`sacs.example.org` of `a.sacs.example.org` and
    `b.sacs.example.org`), so that a session and a passkey hold at each; None where they share one host name, or there
    is one. `briefing`: the text to be acknowledged. `password_cost`: of a hash; nothing but a test asks for less.
    """

    origin: str | None = None
    shared_name: str | None = None
    briefing: Path = OWN
    password_cost: Parameters = field(default_factory=lambda: COST)

    @property
    def name(self) -> str | None:
        """The host name in `origin`."""
        return None if self.origin is None else urlsplit(self.origin).hostname

    def check(self, host: str) -> None:
        """Refuse what would let a password go over a network in clear. `host`: where the console listens.

        Raises OriginError.
        """
        self._check_shared()
        if self.origin is None:
            if host not in LOOPBACK:
                raise OriginError(
                    f"passwords would reach {host} in clear: say --https-name for HTTPS of the page's own, or put a "
                    "proxy with TLS before the page, which listens on loopback, and say --origin https://..."
                )
            return
        parts = urlsplit(self.origin)
        if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
            raise OriginError(f"{self.origin!r} is no address of a site with TLS: say it like https://sacs.example.org")

    def _check_shared(self) -> None:
        shared = self.shared_name
        if shared is None:
            return
        if not (self.name or "").endswith(f".{shared}"):
            raise OriginError(
                f"browsers call this controller {self.name}: that must be below {shared}, as one.{shared}"
            )
        if "." not in shared:
            raise OriginError(f"browsers take no session for all of {shared!r}: share a name with a dot in it")


LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
"""Where the page can listen so that nothing leaves the machine in clear."""


@dataclass(frozen=True)
class Office:
    """Everything about officers. `is_encrypted`: browsers reach the console over TLS, so cookies may say so.

    `shared_name`: all hosts below it have the session's cookie; None for the one host that set it.
    """

    accounts: Accounts
    officers: Officers
    sessions: Sessions
    sign_in: SignIn
    passkeys: Passkeys
    briefing: Briefing
    trail: Trail
    is_encrypted: bool
    shared_name: str | None


def open_office(
    settings: OfficeSettings,
    site: str,
    engine: Engine,
    key: ReferenceKey,
    clock: Clock,
    ledger: Ledger,
    alarms: Alarms,
    operations: Callable[[int], tuple[Operation, ...]],
) -> Office:
    """Open the office. `operations`: those that are open at a moment. Raises BriefingError, LedgerError, OSError."""
    briefing = read_briefing(settings.briefing)
    accounts = Accounts(engine, key)
    officers = Officers(clock, ledger, alarms, operations, lambda: briefing.version)
    sessions = Sessions(engine, clock, alarms)
    trail = Trail(clock, ledger, alarms)
    guesses = Guesses(engine, key, clock, trail, alarms)
    passwords = Passwords(settings.password_cost)
    return Office(
        accounts,
        officers,
        sessions,
        SignIn(clock, ledger, accounts, officers, sessions, passwords, guesses, trail),
        Passkeys(
            engine,
            key,
            clock,
            ledger,
            alarms,
            settings.shared_name or settings.name or LOOPBACK_ID,
            site,
            officers.must_keep,
        ),
        briefing,
        trail,
        settings.origin is not None,
        settings.shared_name,
    )
