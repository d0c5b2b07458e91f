"""The video process seen from the gate: kept up, told whom to answer, given the pictures that it asks for.

The gate never waits for it. Belongs here: that. Does not belong here: what it serves (serving.py), or pictures
(edge/recorder).
"""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import structlog

from contract.enrolment import Enrolment
from contract.ids import CameraId
from contract.site import VideoAddress
from edge.controllers import Controllers
from edge.video.wire import (
    AskPicture,
    Begin,
    Counted,
    FromVideo,
    Listening,
    Picture,
    ToVideo,
    Trust,
    from_video,
)
from process.beside import end, kill
from process.pipe import BadPipeError, framed

FAILED: Final = "video-failed"
"""Counter of the gate's health: how often its video process ended, or could not be started."""
WIDTH_PIXELS: Final = 640
"""How wide a live picture is at most."""
_RETRY_S: Final = 2.0
_END_S: Final = 3.0
_MOST_WAITING_BYTES: Final = 4 * 1024 * 1024
_logger = structlog.get_logger(__name__)


class Video:
    """One gate's video process. Belongs to the event loop. `folder`: of the gate's video; `cameras`: those it has.

    `picture`: gives the JPEG of a camera's present moment, so many pixels wide at most, or None.
    """

    def __init__(
        self,
        address: VideoAddress,
        folder: Path,
        cameras: list[CameraId],
        enrolment: Enrolment,
        controllers: Controllers,
        picture: Callable[[CameraId, int], Awaitable[bytes | None]],
    ) -> None:
        self._listens: Final = address
        self._folder: Final = folder
        self._cameras: Final = cameras
        self._enrolment: Final = enrolment
        self._controllers: Final = controllers
        self._picture: Final = picture
        self._process: Process | None = None
        self._asked: set[asyncio.Task[None]] = set()
        self._port = 0
        self.counters: Final[Counter[str]] = Counter()
        controllers.listeners.append(lambda: self._tell(self._trust()))

    def address(self) -> str:
        """Return where controllers find it now, as `host:port`; empty while it does not serve."""
        host = f"[{self._listens.host}]" if ":" in self._listens.host else self._listens.host
        return f"{host}:{self._port}" if self._port else ""

    @property
    def pid(self) -> int | None:
        """The process that serves now."""
        return None if self._process is None else self._process.pid

    async def run(self) -> None:
        """Keep it there until cancelled."""
        while True:
            try:
                ended = await self._one_life()
            except OSError as error:  # no process, memory or pipe to be had: the gate itself goes on
                ended = str(error.strerror)
            self.counters[FAILED] += 1
            _logger.warning("video_ended", cause=ended)
            await asyncio.sleep(_RETRY_S)

    async def _one_life(self) -> str:
        command = (sys.executable, "-m", "edge.video.main")
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=None)
        self._process = process
        try:
            told, address = self._enrolment, self._listens
            self._tell(
                Begin(
                    address.host,
                    address.port,
                    str(self._folder),
                    self._cameras,
                    told.tls_certificate_pem,
                    told.tls_key_pem,
                    self._trust(),
                )
            )
            await self._hear(process)
            return f"status {await process.wait()}"
        finally:
            self._process, self._port = None, 0
            for task in self._asked:
                task.cancel()
            await asyncio.shield(asyncio.create_task(end(process, _END_S), name="video end"))

    async def _hear(self, process: Process) -> None:
        incoming = from_video()
        while process.stdout is not None and (data := await process.stdout.read(4096)):
            try:
                for message in incoming.feed(data):
                    self._take(message)
            except BadPipeError:
                kill(process)  # what it says now has no meaning: another one takes over
                return

    def _take(self, message: FromVideo) -> None:
        match message:
            case Counted(what):
                self.counters[what] += 1
            case AskPicture(ask, camera):
                asked = asyncio.create_task(self._give_picture(ask, camera), name="live picture")
                self._asked.add(asked)
                asked.add_done_callback(self._asked.discard)
            case Listening(port):
                self._port = port
                _logger.info("video_ready", port=port)

    async def _give_picture(self, ask: int, camera: CameraId) -> None:
        self._tell(Picture(ask, await self._picture(camera, WIDTH_PIXELS) or b""))

    def _trust(self) -> Trust:
        listed = self._controllers.listed
        return Trust(listed.authorities_pem(), [card.controller for card in listed.controllers])

    def _tell(self, message: ToVideo) -> None:
        stdin = None if self._process is None else self._process.stdin
        if stdin is None or stdin.is_closing():
            return
        if isinstance(message, Picture) and stdin.transport.get_write_buffer_size() > _MOST_WAITING_BYTES:
            return  # it does not listen: whoever asked gives up by itself
        stdin.write(framed(message))
