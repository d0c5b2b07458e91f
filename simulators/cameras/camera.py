"""A simulated RTSP camera: a real RTSP server (RFC 2326) that plays a rendered scene for ever, one process a camera.

Two faces. What the system sees is `address`: RTSP over TCP, H.264. What a technician does is `freeze` (it accepts
and says nothing), `thaw`, `kill` (as if its cable was cut) and `start` again, on the same port.

What it is not: it asks for no password (an address may carry one all the same), speaks no UDP, and plays the scene from
its first frame to everybody who connects. Belongs here: serving. Does not belong here: the picture (film.py).
"""

import asyncio
import contextlib
import signal
import sys
import threading
from concurrent.futures import wait
from pathlib import Path
from typing import Final

from aio_rtsp_toolkit.server import RtspServer  # type: ignore[import-untyped]  # the wheel carries no types
from aio_rtsp_toolkit.server_session import RtspServerSession  # type: ignore[import-untyped]

LOOPBACK: Final = "127.0.0.1"
_STOP_S: Final = 5.0
_HAND_OVER_S: Final = 0.05


class CameraStartError(RuntimeError):
    """The camera's process did not come up, for example because its port is taken."""


class SimulatedCamera:
    """One camera that shows `scene` (an MP4 file) on loopback, in a process of its own.

    `port` 0 takes a free one at the first start and keeps it; `login` (`name:password`) only becomes part of the
    address.
    """

    def __init__(self, scene: Path, *, port: int = 0, login: str = "") -> None:
        self._scene = scene
        self._port = port
        self._login = f"{login}@" if login else ""
        self._process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        """The camera's RTSP address, known once it was started."""
        return f"rtsp://{self._login}{LOOPBACK}:{self._port}/{self._scene.name}/play_count_0"

    async def start(self) -> None:
        """Start it and return when it listens. Raises CameraStartError."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "simulators.cameras.camera", str(self._scene.parent), str(self._port)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert self._process.stdout is not None  # noqa: S101  asked for above
        line = await self._process.stdout.readline()
        if not line.strip().isdigit():
            await self.stop()
            message = f"the simulated camera does not come up on port {self._port}"
            raise CameraStartError(message)
        self._port = int(line)

    def freeze(self) -> None:
        """Stop it in the middle of whatever it does; its connections stay open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen camera go on."""
        self._signal(signal.SIGCONT)

    async def kill(self) -> None:
        """End it at once; `start` brings it back."""
        self._signal(signal.SIGKILL)
        await self._wait()

    async def stop(self) -> None:
        """End it in an orderly way, or at once if it does not; does nothing when it does not run."""
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._wait(), _STOP_S)
        except TimeoutError:
            await self.kill()

    async def _wait(self) -> None:
        if self._process is not None:
            await self._process.wait()
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)


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


class _Server(RtspServer):  # type: ignore[misc]  # the wheel carries no types
    """The wheel's server, with those sessions."""

    async def _handle_client(self, sock: object) -> None:
        """Serve one visitor until he goes; how he goes is his affair."""
        with contextlib.suppress(OSError, EOFError):
            await _Session(self, sock).run()


class _Silence:
    """The wheel prints each request; a camera prints nothing."""

    def log(self, level: str, message: str, **more: object) -> None:
        """Drop the message."""

    def debug(self, message: str, **more: object) -> None:
        """Drop the message."""

    info = warning = error = critical = debug


async def _serve(folder: str, port: int) -> None:
    """Serve the MP4 files of `folder` until the process that started this one goes, or SIGTERM."""
    server = _Server(folder, host=LOOPBACK, port=port)
    server.logger = _Silence()
    await server.start()
    sockets = server._server.sockets  # noqa: SLF001  the wheel does not tell which port it got
    print(sockets[0].getsockname()[1], flush=True)  # noqa: T201  read by SimulatedCamera
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    # Ctrl-C reaches the whole process group: whoever started this process ends it.
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    loop.add_reader(sys.stdin.fileno(), ended.set)
    await ended.wait()
    # The wheel's sessions complain when they are cancelled; whoever is connected sees the connection end.
    loop.set_exception_handler(lambda *_: None)
    sessions = asyncio.all_tasks() - {asyncio.current_task()}
    for session in sessions:
        session.cancel()
    await asyncio.gather(*sessions, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2])))
