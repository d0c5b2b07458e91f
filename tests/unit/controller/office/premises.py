"""An office on a real database, with a clock that is set by hand and a ledger in memory."""

from datetime import timedelta
from pathlib import Path

from argon2 import Parameters, Type

from contract.clock import NS_PER_S, to_datetime
from contract.ids import AccountId
from controller.composition.office import Office, OfficeSettings, open_office
from controller.domain.rights.roles import Role
from controller.service.officers.officers import NOBODY
from controller.service.officers.sign_in import NewOfficer
from controller.service.site.reference import ReferenceKey
from controller.store.reference import open_reference
from tests.unit.controller.centre import Centre

CHEAP = Parameters(Type.ID, 19, 16, 32, 1, 8, 1)
"""What a hash costs in tests; the product asks for RFC 9106's."""
PASSWORD = "plum orchard tram violet"
HERE = "192.0.2.7"
ORIGIN = "http://localhost:8080"


class Premises:
    """Make it; `start` begins another run on what is kept."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "reference.db"
        self.centre = Centre()
        self.engine = open_reference(self.path)
        self.office = self.start()

    @property
    def now_ns(self) -> int:
        return self.centre.clock.now_ns()

    def start(self, settings: OfficeSettings | None = None) -> Office:
        """Begin a run with what database and ledger hold."""
        self.centre.ledger.followers.clear()
        operations = self.centre.start()
        self.office = open_office(
            settings or OfficeSettings(password_cost=CHEAP), "Here", self.engine, ReferenceKey(bytes(32)),
            self.centre.clock, self.centre.ledger, self.centre.alarms, operations.open_now,
        )  # fmt: skip
        return self.office

    def wait(self, seconds: float) -> None:
        self.centre.clock.advance_to(self.now_ns + int(seconds * NS_PER_S))

    def account(self, *roles: Role) -> AccountId:
        """A new account with these roles, and no password."""
        number = len(self.office.accounts.people()) + 1
        new = NewOfficer(f"Officer {number}", f"staff-{number}", f"officer-{number}")
        account = self.office.sign_in.make(new, NOBODY)
        for role in roles:
            self.office.officers.first_role(account, role)
        return account

    def fit(self, *roles: Role) -> AccountId:
        """A new account with these roles: a member, authorized and briefed."""
        authorizing, account = self.account(Role.AUTHORIZING_OFFICER), self.account(*roles)
        officers = self.office.officers
        officers.set_member(account, authorizing, member=True)
        officers.authorize(account, "A/1", to_datetime(self.now_ns) + timedelta(days=90), authorizing)
        officers.acknowledge(account, self.office.briefing.version)
        return account

    async def with_password(self, *roles: Role) -> tuple[AccountId, str]:
        """A new account with a password; returns its sign-in name too."""
        account = self.account(*roles)
        await self.office.sign_in.with_code(self.office.sign_in.code_for(account), PASSWORD, HERE)
        person = self.office.accounts.person(account)
        assert person
        return account, person.sign_in_name
