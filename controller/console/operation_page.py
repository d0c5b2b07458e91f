"""The page of one open operation: who leads it, its clock, a search, and its board of the roll call.

Belongs here: its routes and forms. Does not belong here: what the open page is sent (operation_stream.py, and by the
API for the board: static/board), or rules (the API's).
"""

from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from controller.console.board_words import MEANS, STATES, words_of
from controller.console.crisis_view import HandOvers
from controller.console.frame import Answer, Frame, Visitor
from controller.console.office_words import say_answer
from controller.console.operation_stream import follow, standing_of
from controller.console.operations_pages import context, may, offered, operation_id
from controller.console.operations_view import Found, Operations
from controller.domain.rights.deeds import Deed
from controller.domain.rights.roles import Role

_ACTS: Final = {
    "join": ("POST", "join", "opened"),
    "confirmation": ("POST", "confirmation", "confirmed"),
    "renewal": ("POST", "renewal", "renewed"),
    "command": ("POST", "command", "command-taken"),
    "all-clear": ("POST", "all-clear", "all-clear"),
    "resumption": ("DELETE", "all-clear", "resumed"),
    "silence": ("POST", "silence", "silenced"),
    "sound": ("DELETE", "silence", "sounding"),
    "closing": ("POST", "closing", "ended"),
}
"""What a commander does to one operation: how the API calls it, and what the page says afterwards."""


class _Account(msgspec.Struct):
    account: str
    name: str
    roles: list[Role]
    fit: bool

    def __repr__(self) -> str:
        """Name nobody."""
        return "_Account(...)"


class OperationPage:
    """See the module."""

    def __init__(self, frame: Frame) -> None:
        self._frame: Final = frame

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/operations/{id}", self.operation, methods=["GET"]),
            Route("/operations/{id}/live", self.live, methods=["GET"]),
            Route("/operations/{id}/search", self.search, methods=["POST"]),
            Route("/operations/{id}/search", self.searched, methods=["GET"]),
            Route("/operations/{id}/offer", self.offer, methods=["POST"]),
            Route("/operations/{id}/{act}", self.act, methods=["POST"]),
        ]

    async def act(self, request: Request) -> Response:
        """Join, confirm, renew, lead or end an operation, or say that the danger is over."""
        id_, act = operation_id(request), request.path_params["act"]
        if act not in _ACTS:
            return self._frame.page(await self._frame.visitor(request), "not-for-you.html", 403, why="")
        method, resource, said = _ACTS[act]
        answer = await self._frame.ask(request, method, f"operations/{id_}/{resource}")
        ended = act == "closing" and answer.ok
        return self._frame.back("/operations" if ended else f"/operations/{id_}", answer, said)

    async def offer(self, request: Request) -> Response:
        """Offer command to another commander."""
        id_, fields = operation_id(request), await self._frame.fields(request)
        answer = await self._frame.ask(request, "POST", f"operations/{id_}/command/offer", {"to": fields.get("to", "")})
        return self._frame.back(f"/operations/{id_}", answer, "command-offered")

    async def operation(self, request: Request) -> Response:
        """The page of an open operation; of one that is over, its report."""
        return await self._operation(request, None)

    async def search(self, request: Request) -> Response:
        """Answer a search on the operation's page: neither the question nor the answer is part of an address."""
        fields = await self._frame.fields(request)
        body = {name: fields[name].strip() for name in ("name", "number") if fields.get(name, "").strip()}
        answer = await self._frame.ask(request, "POST", f"operations/{operation_id(request)}/searches", body)
        return await self._operation(request, answer)

    async def searched(self, request: Request) -> Response:
        """Whoever opens the address of an answer anew, in another language say, gets the page without it."""
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/operations/{operation_id(request)}{query}", status_code=303)

    async def live(self, request: Request) -> Response:
        """Server-sent events for an open page of an operation."""
        visitor = await self._frame.visitor_of_stream(request)
        shown = context(visitor) | await self._leading(request, visitor)
        standing = request.query_params.get("standing", "")
        updates = follow(self._frame, visitor, operation_id(request), standing, shown)
        return StreamingResponse(updates, media_type="text/event-stream")

    async def _operation(self, request: Request, asked: Answer | None) -> Response:
        visitor, id_ = await self._frame.visitor(request), operation_id(request)
        operations = await self._frame.get(request, "operations", Operations)
        if operations is None:
            return self._frame.page(visitor, "not-for-you.html", 403, why="")
        operation = operations.operation(id_)
        if operation is None:
            return RedirectResponse(f"/operations/{id_}/report", status_code=303)
        barred = (visitor.me.barred_by or "") if visitor.me else ""
        return self._frame.page(
            visitor,
            "operation.html",
            200,
            **context(visitor),
            **await self._leading(request, visitor),
            operation=operation,
            standing=standing_of(operation),
            at=operations.at,
            hand_overs=await self._frame.get(request, "hand-overs", HandOvers),
            view=self._frame.feed.seen.view,
            why=say_answer(barred, visitor.language),
            plain="plain" in request.query_params,
            found=asked.read(Found) if asked and asked.ok else None,
            not_searched=say_answer(asked.code or "refused", visitor.language) if asked and not asked.ok else "",
            may_see=offered(visitor, Deed.SEE_ROLL),
            may_give=offered(visitor, Deed.DISCLOSE),
            zone=self._frame.feed.seen.zone.key,
            words=words_of(visitor.language.translations.gettext),
            states=STATES,
            means=MEANS,
        )

    async def _leading(self, request: Request, visitor: Visitor) -> dict[str, Any]:
        """Return what the part about command needs: the names of commanders, for whoever may lead."""
        may_lead = may(visitor, Deed.LEAD_OPERATION)
        accounts = await self._frame.get(request, "accounts", list[_Account]) if may_lead else None
        mine = visitor.me.account if visitor.me else ""
        commanders = {
            each.account: each.name for each in accounts or () if Role.COMMANDER in each.roles and each.account != mine
        }
        return {"may_lead": may_lead, "mine": mine, "commanders": commanders}
