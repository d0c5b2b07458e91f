"""Pages of one's own account: what is on record of oneself, the briefing, sessions, password, passkeys; break-glass.

Belongs here: what an officer does about himself. Does not belong here: what others do about him (persons.py).
"""

from datetime import datetime
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from controller.console.frame import Frame, Visitor
from controller.console.office_words import say_answer
from controller.domain.rights.deeds import Deed


class _Session(msgspec.Struct):
    id: str
    opened_at: datetime
    used_at: datetime
    this: bool


class _Passkey(msgspec.Struct):
    id: str
    label: str
    added_at: datetime


class _Briefing(msgspec.Struct):
    version: str
    source: str
    title: dict[str, str]
    paragraphs: dict[str, list[str]]


class OwnAccount:
    """The pages for everybody who is signed in."""

    def __init__(self, frame: Frame) -> None:
        self._frame: Final = frame

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/account", self.page, methods=["GET"]),
            Route("/account/briefing", self.briefing, methods=["GET"]),
            Route("/account/briefing", self.acknowledge, methods=["POST"]),
            Route("/account/password", self.change_password, methods=["POST"]),
            Route("/account/sessions/end", self.end_session, methods=["POST"]),
            Route("/account/passkeys/remove", self.remove_passkey, methods=["POST"]),
            Route("/break-glass", self.break_glass_page, methods=["GET"]),
            Route("/break-glass", self.break_glass, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """One's own account."""
        visitor = await self._frame.visitor(request)
        sessions = await self._frame.get(request, "account/sessions", list[_Session])
        passkeys = await self._frame.get(request, "account/passkeys", list[_Passkey])
        me = visitor.me
        return self._frame.page(
            visitor,
            "account.html",
            sessions=sessions or [],
            passkeys=passkeys or [],
            barred=say_answer(me.barred_by, visitor.language) if me and me.barred_by else "",
            authorized_until=datetime.fromisoformat(me.authorized_until) if me and me.authorized_until else None,
            may_break_glass=me is not None and Deed.BREAK_GLASS in me.deeds and me.barred_by is not None and me.member,
        )

    async def briefing(self, request: Request) -> Response:
        """The text of paragraph 27, to be read and acknowledged."""
        visitor = await self._frame.visitor(request)
        return await self._with_briefing(visitor, "briefing.html")

    async def acknowledge(self, request: Request) -> Response:
        """Acknowledge the text that was shown."""
        fields = await self._frame.fields(request)
        body = {"version": fields.get("version", "")}
        answer = await self._frame.ask(request, "POST", "account/briefing", body)
        return self._frame.back("/account" if answer.ok else "/account/briefing", answer, "acknowledged")

    async def change_password(self, request: Request) -> Response:
        """Change one's password."""
        fields = await self._frame.fields(request)
        body = {"old": fields.get("old", ""), "new": fields.get("password", "")}
        return self._frame.back("/account", await self._frame.ask(request, "PUT", "account/password", body), "changed")

    async def end_session(self, request: Request) -> Response:
        """End one of one's sessions, or all others."""
        session = (await self._frame.fields(request)).get("session", "")
        resource = f"account/sessions/{_word(session)}" if session else "account/sessions"
        return self._frame.back("/account", await self._frame.ask(request, "DELETE", resource), "changed")

    async def remove_passkey(self, request: Request) -> Response:
        """Remove one of one's passkeys."""
        passkey = _word((await self._frame.fields(request)).get("passkey", ""))
        answer = await self._frame.ask(request, "DELETE", f"account/passkeys/{passkey}")
        return self._frame.back("/account", answer, "changed")

    async def break_glass_page(self, request: Request) -> Response:
        """The text, and access until the operation ends for two who accept it."""
        visitor = await self._frame.visitor(request)
        return await self._with_briefing(visitor, "break-glass.html")

    async def break_glass(self, request: Request) -> Response:
        """Accept the text and take access, together with a second member."""
        fields = await self._frame.fields(request)
        answer = await self._frame.ask(request, "POST", "break-glass", {"version": fields.get("version", "")})
        return self._frame.back("/break-glass", answer, "glass-broken")

    async def _with_briefing(self, visitor: Visitor, template: str) -> Response:
        briefing = await self._frame.get(visitor.request, "account/briefing", _Briefing)
        if briefing is None:
            return self._frame.page(visitor, "not-for-you.html", 403, why="")
        language = visitor.language.code if visitor.language.code in briefing.title else "en"
        return self._frame.page(
            visitor,
            template,
            briefing=briefing,
            title=briefing.title[language],
            paragraphs=briefing.paragraphs[language],
            text_language=language,
        )


def _word(text: str) -> str:
    """Return an id as it may stand in the path of a resource: what is none finds nothing."""
    return text if text and all(sign.isalnum() or sign in "-_" for sign in text) else "-"
