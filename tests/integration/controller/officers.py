"""Officers of a controller under test, signed in without the work of a password."""

from datetime import timedelta

from contract.clock import to_datetime
from contract.ids import AccountId
from controller.api.access import COOKIE
from controller.composition.office import Office
from controller.domain.rights.roles import Role
from controller.service.officers.officers import NOBODY
from controller.service.officers.sign_in import NewOfficer

Headers = dict[str, str]


def account_of(office: Office, *roles: Role) -> AccountId:
    """A new account with these roles."""
    number = len(office.accounts.people()) + 1
    account = office.sign_in.make(NewOfficer(f"Officer {number}", f"staff-{number}", f"officer-{number}"), NOBODY)
    for role in roles:
        office.officers.first_role(account, role)
    return account


def signed_in(office: Office, account: AccountId) -> Headers:
    """Headers of a new session of that account."""
    return {"Cookie": f"{COOKIE}={office.sign_in.enter(account, 'password').cookie}"}


def as_one(office: Office, *roles: Role) -> Headers:
    """Headers of a new officer with these roles, without authorization."""
    return signed_in(office, account_of(office, *roles))


def fit_account(office: Office, *roles: Role) -> AccountId:
    """A new account with these roles: a member, authorized for a month and briefed."""
    authorizing, account = account_of(office, Role.AUTHORIZING_OFFICER), account_of(office, *roles)
    until = to_datetime(office.officers.situation().now_ns) + timedelta(days=30)
    office.officers.set_member(account, authorizing, member=True)
    office.officers.authorize(account, "TEST/2026/1", until, authorizing)
    office.officers.acknowledge(account, office.briefing.version)
    return account
