"""The office put together: accounts, sign-in, sessions, passkeys, officers and their rights, and the access they give.

Belongs here: which of these parts goes where. Does not belong here: the rest of the controller (assembly.py), or HTTP
(api/).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from argon2 import Parameters
from sqlalchemy import Engine

from contract.clock import Clock
from controller.domain.operation import Operation
from controller.ledger import Ledger
from controller.service.accounts import Accounts
from controller.service.alarms import Alarms
from controller.service.briefings import OWN, Briefing, read_briefing
from controller.service.guesses import Guesses
from controller.service.officers import Officers
from controller.service.passkeys import LOOPBACK_ID, Passkeys
from controller.service.passwords import COST, Passwords
from controller.service.reference import ReferenceKey
from controller.service.sessions import Sessions
from controller.service.sign_in import SignIn
from controller.service.trail import Trail


@dataclass(frozen=True)
class OfficeSettings:
    """How officers come in. `origin`: what browsers call the console (`https://sacs.example.org`), None for loopback.

    `briefing`: the text to be acknowledged. `password_cost`: of a hash; nothing but a test asks for less.
    """

    origin: str | None = None
    briefing: Path = OWN
    password_cost: Parameters = field(default_factory=lambda: COST)


@dataclass(frozen=True)
class Office:
    """Everything about officers. `is_encrypted`: browsers reach the console over TLS, so cookies may say so."""

    accounts: Accounts
    officers: Officers
    sessions: Sessions
    sign_in: SignIn
    guesses: Guesses
    passkeys: Passkeys
    briefing: Briefing
    trail: Trail
    is_encrypted: bool


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
    origin = urlsplit(settings.origin or f"http://{LOOPBACK_ID}")
    briefing = read_briefing(settings.briefing)
    accounts = Accounts(engine, key)
    officers = Officers(clock, ledger, alarms, operations, lambda: briefing.version)
    sessions = Sessions(engine, clock)
    guesses = Guesses(engine, key, clock, ledger, alarms)
    passwords = Passwords(settings.password_cost)
    return Office(
        accounts,
        officers,
        sessions,
        SignIn(clock, ledger, accounts, officers, sessions, passwords, guesses),
        guesses,
        Passkeys(engine, key, clock, ledger, alarms, origin.hostname or LOOPBACK_ID, site),
        briefing,
        Trail(clock, ledger, alarms),
        origin.scheme == "https",
    )
