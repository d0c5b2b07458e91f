"""The bench over HTTP: its page, the streams that keep it live, and the API that commands use.

    GET  /                      the page; GET /live and /trace are its streams (server-sent events)
    GET  /api/state             how everything stands (state.BenchState)
    GET  /api/trace?since=N     entries after N (journal.Entry); the whole of them with `routine=1`
    GET  /api/capture?line=L    the frames of OSDP line L, as `sacs trace` reads them (.osdpcap)
    GET  /api/journal           everything as JSON lines, polls too; with `line=L`, what went over L alone
    GET  /api/acts              every act with what it takes
    POST /api/acts              do one: {"act": "present", "reader": "entry", "card": "staff"}
    GET  /api/scenes            the names of all scenes; GET /api/scenes/NAME is one as TOML
    POST /api/play              play one, given as {"name": ...} or {"name": ..., "text": ...}; answers a JSON line for
                                each step (player.Progress), and the verdict last (player.Verdict)
    POST /api/recording         {"running": true} begins; {"running": false, "name": ..., "title": ...} saves a scene

Belongs here: routes and requests. Does not belong here: rendering (page.py), who may come in (access.py).
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from simulators.bench import CATALOGUES, SCENES, STATIC
from simulators.bench.access import TokenOnly
from simulators.bench.acts import ACTS, BadActError, parse_act, signature
from simulators.bench.captures import Captures
from simulators.bench.doing import Bench
from simulators.bench.errors import CanNotError
from simulators.bench.journal import Source
from simulators.bench.page import Page
from simulators.bench.player import Progress, Verdict, check_needs, play
from simulators.bench.recorder import Recorder, start_of
from simulators.bench.scene import SceneFileError, format_bench_scene, parse_bench_scene, scene_name, scenes_in
from simulators.bench.state import BenchState
from simulators.bench.words import Vocabulary
from web import CATALOGUES as WEB_CATALOGUES
from web import STATIC as WEB_STATIC
from web.i18n import SOURCE, Language, choose, load_languages
from web.secure import App, LoopbackOnly, SecureHeaders

_COOKIE: Final = "lang"
_COOKIE_S: Final = 365 * 86400
_BEAT_S: Final = 1.0
"""An open page hears something at least this often; web/static/live.js waits six times as long."""
_NOT_FASTER_S: Final = 0.2
_FIRST_ENTRIES: Final = 200
_MOST_ENTRIES: Final = 5000
_LINES_AT_ONCE: Final = 500
T = TypeVar("T")


class _Play(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    text: str | None = None


class _Recording(msgspec.Struct, forbid_unknown_fields=True):
    running: bool
    name: str = ""
    title: str = ""


class BenchApp:
    """Routes and what they share. `saved`: the folder of scenes that are kept."""

    def __init__(self, bench: Bench, captures: Captures, saved: Path, vocabulary: Vocabulary) -> None:
        self._captures: Final = captures
        self._bench: Final = bench
        self._saved: Final = saved
        self._recorder: Recorder | None = None
        self._playing: asyncio.Task[Verdict] | None = None
        self._languages: Final[Mapping[str, Language]] = load_languages(
            WEB_CATALOGUES, vocabulary.catalogues, CATALOGUES
        )
        every = list(self._languages.values())
        self._pages: Final = {code: Page(each, every, vocabulary) for code, each in self._languages.items()}

    def app(self, token: str) -> App:
        """Return the app; it answers on loopback alone, to whoever has the token."""
        routes = [
            Route("/", self.page),
            Route("/live", self.live),
            Route("/trace", self.trace),
            Route("/api/state", self.state),
            Route("/api/trace", self.entries),
            Route("/api/capture", self.capture),
            Route("/api/journal", self.journal),
            Route("/api/acts", self.acts),
            Route("/api/acts", self.act, methods=["POST"]),
            Route("/api/scenes", self.scenes),
            Route("/api/scenes/{name}", self.scene),
            Route("/api/play", self.play, methods=["POST"]),
            Route("/api/recording", self.record, methods=["POST"]),
            Mount("/static/bench", StaticFiles(directory=STATIC)),
            Mount("/static", StaticFiles(directory=WEB_STATIC)),
        ]
        return SecureHeaders(LoopbackOnly(TokenOnly(Starlette(routes=routes), token)))

    async def page(self, request: Request) -> HTMLResponse:
        """The page. `?lang=` is kept in a cookie."""
        language = self._language(request)
        html = self._pages[language.code].whole(self._bench, self._titles(language.code))
        response = HTMLResponse(html, headers={"content-language": language.code, "vary": "accept-language, cookie"})
        if request.query_params.get("lang") == language.code:
            response.set_cookie(_COOKIE, language.code, max_age=_COOKIE_S, httponly=True, samesite="strict")
        return response

    async def live(self, request: Request) -> StreamingResponse:
        """Server-sent events with the parts of the page that changed."""
        page = self._pages[self._language(request).code]

        async def updates() -> AsyncIterator[bytes]:
            shown: dict[str, str] = {}
            while True:
                update = page.update(self._bench)
                changed = {name: html for name, html in update.fragments.items() if shown.get(name) != html}
                shown |= changed
                yield _event(msgspec.json.encode(msgspec.structs.replace(update, fragments=changed)))
                await asyncio.sleep(_NOT_FASTER_S)
                await self._bench.journal.wait(_BEAT_S)

        return StreamingResponse(updates(), media_type="text/event-stream")

    async def trace(self, request: Request) -> StreamingResponse:
        """Server-sent events with entries of the journal, rendered; `routine=1` has polls as well."""
        page = self._pages[self._language(request).code]
        with_routine = request.query_params.get("routine") == "1"
        journal = self._bench.journal

        async def batches() -> AsyncIterator[bytes]:
            fresh = [entry for entry in journal.since(0) if with_routine or not entry.is_routine]
            number = journal.last_number
            yield _event(
                msgspec.json.encode([page.entry(entry, self._bench.zone) for entry in fresh[-_FIRST_ENTRIES:]])
            )
            async for batch in journal.follow(number, _BEAT_S):
                told = [page.entry(entry, self._bench.zone) for entry in batch if with_routine or not entry.is_routine]
                yield _event(msgspec.json.encode(told[-_FIRST_ENTRIES:]))
                await asyncio.sleep(_NOT_FASTER_S)

        return StreamingResponse(batches(), media_type="text/event-stream")

    async def state(self, _: Request) -> Response:
        """How everything stands."""
        return _json(self._now())

    async def entries(self, request: Request) -> Response:
        """Entries of the journal."""
        try:
            since = int(request.query_params.get("since", "0"))
        except ValueError:
            return _refuse(400, "since is the number of an entry")
        routine = request.query_params.get("routine") == "1"
        found = [entry for entry in self._bench.journal.since(since) if routine or not entry.is_routine]
        return _json(found[:_MOST_ENTRIES])

    async def capture(self, request: Request) -> Response:
        """What went over an OSDP line, for a file."""
        try:
            lines = self._captures.lines(request.query_params.get("line"))
        except CanNotError as error:
            return _refuse(409, str(error))
        return StreamingResponse(_pieces(lines), media_type="application/x-ndjson")

    async def journal(self, request: Request) -> Response:
        """Everything that was seen, for a file."""
        line = request.query_params.get("line")
        if line is not None and line not in {each.name for each in self._now().lines}:
            return _refuse(409, f"no line {line!r}; there are: {', '.join(each.name for each in self._now().lines)}")
        found = [
            entry
            for entry in self._bench.journal.since(0)
            if line is None or (entry.source is Source.WIRE and entry.place == line)
        ]
        lines = (msgspec.json.encode(entry).decode() + "\n" for entry in found)
        return StreamingResponse(_pieces(lines), media_type="application/x-ndjson")

    async def acts(self, _: Request) -> Response:
        """Every act, with what it takes and what it does."""
        return _json(
            [{"act": n, "takes": signature(n), "does": (each.__doc__ or "").strip()} for n, each in ACTS.items()]
        )

    async def act(self, request: Request) -> Response:
        """Do one act."""
        try:
            act = parse_act(await _body(request, object))
            await self._bench.do(act)
        except BadActError as error:
            return _refuse(400, str(error))
        except CanNotError as error:
            return _refuse(409, str(error))
        return _json({"done": act.name, "number": self._bench.journal.last_number})

    async def scenes(self, _: Request) -> Response:
        """The names of all scenes, and their titles."""
        return _json(self._titles(SOURCE))

    async def scene(self, request: Request) -> Response:
        """One scene file."""
        path = self._scene_files().get(request.path_params["name"])
        return PlainTextResponse(path.read_text(encoding="utf-8")) if path else _refuse(404, "no such scene")

    async def play(self, request: Request) -> Response:
        """Play a scene, and tell how it goes on."""
        try:
            wanted = await _body(request, _Play)
            scene = parse_bench_scene(self._text_of(wanted))
            if self._playing is not None:
                return _refuse(409, "a scene is being played: wait for its end")
            check_needs(scene, self._now())
        except (BadActError, SceneFileError) as error:
            return _refuse(400, str(error))
        except CanNotError as error:
            return _refuse(409, str(error))
        told: asyncio.Queue[Progress | Verdict] = asyncio.Queue()

        def ended(task: asyncio.Task[Verdict]) -> None:
            self._playing = None
            self._bench.playing = None
            if not task.cancelled() and task.exception() is None:
                told.put_nowait(task.result())

        self._bench.playing = wanted.name
        self._playing = asyncio.create_task(play(wanted.name, scene, self._bench, told.put_nowait), name="scene")
        self._playing.add_done_callback(ended)

        async def lines() -> AsyncIterator[bytes]:
            while True:
                line = await told.get()
                yield msgspec.json.encode(line) + b"\n"
                if isinstance(line, Verdict):
                    return

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    async def record(self, request: Request) -> Response:
        """Begin to record, or save what was recorded as a scene."""
        try:
            wanted = await _body(request, _Recording)
            if wanted.running:
                if self._recorder is not None:
                    return _refuse(409, "it is being recorded already")
                self._recorder = Recorder(self._bench.journal, start_of(self._now()))
                self._bench.is_recording = True
                return _json({"recording": True})
            if self._recorder is None:
                return _refuse(409, "nothing is being recorded")
            name = scene_name(wanted.name)
        except (BadActError, SceneFileError) as error:
            return _refuse(400, str(error))
        recorder, self._recorder = self._recorder, None
        self._bench.is_recording = False
        recorder.stop()
        scene = recorder.scene(wanted.title or name)
        if not scene.steps:
            return _refuse(409, "nothing was done while it was recorded, so there is no scene")
        path = self._saved / f"{name}.toml"
        path.write_text(format_bench_scene(scene), encoding="utf-8")
        return _json({"recording": False, "saved": str(path)})

    def _now(self) -> BenchState:
        return self._bench.state()

    def _titles(self, language: str) -> dict[str, str]:
        titles = {}
        for name, path in self._scene_files().items():
            with contextlib.suppress(SceneFileError, OSError, UnicodeDecodeError):
                scene = parse_bench_scene(path.read_text(encoding="utf-8"))
                titles[name] = scene.titles.get(language, scene.title)
        return titles

    def _text_of(self, wanted: _Play) -> str:
        if wanted.text is not None:
            return wanted.text
        files = self._scene_files()
        if wanted.name not in files:
            raise SceneFileError(f"no scene {wanted.name!r}; there are: {', '.join(files)}")
        return files[wanted.name].read_text(encoding="utf-8")

    def _scene_files(self) -> dict[str, Path]:
        return scenes_in(SCENES, self._saved)

    def _language(self, request: Request) -> Language:
        asked = request.query_params.get("lang")
        kept = request.cookies.get(_COOKIE)
        accepted = request.headers.get("accept-language", "")
        return choose(self._languages, asked if asked in self._languages else kept, accepted)


async def _body(request: Request, kind: type[T]) -> T:
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise BadActError("send JSON, with its content type")
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise BadActError(f"not what is wanted here: {error}") from error


def _pieces(lines: Iterator[str]) -> Iterator[str]:
    """Join lines into pieces that are worth sending. Starlette asks for each on a thread, so devices stay in time."""
    while piece := "".join(itertools.islice(lines, _LINES_AT_ONCE)):
        yield piece


def _event(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def _refuse(status: int, words: str) -> Response:
    return _json({"detail": words}, status)
