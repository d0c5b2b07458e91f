"""Pages of copies with names: giving one in an operation, and what became of each.

Belongs here: routes, forms and the download. Does not belong here: what is allowed (the truth says it).
"""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from controller.console import crisis_words, operation_words, words
from controller.console.crisis_view import FORMS, Area, Copy, reasons_of, recipients_of
from controller.console.frame import LIMIT_S, Frame, Visitor
from controller.console.operations_view import Operations
from controller.domain.rights.deeds import Deed

_PASSED_ON: Final = ("content-type", "content-disposition", "x-copy-number")


class CopiesPages:
    """See the module."""

    def __init__(self, frame: Frame) -> None:
        self._frame: Final = frame

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/copies", self.every, methods=["GET"]),
            Route("/copies/{number:int}/{ending}", self.end, methods=["POST"]),
            Route("/operations/{id}/copies", self.of_operation, methods=["GET"]),
            Route("/operations/{id}/copies", self.give, methods=["POST"]),
        ]

    async def every(self, request: Request) -> Response:
        """All copies; those that are still out first."""
        visitor = await self._frame.visitor(request)
        copies = await self._frame.get(request, "copies", list[Copy])
        if copies is None:
            return self._frame.page(visitor, "not-for-you.html", 403, why="")
        copies.sort(key=lambda copy: not copy.out)
        return self._frame.page(visitor, "copies.html", 200, **says(visitor), copies=copies, operation=None)

    async def of_operation(self, request: Request) -> Response:
        """The copies of one operation, and while it is open the form for another one."""
        visitor, id_ = await self._frame.visitor(request), _id(request)
        copies = await self._frame.get(request, f"copies?operation={id_}", list[Copy])
        operations = await self._frame.get(request, "operations", Operations)
        if copies is None or operations is None:
            return self._frame.page(visitor, "not-for-you.html", 403, why="")
        operation = operations.operation(id_)
        may_give = operation is not None and visitor.me is not None and Deed.DISCLOSE.value in visitor.me.deeds
        return self._frame.page(
            visitor,
            "copies.html",
            200,
            **says(visitor),
            copies=copies,
            operation=operation,
            may_give=may_give,
            forms=FORMS,
            recipients=recipients_of(operation.kind) if operation else [],
            reasons=reasons_of(operation.kind) if operation else [],
            areas=await self._areas(request) if may_give else [],
            chosen=request.query_params,
        )

    async def give(self, request: Request) -> Response:
        """Make a copy: as a download."""
        fields = await self._frame.fields(request)
        body: dict[str, Any] = {name: fields.get(name, "") for name in ("form", "recipient", "reason", "to_whom")}
        body["areas"] = [name.removeprefix("area-") for name in fields if name.startswith("area-")]
        if body["form"] == "file":
            body["certificate"] = fields.get("certificate", "")
        id_ = _id(request)
        return await download(self._frame, request, f"operations/{id_}/copies", body, f"/operations/{id_}/copies")

    async def end(self, request: Request) -> Response:
        """Record what became of a copy, and go back to where that was said."""
        number, ending = request.path_params["number"], request.path_params["ending"]
        fields = await self._frame.fields(request)
        operation = fields.get("operation", "")
        answer = await self._frame.ask(request, "POST", f"copies/{number}/ending", {"ending": ending})
        there = f"/operations/{operation}/copies" if operation.isascii() and operation.isalnum() else "/copies"
        return self._frame.back(there, answer, "ended-copy")

    async def _areas(self, request: Request) -> list[Area]:
        areas = await self._frame.get(request, "areas", list[Area])
        return [area for area in areas or [] if area.id != "outside"]


async def download(
    frame: Frame, request: Request, resource: str, body: object, back_to: str, *, limit_s: float = LIMIT_S
) -> Response:
    """Pass a document on to the browser, or go back and say why there is none; making it takes `limit_s` at most."""
    answer = await frame.ask(request, "POST", resource, body, limit_s=limit_s)
    if not answer.ok:
        return frame.back(back_to, answer)
    response = Response(answer.content)
    for name in _PASSED_ON:
        if name in answer.headers:
            response.headers[name] = answer.headers[name]
    return response


def says(visitor: Visitor) -> dict[str, Any]:
    """Return how templates of copies and hand-overs say things."""

    def saying(table: dict[str, str]) -> Any:  # noqa: ANN401  a template calls it
        return lambda code: words.say(table, code, visitor.language)

    named = saying(words.OPERATIONS)
    return {
        "operation_name": lambda kind, plan: named(f"{kind} {plan}" if plan else kind),
        "reason": saying(operation_words.REASONS),
        "form_name": saying(crisis_words.FORMS),
        "recipient_name": saying(crisis_words.RECIPIENTS),
        "why_given": saying(crisis_words.REASONS),
        "ending": saying(crisis_words.ENDINGS),
        "phase": saying(crisis_words.PHASES),
        "declined_as": saying(crisis_words.DECLINED),
        "way_name": saying(crisis_words.WAYS),
    }


def _id(request: Request) -> str:
    """Return the operation's id out of the path, or what is no id of any."""
    id_ = str(request.path_params["id"])
    return id_ if id_.isascii() and id_.isalnum() else "none"
