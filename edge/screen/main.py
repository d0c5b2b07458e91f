"""The screen's process: `python -m edge.screen.main`, started by the gate and by nobody else.

It hears the gate on stdin and answers on stdout (wire.py); the page listens on loopback. It ends with the gate, at the
end of stdin. Nothing that it knows is ever written.

Belongs here: beginning and end. Does not belong here: what is shown (showing.py), or the page (app.py).
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import structlog
import uvicorn

from contract.clock import SystemClock
from contract.ids import AccountId
from contract.screen import Faces, FacesError
from edge.domain.vehicles.shown import LaneShown
from edge.screen.app import ScreenApp
from edge.screen.asking import Asking
from edge.screen.showing import Showing
from edge.screen.wire import (
    Begin,
    Counted,
    Crossed,
    Done,
    FromScreen,
    Listening,
    Ordered,
    Read,
    Sounds,
    TakeOrder,
    Tick,
    ToScreen,
    Trouble,
    Watched,
    to_screen,
)
from process.logs import log_to_stderr
from process.memory import keep_in_memory
from process.pipe import framed

LOOPBACK: Final = "127.0.0.1"
_PIECE_BYTES: Final = 64 * 1024
_logger = structlog.get_logger(__name__)


class ScreenProcess:
    """The page of one gate, and what the gate says to it. `answers`: descriptor to answer at."""

    def __init__(self, begin: Begin, answers: int) -> None:
        self._answers = answers
        self._clock = SystemClock()
        self._showing = Showing()
        self._asking = Asking(self.answer)
        self._app = ScreenApp(self._showing, self._clock, begin, self._asking, self._count, self._tell)
        self._faces: tuple[bytes, Faces] | None = None

    def server(self) -> uvicorn.Server:
        """Return the server of the page."""
        config = uvicorn.Config(
            self._app.app(),
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        return uvicorn.Server(config)

    def answer(self, message: FromScreen) -> None:
        """Say something to the gate."""
        os.write(self._answers, framed(message))

    def take(self, message: ToScreen) -> None:
        """Take what the gate says, and let open pages show it."""
        now_ns = self._clock.boottime_ns()
        match message:
            case Tick(at_ns):
                self._showing.take_tick(at_ns, now_ns)
                return
            case Read():
                self._showing.take_read(message, now_ns, is_watched=self._app.is_watched)
            case Trouble() | Ordered() | Sounds() | Crossed() | LaneShown():
                self._take_news(message, now_ns)
            case Done(act_id, result):
                self._asking.answered(act_id, result)
                return
            case TakeOrder(order, path):
                self._showing.take_order(order, self._opened(order.secret, order.faces_sha256, path))
            case Begin():
                raise ValueError("a screen begins once")
        self._app.change()

    def _take_news(self, news: Trouble | Ordered | Sounds | Crossed | LaneShown, now_ns: int) -> None:
        match news:
            case Trouble(place, what):
                self._showing.take_trouble(place, what)
            case Ordered(exits_free, entries_denied):
                self._showing.take_ordered(exits_free=exits_free, entries_denied=entries_denied)
            case Sounds(signal, state):
                self._showing.take_siren(signal, state)
            case Crossed():
                self._showing.take_crossing(news, now_ns)
            case LaneShown():
                self._showing.take_lane(news)

    def _opened(self, secret: bytes, sha256: bytes, path: str) -> Faces | None:
        """Return the faces of an order; read again only where they are others."""
        if not path:
            return None
        if self._faces is None or self._faces[0] != sha256:
            try:
                self._faces = sha256, Faces(secret, Path(path).read_bytes())
            except (OSError, FacesError) as error:
                _logger.warning("faces_not_opened", error=type(error).__name__)
                return None
        return self._faces[1]

    def _tell(self, account: AccountId, active: bool) -> None:  # noqa: FBT001  as its event has it
        self.answer(Watched(account, active))

    def _count(self, what: str) -> None:
        self.answer(Counted(what))


async def run(orders: AsyncIterator[ToScreen], answers: int) -> int:
    """Serve until the gate says no more; return the exit status."""
    begin = await anext(orders, None)
    if not isinstance(begin, Begin):
        return 2
    process = ScreenProcess(begin, answers)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, begin.port))
        listener.listen()
        server = process.server()
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="page")
        process.answer(Listening(listener.getsockname()[1]))
        try:
            async for message in orders:
                process.take(message)
        finally:
            server.should_exit = True
            await serving
    return 0


async def orders_of(stdin: int) -> AsyncIterator[ToScreen]:
    """Yield what the gate says, until it ends."""
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(stdin, "rb", 0))
    incoming = to_screen()
    try:
        while data := await reader.read(_PIECE_BYTES):
            for message in incoming.feed(data):
                yield message
    finally:
        transport.close()


def main() -> int:
    """Work until the gate says no more; return the exit status."""
    # Answers keep the real stdout; whatever else is printed goes to stderr.
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    log_to_stderr(as_json=True)
    keep_in_memory()
    os.umask(0o077)
    # Ctrl-C reaches the whole process group; the gate ends this process when it is done with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return asyncio.run(run(orders_of(sys.stdin.fileno()), answers))
    except OSError as error:
        with contextlib.suppress(OSError):
            sys.stderr.write(f"screen: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
