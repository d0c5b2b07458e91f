"""The page of the hand-over: what is about to be lost, who decides, who gets it if nobody does; and the standing order.

An open page counts down by itself and is loaded anew when another list stands before its end. Belongs here: routes,
forms and that stream. Does not belong here: when a list is due (the truth says it).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from controller.console.copies_pages import download, says
from controller.console.crisis_view import HANDED_TO, HandOvers, StandingOrder
from controller.console.frame import Frame, TruthAwayError, Visitor
from controller.console.operations_view import Operations
from controller.console.page import Update, event_of
from controller.domain.hand_over import Declined
from controller.domain.rights.deeds import Deed

_HERE: Final = "/hand-over"
_EVERY_S: Final = 1.0


class HandOverPages:
    """See the module."""

    def __init__(self, frame: Frame) -> None:
        self._frame: Final = frame

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(_HERE, self.page, methods=["GET"]),
            Route(f"{_HERE}/live", self.live, methods=["GET"]),
            Route(f"{_HERE}/standing-order", self.put, methods=["POST"]),
            Route(f"{_HERE}/standing-order/{{addressee}}/removal", self.remove, methods=["POST"]),
            Route(f"{_HERE}/{{operation}}/{{period:int}}", self.decide, methods=["POST"]),
            Route(f"{_HERE}/{{operation}}/{{period:int}}/decline", self.decline, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """All lists before their end, and the standing order."""
        visitor = await self._frame.visitor(request)
        found = await self._frame.get(request, "hand-overs", HandOvers)
        order = await self._frame.get(request, "standing-order", StandingOrder)
        operations = await self._frame.get(request, "operations", Operations)
        if found is None or order is None or operations is None:
            return self._frame.page(visitor, "not-for-you.html", 403, why="")
        return self._frame.page(
            visitor,
            "hand-over.html",
            200,
            **says(visitor),
            found=found,
            at=found.at,
            order=order,
            kinds={each.id: each for each in operations.open},
            recipients=HANDED_TO,
            declined=[reason.value for reason in Declined],
            may_decide=_may(visitor, Deed.DECIDE_HAND_OVER),
            may_set=_may(visitor, Deed.SET_STANDING_ORDER),
        )

    async def live(self, request: Request) -> Response:
        """Server-sent events: the countdowns of an open page."""
        visitor = await self._frame.visitor(request)
        return StreamingResponse(self._updates(request, visitor), media_type="text/event-stream")

    async def _updates(self, request: Request, visitor: Visitor) -> AsyncIterator[bytes]:
        first: list[str] | None = None
        while True:
            found = None
            with contextlib.suppress(TruthAwayError):
                found = await self._frame.get(request, "hand-overs", HandOvers)
            if found is None:
                lost = self._frame.fragment(visitor, "operation/lost.txt", {})
                yield event_of(Update("", {}, "", lost))
                return
            standing = [f"{each.key} {each.phase} {each.persons}" for each in found.waiting]
            first = standing if first is None else first
            fragments = {
                each.key: self._frame.fragment(
                    visitor, "hand-over-clock.html", {**says(visitor), "each": each, "at": found.at}
                )
                for each in found.waiting
            }
            yield event_of(Update(visitor.formats.clock(found.at), fragments, "", ended=standing != first))
            await asyncio.sleep(_EVERY_S)

    async def decide(self, request: Request) -> Response:
        """Hand a list over: as a download."""
        fields = await self._frame.fields(request)
        path = request.path_params
        body = {
            name: fields[name] for name in ("recipient", "addressee", "certificate") if fields.get(name, "").strip()
        }
        resource = f"operations/{_word(path['operation'])}/hand-overs/{path['period']}"
        return await download(self._frame, request, resource, body, _HERE)

    async def decline(self, request: Request) -> Response:
        """Hand a list over to nobody."""
        fields = await self._frame.fields(request)
        path = request.path_params
        resource = f"operations/{_word(path['operation'])}/hand-overs/{path['period']}/decline"
        answer = await self._frame.ask(request, "POST", resource, {"reason": fields.get("reason", "")})
        return self._frame.back(_HERE, answer, "declined")

    async def put(self, request: Request) -> Response:
        """Set an addressee of the standing order."""
        fields = await self._frame.fields(request)
        body: dict[str, Any] = {name: fields.get(name, "") for name in ("recipient", "way", "certificate")}
        body["address"] = fields.get("address", "").strip() if body["way"] == "mail" else ""
        answer = await self._frame.ask(request, "PUT", f"standing-order/{_word(fields.get('id', ''))}", body)
        return self._frame.back(_HERE, answer, "addressee-set")

    async def remove(self, request: Request) -> Response:
        """Take an addressee out."""
        addressee = _word(request.path_params["addressee"])
        answer = await self._frame.ask(request, "DELETE", f"standing-order/{addressee}")
        return self._frame.back(_HERE, answer, "addressee-set")


def _may(visitor: Visitor, deed: Deed) -> bool:
    return visitor.me is not None and deed.value in visitor.me.deeds


def _word(text: str) -> str:
    """Return a part of a path, or what is none of any."""
    return text if text.isascii() and text.replace("-", "").isalnum() else "none"
