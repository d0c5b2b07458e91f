"""The live page, its stream of updates for as long as the session holds that opened it, and counting by hand.

Belongs here: the page's routes, and ending a stream with its session. Does not belong here: rendering (page.py).
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Final

import httpx
import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from controller.console.feed import ORIGIN
from controller.console.frame import Frame, SignInNeededError, TruthAwayError, Visitor
from controller.console.office_words import say_answer
from controller.console.page import Page, Update, event_of
from controller.domain.rights.deeds import Deed
from web.i18n import Language

_BEAT_S: Final = 2.0
"""An open page hears something at least this often; web/static/live.js waits three times as long."""
_NOT_FASTER_S: Final = 0.25
_ASK_AGAIN_S: Final = 1.0
_DIGITS: Final = 7
"""No number of persons has so many."""
_QUIET: Final = httpx.Timeout(3.0)
"""The truth's beats come each second: a session about which nothing is heard is asked about."""


class LivePages:
    """The live page in all languages."""

    def __init__(self, frame: Frame, languages: list[Language]) -> None:
        self._frame: Final = frame
        self._pages: Final = {each.code: Page(each, languages, frame.feed) for each in languages}

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/", self.page),
            Route("/live", self.updates),
            Route("/unnamed", self.count, methods=["POST"]),
        ]

    async def page(self, request: Request) -> HTMLResponse:
        """The live page; 503 when there is nothing to show yet."""
        visitor = await self._frame.visitor(request)
        if not _may_look(visitor):
            return self._frame.page(visitor, "not-for-you.html", 403, why=say_answer("role", visitor.language))
        seen = self._frame.feed.seen
        said, refused = (
            say_answer(request.query_params.get(name, ""), visitor.language) for name in ("said", "refused")
        )
        html = self._pages[visitor.language.code].whole(seen, visitor.me, said, refused)
        return self._frame.dressed(request, visitor.language, HTMLResponse(html, 200 if seen.view else 503))

    async def count(self, request: Request) -> Response:
        """Count people who do not badge: so many came in, or went out."""
        fields = await self._frame.fields(request)
        amount = fields.get("other_amount") or fields.get("amount", "")
        number = int(amount) if amount.isascii() and amount.isdigit() and len(amount) < _DIGITS else 0
        body = {
            "act_id": fields.get("act_id", ""),
            "amount": -number if fields.get("way") == "out" else number,
            "area": fields.get("area", ""),
            "other": fields.get("other", ""),
        }
        return self._frame.back("/", await self._frame.ask(request, "POST", "unnamed", body), "counted")

    async def updates(self, request: Request) -> StreamingResponse:
        """Server-sent events: each one's data is an Update in JSON with the fragments that changed."""
        visitor = await self._frame.visitor(request)
        if not _may_look(visitor):
            raise SignInNeededError
        updates = self._updates(request, self._pages[visitor.language.code])
        return StreamingResponse(updates, media_type="text/event-stream")

    async def _updates(self, request: Request, page: Page) -> AsyncIterator[bytes]:
        shown: dict[str, str] = {}
        feed = self._frame.feed
        ended = asyncio.create_task(self._session_ended(request), name="session of a page")
        try:
            while not ended.done():
                update = page.update(feed.seen)
                changed = {name: html for name, html in update.fragments.items() if shown.get(name) != html}
                shown |= changed
                yield event_of(msgspec.structs.replace(update, fragments=changed))
                before = feed.seen
                await asyncio.wait({ended}, timeout=_NOT_FASTER_S)
                if feed.seen is before and not ended.done():
                    await _first_of(feed.wait(_BEAT_S), ended)
            yield event_of(Update(as_of="", fragments={}, spoken="", ended=True))
        finally:
            ended.cancel()

    async def _session_ended(self, request: Request) -> None:
        """Return when the session of a request is over. A truth that does not answer has ended nobody's."""
        headers = {"cookie": request.headers.get("cookie", "")}
        while True:
            try:
                url = f"{ORIGIN}/api/session/events"
                async with self._frame.client.stream("GET", url, headers=headers, timeout=_QUIET) as beats:
                    if beats.is_success:
                        async for _ in beats.aiter_raw():
                            pass
                if not _may_look(await self._frame.visitor(request)):
                    return
            except SignInNeededError:
                return
            except (httpx.HTTPError, TruthAwayError):
                pass
            await asyncio.sleep(_ASK_AGAIN_S)


def _may_look(visitor: Visitor) -> bool:
    """Whether this visitor may see counts: whoever has any role."""
    return visitor.me is not None and Deed.SEE_COUNTS in visitor.me.deeds


async def _first_of(news: Coroutine[None, None, None], ended: "asyncio.Task[None]") -> None:
    """Wait for news, but not longer than the session lasts."""
    waiting = asyncio.create_task(news, name="news of a page")
    await asyncio.wait({waiting, ended}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
