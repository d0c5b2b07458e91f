"""A camera as a program of its own, and what can happen to it: it hangs, it dies, it comes back on the same port.

Belongs here: one child process. Does not belong here: what it serves (camera.py, live_camera.py), or what happens to
its packets on their way (cable.py).
"""

import asyncio
import signal
from typing import Final

LOOPBACK: Final = "127.0.0.1"
_STOP_S: Final = 5.0


class CameraStartError(RuntimeError):
    """The camera's process did not come up, for example because its port is taken."""


class CameraProgram:
    """One RTSP server in a process of its own, which prints its port when it listens, and ends with its input.

    `port` 0 takes a free one at the first start and keeps it; `login` (`name:password`) only becomes part of the
    address.
    """

    def __init__(self, name: str, *, port: int, login: str) -> None:
        """`name`: what follows the port in its address."""
        self._name = name
        self._port = port
        self._login = f"{login}@" if login else ""
        self._process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        """The camera's RTSP address, known once it was started."""
        return f"rtsp://{self._login}{LOOPBACK}:{self._port}/{self._name}"

    @property
    def pid(self) -> int | None:
        """Its process, while it runs."""
        return None if self._process is None else self._process.pid

    async def command(self) -> list[str]:
        """Return the program and its arguments for the port that it is to take; blocking work goes to a thread."""
        raise NotImplementedError

    async def start(self) -> None:
        """Start it and return when it listens. Raises CameraStartError."""
        command = await self.command()
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
        assert self._process.stdout is not None  # noqa: S101  asked for above
        line = await self._process.stdout.readline()
        if not line.strip().isdigit():
            await self.stop()
            message = f"the simulated camera does not come up on port {self._port}"
            raise CameraStartError(message)
        self._port = int(line)

    def write(self, line: bytes) -> None:
        """Write to its standard input; nothing happens while it does not run."""
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(line)

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
