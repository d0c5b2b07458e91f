"""The console as an ASGI app: its pages, static files, and the API passed through.

Belongs here: putting routes together. Does not belong here: any page (each has a module), or the process (main.py).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from contract.clock import Clock
from controller.console import CATALOGUES, STATIC
from controller.console.alarm_pages import AlarmPages
from controller.console.assembly_pages import AssemblyPages
from controller.console.copies_pages import CopiesPages
from controller.console.feed import Feed
from controller.console.frame import BadFormError, Frame, SignInNeededError, TruthAwayError, to_sign_in
from controller.console.hand_over_pages import HandOverPages
from controller.console.law_pages import LawPages
from controller.console.live_pages import LivePages
from controller.console.operation_page import OperationPage
from controller.console.operations_pages import OperationPages
from controller.console.own_account import OwnAccount
from controller.console.passthrough import PassThrough
from controller.console.persons import Persons
from controller.console.reconfirm_pages import ReconfirmPages
from controller.console.screen_pages import ScreenPages
from controller.console.signing_in import SigningIn
from controller.console.tablet_pages import TabletPages
from controller.console.trust_pages import Serving, TrustPages
from controller.console.vehicle_pages import VehiclePages
from controller.console.video_pages import VideoPages
from web import CATALOGUES as WEB_CATALOGUES
from web import STATIC as WEB_STATIC
from web.i18n import load_languages
from web.secure import App, LoopbackOnly, SameOriginOnly, SecureHeaders, ToSiblings


class Console:
    """Routes and what they share."""

    def __init__(self, client: httpx.AsyncClient, clock: Clock, serving: Serving) -> None:
        languages = load_languages(WEB_CATALOGUES, CATALOGUES)
        self.feed: Final = Feed(client, clock)
        self._frame: Final = Frame(client, self.feed, languages)
        self._client: Final = client
        self._pages: Final = (
            LivePages(self._frame, list(languages.values())),
            AlarmPages(self._frame),
            SigningIn(self._frame),
            OwnAccount(self._frame),
            Persons(self._frame),
            CopiesPages(self._frame),
            OperationPages(self._frame),
            VideoPages(self._frame, clock),  # before the acts on one operation, which take whatever stands there
            OperationPage(self._frame),
            ScreenPages(self._frame),
            LawPages(self._frame),
            ReconfirmPages(self._frame),
            HandOverPages(self._frame),
            TrustPages(self._frame, serving),
            AssemblyPages(self._frame),
            TabletPages(self._frame, serving),
            VehiclePages(self._frame),
        )

    def app(self) -> Starlette:
        """Return the app; its lifespan follows the truth."""
        return Starlette(
            routes=[
                *(route for pages in self._pages for route in pages.routes()),
                Mount("/static/console", StaticFiles(directory=STATIC)),
                Mount("/static", StaticFiles(directory=WEB_STATIC)),
                Mount("/api", PassThrough(self._client)),
            ],
            lifespan=self._lifespan,
            exception_handlers={
                SignInNeededError: to_sign_in,
                TruthAwayError: self._truth_away,
                BadFormError: lambda _, __: PlainTextResponse("This is no form of this page.", 400),
            },
        )

    async def _truth_away(self, request: Request, _: Exception) -> Response:
        return self._frame.page(self._frame.anybody(request), "truth-away.html", 503)

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        following = asyncio.create_task(self.feed.run(), name="feed")
        try:
            yield
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


def console_app(
    client: httpx.AsyncClient, clock: Clock, *, loopback: bool, name: str | None = None, serving: Serving | None = None
) -> App:
    """Return the console. `client` reaches the truth's socket.

    `loopback`: it answers only for this machine and for `name`: what a proxy passes on, or HTTPS is served under.
    """
    console = Console(client, clock, serving or Serving())

    def siblings() -> list[str]:
        return console.feed.other_origins

    app: App = ToSiblings(SameOriginOnly(console.app(), siblings), siblings)
    return SecureHeaders(LoopbackOnly(app, name) if loopback else app, siblings)
