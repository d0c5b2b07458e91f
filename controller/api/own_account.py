"""Resources of one's own account: sessions, password, passkeys, and the briefing that everybody acknowledges himself.

Belongs here: what an officer does about himself. Does not belong here: what others do about him (accounts.py).
"""

from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Body, Depends, Header, HTTPException, Response

from contract.clock import to_datetime
from controller.api.access import Access, Acting
from controller.composition.office import Office
from controller.domain.rights.deeds import Deed


@dataclass(frozen=True)
class SessionBody:
    """One of one's sessions. Times are ISO 8601, UTC."""

    id: str
    opened_at: str
    used_at: str
    this: bool


@dataclass(frozen=True)
class PasswordChange:
    """The password of before, and the new one."""

    old: str = field(repr=False)
    new: str = field(repr=False)


@dataclass(frozen=True)
class PasskeyBody:
    """One of one's passkeys. `added_at`: ISO 8601, UTC."""

    id: str
    label: str
    added_at: str


@dataclass(frozen=True)
class BriefingBody:
    """The text of paragraph 27 by language, with its source and version."""

    version: str
    source: str
    title: dict[str, str]
    paragraphs: dict[str, list[str]]


@dataclass(frozen=True)
class Acknowledgement:
    """Which version somebody has read."""

    version: str


def own_account_router(office: Office, access: Access) -> APIRouter:
    """Return the routes of one's own account."""
    router = APIRouter(prefix="/api/account")
    may = access.to(Deed.SEE_OWN_ACCOUNT)

    @router.get("/sessions")
    async def sessions(acting: Annotated[Acting, Depends(may)]) -> list[SessionBody]:
        """List one's open sessions, the latest first."""
        return [
            SessionBody(
                each.id,
                to_datetime(each.opened_ns).isoformat(),
                to_datetime(each.used_ns).isoformat(),
                each.id == acting.session.id,
            )
            for each in office.sessions.of(acting.account)
        ]

    @router.delete("/sessions", status_code=204)
    async def end_others(acting: Annotated[Acting, Depends(may)]) -> None:
        """End all of one's sessions but this one."""
        office.sign_in.end_sessions(acting.account, acting.account, but=acting.session.id)

    @router.delete("/sessions/{session}", status_code=204)
    async def end_session(session: str, acting: Annotated[Acting, Depends(may)]) -> None:
        """End one of one's sessions."""
        if not office.sign_in.end_sessions(acting.account, acting.account, session):
            raise HTTPException(404, "no such session")

    @router.put("/password", status_code=204)
    async def change_password(body: PasswordChange, acting: Annotated[Acting, Depends(may)]) -> None:
        """Change one's password; one's other sessions end."""
        await office.sign_in.change_password(acting.session, body.old, body.new)

    return router


def passkeys_router(office: Office, access: Access) -> APIRouter:
    """Return the routes of one's passkeys."""
    router = APIRouter(prefix="/api/account/passkeys")
    may = access.to(Deed.SEE_OWN_ACCOUNT)

    @router.get("")
    async def passkeys(acting: Annotated[Acting, Depends(may)]) -> list[PasskeyBody]:
        """List one's passkeys."""
        return [
            PasskeyBody(each.id, each.label, to_datetime(each.added_ns).isoformat())
            for each in office.passkeys.of(acting.account)
        ]

    @router.post("/options")
    async def passkey_options(acting: Annotated[Acting, Depends(may)]) -> Response:
        """Give what a browser's `navigator.credentials.create` wants."""
        person = office.accounts.person(acting.account)
        options = office.passkeys.registration_options(acting.account, person.sign_in_name if person else "")
        return Response(options, media_type="application/json")

    @router.post("", status_code=201)
    async def add_passkey(
        credential: Annotated[dict[str, Any], Body()],
        label: Annotated[str, Body()],
        acting: Annotated[Acting, Depends(may)],
        origin: Annotated[str, Header()] = "",
    ) -> PasskeyBody:
        """Add a passkey with what the browser returned, under a name of one's own."""
        answer = msgspec.json.encode(credential).decode()
        added = office.passkeys.register(acting.account, answer, label, origin)
        return PasskeyBody(added.id, added.label, to_datetime(added.added_ns).isoformat())

    @router.delete("/{passkey}", status_code=204)
    async def remove_passkey(passkey: str, acting: Annotated[Acting, Depends(may)]) -> None:
        """Remove one of one's passkeys."""
        if not office.passkeys.remove(acting.account, passkey):
            raise HTTPException(404, "no such passkey")

    return router


def briefing_router(office: Office, access: Access) -> APIRouter:
    """Return the routes of the briefing."""
    router = APIRouter(prefix="/api/account/briefing")
    may_acknowledge = access.to(Deed.ACKNOWLEDGE_BRIEFING)

    @router.get("")
    async def briefing(_: Annotated[Acting, Depends(may_acknowledge)]) -> BriefingBody:
        """Give the text of which everybody is formally informed before he may see movements."""
        text = office.briefing
        return BriefingBody(text.version, text.source, text.title, text.paragraphs)

    @router.post("", status_code=204)
    async def acknowledge(body: Acknowledgement, acting: Annotated[Acting, Depends(may_acknowledge)]) -> None:
        """Acknowledge that one has read the text, in its version of today."""
        office.officers.acknowledge(acting.account, body.version)

    return router
