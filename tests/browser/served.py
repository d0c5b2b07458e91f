"""A controller of the test's own process with its console before it, as browsers see both.

Belongs here: starting and ending the two servers. Does not belong here: what the controller knows, windows on it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from controller.api.board import Board
from controller.composition.assembly import Assembly
from controller.console.main import run as run_console
from controller.main import _api_server
from tests.integration.controller.conftest import until


@asynccontextmanager
async def served(controller: Assembly, board: Board, socket: Path) -> AsyncIterator[str]:
    """Serve the API at `socket` and the console on a free port, whose address is given."""
    server = _api_server(board, controller, str(socket))
    serving = asyncio.create_task(server.serve())
    await until(socket.exists)
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    ended = asyncio.Event()
    console = asyncio.create_task(run_console(socket, "127.0.0.1", 0, port.set_result, ended))
    yield f"http://127.0.0.1:{await port}"
    ended.set()
    await console
    server.should_exit = True
    await serving


@asynccontextmanager
async def served_live(controller: Assembly, socket: Path) -> AsyncIterator[str]:
    """Serve it with pictures of the truth that go on by themselves."""
    board = Board(lambda: controller.truth.live(broker_connected=True))
    pictures = asyncio.create_task(board.run())
    async with served(controller, board, socket) as address:
        yield address
    pictures.cancel()
