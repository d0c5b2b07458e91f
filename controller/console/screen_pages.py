"""The big screen: what a room has to see from six metres. Figures alone, in an operation and outside; never a name.

Belongs here: its routes and what it is sent. Does not belong here: how it looks (templates/screen, static/screen.css).
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from controller.console.frame import Frame, SignInNeededError, TruthAwayError, Visitor
from controller.console.operations_pages import context, may
from controller.console.operations_view import Operation, Operations
from controller.console.page import Update, event_of
from controller.domain.rights.deeds import Deed

_EVERY_S: Final = 1.0
_LOOKS: Final = ("auto", "dark", "light")
_AREAS: Final = 8
"""So many areas can be read from afar, those with most missing first."""


class _Figures(msgspec.Struct, frozen=True):
    expected: int
    accounted: int
    missing: int
    staying: int
    contradicted: int
    unnamed_expected: int
    unnamed_seen: int


class _Area(msgspec.Struct, frozen=True):
    name: str
    missing: int
    swept_at: datetime | None


class _Board(msgspec.Struct, frozen=True):
    at: datetime
    figures: _Figures
    areas: list[_Area]

    @property
    def worst(self) -> list[_Area]:
        """The areas with most missing."""
        return sorted(self.areas, key=lambda area: -area.missing)[:_AREAS]


class ScreenPages:
    """See the module."""

    def __init__(self, frame: Frame) -> None:
        self._frame: Final = frame

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route("/screen", self.page), Route("/screen/live", self.live)]

    async def page(self, request: Request) -> Response:
        """The screen, dark or light as asked for."""
        visitor = await self._frame.visitor(request)
        if not may(visitor, Deed.SEE_COUNTS):
            return self._frame.page(visitor, "not-for-you.html", 403, why="")
        look = request.query_params.get("look", "")
        shown = await self._shown(visitor)
        return self._frame.page(
            visitor, "screen.html", 200, **shown, look=look if look in _LOOKS else _LOOKS[0], looks=_LOOKS
        )

    async def live(self, request: Request) -> Response:
        """Server-sent events: the screen anew, each second in an operation and at each change outside."""
        visitor = await self._frame.visitor(request)
        return StreamingResponse(self._updates(visitor), media_type="text/event-stream")

    async def _updates(self, visitor: Visitor) -> AsyncIterator[bytes]:
        before: str | None = None
        while True:
            try:
                shown = await self._shown(visitor)
            except SignInNeededError:
                yield event_of(Update("", {}, "", ended=True))
                return
            except TruthAwayError:  # the page says so by itself when it hears nothing
                await asyncio.sleep(_EVERY_S)
                continue
            html = self._frame.fragment(visitor, "screen/main.html", shown)
            fragments = {} if html == before else {"main": html}
            before = html
            yield event_of(Update(visitor.formats.clock(shown["at"]) if shown["at"] else "", fragments, ""))
            await asyncio.sleep(_EVERY_S)

    async def _shown(self, visitor: Visitor) -> dict[str, Any]:
        """Return what stands on it. Raises SignInNeededError, TruthAwayError."""
        request, view = visitor.request, self._frame.feed.seen.view
        operations = await self._frame.get(request, "operations", Operations)
        operation = _foremost(operations.open) if operations else None
        board = await self._frame.get(request, f"operations/{operation.id}/board", _Board) if operation else None
        at = operations.at if operations else view.at if view else None
        return {**context(visitor), "operation": operation, "roll_call": board, "view": view, "at": at}


def _foremost(operations: list[Operation]) -> Operation | None:
    """Return the operation that a room has to see: the oldest emergency, else the oldest of all."""
    return min(operations, key=lambda each: (each.kind != "emergency", each.opened_at), default=None)
