"""The console as an ASGI app: the live page, its stream of updates, static files, and the API passed through.

Belongs here: routes, cookies and languages of requests. Does not belong here: rendering (page.py), the process
(main.py).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Final

import httpx
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from contract.clock import Clock
from controller.console import CATALOGUES, STATIC
from controller.console.feed import Feed
from controller.console.page import Page
from controller.console.passthrough import PassThrough
from web import CATALOGUES as WEB_CATALOGUES
from web import STATIC as WEB_STATIC
from web.i18n import Language, choose, load_languages
from web.secure import App, LoopbackOnly, SecureHeaders

_COOKIE: Final = "lang"
_COOKIE_S: Final = 365 * 86400
_BEAT_S: Final = 2.0
"""An open page hears something at least this often; web/static/live.js waits three times as long."""
_NOT_FASTER_S: Final = 0.25


class Console:
    """Routes and what they share."""

    def __init__(self, client: httpx.AsyncClient, clock: Clock) -> None:
        self._languages: Final[Mapping[str, Language]] = load_languages(WEB_CATALOGUES, CATALOGUES)
        every = list(self._languages.values())
        self._pages: Final = {code: Page(each, every) for code, each in self._languages.items()}
        self._feed: Final = Feed(client, clock)
        self._client: Final = client

    def app(self) -> Starlette:
        """Return the app; its lifespan follows the truth."""
        return Starlette(
            routes=[
                Route("/", self.live_page),
                Route("/live", self.live_updates),
                Mount("/static/console", StaticFiles(directory=STATIC)),
                Mount("/static", StaticFiles(directory=WEB_STATIC)),
                Mount("/api", PassThrough(self._client)),
            ],
            lifespan=self._lifespan,
        )

    async def live_page(self, request: Request) -> HTMLResponse:
        """The live page; 503 when there is nothing to show yet. `?lang=` is kept in a cookie."""
        language = self._language(request)
        seen = self._feed.seen
        response = HTMLResponse(self._pages[language.code].whole(seen), status_code=200 if seen.view else 503)
        response.headers["content-language"] = language.code
        response.headers["vary"] = "accept-language, cookie"
        if request.query_params.get("lang") == language.code:
            response.set_cookie(_COOKIE, language.code, max_age=_COOKIE_S, httponly=True, samesite="strict")
        return response

    async def live_updates(self, request: Request) -> StreamingResponse:
        """Server-sent events: each one's data is an Update in JSON with the fragments that changed."""
        updates = self._updates(self._pages[self._language(request).code])
        return StreamingResponse(updates, media_type="text/event-stream")

    async def _updates(self, page: Page) -> AsyncIterator[bytes]:
        shown: dict[str, str] = {}
        while True:
            update = page.update(self._feed.seen)
            changed = {name: html for name, html in update.fragments.items() if shown.get(name) != html}
            shown |= changed
            told = msgspec.structs.replace(update, fragments=changed)
            yield b"data: " + msgspec.json.encode(told) + b"\n\n"
            before = self._feed.seen
            await asyncio.sleep(_NOT_FASTER_S)
            if self._feed.seen is before:
                await self._feed.wait(_BEAT_S)

    def _language(self, request: Request) -> Language:
        asked = request.query_params.get("lang")
        kept = request.cookies.get(_COOKIE)
        accepted = request.headers.get("accept-language", "")
        return choose(self._languages, asked if asked in self._languages else kept, accepted)

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        following = asyncio.create_task(self._feed.run(), name="feed")
        try:
            yield
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


def console_app(client: httpx.AsyncClient, clock: Clock, *, loopback: bool) -> App:
    """Return the console. `client` reaches the truth's socket; `loopback`: it listens there and answers only for it."""
    app: App = Console(client, clock).app()
    return SecureHeaders(LoopbackOnly(app) if loopback else app)
