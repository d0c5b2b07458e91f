"""A small truth process for tests: its API on a Unix socket, saying what the test lets it say."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Generator
from pathlib import Path

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from controller.live import Live

_BEAT_S = 0.5
ONESELF = {
    "account": "a" * 24,
    "name": "Ada Officer",
    "roles": ["operator"],
    "deeds": ["see-counts"],
    "barred_by": None,
    "briefing_version": "27-1",
    "briefing_due": False,
    "member": True,
    "authorized_until": None,
}
"""Who is signed in, as GET /api/session tells."""


class _Server(uvicorn.Server):
    """Leaves signals to pytest."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


class Truth:
    """Answers with `live` until told otherwise. `start` and `stop` may be called more than once."""

    def __init__(self, socket: Path, live: Live) -> None:
        self.socket = socket
        self.dumb = False
        self.signed_in = True
        self.listeners = 0
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.cookies: list[str | None] = []
        self._live = live
        self._news = asyncio.Event()
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    def show(self, live: Live) -> None:
        self._live = live
        self._news.set()
        self._news = asyncio.Event()

    async def start(self) -> None:
        app = Starlette(
            routes=[
                Route("/console/live", self._picture),
                Route("/api/live", self._picture),
                Route("/api/live/events", self._events),
                Route("/console/live/events", self._events),
                Route("/api/session", self._session),
                Route("/api/first-officers", self._first_officers),
                Route("/api/controllers", self._controllers),
                Route("/api/session/events", self._beats),
                Route("/api/echo", self._echo, methods=["GET", "POST", "DELETE"]),
            ]
        )
        config = uvicorn.Config(app, uds=str(self.socket), log_config=None, lifespan="off", timeout_graceful_shutdown=0)
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve(), name="truth")
        while not self._server.started:  # noqa: ASYNC110  the server has no event for it
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        if self._server and self._serving:
            self._server.should_exit = True
            self._server.force_exit = True
            self.show(self._live)  # streams end
            await self._serving
            self._server = self._serving = None
            self.socket.unlink(missing_ok=True)

    async def _picture(self, _: Request) -> Response:
        while self.dumb:  # noqa: ASYNC110  a plain switch for tests
            await asyncio.sleep(0.05)
        return Response(msgspec.json.encode(self._live), media_type="application/json")

    async def _events(self, _: Request) -> Response:
        return StreamingResponse(self._stream(), media_type="text/event-stream")

    async def _stream(self) -> AsyncIterator[bytes]:
        self.listeners += 1
        try:
            while self._server and not self._server.should_exit:
                if not self.dumb:
                    yield b": the picture\nevent: live\ndata: " + msgspec.json.encode(self._live) + b"\n\n"
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), _BEAT_S)
        finally:
            self.listeners -= 1

    async def _session(self, request: Request) -> Response:
        """Whoever asks is signed in, as long as `signed_in`; `cookies` tells what each one showed."""
        self.cookies.append(request.headers.get("cookie"))
        while self.dumb:  # noqa: ASYNC110  a plain switch for tests
            await asyncio.sleep(0.05)
        return JSONResponse(ONESELF if self.signed_in else {"code": "not-signed-in"}, 200 if self.signed_in else 401)

    async def _controllers(self, _: Request) -> Response:
        others = [{"controller": origin, "origin": origin} for origin in self._live.other_origins]
        return JSONResponse({"controller": self._live.controller, "learning": self._live.learning, "others": others})

    async def _first_officers(self, _: Request) -> Response:
        return JSONResponse({"missing": []})

    async def _beats(self, _: Request) -> Response:
        async def beats() -> AsyncIterator[bytes]:
            while self.signed_in and self._server and not self._server.should_exit:
                yield b": here\n\n"
                await asyncio.sleep(0.1)

        return StreamingResponse(beats(), 200 if self.signed_in else 401, media_type="text/event-stream")

    async def _echo(self, request: Request) -> Response:
        body = await request.body()
        self.requests.append((request.method, str(request.url), dict(request.headers), body))
        headers = {"x-answer": "kept", "connection": "x-private", "x-private": "gone", "set-cookie": "a=b"}
        return JSONResponse({"got": len(body)}, status_code=418, headers=headers)
