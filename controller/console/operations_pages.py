"""Pages of operations: what is open, opening one, reports, and what the office has to read.

Belongs here: routes and forms. Does not belong here: the page of an open one (operation_page.py), what an open page is
sent (operation_stream.py), or rules (the API's).
"""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from controller.console import board_words, crisis_words, operation_words, words
from controller.console.frame import Frame, Visitor
from controller.console.operation_stream import follow_all, standing_of_all
from controller.console.operations_view import (
    EMERGENCIES,
    PLANNED,
    PLANS_OF,
    REASONS_OF,
    Begun,
    Notice,
    Operations,
    Report,
)
from controller.domain.rights.deeds import RULES, Deed


class OperationPages:
    """See the module."""

    def __init__(self, frame: Frame) -> None:
        self._frame: Final = frame

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/operations", self.overview, methods=["GET"]),
            Route("/operations", self.begin, methods=["POST"]),
            Route("/operations/emergency", self.emergency, methods=["GET"]),
            Route("/operations/live", self.live_overview, methods=["GET"]),
            Route("/operations/reports", self.reports, methods=["GET"]),
            Route("/operations/notices/{number:int}", self.read, methods=["POST"]),
            Route("/operations/{id}/report", self.report, methods=["GET"]),
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
            standing=standing_of_all(operations),
            kinds=PLANNED,
            emergencies=EMERGENCIES,
            plans=PLANS_OF,
            reasons=REASONS_OF,
        )

    async def emergency(self, request: Request) -> Response:
        """Opening an emergency: what happens, then what people shall do; the second touch opens it."""
        visitor = await self._frame.visitor(request)
        if not may(visitor, Deed.OPEN_OPERATION):
            return self._not_for(visitor)
        return self._page(visitor, "operation-emergency.html", emergencies=EMERGENCIES)

    async def live_overview(self, request: Request) -> Response:
        """Server-sent events for an open overview: a second commander sees at once what was proposed."""
        visitor = await self._frame.visitor(request)
        more = {"may_open": may(visitor, Deed.OPEN_OPERATION)}
        updates = follow_all(self._frame, visitor, request.query_params.get("standing", ""), context(visitor) | more)
        return StreamingResponse(updates, media_type="text/event-stream")

    async def begin(self, request: Request) -> Response:
        """Open an emergency, or propose a drill or search."""
        fields = await self._frame.fields(request)
        body = {name: fields[name] for name in ("kind", "plan", "reason") if fields.get(name)}
        answer = await self._frame.ask(request, "POST", "operations", body)
        begun = answer.read(Begun).operation if answer.ok else None
        return self._frame.back(f"/operations/{begun.id}" if begun else "/operations", answer, "opened")

    async def reports(self, request: Request) -> Response:
        """Reports of all operations; for the authorizing office, what it has to read first."""
        visitor = await self._frame.visitor(request)
        reports = await self._frame.get(request, "operation-reports", list[Report])
        if reports is None:
            return self._not_for(visitor)
        may_read = may(visitor, Deed.READ_NOTICES)
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
        report = await self._frame.get(request, f"operation-reports/{operation_id(request)}", Report)
        if report is None:
            return self._not_for(visitor)
        return self._page(visitor, "operation-report.html", report=report)

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
        "step": saying(operation_words.STEPS),
        "known_as": saying(operation_words.KNOWN),
        "found_as": saying(operation_words.FOUND),
        "because": saying(operation_words.BECAUSE),
        "notice": saying(operation_words.NOTICES),
        "accounted_by": saying(board_words.MEANS),
        "alarm": saying(words.ALARMS),
        "phase": saying(crisis_words.PHASES),
    }


def offered(visitor: Visitor, deed: Deed) -> bool:
    """Tell whether a visitor's roles are for a deed, at whatever moment."""
    return visitor.me is not None and bool(RULES[deed].roles & set(visitor.me.roles))


def may(visitor: Visitor, deed: Deed) -> bool:
    """Tell whether a visitor may do a deed now."""
    return visitor.me is not None and deed.value in visitor.me.deeds


def operation_id(request: Request) -> str:
    """Return the operation's id out of the path, or what is no id of any."""
    id_ = str(request.path_params["id"])
    return id_ if id_.isascii() and id_.isalnum() else "none"
