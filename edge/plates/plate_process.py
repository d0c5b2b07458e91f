"""The plate process seen from the gate: started, asked one picture at a time, ended or started again.

The gate itself loads no model and no picture library. Belongs here: one child process. Does not belong here: which
frames it is shown, and their vote (reader.py).
"""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from typing import Final

import structlog

from contract.plates import WHOLE, Within
from edge.plates.wire import Look, Seen, sights
from process.beside import ask, end, kill
from process.pipe import BadPipeError

FAILED: Final = "plates-failed"
"""Counter of the gate's health: how often its plate process ended, hung or could not be started."""
ANSWER_S: Final = 60.0
"""A process that has not answered for so long, loading its models included, is taken to be stuck."""
_RETRY_S: Final = 2.0
_END_S: Final = 3.0
_logger = structlog.get_logger(__name__)


class PlateProcess:
    """One process for all lanes of a gate; belongs to the event loop. Kept up by `run`; asked by `look`."""

    def __init__(self) -> None:
        self.counters: Final[Counter[str]] = Counter()
        self._process: Process | None = None
        self._turn: Final = asyncio.Lock()
        self._asked: Final[set[asyncio.Task[Seen | None]]] = set()

    @property
    def pid(self) -> int | None:
        """The process that reads now."""
        return None if self._process is None else self._process.pid

    async def look(self, jpeg: bytes, countries: tuple[str, ...], within: Within = WHOLE) -> Seen | None:
        """Return what it sees in the picture; None while there is no process, or where it ends over the picture."""
        # Shielded: whoever gives up waiting leaves an answer behind that must not be taken for the next picture's.
        asked = asyncio.create_task(self._ask(Look(jpeg, countries, within)), name="plate look")
        self._asked.add(asked)
        asked.add_done_callback(self._asked.discard)
        return await asyncio.shield(asked)

    async def _ask(self, look: Look) -> Seen | None:
        async with self._turn:
            process = self._process
            if process is None or process.returncode is not None:
                return None
            try:
                async with asyncio.timeout(ANSWER_S):
                    return await ask(process, look, sights())
            except (OSError, EOFError, BadPipeError, TimeoutError) as error:
                # One answer behind, every further one would be of another picture.
                _logger.warning("plates_lost", cause=type(error).__name__)
                kill(process)
                return None

    async def run(self) -> None:
        """Keep it there until cancelled."""
        while True:
            try:
                ended = await self._one_life()
            except OSError as error:  # no process, memory or pipe to be had: the gate itself goes on
                ended = str(error.strerror)
            self.counters[FAILED] += 1
            _logger.warning("plates_ended", cause=ended)
            await asyncio.sleep(_RETRY_S)

    async def _one_life(self) -> str:
        command = (sys.executable, "-m", "edge.plates.main")
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=None)
        self._process = process
        try:
            return f"status {await process.wait()}"
        finally:
            self._process = None
            await asyncio.shield(asyncio.create_task(end(process, _END_S), name="plates end"))
