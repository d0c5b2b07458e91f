"""The screen as an ASGI app: sign-in, the page, its stream, pictures of who and what stands at the gate, acts.

Belongs here: routes, cookies and languages of requests. Does not belong here: what may be shown (showing.py), or the
process (main.py).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final
from urllib.parse import parse_qs

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from contract.clock import NS_PER_S, Clock
from contract.ids import AccountId
from contract.messages import SCREEN_REFUSED
from edge.domain.acting import RECORDED, Act, ActResult
from edge.screen import CATALOGUES, STATIC
from edge.screen.asking import Asking
from edge.screen.page import Page
from edge.screen.sessions import RefusedSignInError, Sessions
from edge.screen.showing import Showing
from edge.screen.wire import Begin
from web import CATALOGUES as WEB_CATALOGUES
from web import STATIC as WEB_STATIC
from web.i18n import Language, choose, load_languages
from web.secure import App, LoopbackOnly, SameOriginOnly, SecureHeaders

SESSION: Final = "sacs-screen"
SIGN_IN: Final = "screen-sign-in"
_LANGUAGE: Final = "lang"
_LANGUAGE_S: Final = 365 * 86400
_BEAT_S: Final = 1.0
_FORM_AT_MOST_BYTES: Final = 4096


_act_of: Final[msgspec.json.Decoder[Act]] = msgspec.json.Decoder(Act)


class _Update(msgspec.Struct):
    """One event of the stream. `html`: who stands there now, `lanes`: which vehicles; None where that is as before."""

    html: str | None
    lanes: str | None = None
    closed: bool = False


class ScreenApp:
    """Routes and what they share. `count`: told what the gate's health counts; `tell`: as of Sessions."""

    def __init__(
        self,
        showing: Showing,
        clock: Clock,
        begin: Begin,
        asking: Asking,
        count: Callable[[str], None],
        tell: Callable[[AccountId, bool], None],
    ) -> None:
        self._languages: Final[Mapping[str, Language]] = load_languages(WEB_CATALOGUES, CATALOGUES)
        every = list(self._languages.values())
        self._pages: Final = {code: Page(each, every, begin) for code, each in self._languages.items()}
        self._showing = showing
        self._asking = asking
        self._sessions = Sessions(showing, tell)
        self._clock = clock
        self._count = count
        self._streams: set[asyncio.Event] = set()

    def app(self) -> App:
        """Return the app, which answers only for names of its own machine."""
        routes = [
            Route("/", self.page),
            Route("/sign-in", self.sign_in, methods=["POST"]),
            Route("/sign-in", self.form),
            Route("/sign-out", self.sign_out, methods=["POST"]),
            Route("/now", self.now),
            Route("/act", self.act, methods=["POST"]),
            Route("/picture/{id}", self.picture),
            Mount("/static/screen", StaticFiles(directory=STATIC)),
            Mount("/static", StaticFiles(directory=WEB_STATIC)),
        ]
        return SecureHeaders(LoopbackOnly(SameOriginOnly(Starlette(routes=routes))))

    @property
    def is_watched(self) -> bool:
        """Whether an officer is signed in who may look."""
        return self._sessions.any_holds(self._clock.boottime_ns())

    def change(self) -> None:
        """Say that something changed: open pages show it at once."""
        for stream in self._streams:
            stream.set()

    async def page(self, request: Request) -> Response:
        """The screen for whoever is signed in, the form to sign in for everybody else."""
        language = self._language(request)
        page, now_ns = self._pages[language.code], self._clock.boottime_ns()
        if self._sessions.holds(request.cookies.get(SESSION), now_ns):
            html = page.whole(self._showing, now_ns)
        else:
            html = page.sign_in(self._showing.standing(now_ns))
        return _as_page(request, language, html)

    async def sign_in(self, request: Request) -> Response:
        """Let an officer in by name and password."""
        form = parse_qs((await _body(request)).decode("utf-8", "replace"), keep_blank_values=True)
        name, password = (form.get(field, [""])[0] for field in ("name", "password"))
        try:
            token = await self._sessions.sign_in(name, password, self._clock.boottime_ns())
        except RefusedSignInError as error:
            self._count(SCREEN_REFUSED)
            language = self._language(request)
            standing = self._showing.standing(self._clock.boottime_ns())
            html = self._pages[language.code].sign_in(standing, is_refused=True, wait_s=error.wait_s)
            return _as_page(request, language, html, 403)
        self._count(SIGN_IN)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(SESSION, token, httponly=True, samesite="strict")
        return answer

    async def form(self, request: Request) -> Response:
        """The form stands on the page itself: a link for another language leads here after a refusal."""
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/{query}", 303)

    async def sign_out(self, request: Request) -> Response:
        """End a session."""
        self._sessions.sign_out(request.cookies.get(SESSION, ""))
        self.change()
        answer = RedirectResponse("/", 303)
        answer.delete_cookie(SESSION)
        return answer

    async def now(self, request: Request) -> Response:
        """Server-sent events: what stands on the screen, at each change and once a second."""
        token = request.cookies.get(SESSION)
        if not self._sessions.holds(token, self._clock.boottime_ns()):
            return Response(status_code=403)
        updates = self._updates(self._pages[self._language(request).code], token)
        return StreamingResponse(updates, media_type="text/event-stream")

    async def act(self, request: Request) -> Response:
        """Have the gate do what an officer asks; answers with what became of it, in his language."""
        account = self._sessions.who(request.cookies.get(SESSION), self._clock.boottime_ns())
        if account is None:
            return Response(status_code=403)
        try:
            act = _act_of.decode(await _body(request))
        except msgspec.DecodeError:
            return Response(status_code=400)
        badged = self._showing.badged(act)
        result = await self._asking.ask(account, act)
        if result in RECORDED:
            self._showing.take_act(act)
            self.change()
        answer = self._pages[self._language(request).code].answer(act, result, badged)
        status = 503 if result is ActResult.NOT_ANSWERED else 200
        return Response(msgspec.json.encode(answer), status, media_type="application/json")

    async def picture(self, request: Request) -> Response:
        """The picture of a person or vehicle that is shown now, by a name that is good for this moment."""
        now_ns = self._clock.boottime_ns()
        if not self._sessions.holds(request.cookies.get(SESSION), now_ns):
            return Response(status_code=403)
        jpeg = self._showing.picture(request.path_params["id"], now_ns)
        return Response(status_code=404) if jpeg is None else Response(jpeg, media_type="image/jpeg")

    async def _updates(self, page: Page, token: str | None) -> AsyncIterator[bytes]:
        changed = asyncio.Event()
        self._streams.add(changed)
        before = lanes_before = ""
        try:
            while True:
                changed.clear()
                now_ns = self._clock.boottime_ns()
                if not self._sessions.holds(token, now_ns):
                    yield _event(_Update("", "", closed=True))
                    return
                html, lanes = page.now(self._showing, now_ns), page.lanes(self._showing, now_ns)
                yield _event(_Update(None if html == before else html, None if lanes == lanes_before else lanes))
                before, lanes_before = html, lanes
                shown = self._showing.shown(now_ns)
                wait_s = _BEAT_S if shown is None else min(_BEAT_S, max(0.01, (shown.until_ns - now_ns) / NS_PER_S))
                try:
                    async with asyncio.timeout(wait_s):
                        await changed.wait()
                except TimeoutError:
                    pass
        finally:
            self._streams.discard(changed)

    def _language(self, request: Request) -> Language:
        asked = request.query_params.get("lang")
        kept = request.cookies.get(_LANGUAGE)
        accepted = request.headers.get("accept-language", "")
        return choose(self._languages, asked if asked in self._languages else kept, accepted)


def _as_page(request: Request, language: Language, html: str, status: int = 200) -> HTMLResponse:
    response = HTMLResponse(html, status)
    response.headers["content-language"] = language.code
    if request.query_params.get("lang") == language.code:
        response.set_cookie(_LANGUAGE, language.code, max_age=_LANGUAGE_S, httponly=True, samesite="strict")
    return response


async def _body(request: Request) -> bytes:
    """Return the body, as far as a form of ours can be long."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _FORM_AT_MOST_BYTES:
            return b""
    return body


def _event(update: _Update) -> bytes:
    return b"data: " + msgspec.json.encode(update) + b"\n\n"
