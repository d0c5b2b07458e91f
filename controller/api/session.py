"""Resources for coming in and going out: password, one-time code, passkey, first accounts; what one's session may do.

Belongs here: requests and the cookie. Does not belong here: whether a password is right (service/sign_in.py), or the
account that somebody manages (own_account.py, accounts.py).
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Body, Depends, FastAPI, Header, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from contract.clock import to_datetime
from contract.ids import AccountId
from controller.api.access import COOKIE, Access, Acting
from controller.api.peer import PEER
from controller.composition.office import Office
from controller.domain.rights.deeds import Deed
from controller.domain.rights.judge import Refusal, refusal
from controller.domain.rights.roles import Role
from controller.domain.sign_in import LIFE_S, PasswordError
from controller.service.officers.accounts import AccountError
from controller.service.officers.guesses import TooManyError
from controller.service.officers.passkeys import PasskeyError
from controller.service.officers.sign_in import Entered, NewOfficer, WrongError

_BEAT: Final = b": here\n\n"
_BEAT_S: Final = 1.0


@dataclass(frozen=True)
class Password:
    """A sign-in name and its password."""

    sign_in_name: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True)
class Code:
    """A one-time code that was handed over, and the password that its owner chooses."""

    code: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True)
class FirstOfficer:
    """The first administrator or authorizing officer of a site, with the code that the controller printed."""

    role: Role
    code: str = field(repr=False)
    name: str = field(repr=False)
    staff_number: str = field(repr=False)
    sign_in_name: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True)
class Oneself:
    """Who is signed in, and what he may do now.

    `deeds`: those that would be allowed at this moment. `barred_by`: why movements are not shown (a Refusal that is
    about the person, not about the moment), or null. Times are ISO 8601, UTC.
    """

    account: AccountId
    name: str
    roles: list[Role]
    deeds: list[Deed]
    barred_by: Refusal | None
    briefing_version: str
    briefing_due: bool
    member: bool
    authorized_until: str | None


@dataclass(frozen=True)
class FirstRun:
    """Which first officers a site still lacks; empty once it has them."""

    missing: list[Role]


def sign_in_router(office: Office, access: Access) -> APIRouter:
    """Return the routes by which somebody comes in; none of them needs a session."""
    router = APIRouter(prefix="/api")
    to_all = [Depends(access.open_to_all)]

    def cookie(entered: Entered) -> Response:
        response = Response(status_code=204)
        response.set_cookie(
            COOKIE,
            entered.cookie,
            max_age=LIFE_S,
            httponly=True,
            samesite="strict",
            secure=office.is_encrypted,
            domain=office.shared_name,
        )
        return response

    @router.get("/first-officers", dependencies=to_all)
    async def first_run() -> FirstRun:
        """Tell which first officers this site still lacks."""
        return FirstRun(office.sign_in.missing())

    @router.post("/first-officers", dependencies=to_all, status_code=204)
    async def first_officer(body: FirstOfficer, peer: Annotated[str, Header(alias=PEER)] = "") -> Response:
        """Make the first officer of a role, with the code that the controller printed, and sign him in."""
        officer = NewOfficer(body.name, body.staff_number, body.sign_in_name)
        return cookie(await office.sign_in.first_account(body.role, body.code, officer, body.password, peer))

    @router.post("/session", dependencies=to_all, status_code=204)
    async def sign_in(body: Password, peer: Annotated[str, Header(alias=PEER)] = "") -> Response:
        """Sign in with a password; the answer sets the session's cookie."""
        return cookie(await office.sign_in.with_password(body.sign_in_name, body.password, peer))

    @router.post("/session/code", dependencies=to_all, status_code=204)
    async def sign_in_with_code(body: Code, peer: Annotated[str, Header(alias=PEER)] = "") -> Response:
        """Set one's password with a one-time code, and sign in."""
        return cookie(await office.sign_in.with_code(body.code, body.password, peer))

    @router.post("/session/passkey/options", dependencies=to_all)
    async def passkey_options() -> Response:
        """Give what a browser's `navigator.credentials.get` wants."""
        return Response(office.passkeys.sign_in_options(), media_type="application/json")

    @router.post("/session/passkey", dependencies=to_all, status_code=204)
    async def sign_in_with_passkey(
        credential: Annotated[dict[str, Any], Body()],
        origin: Annotated[str, Header()] = "",
    ) -> Response:
        """Sign in with what the passkey answered; nobody guesses that, so nobody's guesses slow it down."""
        account = office.passkeys.signed_in(msgspec.json.encode(credential).decode(), origin)
        return cookie(office.sign_in.enter(account, "passkey"))

    return router


def session_router(office: Office, access: Access) -> APIRouter:
    """Return the routes of the session that somebody has."""
    router = APIRouter(prefix="/api/session")
    may = access.to(Deed.SEE_OWN_ACCOUNT)
    may_see_counts = access.to(Deed.SEE_COUNTS)

    @router.get("")
    async def oneself(acting: Annotated[Acting, Depends(may)]) -> Oneself:
        """Tell who is signed in, and what he may do now."""
        return _oneself(office, acting)

    @router.delete("", status_code=204)
    async def sign_out(acting: Annotated[Acting, Depends(may)]) -> Response:
        """Sign out: the session ends at once, in every window."""
        office.sign_in.end_sessions(acting.account, acting.account, acting.session.id)
        response = Response(status_code=204)
        response.delete_cookie(
            COOKIE, httponly=True, samesite="strict", secure=office.is_encrypted, domain=office.shared_name
        )
        return response

    @router.get("/events", response_class=StreamingResponse)
    async def events(acting: Annotated[Acting, Depends(may_see_counts)]) -> StreamingResponse:
        """Stream nothing but beats (server-sent comments) until the session ends; so an open page learns of it."""
        beats = access.while_allowed(acting, Deed.SEE_COUNTS, _beats())
        return StreamingResponse(beats, media_type="text/event-stream")

    return router


def _oneself(office: Office, acting: Acting) -> Oneself:
    officer, situation = acting.officer, office.officers.situation()
    person = office.accounts.person(acting.account)
    given = officer.authorization
    barred_by = refusal(officer, Deed.RECONFIRM, situation) or refusal(officer, Deed.SEE_ROLL, situation)
    in_force = given is not None and given.holds(situation.now_ns)
    return Oneself(
        acting.account,
        person.name if person else "",
        sorted(officer.roles),
        [deed for deed in Deed if refusal(officer, deed, situation) is None],
        None if barred_by in {Refusal.NO_OPERATION, Refusal.NAMES_CLOSED} else barred_by,
        office.briefing.version,
        officer.briefing is None or officer.briefing.version != office.briefing.version,
        officer.member,
        to_datetime(given.until_ns).isoformat() if given is not None and in_force else None,
    )


async def _beats() -> AsyncIterator[bytes]:
    while True:
        yield _BEAT
        await asyncio.sleep(_BEAT_S)


def answer_failures(app: FastAPI) -> None:
    """Answer what goes wrong at signing in, in words and with a code."""

    def answer(status: int, error: Exception, code: str, headers: dict[str, str] | None = None) -> JSONResponse:
        return JSONResponse({"detail": str(error), "code": code}, status, headers)

    @app.exception_handler(WrongError)
    def wrong(_: Request, error: WrongError) -> JSONResponse:
        return answer(403, error, "wrong")

    @app.exception_handler(TooManyError)
    def too_many(_: Request, error: TooManyError) -> JSONResponse:
        return answer(429, error, "too-many", {"Retry-After": str(error.wait_s)})

    @app.exception_handler(PasswordError)
    def password(_: Request, error: PasswordError) -> JSONResponse:
        return answer(409, error, "password")

    @app.exception_handler(AccountError)
    def account(_: Request, error: AccountError) -> JSONResponse:
        return answer(409, error, "account")

    @app.exception_handler(PasskeyError)
    def passkey(_: Request, error: PasskeyError) -> JSONResponse:
        return answer(409, error, "passkey")
