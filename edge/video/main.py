"""The video process: `python -m edge.video.main`, started by the gate and by nobody else.

It hears the gate on stdin and answers on stdout (wire.py); controllers come to its port. It ends with the gate, at the
end of stdin. It reads what recorders wrote and writes nothing. Belongs here: beginning and end, and live pictures that
several controllers share. Does not belong here: requests (serving.py).
"""

import os
import queue
import signal
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Final

from contract.ids import CameraId
from edge.tls import server_context
from edge.video.serving import VideoServer
from edge.video.shelves import Shelves
from edge.video.wire import AskPicture, Begin, Counted, FromVideo, Listening, Picture, ToVideo, Trust, to_video
from process.memory import keep_in_memory
from process.pipe import framed, received

_PICTURE_S: Final = 4.0
_FRESH_S: Final = 0.4
"""A picture is shared by all who ask within this time: each costs the gate the decoding of a group of pictures."""


class VideoProcess:
    """The server of one gate, and what the gate says to it. `answers`: descriptor to answer at."""

    def __init__(self, begin: Begin, answers: int) -> None:
        self._answers = answers
        self._begin = begin
        self._lock = threading.Lock()
        self._turns: defaultdict[CameraId, threading.Lock] = defaultdict(threading.Lock)
        self._last: dict[CameraId, tuple[float, bytes]] = {}
        self._waiting: dict[int, queue.SimpleQueue[bytes]] = {}
        self._asks = 0
        self.server = VideoServer(
            begin.host, begin.port, Shelves(Path(begin.folder), begin.cameras), self.picture, self._count
        )
        self.take(begin.trust)

    def start(self) -> None:
        """Serve, in threads, and say where."""
        threading.Thread(target=self.server.serve_forever, name="video server", daemon=True).start()
        self._tell(Listening(self.server.port))

    def take(self, message: ToVideo) -> None:
        """Take what the gate says."""
        match message:
            case Trust(authorities_pem, controllers):
                tls = server_context(self._begin.certificate_pem, self._begin.key_pem, authorities_pem)
                self.server.trust(tls, frozenset(controllers))
            case Picture(ask, jpeg):
                waiting = self._waiting.get(ask)
                if waiting is not None:
                    waiting.put(jpeg)
            case Begin():
                raise ValueError("a video process begins once")

    def picture(self, camera: CameraId) -> bytes:
        """Return what the camera sees now, empty where there is nothing to see within 4 s."""
        with self._lock:
            turn = self._turns[camera]
        with turn:
            taken_s, jpeg = self._last.get(camera, (-_FRESH_S, b""))
            if time.monotonic() - taken_s < _FRESH_S:
                return jpeg
            jpeg = self._ask(camera)
            self._last[camera] = time.monotonic(), jpeg
            threading.Timer(_FRESH_S, self._last.pop, (camera, None)).start()  # nothing of the past stays
            return jpeg

    def _ask(self, camera: CameraId) -> bytes:
        answer: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        with self._lock:
            self._asks += 1
            ask = self._asks
            self._waiting[ask] = answer
        try:
            self._tell(AskPicture(ask, camera))
            return answer.get(timeout=_PICTURE_S)
        except queue.Empty:
            return b""
        finally:
            with self._lock:
                del self._waiting[ask]

    def _count(self, what: str) -> None:
        self._tell(Counted(what))

    def _tell(self, message: FromVideo) -> None:
        rest = memoryview(framed(message))
        with self._lock:
            while rest:
                rest = rest[os.write(self._answers, rest) :]


def main() -> int:
    """Work until the gate ends; returns the exit status."""
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    keep_in_memory()
    # Ctrl-C reaches the whole process group; the gate ends this process when it is done with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    process = None
    for message in received(sys.stdin.fileno(), to_video()):
        if process is not None:
            process.take(message)
        elif isinstance(message, Begin):
            process = VideoProcess(message, answers)
            process.start()
        else:
            return 2
    return 0


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    # Not by way of the interpreter's end: threads may be in the middle of an answer.
    os._exit(status)
