"""The RTSP server of the wheel aio-rtsp-toolkit, which plays the films of a folder for ever.

As a program it takes a folder and a port, prints the port when it listens, and ends with its standard input or on
SIGTERM.

Belongs here: that program, and what has to be corrected in the wheel (0.1.4). Does not belong here: whoever starts it
(camera.py), pictures drawn while they are served (live_server.py).
"""

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import wait
from typing import Final

from aio_rtsp_toolkit.server import RtspServer  # type: ignore[import-untyped]  # the wheel carries no types
from aio_rtsp_toolkit.server_session import RtspServerSession  # type: ignore[import-untyped]

from simulators.cameras.program import LOOPBACK

_HAND_OVER_S: Final = 0.05


class _Session(RtspServerSession):  # type: ignore[misc]  # the wheel carries no types
    """One visitor. Corrects one mistake of the wheel (0.1.4): under load it sends a frame twice.

    A thread hands packets to the loop and waits 50 ms for each to be taken; when the loop is later than that, the wheel
    gives the packet up, which may have been taken in that moment, and hands it over again.
    """

    def _threadsafe_queue_put(
        self, loop: asyncio.AbstractEventLoop, queue: "asyncio.Queue[object]", item: object, stopping: threading.Event
    ) -> bool:
        handed = asyncio.run_coroutine_threadsafe(queue.put(item), loop)
        while not stopping.is_set():
            if wait([handed], _HAND_OVER_S).done:
                return not handed.cancelled()
        handed.cancel()
        return False


class WheelServer(RtspServer):  # type: ignore[misc]  # the wheel carries no types
    """The wheel's server on loopback, with sessions of its own kind, and silent."""

    session_class: type[RtspServerSession] = _Session

    def __init__(self, folder: str, port: int) -> None:
        super().__init__(folder, host=LOOPBACK, port=port)
        self.logger = _Silence()

    async def _handle_client(self, sock: object) -> None:
        """Serve one visitor until he goes; how he goes is his affair."""
        with contextlib.suppress(OSError, EOFError):
            await self.session_class(self, sock).run()


class _Silence:
    """The wheel prints each request; a camera prints nothing."""

    def log(self, level: str, message: str, **more: object) -> None:
        """Drop the message."""

    def debug(self, message: str, **more: object) -> None:
        """Drop the message."""

    info = warning = error = critical = debug


async def serve(
    server: WheelServer,
    hear: Callable[[bytes], None] = lambda _line: None,
    *beside: Callable[[], Coroutine[None, None, None]],
) -> None:
    """Serve until the process that started this one goes, or SIGTERM. `hear` is told each line of standard input.

    What runs `beside` for ever ends the server if it fails.
    """
    await server.start()
    sockets = server._server.sockets  # noqa: SLF001  the wheel does not tell which port it got
    print(sockets[0].getsockname()[1], flush=True)  # noqa: T201  read by CameraProgram
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    # Ctrl-C reaches the whole process group: whoever started this process ends it.
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    tasks = [asyncio.create_task(_hear(hear)), *(asyncio.create_task(each()) for each in beside)]
    stopped = asyncio.create_task(ended.wait())
    done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    # The wheel's sessions complain when they are cancelled; whoever is connected sees the connection end.
    loop.set_exception_handler(lambda *_: None)
    sessions = asyncio.all_tasks() - {asyncio.current_task()}
    for session in sessions:
        session.cancel()
    await asyncio.gather(*sessions, return_exceptions=True)
    for task in done:
        task.result()


async def _hear(hear: Callable[[bytes], None]) -> None:
    """Pass on each line of standard input until it ends."""
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    async for line in reader:
        hear(line)


if __name__ == "__main__":
    asyncio.run(serve(WheelServer(sys.argv[1], int(sys.argv[2]))))
