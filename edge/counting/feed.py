"""The counting process seen from the recorder: started, fed with the camera's packets, heard, started again.

Recording comes first: a counting process that is slow or hangs misses pictures until the next key frame, and nothing
waits for it. Meanwhile nobody is seen, which is said; one that hangs is killed, and another started. Packets are held
in memory alone, two seconds of them at most.

Belongs here: one child process and the threads before and behind it. Does not belong here: counting (main.py), what
the recorder is told (edge/recorder).
"""

import contextlib
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Final

from contract.clock import NS_PER_S, SystemClock
from contract.site.camera import CountingLine, Mask
from drivers.camera.rtsp import VideoPacket
from edge.counting.wire import MOST_BYTES, Begin, Crossing, Packet, Sight, Stream, from_counter
from process.pipe import BadPipeError, framed, received

_MOST_PACKETS: Final = 50
_FIRST_WAIT_S: Final = 1.0
_LONGEST_WAIT_S: Final = 60.0
_END_S: Final = 2.0
HUNG_S: Final = 20.0
"""A process that takes nothing for so long hangs; a slow computer needs several seconds to start one."""


class CountingFeed:
    """One camera's counting process, for as long as the recorder lives. `tell` is called from another thread."""

    def __init__(self, line: CountingLine, masks: list[Mask], tell: Callable[[Crossing | Sight], None]) -> None:
        self._begin = Begin(line, masks)
        self._tell = tell
        self._waiting: queue.Queue[bytes | None] = queue.Queue(_MOST_PACKETS)
        self._is_in_step = False
        self._process: subprocess.Popen[bytes] | None = None
        self._writes_since_ns: int | None = None
        """Since when the process has not taken what is written to it."""
        self._stopping = threading.Event()
        self._clock = SystemClock()

    def start(self) -> None:
        """Keep a counting process, in a thread."""
        threading.Thread(target=self._keep, name="counting", daemon=True).start()

    def take(self, packet: VideoPacket) -> None:
        """Hand on one packet; never waits. After one that was left out it goes on with the next key frame."""
        was_in_step = self._is_in_step
        if packet.is_keyframe and not self._is_in_step:
            codec = packet.stream.codec_context
            self._is_in_step = self._put(framed(Stream(codec.name, codec.extradata or b"")))
        if self._is_in_step:
            media_ns = round((packet.pts or 0) * (packet.time_base or 0) * NS_PER_S)
            self._is_in_step = self._put(framed(Packet(bytes(packet), media_ns, self._clock.boottime_ns())))
        if was_in_step and not self._is_in_step:
            self._tell(Sight(is_blind=True))
        if not self._is_in_step:
            self._end_if_it_hangs()

    def lost(self) -> None:
        """The camera gives no more packets for now: what comes next begins with a key frame."""
        self._is_in_step = False
        self._tell(Sight(is_blind=True))

    def stop(self) -> None:
        """End the process, and start no other."""
        self._stopping.set()
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(None)
        process = self._process
        if process is not None:
            process.terminate()
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()

    def _end_if_it_hangs(self) -> None:
        process, since_ns = self._process, self._writes_since_ns
        if process is None or since_ns is None:
            return
        if self._clock.boottime_ns() - since_ns > HUNG_S * NS_PER_S:
            process.kill()  # whoever hears it finds out, and starts another

    def _put(self, data: bytes) -> bool:
        if self._process is None or len(data) > MOST_BYTES:
            return False
        try:
            self._waiting.put_nowait(data)
        except queue.Full:
            return False
        return True

    def _keep(self) -> None:
        wait_s = _FIRST_WAIT_S
        while not self._stopping.is_set():
            began_ns = self._clock.boottime_ns()
            with contextlib.suppress(OSError):  # no process or memory to be had: it is tried again
                self._live()
            self._process, self._is_in_step = None, False
            self._tell(Sight(is_blind=True))
            lived_s = (self._clock.boottime_ns() - began_ns) / NS_PER_S
            wait_s = _FIRST_WAIT_S if lived_s > _LONGEST_WAIT_S else min(2 * wait_s, _LONGEST_WAIT_S)
            self._stopping.wait(wait_s)

    def _live(self) -> None:
        """Start the process and hear it until it ends."""
        with subprocess.Popen(
            (sys.executable, "-m", "edge.counting.main"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        ) as process:
            # Nobody puts while there is no process, nor gets: what a former one left over is of no use.
            while not self._waiting.empty():
                self._waiting.get_nowait()
            feeding = threading.Thread(target=self._feed, args=(process,), name="counting feed", daemon=True)
            feeding.start()
            self._is_in_step, self._writes_since_ns, self._process = False, None, process
            if self._stopping.is_set():
                process.terminate()
            try:
                self._hear(process)
            finally:
                self._process = None
                process.kill()
                with contextlib.suppress(queue.Full):
                    self._waiting.put_nowait(None)
                feeding.join()

    def _feed(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None  # noqa: S101  asked for at its start
        with contextlib.suppress(OSError):  # it ended: whoever hears it finds out
            _write(process, framed(self._begin))
            while (data := self._waiting.get()) is not None:
                self._writes_since_ns = self._clock.boottime_ns()
                _write(process, data)
                self._writes_since_ns = None

    def _hear(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout is not None  # noqa: S101  asked for at its start
        with contextlib.suppress(BadPipeError):
            for report in received(process.stdout.fileno(), from_counter()):
                self._tell(report)


def _write(process: "subprocess.Popen[bytes]", data: bytes) -> None:
    assert process.stdin is not None  # noqa: S101  asked for at its start
    rest = memoryview(data)
    while rest:
        rest = rest[process.stdin.write(rest) or 0 :]
