"""Pages of operations: what is open, opening one, the base page of one, its report, and what the office has to read.

Belongs here: routes and forms. Does not belong here: what an open page is sent (operation_stream.py), or rules (the
API's).
"""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from controller.console import operation_words, words
from controller.console.frame import Answer, Frame, Visitor
from controller.console.office_words import say_answer
from controller.console.operation_stream import follow, follow_all
from controller.console.operations_view import (
    KINDS,
    PLANS_OF,
    REASONS_OF,
    Begun,
    Found,
    Notice,
    Operations,
    Report,
)
from controller.domain.rights.deeds import RULES, Deed

_ACTS: Final = {"join": "opened", "confirmation": "confirmed", "renewal": "renewed", "closing": "ended"}
"""What a commander does to one operation, as the API calls it, and what the page says afterwards."""


class OperationPages:
    """See the module."""

    def __init__(self, frame: Frame) -> None:
        self._frame: Final = frame

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/operations", self.overview, methods=["GET"]),
            Route("/operations", self.begin, methods=["POST"]),
            Route("/operations/live", self.live_overview, methods=["GET"]),
            Route("/operations/reports", self.reports, methods=["GET"]),
            Route("/operations/notices/{number:int}", self.read, methods=["POST"]),
            Route("/operations/{id}", self.operation, methods=["GET"]),
            Route("/operations/{id}/live", self.live, methods=["GET"]),
            Route("/operations/{id}/report", self.report, methods=["GET"]),
            Route("/operations/{id}/search", self.search, methods=["POST"]),
            Route("/operations/{id}/search", self.searched, methods=["GET"]),
            Route("/operations/{id}/{act}", self.act, methods=["POST"]),
        ]

    async def overview(self, request: Request) -> Response:
        """What is open and proposed, and the forms by which commanders open one."""
        visitor = await self._frame.visitor(request)
        operations = await self._frame.get(request, "operations", Operations)
        if operations is None:
            return self._not_for(visitor)
        return self._page(
            visitor,
            "operations.html",
            operations=operations,
            kinds=KINDS,
            plans=PLANS_OF,
            reasons=REASONS_OF,
            may_open=_may(visitor, Deed.OPEN_OPERATION),
        )

    async def live_overview(self, request: Request) -> Response:
        """Server-sent events for an open overview: a second commander sees at once what was proposed."""
        visitor = await self._frame.visitor(request)
        more = {"may_open": _may(visitor, Deed.OPEN_OPERATION)}
        return StreamingResponse(
            follow_all(self._frame, visitor, context(visitor) | more), media_type="text/event-stream"
        )

    async def begin(self, request: Request) -> Response:
        """Open an emergency, or propose a drill or search."""
        fields = await self._frame.fields(request)
        body = {name: fields[name] for name in ("kind", "plan", "reason") if fields.get(name)}
        answer = await self._frame.ask(request, "POST", "operations", body)
        begun = answer.read(Begun).operation if answer.ok else None
        return self._frame.back(f"/operations/{begun.id}" if begun else "/operations", answer, "opened")

    async def act(self, request: Request) -> Response:
        """Join, confirm, renew or end an operation."""
        id_, act = _id(request), request.path_params["act"]
        if act not in _ACTS:
            return self._not_for(await self._frame.visitor(request))
        answer = await self._frame.ask(request, "POST", f"operations/{id_}/{act}")
        ended = act == "closing" or not answer.ok
        return self._frame.back("/operations" if ended else f"/operations/{id_}", answer, _ACTS[act])

    async def operation(self, request: Request) -> Response:
        """The base page of an open operation; of one that is over, its report."""
        return await self._operation(request, None)

    async def search(self, request: Request) -> Response:
        """Answer a search on the operation's page: neither the question nor the answer is part of an address."""
        fields = await self._frame.fields(request)
        body = {name: fields[name].strip() for name in ("name", "number") if fields.get(name, "").strip()}
        answer = await self._frame.ask(request, "POST", f"operations/{_id(request)}/searches", body)
        return await self._operation(request, answer)

    async def searched(self, request: Request) -> Response:
        """Whoever opens the address of an answer anew, in another language say, gets the page without it."""
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/operations/{_id(request)}{query}", status_code=303)

    async def live(self, request: Request) -> Response:
        """Server-sent events for an open page of an operation."""
        visitor = await self._frame.visitor_of_stream(request)
        may_ask = offered(visitor, Deed.SEE_ROLL)
        updates = follow(self._frame, visitor, _id(request), context(visitor), may_ask=may_ask)
        return StreamingResponse(updates, media_type="text/event-stream")

    async def reports(self, request: Request) -> Response:
        """Reports of all operations; for the authorizing office, what it has to read first."""
        visitor = await self._frame.visitor(request)
        reports = await self._frame.get(request, "operation-reports", list[Report])
        if reports is None:
            return self._not_for(visitor)
        may_read = _may(visitor, Deed.READ_NOTICES)
        notices = await self._frame.get(request, "notices", list[Notice]) if may_read else None
        known = {report.operation: report for report in reports}
        return self._page(visitor, "operation-reports.html", reports=reports, notices=notices, known=known)

    async def read(self, request: Request) -> Response:
        """Note that the authorizing office has read something."""
        number = request.path_params["number"]
        answer = await self._frame.ask(request, "POST", f"notices/{number}/acknowledgement")
        return self._frame.back("/operations/reports", answer, "read")

    async def report(self, request: Request) -> Response:
        """One operation in figures."""
        visitor = await self._frame.visitor(request)
        report = await self._frame.get(request, f"operation-reports/{_id(request)}", Report)
        if report is None:
            return self._not_for(visitor)
        return self._page(visitor, "operation-report.html", report=report)

    async def _operation(self, request: Request, asked: Answer | None) -> Response:
        visitor, id_ = await self._frame.visitor(request), _id(request)
        operations = await self._frame.get(request, "operations", Operations)
        if operations is None:
            return self._not_for(visitor)
        operation = operations.operation(id_)
        if operation is None:
            return RedirectResponse(f"/operations/{id_}/report", status_code=303)
        barred = (visitor.me.barred_by or "") if visitor.me else ""
        return self._page(
            visitor,
            "operation.html",
            operation=operation,
            at=operations.at,
            view=self._frame.feed.seen.view,
            roll=None,  # the open page is sent it, and loses it with the right; a page without script never would
            why=say_answer(barred, visitor.language),
            plain="plain" in request.query_params,
            found=asked.read(Found) if asked and asked.ok else None,
            not_searched=say_answer(asked.code or "refused", visitor.language) if asked and not asked.ok else "",
            may_lead=_may(visitor, Deed.LEAD_OPERATION),
            may_see=offered(visitor, Deed.SEE_ROLL),
        )

    def _page(self, visitor: Visitor, template: str, /, **more: object) -> Response:
        return self._frame.page(visitor, template, 200, **context(visitor), **more)

    def _not_for(self, visitor: Visitor) -> Response:
        return self._frame.page(visitor, "not-for-you.html", 403, why="")


def context(visitor: Visitor) -> dict[str, Any]:
    """Return how templates of operations say things."""

    def saying(table: dict[str, str]) -> Any:  # noqa: ANN401  a template calls it
        return lambda code: words.say(table, code, visitor.language)

    named = saying(words.OPERATIONS)
    return {
        "operation_name": lambda kind, plan: named(f"{kind} {plan}" if plan else kind),
        "reason": saying(operation_words.REASONS),
        "plan_name": saying(operation_words.PLANS),
        "trigger": saying(operation_words.TRIGGERS),
        "ending": saying(operation_words.ENDINGS),
        "known_as": saying(operation_words.KNOWN),
        "found_as": saying(operation_words.FOUND),
        "because": saying(operation_words.BECAUSE),
        "notice": saying(operation_words.NOTICES),
    }


def offered(visitor: Visitor, deed: Deed) -> bool:
    """Tell whether a visitor's roles are for a deed, at whatever moment."""
    return visitor.me is not None and bool(RULES[deed].roles & set(visitor.me.roles))


def _may(visitor: Visitor, deed: Deed) -> bool:
    return visitor.me is not None and deed.value in visitor.me.deeds


def _id(request: Request) -> str:
    """Return the operation's id out of the path, or what is no id of any."""
    id_ = str(request.path_params["id"])
    return id_ if id_.isascii() and id_.isalnum() else "none"
