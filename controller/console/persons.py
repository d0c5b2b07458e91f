"""Pages of persons: who has an account, with which roles and authorization; and the acts of officers about each other.

Each form is shown to whoever's role has the deed; the API judges. Belongs here: these forms. Does not belong here:
one's own account (own_account.py).
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from controller.console.frame import Answer, Frame, Visitor
from controller.console.office_words import ACTS, ROLES, say_answer
from controller.console.once import Once
from controller.console.words import say
from controller.domain.rights.deeds import Deed
from controller.domain.rights.roles import Role

_SUGGESTED: Final = timedelta(days=180)


class _Account(msgspec.Struct):
    account: str
    name: str
    staff_number: str
    sign_in_name: str
    roles: list[Role]
    member: bool
    fit: bool
    has_password: bool
    instrument: str | None
    authorized_until: datetime | None
    withdrawn_at: datetime | None
    briefing_version: str | None
    briefed_at: datetime | None


class _Waiting(msgspec.Struct):
    act: str
    subject: str
    by: str
    until: datetime


class _Code(msgspec.Struct):
    account: str
    code: str


class Persons:
    """The list, and one page for each person."""

    def __init__(self, frame: Frame) -> None:
        self._frame: Final = frame
        self._codes: Final = Once[tuple[_Code, str]]()

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/persons", self.page, methods=["GET"]),
            Route("/persons", self.make, methods=["POST"]),
            Route("/persons/{account}", self.person, methods=["GET"]),
            Route("/persons/{account}/code", self.code, methods=["GET"]),
            Route("/persons/{account}/{act}", self.do, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """All persons, what waits for a second officer, and the form for a new account."""
        visitor = await self._frame.visitor(request)
        accounts = await self._frame.get(request, "accounts", list[_Account])
        waiting = await self._frame.get(request, "accounts/waiting", list[_Waiting])
        if accounts is None or waiting is None:
            return self._frame.page(visitor, "not-for-you.html", 403, why=say_answer("role", visitor.language))
        names = {each.account: each.name for each in accounts}
        return self._frame.page(
            visitor,
            "persons.html",
            accounts=accounts,
            waiting=[
                (each, say(ACTS, each.act, visitor.language), names.get(each.by, ""), names.get(each.subject, ""))
                for each in waiting
            ],
            now=datetime.now(UTC),
            **self._offered(visitor),
        )

    async def person(self, request: Request) -> Response:
        """One person, and what this officer may do about him."""
        visitor = await self._frame.visitor(request)
        accounts = await self._frame.get(request, "accounts", list[_Account])
        if accounts is None:
            return self._frame.page(visitor, "not-for-you.html", 403, why=say_answer("role", visitor.language))
        found = [each for each in accounts if each.account == request.path_params["account"]]
        if not found:
            return self._frame.page(visitor, "not-for-you.html", 404, why=say_answer("no-account", visitor.language))
        now = datetime.now(UTC)
        return self._frame.page(
            visitor,
            "person.html",
            person=found[0],
            is_oneself=visitor.me is not None and visitor.me.account == found[0].account,
            now=now,
            suggested=(now + _SUGGESTED).date().isoformat(),
            earliest=(now + timedelta(days=1)).date().isoformat(),
            latest=(now + timedelta(days=365)).date().isoformat(),
            **self._offered(visitor),
        )

    async def make(self, request: Request) -> Response:
        """Make an account, and draw its code."""
        fields = await self._frame.fields(request)
        body = {name: fields.get(name, "") for name in ("name", "staff_number", "sign_in_name")}
        answer = await self._frame.ask(request, "POST", "accounts", body)
        return self._to_code(request, answer, "/persons", fields.get("name", ""))

    async def do(self, request: Request) -> Response:
        """Do one of the acts about a person."""
        visitor = await self._frame.visitor(request)
        account, act = request.path_params["account"], request.path_params["act"]
        if not account.isalnum():
            return self._frame.page(visitor, "not-for-you.html", 404, why=say_answer("no-account", visitor.language))
        fields = await self._frame.fields(request)
        here = f"/persons/{account}"
        if act == "code":
            answer = await self._frame.ask(request, "POST", f"accounts/{account}/code")
            return self._to_code(request, answer, here, fields.get("name", ""))
        role = fields.get("role", "")
        calls: dict[str, tuple[str, str, object]] = {
            "close": ("DELETE", "", None),
            "end-sessions": ("DELETE", "/sessions", None),
            "give-role": ("PUT", f"/roles/{role if role in set(Role) else '-'}", None),
            "take-role": ("DELETE", f"/roles/{role if role in set(Role) else '-'}", None),
            "name-authorizing": ("PUT", "/authorizing", None),
            "unname-authorizing": ("DELETE", "/authorizing", None),
            "member": ("PUT", "/membership", {"member": fields.get("member") == "yes"}),
            "authorize": (
                "PUT",
                "/authorization",
                {"instrument": fields.get("instrument", ""), "until": f"{fields.get('until', '')}T23:59:59Z"},
            ),
            "withdraw": ("DELETE", "/authorization", None),
        }
        if act not in calls:
            return self._frame.page(visitor, "not-for-you.html", 404, why="")
        method, resource, body = calls[act]
        answer = await self._frame.ask(request, method, f"accounts/{account}{resource}", body)
        to = "/persons" if act == "close" and answer.ok else here
        return self._frame.back(to, answer, "withdrawn" if act == "withdraw" else "changed")

    async def code(self, request: Request) -> Response:
        """Show a code that was just drawn, once; later, the person whom it was for."""
        visitor = await self._frame.visitor(request)
        kept = self._codes.take(request)
        if kept is None:
            return await self.person(request)
        made, name = kept
        return self._frame.page(visitor, "code.html", code=made.code, account=made.account, name=name)

    def _to_code(self, request: Request, answer: Answer, back: str, name: str) -> Response:
        """Lead to the page that shows a code: it goes into no address itself, where a browser would keep it."""
        if not answer.ok or not answer.content or answer.content == b"null":
            return self._frame.back(back, answer)
        made = answer.read(_Code)
        ticket = self._codes.keep(request, (made, name))
        return RedirectResponse(f"/persons/{made.account}/code?ticket={ticket}", status_code=303)

    def _offered(self, visitor: Visitor) -> dict[str, object]:
        deeds = set(visitor.me.deeds if visitor.me else ())
        return {
            "role_name": lambda role: say(ROLES, role, visitor.language),
            "roles": [role for role in Role if role is not Role.AUTHORIZING_OFFICER],
            "may_manage": Deed.MANAGE_ACCOUNTS in deeds,
            "may_name": Deed.NAME_AUTHORIZING_OFFICER in deeds,
            "may_authorize": Deed.AUTHORIZE in deeds,
            "may_withdraw": Deed.WITHDRAW in deeds,
        }
