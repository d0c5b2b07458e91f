"""Painters seen from the truth process: a few child processes that paint masks, and turn H.265 into what browsers play.

Nothing that lies outside the premises leaves this process unpainted: where a painter fails, nothing is shown. Belongs
here: the processes. Does not belong here: pictures (painter.py).
"""

import asyncio
import contextlib
import importlib.util
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import replace
from typing import Final

import structlog

from contract.site.camera import Mask
from controller.domain.video.fragments import BadVideoError, Cutter
from controller.domain.video.viewing import VideoError
from controller.service.video.opening import Cut
from controller.service.video.painter import LIBRARIES, Job, Painted, answers
from process.beside import ask, end
from process.pipe import BadPipeError

MOST: Final = 2
"""So many painters at once, each on a core: as many as there are cameras side by side."""
_LIMIT_S: Final = 30.0
_END_S: Final = 2.0
_log = structlog.get_logger()


class Painters:
    """Paints pieces of video. Belongs to the event loop; `close` ends the processes."""

    def __init__(self) -> None:
        self._idle: Final[list[Process]] = []
        self._free: Final = asyncio.Semaphore(MOST)

    async def paint(self, cut: Cut, masks: list[Mask], from_ns: int = 0) -> Cut:
        """Return a piece with its masks painted, as H.264, from a moment of its media time on. Raises VideoError."""
        if not _can_paint():
            raise VideoError(
                "no-libraries", "this camera's video must be painted or recoded, and this controller lacks the extra "
                "'camera' for it: install it",
            )  # fmt: skip
        video = cut.head.data + b"".join(fragment.data for fragment in cut.fragments)
        async with self._free:
            painted = await self._painted(Job(video, masks, from_ns))
        cutter = Cutter()
        try:
            fragments = list(cutter.feed(painted.video))
        except BadVideoError:
            fragments = []
        if cutter.head is None or not fragments:
            raise VideoError("altered", "this piece of the recording can not be decoded")
        return replace(cut, head=cutter.head, fragments=fragments, zero_ns=cut.zero_ns + painted.start_ns)

    async def get_ready(self) -> None:
        """Start a painter if none waits: its libraries take a second to load, and a page as long to open."""
        if self._idle or self._free.locked() or not _can_paint():
            return
        async with self._free:
            if not self._idle:
                with contextlib.suppress(OSError):  # whoever needs it hears of it then
                    self._idle.append(await _start())

    async def close(self) -> None:
        """End all processes."""
        await asyncio.gather(*(end(self._idle.pop(), _END_S) for _ in range(len(self._idle))))

    async def _painted(self, job: Job) -> Painted:
        try:
            process = self._idle.pop() if self._idle else await _start()
        except OSError as error:
            raise _not_painted(error) from None
        try:
            async with asyncio.timeout(_LIMIT_S):
                answer = await ask(process, job, answers())
        except (OSError, EOFError, TimeoutError, BadPipeError) as error:
            await end(process, _END_S)
            raise _not_painted(error) from None
        except asyncio.CancelledError:
            await asyncio.shield(asyncio.create_task(end(process, _END_S), name="painter end"))
            raise
        self._idle.append(process)
        return answer


def _not_painted(error: Exception) -> VideoError:
    _log.warning("not painted", error=type(error).__name__)
    return VideoError("not-painted", "this piece could not be painted: try again, or another time")


def _can_paint() -> bool:
    return all(importlib.util.find_spec(name) for name in LIBRARIES)


async def _start() -> Process:
    command = (sys.executable, "-m", "controller.service.video.painter")
    return await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
