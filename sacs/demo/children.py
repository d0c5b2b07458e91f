"""Child processes of the demo: started with a log of their own, spoken to in JSON lines, stopped in order.

Belongs here: the life of a child. Does not belong here: which children there are (site.py). A child dies with this
process (`setpriv --pdeathsig`, util-linux), even if this one is killed.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

_STOP_LIMIT_S: Final = 15
_ANSWER_LIMIT_S: Final = 120
_LONGEST_LINE_BYTES: Final = 1 << 20
_LAST_WORDS_BYTES: Final = 2000
_LAST_LINES: Final = 5
T = TypeVar("T")


class ChildError(Exception):
    """A child ended or did not answer; the message has the end of its log."""


class Child:
    """One child process; `log` takes its standard error. `environment`: what it gets beside this process's own."""

    def __init__(self, name: str, log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.name = name
        self._environment = {**os.environ, **(environment or {})}
        self._log = log
        self._command: tuple[str, ...] = ()
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, *command: str) -> None:
        """Start `python -m` with these arguments."""
        self._command = command
        await self.restart()

    async def restart(self) -> None:
        """Start it with the arguments that it was started with before; whatever ran must have ended."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "TERM", "--"),
                *(sys.executable, "-m", *self._command),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=self._environment,
                start_new_session=True,  # Ctrl-C goes to the demo, which stops its children in order
                limit=_LONGEST_LINE_BYTES,
            )

    @property
    def pid(self) -> int:
        """The process id. Raises ChildError before `start`."""
        return self._running().pid

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process is not None and self._process.returncode is not None

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def wait(self) -> int:
        """Wait until it has ended; return its exit code, or minus the signal that ended it."""
        return await self._running().wait()

    async def answer(self, expected: type[T]) -> T:
        """Return the next line that the child says. Raises ChildError if it ends or takes too long."""
        stdout = self._running().stdout
        if stdout is None:
            raise ChildError(f"{self.name} has no output")
        try:
            async with asyncio.timeout(_ANSWER_LIMIT_S):
                line = await stdout.readline()
        except TimeoutError:
            raise ChildError(f"{self.name} does not answer: {self._last_words()}") from None
        if not line:
            raise ChildError(f"{self.name} ended: {self._last_words()}")
        return msgspec.json.decode(line, type=expected)

    async def ask(self, command: str, expected: type[T]) -> T:
        """Send a command and return its answer. Raises ChildError."""
        stdin = self._running().stdin
        if stdin is None:
            raise ChildError(f"{self.name} takes no commands")
        with contextlib.suppress(ConnectionError):  # that it is gone shows when it does not answer
            stdin.write(msgspec.json.encode({"command": command}) + b"\n")
            await stdin.drain()
        return await self.answer(expected)

    def kill(self) -> None:
        """Kill it as a power cut would: SIGKILL."""
        self._running().kill()

    async def stop(self) -> None:
        """Ask it to end and wait; kill it if it does not."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_STOP_LIMIT_S):
                await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()

    def check(self) -> None:
        """Raise ChildError if it has ended."""
        if self.ended:
            raise ChildError(f"{self.name} ended by itself: {self._last_words()}")

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise ChildError(f"{self.name} is not started")
        return self._process

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            lines = self._log.read_bytes()[-_LAST_WORDS_BYTES:].decode(errors="replace").strip().splitlines()
            return "\n".join(lines[-_LAST_LINES:]) or "it said nothing"
        return "it left no log"


Answer = dict[str, Any]
"""Any JSON object."""
