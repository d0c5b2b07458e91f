"""The page of reconfirmation: how many are about to expire, one card, two buttons. There is no list to be scrolled.

Belongs here: routes and forms. Does not belong here: whose card comes next (the truth says it).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

import httpx
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from controller.console.crisis_view import Card, Outlook
from controller.console.frame import Frame, Visitor
from controller.console.office_words import say_answer
from controller.console.page import Update, event_of

_HERE: Final = "/reconfirm"
_BEAT_S: Final = 2.0


class ReconfirmPages:
    """See the module."""

    def __init__(self, frame: Frame) -> None:
        self._frame: Final = frame

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(_HERE, self.outlook, methods=["GET"]),
            Route(f"{_HERE}/card", self.card, methods=["POST"]),
            Route(f"{_HERE}/card", self.shown, methods=["GET"]),
            Route(f"{_HERE}/{{card}}/live", self.live, methods=["GET"]),
            Route(f"{_HERE}/release", self.release, methods=["POST"]),
            Route(f"{_HERE}/{{card}}/{{sight}}", self.answer, methods=["POST"]),
        ]

    async def outlook(self, request: Request) -> Response:
        """How many are about to expire, and whether this officer may go on."""
        return await self._page(request, await self._frame.visitor(request), None, "")

    async def card(self, request: Request) -> Response:
        """Show the officer's card: one person."""
        visitor = await self._frame.visitor(request)
        answer = await self._frame.ask(request, "POST", "reconfirmation/card")
        if not answer.ok:
            return self._frame.back(_HERE, answer)
        return await self._page(request, visitor, answer.read(Card) if answer.content != b"null" else None, "nobody")

    async def shown(self, request: Request) -> Response:
        """Whoever opens a card's address anew, in another language say, gets the page without it."""
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(_HERE + query, status_code=303)

    async def live(self, request: Request) -> Response:
        """Server-sent events: beats of an open card, and its end, with which the page loses the person."""
        visitor, card = await self._frame.visitor_of_stream(request), str(request.path_params["card"])
        if not card.isalnum():
            return RedirectResponse(_HERE, status_code=303)
        return StreamingResponse(self._updates(visitor, card), media_type="text/event-stream")

    async def _updates(self, visitor: Visitor, card: str) -> AsyncIterator[bytes]:
        with contextlib.suppress(httpx.HTTPError):
            async with self._frame.stream(visitor.request, f"reconfirmation/card/{card}/events") as beats:
                if beats.is_success:
                    async for _ in beats.aiter_raw():
                        yield event_of(Update("", {}, ""))
        gone = self._frame.fragment(visitor, "card-gone.html", {})
        yield event_of(Update("", {"card": gone}, ""))
        while True:  # a stream that ends is begun anew, and who asks without the right makes an attempt on record
            await asyncio.sleep(_BEAT_S)
            yield event_of(Update("", {}, ""))

    async def answer(self, request: Request) -> Response:
        """Pass on whether the officer sees the person."""
        card, sight = request.path_params["card"], request.path_params["sight"]
        if not card.isalnum() or sight not in {"seen", "not-seen"}:
            return RedirectResponse(_HERE, status_code=303)
        answer = await self._frame.ask(request, "POST", f"reconfirmation/card/{card}/answer", {"sight": sight})
        return self._frame.back(_HERE, answer, sight)

    async def release(self, request: Request) -> Response:
        """Let the officer go on who waits."""
        return self._frame.back(_HERE, await self._frame.ask(request, "POST", "reconfirmation/release"), "released")

    async def _page(self, request: Request, visitor: Visitor, card: Card | None, otherwise: str) -> Response:
        answer = await self._frame.ask(request, "GET", "reconfirmation")
        if not answer.ok:
            why = say_answer(answer.code, visitor.language)
            return self._frame.page(visitor, "not-for-you.html", 403, why=why)
        return self._frame.page(
            visitor, "reconfirm.html", 200, outlook=answer.read(Outlook), card=card, nobody=bool(otherwise) and not card
        )
