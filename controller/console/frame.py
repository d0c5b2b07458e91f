"""What all pages of the console share: whose session it is, in which language, what the truth answers, the shell.

A page module takes the one `Frame`, and has `routes()`. `visitor` asks the truth whose session a request belongs to,
and sends whoever has none to sign in; `ask` passes the browser's session on to the API; `page` renders a template that
extends `shell.html`. Belongs here: that. Does not belong here: any page, or what somebody may (the truth says it).
"""

import hashlib
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, quote
from zoneinfo import ZoneInfo

import httpx
import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from controller.console import TEMPLATES
from controller.console.alarm_bar import bar_context
from controller.console.alarms_view import waiting_in
from controller.console.feed import ORIGIN, Feed
from controller.console.navigation import Oneself, shell
from controller.console.office_words import say_answer
from controller.console.passthrough import forwarded, peer_header
from web.formats import Formats
from web.i18n import Language, choose
from web.templating import environment

LANGUAGE_COOKIE: Final = "lang"
_LANGUAGE_S: Final = 365 * 86400
_BODY_AT_MOST_BYTES: Final = 64 * 1024
_REMEMBERED_S: Final = 30 * 60
"""For how long a session that the truth confirmed may still read the last figures while the truth does not answer."""
_REMEMBERED: Final = 1000
LIMIT_S: Final = 30.0
_SESSION_LIMIT_S: Final = 3.0
_PASSED_ON: Final = frozenset({b"cookie", b"origin"})
_UNAUTHORIZED: Final = 401
_log = structlog.get_logger()
Read = TypeVar("Read")


class SignInNeededError(Exception):
    """The browser has no session that holds."""


class TruthAwayError(Exception):
    """The truth process does not answer."""


class BadFormError(ValueError):
    """A body that is no form of ours."""


class _Problem(msgspec.Struct):
    detail: object = ""
    code: str = ""


@dataclass(frozen=True)
class Answer:
    """What the API answered. `code` and `detail` say why it refused; `cookies` are for the browser."""

    status: int
    content: bytes
    code: str
    detail: str
    cookies: tuple[bytes, ...]
    headers: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether it did what was asked."""
        return self.status < httpx.codes.BAD_REQUEST

    def read(self, type_: type[Read]) -> Read:
        """Return its content. Raises TruthAwayError for what is none: then another version answers."""
        try:
            return msgspec.json.decode(self.content, type=type_)
        except msgspec.DecodeError as error:
            raise TruthAwayError from error


@dataclass(frozen=True)
class Visitor:
    """Who looks at a page, and in which language. `me` is None on pages that need no session."""

    request: Request
    language: Language
    formats: Formats
    me: Oneself | None = None


class Frame:
    """See the module. `languages`: all there are, by code."""

    def __init__(self, client: httpx.AsyncClient, feed: Feed, languages: Mapping[str, Language]) -> None:
        self.client: Final = client
        self.feed: Final = feed
        self.languages: Final = languages
        self._environments: Final = {code: environment(each, TEMPLATES) for code, each in languages.items()}
        for made in self._environments.values():
            made.globals |= {"languages": list(languages.values()), "served": feed}
        self._remembered: dict[bytes, tuple[float, Oneself]] = {}

    @property
    def names(self) -> Mapping[str, str]:
        """What gates and areas are called, by id; empty until the truth was heard."""
        return self.feed.seen.view.names if self.feed.seen.view else {}

    def language(self, request: Request) -> Language:
        """Return the language somebody asked for, kept in a cookie, or that his browser prefers."""
        asked = request.query_params.get("lang")
        kept = request.cookies.get(LANGUAGE_COOKIE)
        accepted = request.headers.get("accept-language", "")
        return choose(self.languages, asked if asked in self.languages else kept, accepted)

    def anybody(self, request: Request, language: Language | None = None) -> Visitor:
        """Return a visitor of whom nothing is known. `language`: of a page that has one of its own."""
        language = language or self.language(request)
        zone = self.feed.seen.zone if self.feed.seen.view else ZoneInfo("UTC")
        return Visitor(request, language, Formats(language.locale, zone))

    async def visitor(self, request: Request) -> Visitor:
        """Return who looks. Raises SignInNeededError; TruthAwayError where nobody can tell."""
        anybody = self.anybody(request)
        me = await self._oneself(request)
        return Visitor(request, anybody.language, anybody.formats, me)

    async def visitor_of_stream(self, request: Request) -> Visitor:
        """Return whose page asks for its stream: of nobody, where the session ended since it was rendered.

        Sent elsewhere a page would never hear that what it shows is over.
        """
        try:
            return await self.visitor(request)
        except (SignInNeededError, TruthAwayError):
            return self.anybody(request)

    async def _oneself(self, request: Request) -> Oneself:
        cookie = session_of(request)
        now_s = time.monotonic()
        try:
            answer = await self.ask(request, "GET", "session", limit_s=_SESSION_LIMIT_S)
        except TruthAwayError:
            told_s, me = self._remembered.get(cookie, (0.0, None))
            if me is None or now_s - told_s > _REMEMBERED_S:
                raise
            return me
        if answer.status == _UNAUTHORIZED:
            self._remembered.pop(cookie, None)
            raise SignInNeededError
        if not answer.ok:
            raise TruthAwayError
        me = answer.read(Oneself)
        self._remembered.pop(cookie, None)
        while len(self._remembered) >= _REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[cookie] = now_s, me
        return me

    async def remembered(self, request: Request) -> Oneself:
        """Return whose session a request belongs to, as was last told: asking keeps a session alive.

        Raises SignInNeededError, TruthAwayError.
        """
        _, me = self._remembered.get(session_of(request), (0.0, None))
        return me or await self._oneself(request)

    def forget(self, request: Request) -> None:
        """Forget whose session a request belongs to: he signs out, and while the truth is away it shows nothing."""
        self._remembered.pop(session_of(request), None)

    def stream(self, request: Request, resource: str) -> AbstractAsyncContextManager[httpx.Response]:
        """Open a stream of server-sent events of the API with the browser's session. Raises httpx.HTTPError."""
        headers = [pair for pair in forwarded(request.scope["headers"]) if pair[0] in _PASSED_ON]
        return self.client.stream("GET", f"{ORIGIN}/api/{resource}", headers=[*headers, peer_header(request.scope)])

    async def ask(
        self, request: Request, method: str, resource: str, body: object = None, *, limit_s: float = LIMIT_S
    ) -> Answer:
        """Ask the API (`resource` below /api/) with the browser's session. Raises TruthAwayError."""
        headers = [pair for pair in forwarded(request.scope["headers"]) if pair[0] in _PASSED_ON]
        headers += [peer_header(request.scope), (b"content-type", b"application/json")]
        content = None if body is None else msgspec.json.encode(body)
        url = f"{ORIGIN}/api/{resource}"
        try:
            answer = await self.client.request(method, url, headers=headers, content=content, timeout=limit_s)
        except httpx.HTTPError as error:
            _log.warning("api not reached", error=type(error).__name__)
            raise TruthAwayError from error
        cookies = tuple(value for name, value in answer.headers.raw if name.lower() == b"set-cookie")
        problem = _Problem() if answer.is_success else _problem(answer.content)
        return Answer(answer.status_code, answer.content, problem.code, str(problem.detail), cookies, answer.headers)

    async def get(self, request: Request, resource: str, type_: type[Read]) -> Read | None:
        """Return what a resource holds, or None where this session may not see it.

        Raises SignInNeededError, TruthAwayError.
        """
        answer = await self.ask(request, "GET", resource)
        if answer.status == _UNAUTHORIZED:
            raise SignInNeededError
        return answer.read(type_) if answer.ok else None

    async def fields(self, request: Request) -> dict[str, str]:
        """Return the fields of a submitted form. Raises BadFormError."""
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _BODY_AT_MOST_BYTES:
                raise BadFormError("too long")
        try:
            return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100))
        except ValueError as error:
            raise BadFormError("no form") from error

    def fragment(self, visitor: Visitor, template: str, context: Mapping[str, Any]) -> str:
        """Render a part of an open page, or a line of text."""
        made = (
            self._environments[visitor.language.code].get_template(template).render({"f": visitor.formats, **context})
        )
        return made if template.endswith(".html") else " ".join(made.split())

    def page(self, visitor: Visitor, template: str, status: int = 200, /, **context: object) -> HTMLResponse:
        """Render a page. It gets `f` (formats), `me`, the navigation, and `said`: what came of the last form."""
        said = visitor.request.query_params
        everything: dict[str, Any] = {
            "f": visitor.formats,
            "site": self.feed.seen.view.site if self.feed.seen.view else "",
            "said": say_answer(said.get("said", ""), visitor.language),
            "refused": say_answer(said.get("refused", ""), visitor.language),
            **shell(visitor.me, visitor.request.url.path, visitor.language),
            **bar_context(visitor.me, visitor.language, waiting_in(self.feed.seen.view), self.names),
            **context,
        }
        html = self._environments[visitor.language.code].get_template(template).render(everything)
        return self.dressed(visitor.request, visitor.language, HTMLResponse(html, status_code=status))

    def dressed(self, request: Request, language: Language, response: HTMLResponse) -> HTMLResponse:
        """Set what tells of the language; `?lang=` is kept in a cookie."""
        response.headers["content-language"] = language.code
        response.headers["vary"] = "accept-language, cookie"
        if request.query_params.get("lang") == language.code:
            response.set_cookie(LANGUAGE_COOKIE, language.code, max_age=_LANGUAGE_S, httponly=True, samesite="strict")
        return response

    def back(self, to: str, answer: Answer, said: str = "") -> Response:
        """Go on to a page of ours after a form (303), and say there what came of it. Raises SignInNeededError."""
        if answer.status == _UNAUTHORIZED and answer.code == "not-signed-in":
            raise SignInNeededError
        if answer.status == httpx.codes.ACCEPTED:
            told = "said=waits"
        elif answer.ok:
            told = f"said={quote(said)}" if said else ""
        else:
            told = f"refused={quote(answer.code or 'refused')}"
        told = f"{'&' if '?' in to else '?'}{told}" if told else ""
        response = RedirectResponse(to + told, status_code=303)
        for cookie in answer.cookies:
            response.raw_headers.append((b"set-cookie", cookie))
        return response


def session_of(request: Request) -> bytes:
    """Return a digest of a request's cookies, of which the language is none of the session's."""
    cookies = sorted((name, value) for name, value in request.cookies.items() if name != LANGUAGE_COOKIE)
    return hashlib.sha256(repr(cookies).encode("latin-1", "replace")).digest()


def _problem(content: bytes) -> _Problem:
    try:
        return msgspec.json.decode(content, type=_Problem)
    except msgspec.DecodeError:
        return _Problem()


def to_sign_in(request: Request, _: Exception) -> Response:
    """Send whoever has no session to sign in, and back here afterwards."""
    here = request.url.path if request.method == "GET" else "/"
    return RedirectResponse(f"/sign-in?next={quote(here)}" if here != "/" else "/sign-in", status_code=303)
