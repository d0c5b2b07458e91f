"""Resources of persons: accounts, roles, membership, authorizations, withdrawal, break-glass.

An act that needs a second officer answers 202 until he has joined by asking for the same. Belongs here: what officers
do about each other. Does not belong here: the rules (domain/rights/acts.py), or one's own account (own_account.py).
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse

from contract.clock import to_datetime
from contract.ids import AccountId
from controller.api.access import Access, Acting
from controller.api.own_account import Acknowledgement
from controller.composition.office import Office
from controller.domain.rights.acts import ActError
from controller.domain.rights.deeds import Deed
from controller.domain.rights.judge import is_fit
from controller.domain.rights.officer import Officer
from controller.domain.rights.roles import Role
from controller.service.officers.accounts import Person
from controller.service.officers.officers import NoSuchAccountError
from controller.service.officers.sign_in import NewOfficer


@dataclass(frozen=True)
class NewAccount:
    """Who shall have an account."""

    name: str = field(repr=False)
    staff_number: str = field(repr=False)
    sign_in_name: str = field(repr=False)


@dataclass(frozen=True)
class CodeBody:
    """A one-time code, shown once: hand it to its owner in person. He sets his password with it."""

    account: AccountId
    code: str = field(repr=False)


@dataclass(frozen=True)
class AccountBody:
    """One account as officers see it. Times are ISO 8601, UTC. `fit`: authorization and briefing are in force."""

    account: AccountId
    name: str
    staff_number: str
    sign_in_name: str
    roles: list[Role]
    member: bool
    fit: bool
    has_password: bool
    instrument: str | None
    authorized_until: str | None
    withdrawn_at: str | None
    briefing_version: str | None
    briefed_at: str | None


@dataclass(frozen=True)
class Waiting:
    """An act that waits for a second officer. `until`: ISO 8601, UTC. `subject` is empty for break-glass."""

    act: str
    subject: AccountId
    by: AccountId
    until: str


@dataclass(frozen=True)
class Membership:
    """Whether somebody belongs to the security department."""

    member: bool


@dataclass(frozen=True)
class AuthorizationBody:
    """The act that authorizes somebody: its symbol, and until when (ISO 8601 with time zone, a year at most)."""

    instrument: str
    until: datetime


def accounts_router(office: Office, access: Access) -> APIRouter:
    """Return the routes of accounts."""
    router = APIRouter(prefix="/api/accounts")
    officers, sign_in = office.officers, office.sign_in
    may_see, may_manage = access.to(Deed.SEE_ACCOUNTS), access.to(Deed.MANAGE_ACCOUNTS)
    may_name = access.to(Deed.NAME_AUTHORIZING_OFFICER)

    @router.get("")
    async def accounts(_: Annotated[Acting, Depends(may_see)]) -> list[AccountBody]:
        """List all accounts by name, with what is on record of each."""
        people = sorted(office.accounts.people(), key=lambda person: person.name.casefold())
        found = [(person, officers.register.officer(person.account)) for person in people]
        return [_account(office, person, officer) for person, officer in found if officer is not None]

    @router.get("/waiting")
    async def waiting(_: Annotated[Acting, Depends(may_see)]) -> list[Waiting]:
        """List the acts that wait for a second officer."""
        return [
            Waiting(each.ask.act, each.ask.subject, each.by, to_datetime(each.until_ns).isoformat())
            for each in officers.seconds.waiting()
        ]

    @router.post("", status_code=201)
    async def make(body: NewAccount, acting: Annotated[Acting, Depends(may_manage)]) -> CodeBody:
        """Make an account without any role, and a code with which its owner comes in."""
        account = sign_in.make(NewOfficer(body.name, body.staff_number, body.sign_in_name), acting.account)
        return CodeBody(account, sign_in.code_for(account))

    @router.delete("/{account}", status_code=204)
    async def close(account: AccountId, acting: Annotated[Acting, Depends(may_manage)]) -> None:
        """Close an account for good; its sessions end at once."""
        sign_in.close(account, acting.account)

    @router.delete("/{account}/sessions", status_code=204)
    async def end_sessions(account: AccountId, acting: Annotated[Acting, Depends(may_manage)]) -> None:
        """End all sessions of an account, for example when a tablet was lost."""
        officers.officer(account)
        sign_in.end_sessions(account, acting.account)

    @router.post("/{account}/code", status_code=201, responses={202: {"description": "waits for a second officer"}})
    async def new_way_in(
        account: AccountId, acting: Annotated[Acting, Depends(may_name)], response: Response
    ) -> CodeBody | None:
        """Give a code for a new password; for an authorized officer an authorizing officer must join."""
        if not officers.new_way_in(account, acting.account):
            response.status_code = 202
            return None
        return CodeBody(account, sign_in.code_for(account))

    return router


def roles_router(office: Office, access: Access) -> APIRouter:
    """Return the routes of roles."""
    router = APIRouter(prefix="/api/accounts/{account}")
    officers = office.officers
    may_manage, may_name = access.to(Deed.MANAGE_ACCOUNTS), access.to(Deed.NAME_AUTHORIZING_OFFICER)

    @router.put("/roles/{role}", status_code=204)
    async def give_role(account: AccountId, role: Role, acting: Annotated[Acting, Depends(may_manage)]) -> None:
        """Give a role; never to oneself, and not authorizing-officer."""
        officers.give_role(account, role, acting.account)

    @router.delete("/roles/{role}", status_code=204)
    async def take_role(account: AccountId, role: Role, acting: Annotated[Acting, Depends(may_manage)]) -> None:
        """Take a role."""
        officers.take_role(account, role, acting.account)

    @router.put("/authorizing", status_code=204, responses={202: {"description": "waits for the other half"}})
    async def name_authorizing(account: AccountId, acting: Annotated[Acting, Depends(may_name)]) -> Response:
        """Make somebody an authorizing officer: an authorizing officer together with an administrator."""
        done = officers.name_authorizing_officer(account, acting.account, given=True)
        if done:
            office.accounts.drop_code_of(account)
        return Response(status_code=204 if done else 202)

    @router.delete("/authorizing", status_code=204, responses={202: {"description": "waits for the other half"}})
    async def unname_authorizing(account: AccountId, acting: Annotated[Acting, Depends(may_name)]) -> Response:
        """Take that role: an authorizing officer together with an administrator."""
        done = officers.name_authorizing_officer(account, acting.account, given=False)
        return Response(status_code=204 if done else 202)

    return router


def authorizations_router(office: Office, access: Access) -> APIRouter:
    """Return the routes of membership, authorization, withdrawal and break-glass."""
    router = APIRouter(prefix="/api")
    officers = office.officers
    may_authorize, may_withdraw = access.to(Deed.AUTHORIZE), access.to(Deed.WITHDRAW)
    may_break_glass = access.to(Deed.BREAK_GLASS)

    @router.put("/accounts/{account}/membership", status_code=204)
    async def membership(
        account: AccountId, body: Membership, acting: Annotated[Acting, Depends(may_authorize)]
    ) -> None:
        """State whether somebody belongs to the security department."""
        officers.set_member(account, acting.account, member=body.member)
        office.accounts.drop_code_of(account)

    @router.put("/accounts/{account}/authorization", status_code=204)
    async def authorize(
        account: AccountId, body: AuthorizationBody, acting: Annotated[Acting, Depends(may_authorize)]
    ) -> None:
        """Record the act by which the head of the department authorizes somebody."""
        until = body.until if body.until.tzinfo is not None else body.until.replace(tzinfo=UTC)
        officers.authorize(account, body.instrument, until, acting.account)
        office.accounts.drop_code_of(account)

    @router.delete(
        "/accounts/{account}/authorization",
        status_code=204,
        responses={202: {"description": "waits for a second officer"}},
    )
    async def withdraw(account: AccountId, acting: Annotated[Acting, Depends(may_withdraw)]) -> Response:
        """Withdraw an authorization at once; while an operation is open two officers have to."""
        return Response(status_code=204 if officers.withdraw(account, acting.account) else 202)

    @router.post("/break-glass", status_code=204, responses={202: {"description": "waits for a second member"}})
    async def break_glass(body: Acknowledgement, acting: Annotated[Acting, Depends(may_break_glass)]) -> Response:
        """Accept the briefing's text and take access until the operation ends, together with a second member."""
        return Response(status_code=204 if officers.break_glass(acting.account, body.version) else 202)

    return router


def _account(office: Office, person: Person, officer: Officer) -> AccountBody:
    given, briefing = officer.authorization, officer.briefing
    withdrawn_ns = given.withdrawn_ns if given else None
    return AccountBody(
        officer.account,
        person.name,
        person.staff_number,
        person.sign_in_name,
        sorted(officer.roles),
        officer.member,
        is_fit(officer, office.officers.situation()),
        person.has_password,
        given.instrument if given else None,
        to_datetime(given.until_ns).isoformat() if given else None,
        None if withdrawn_ns is None else to_datetime(withdrawn_ns).isoformat(),
        briefing.version if briefing else None,
        to_datetime(briefing.acknowledged_ns).isoformat() if briefing else None,
    )


def answer_objections(app: FastAPI) -> None:
    """Answer acts about rights that can not be done, in words and with a code."""

    @app.exception_handler(ActError)
    def objected(_: Request, error: ActError) -> JSONResponse:
        return JSONResponse({"detail": str(error), "code": error.objection.value}, 409)

    @app.exception_handler(NoSuchAccountError)
    def nobody(_: Request, error: NoSuchAccountError) -> JSONResponse:
        return JSONResponse({"detail": str(error), "code": "no-account"}, 404)
