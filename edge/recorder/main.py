"""The recorder's process: `python -m edge.recorder.main`, started by the gate and by nobody else.

It takes its orders from stdin and reports on stdout (wire.py). One thread brings packets from the camera; this one
listens to orders, answers them, looks after disk and picture and tells the state. It ends, the open segment sealed, at
Stop, at the end of stdin (the gate died) and at SIGTERM.

Belongs here: putting the parts together. Does not belong here: anything that one of the parts could do.
"""

import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from contract.camera_trouble import GapReason
from contract.clock import NS_PER_S, SystemClock
from contract.sealing import ContentKey
from drivers.camera.rtsp import Backoff, CameraLostError, RtspCamera
from edge.counting.feed import CountingFeed
from edge.recorder.picture import key_luma, newest_picture
from edge.recorder.picture_watch import PictureWatch
from edge.recorder.recording import Recording
from edge.recorder.room import Room
from edge.recorder.shelf import Shelf, shelf_folder
from edge.recorder.wire import (
    Begin,
    ClockOffset,
    GiveKey,
    Order,
    Report,
    Snapshot,
    State,
    Stop,
    TakeSnapshot,
    orders,
)
from process.memory import keep_in_memory
from process.pipe import framed

HEARTBEAT_S: Final = 5.0
LOOK_AT_PICTURE_S: Final = 10.0
"""One key frame is decoded so often, to see whether there is something to see; a 1080p one costs about 10 ms."""
STUCK_S: Final = 8.0
"""A camera that sends what is no packet for so long can not be left by the thread that reads it: the process ends."""
_LOOK_S: Final = 1.0
_READ_BYTES: Final = 64 * 1024


class GateTime:
    """The gate's time of day: CLOCK_BOOTTIME and what the gate says to add to it, and whether that may delete."""

    def __init__(self, offset_ns: int, *, is_confirmed: bool) -> None:
        self._clock = SystemClock()
        self.offset_ns = offset_ns
        self.is_confirmed = is_confirmed

    def set(self, offset_ns: int) -> None:
        """Let it be told by another offset."""
        self.offset_ns = offset_ns

    def now_ns(self) -> int:
        """Nanoseconds since 1970-01-01 UTC."""
        return self._clock.boottime_ns() + self.offset_ns


class Recorder:
    """One camera's recorder between its two pipes."""

    def __init__(self, begin: Begin, reports: int, wake: int) -> None:
        """`reports`: descriptor to write to; `wake`: descriptor at which the thread tells that it ended."""
        self.failed = False
        self._reports = reports
        self._wake = wake
        self._time = GateTime(begin.clock_offset_ns, is_confirmed=begin.is_confirmed)
        self._camera = RtspCamera(begin.address)
        self._masks = begin.masks
        folder = shelf_folder(Path(begin.folder), begin.camera)
        self._shelf = Shelf(folder)
        self._recording = Recording(
            self._shelf,
            Room(folder, begin.keep_bytes),
            segment_s=begin.segment_s,
            retention=begin.retention,
            gate_ns=self._time.now_ns,
        )
        self._counting = None if begin.counts is None else CountingFeed(begin.counts, begin.masks, self._tell)
        self._telling = threading.Lock()
        self._stopping = threading.Event()
        self._told: State | None = None
        self._told_at_ns = 0
        self._picture = PictureWatch()
        self._looked_at_ns = 0
        self._packet_at_ns = 0

    def start(self) -> None:
        """Begin to record, in a thread."""
        threading.Thread(target=self._capture, name="camera", daemon=True).start()
        if self._counting is not None:
            self._counting.start()

    def obey(self, order: Order) -> bool:
        """Do what the gate wants; returns False for Stop."""
        match order:
            case ClockOffset(offset_ns, is_confirmed):
                self._recording.clock_set(offset_ns - self._time.offset_ns, lambda: self._time.set(offset_ns))
                self._time.is_confirmed = is_confirmed
            case GiveKey(name, key, wraps):
                self._recording.give_key(ContentKey(name, key), wraps)
            case TakeSnapshot(ask, width_pixels):
                group = self._recording.group()
                jpeg = newest_picture(group, width_pixels, self._masks) if group else None
                self._tell(Snapshot(ask, jpeg or b""))
            case Stop():
                return False
            case Begin():
                raise ValueError("a recorder begins once")
        return True

    def look_after(self) -> None:
        """Look after disk and picture, and tell the state if it changed or was not told for a while."""
        self._recording.look_after_disk(is_confirmed=self._time.is_confirmed)
        now_ns = SystemClock().boottime_ns()
        if self._recording.status().recording and now_ns - self._packet_at_ns >= STUCK_S * NS_PER_S:
            self._recording.lost(GapReason.SILENT, "camera: silent")
            self.failed = True
        status = self._recording.status()
        if status.recording and now_ns - self._looked_at_ns >= LOOK_AT_PICTURE_S * NS_PER_S:
            self._looked_at_ns = now_ns
            group = self._recording.group()
            luma = key_luma(group) if group else None
            if luma is not None:
                self._picture.look(luma)
        state = State(
            status.recording,
            status.segments,
            status.error,
            status.oldest_dies_s,
            None if status.recording else status.why,
            self._picture.trouble if status.recording else None,
            status.cut_short,
            status.recorded_percent,
        )
        if state != self._told or now_ns - self._told_at_ns >= HEARTBEAT_S * NS_PER_S:
            self._tell(state)
            self._told, self._told_at_ns = state, now_ns

    def stop(self) -> None:
        """Seal the open segment. The camera's thread may hang in the camera: nobody waits for it."""
        self._stopping.set()
        if self._counting is not None:
            self._counting.stop()
        self._recording.stop()
        self._shelf.finish()

    def _capture(self) -> None:
        backoff, clock = Backoff(), SystemClock()
        try:
            while not self._stopping.is_set():
                try:
                    for packet in self._camera.packets():
                        backoff.came()
                        self._packet_at_ns = clock.boottime_ns()
                        if self._counting is not None:
                            self._counting.take(packet)
                        self._recording.take(packet)
                except CameraLostError as error:
                    self._recording.lost(GapReason(error.reason.value), str(error))
                    if self._counting is not None:
                        self._counting.lost()
                self._stopping.wait(backoff.wait_s())
        finally:
            # Whatever ended this thread ends the process: the gate starts it again.
            self.failed = self.failed or not self._stopping.is_set()
            os.write(self._wake, b"\0")

    def _tell(self, report: Report) -> None:
        rest = memoryview(framed(report))
        with self._telling:  # crossings come from another thread
            while rest:
                rest = rest[os.write(self._reports, rest) :]


def main() -> int:
    """Work until told to stop; returns the exit status."""
    # Reports keep the real stdout; whatever else is printed goes to stderr. No core file ever holds a content key.
    reports = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    keep_in_memory()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGTERM, lambda *_: None)
    # Ctrl-C reaches the whole process group; the gate ends this process when it is done with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    coming = _orders(sys.stdin.fileno(), woken)
    begin = next((order for order in coming if order is not None), None)
    if not isinstance(begin, Begin):
        return 2
    recorder = Recorder(begin, reports, wake)
    try:
        recorder.look_after()  # after a power cut: what is dead begins to go before anything else happens
        recorder.start()
        for order in coming:
            if order is not None and not recorder.obey(order):
                break
            recorder.look_after()
            if recorder.failed:
                break
    except BrokenPipeError:
        return 1
    finally:
        recorder.stop()
    return int(recorder.failed)


def _orders(stdin: int, woken: int) -> Iterator[Order | None]:
    """Yield orders, and None once a second, until the end of `stdin` or something arrives at `woken`."""
    incoming = orders()
    while True:
        ready, _, _ = select.select([stdin, woken], [], [], _LOOK_S)
        if woken in ready:
            return
        if stdin in ready:
            data = os.read(stdin, _READ_BYTES)
            if not data:
                return
            yield from incoming.feed(data)
        else:
            yield None


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    # Not by way of the interpreter's end: the camera's thread may still be inside libav.
    os._exit(status)
