"""Pages for coming in and going out: password, passkey, one-time code, first officers.

Belongs here: these forms. Does not belong here: the account that somebody manages (own_account.py).
"""

from typing import Final
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from controller.console.frame import Frame, Visitor
from controller.console.office_words import ROLES
from controller.console.words import say


class _FirstRun(msgspec.Struct):
    missing: list[str]


class SigningIn:
    """The pages that need no session."""

    def __init__(self, frame: Frame) -> None:
        self._frame: Final = frame

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/sign-in", self.page, methods=["GET"]),
            Route("/sign-in", self.sign_in, methods=["POST"]),
            Route("/sign-in/code", self.code_page, methods=["GET"]),
            Route("/sign-in/code", self.with_code, methods=["POST"]),
            Route("/first-officer", self.first_page, methods=["GET"]),
            Route("/first-officer", self.first, methods=["POST"]),
            Route("/sign-out", self.sign_out, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """The form for signing in; on a new site, the way to its first officers."""
        visitor = self._frame.anybody(request)
        first_run = await self._frame.get(request, "first-officers", _FirstRun)
        missing = [(role, _role(role, visitor)) for role in (first_run.missing if first_run else [])]
        return self._frame.page(visitor, "sign-in.html", missing=missing, next=_own(request.query_params.get("next")))

    async def sign_in(self, request: Request) -> Response:
        """Sign in with a password."""
        fields = await self._frame.fields(request)
        body = {name: fields.get(name, "") for name in ("sign_in_name", "password")}
        answer = await self._frame.ask(request, "POST", "session", body)
        return self._frame.back(_own(fields.get("next")) if answer.ok else "/sign-in", answer)

    async def code_page(self, request: Request) -> Response:
        """The form for a one-time code."""
        return self._frame.page(self._frame.anybody(request), "sign-in-code.html")

    async def with_code(self, request: Request) -> Response:
        """Set a password with a one-time code, and sign in."""
        fields = await self._frame.fields(request)
        body = {name: fields.get(name, "") for name in ("code", "password")}
        answer = await self._frame.ask(request, "POST", "session/code", body)
        return self._frame.back("/account" if answer.ok else "/sign-in/code", answer)

    async def first_page(self, request: Request) -> Response:
        """The form for the first officer of a role."""
        visitor = self._frame.anybody(request)
        role = request.query_params.get("role", "")
        return self._frame.page(visitor, "first-officer.html", role=role, role_name=_role(role, visitor))

    async def first(self, request: Request) -> Response:
        """Make the first officer of a role, and sign him in."""
        fields = await self._frame.fields(request)
        names = ("role", "code", "name", "staff_number", "sign_in_name", "password")
        answer = await self._frame.ask(
            request, "POST", "first-officers", {name: fields.get(name, "") for name in names}
        )
        again = f"/first-officer?role={quote(fields.get('role', ''))}"
        return self._frame.back("/account" if answer.ok else again, answer)

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        self._frame.forget(request)
        answer = await self._frame.ask(request, "DELETE", "session")
        return self._frame.back("/sign-in", answer, "signed-out")


def _role(role: str, visitor: Visitor) -> str:
    return say(ROLES, role, visitor.language)


def _own(path: str | None) -> str:
    """Return a path of ours to go on to, whatever was asked for."""
    if path is None or not path.startswith("/") or path.startswith(("//", "/\\")) or not path.isprintable():
        return "/"
    return path
