"""The process that owns one OSDP line: `python -m drivers.osdp.bus_process`, started by bus.py.

It has a socket to the edge as its standard input (messages.py) and dies when the edge closes it or dies. It
carries few imports and sleeps until the line is readable, an order comes, or libosdp has something due.

How libosdp is driven. `refresh` does one step for each device: decide what to send, send it, look for the
answer. A step says nothing of what it did, but the channel sees it: a step that sent or received may be
followed by another at once; one that read in vain waits for an answer; two idle steps in a row mean that
nothing is due before the next poll, 50 ms after the last answer.

Belongs here: the loop, and turning library events into reports. Does not belong here: decisions of the edge.
"""

import os
import select
import signal
import socket
import sys
import time
from typing import Final

from drivers.osdp.library import Panel, reseed
from drivers.osdp.messages import (
    PACKET_BYTES,
    CardBits,
    CommandRefused,
    Configure,
    Inputs,
    InsecureRead,
    LineLost,
    LocalStatus,
    PdLost,
    PdOnline,
    Report,
    decode_order,
    encode,
)
from drivers.osdp.supervision import ClockWatch, PdSupervisor
from drivers.serial_line import LineAbsentError, LineLostError, open_line, read_piece

POLL_DUE_S: Final = 0.052
"""libosdp polls a device that is online 50 ms after its last answer, counting whole milliseconds."""
ANSWER_LATE_S: Final = 0.205
"""libosdp waits 200 ms for an answer (the standard's limit for a reply)."""
OFFLINE_TICK_S: Final = 0.1
"""How often to step while a device is not online: its retries are timed by libosdp, 800 ms apart."""
SHORTEST_SLEEP_S: Final = 0.004
IDLE_STEPS: Final = 2
MOST_STEPS: Final = 64
REOPEN_FIRST_S: Final = 0.1
REOPEN_LAST_S: Final = 2.0
WORN_AFTER_EVENTS: Final = 250_000
"""libosdp's binding leaks some 80 bytes with each event: after 20 MB the process ends, and the edge starts it anew."""
_SOM: Final = 0x53
_HUNG_UP: Final = select.POLLHUP | select.POLLERR | select.POLLNVAL


class EdgeGoneError(Exception):
    """The edge closed the socket, or no longer reads it."""


class SerialChannel:
    """libosdp's way to the line; remembers what a step did. See drivers.osdp.library.LineChannel."""

    id = 1  # one line per process; 0 would mean "unlocked" to libosdp and let two devices talk at once

    def __init__(self, descriptor: int) -> None:
        self.is_lost = False
        self.was_used = False
        self.is_starved = False
        self.last_address = 0
        self._descriptor = descriptor
        self.heard_at_s: dict[int, float] = {}

    def begin_step(self) -> None:
        """Forget the step before."""
        self.was_used = False
        self.is_starved = False

    def read(self, limit_bytes: int) -> bytes:
        """See LineChannel."""
        try:
            piece = read_piece(self._descriptor, limit_bytes)
        except LineLostError:
            self.is_lost = True
            return b""
        self.is_starved = not piece
        if piece:
            self.was_used = True
            self.heard_at_s[self.last_address] = time.monotonic()
        return piece

    def write(self, frame: bytes) -> int:
        """See LineChannel."""
        self.was_used = True
        som = frame.find(_SOM, 0, 2)
        if som >= 0 and len(frame) > som + 1:
            self.last_address = frame[som + 1] & 0x7F
        try:
            return os.write(self._descriptor, frame)
        except BlockingIOError:
            return 0
        except OSError:
            self.is_lost = True
            return len(frame)

    def flush(self) -> None:
        """See LineChannel."""
        try:
            while read_piece(self._descriptor):
                pass
        except LineLostError:
            self.is_lost = True


class BusProcess:
    """One line and its devices. See drivers.osdp.library.PanelEvents for the callbacks."""

    def __init__(self, control: socket.socket, configure: Configure) -> None:
        self._control = control
        self._configure = configure
        self._addresses = [pd.address for pd in configure.pds]
        self._index_of = {address: index for index, address in enumerate(self._addresses)}
        self._supervisors = [PdSupervisor() for _ in self._addresses]
        self._reported: list[bool | None] = [None] * len(self._addresses)
        self._panel: Panel | None = None
        self._events_before = 0
        self._is_edge_gone = False

    def run(self) -> None:
        """Serve until the process is worn. Raises EdgeGoneError."""
        pause_s = REOPEN_FIRST_S
        while not self._is_worn():
            try:
                with open_line(self._configure.device, self._configure.baud) as line:
                    pause_s = REOPEN_FIRST_S
                    self._serve(line.fileno())
            except LineAbsentError:
                self._line_is_gone(absent=True)
            except LineLostError:
                self._line_is_gone(absent=False)
            else:
                continue
            self._sleep(pause_s)
            pause_s = min(pause_s * 2, REOPEN_LAST_S)

    def _serve(self, descriptor: int) -> None:
        """Drive one panel on the open line until the wall clock leaps or the process is worn. Raises LineLostError."""
        channel = SerialChannel(descriptor)
        self._start_panel(channel)
        poller = select.poll()
        poller.register(self._control.fileno(), select.POLLIN)
        poller.register(descriptor, select.POLLIN)
        watch = ClockWatch(time.time(), time.monotonic())
        sleep_s = 0.0
        while not self._is_worn():
            for ready, flags in poller.poll(sleep_s * 1000):
                if ready == self._control.fileno():
                    self._take_orders()
                elif flags & _HUNG_UP:
                    raise LineLostError("hung up")
            if watch.has_leapt(time.time(), time.monotonic()):
                self._lose_all()
                return
            self._revive()
            self._step(channel)
            sleep_s = self._sleep_s(channel)

    def _start_panel(self, channel: SerialChannel) -> None:
        if self._panel is not None:
            self._events_before += self._panel.events
        self._panel = Panel(self._configure.pds, channel, self)
        self._supervisors = [PdSupervisor() for _ in self._addresses]

    def _step(self, channel: SerialChannel) -> None:
        panel = self._running()
        idle = 0
        for _ in range(MOST_STEPS):
            if not all(self._reported):
                reseed()  # a handshake may begin in this step
            channel.begin_step()
            panel.refresh()
            if self._is_edge_gone:
                raise EdgeGoneError
            if channel.is_lost:
                raise LineLostError("failed")
            idle = 0 if channel.was_used else idle + 1
            if channel.is_starved or idle == IDLE_STEPS:
                break

    def _sleep_s(self, channel: SerialChannel) -> float:
        if channel.is_starved:
            return ANSWER_LATE_S
        now_s = time.monotonic()
        due_s = now_s + (ANSWER_LATE_S if all(self._reported) else OFFLINE_TICK_S)
        for index, address in enumerate(self._addresses):
            if self._reported[index] and address in channel.heard_at_s:
                due_s = min(due_s, channel.heard_at_s[address] + POLL_DUE_S)
        return max(due_s - now_s, SHORTEST_SLEEP_S)

    def _revive(self) -> None:
        panel = self._running()
        now_s = time.monotonic()
        for index, supervisor in enumerate(self._supervisors):
            if supervisor.is_due(now_s):
                panel.disable(index)
                if panel.enable(index):
                    supervisor.revived()

    def _take_orders(self) -> None:
        try:
            packet = self._control.recv(PACKET_BYTES)
        except BlockingIOError:
            return
        except ConnectionError as error:
            raise EdgeGoneError from error
        if not packet:
            raise EdgeGoneError
        order = decode_order(packet)
        if isinstance(order, Configure):
            raise EdgeGoneError  # one process, one configuration: whoever sends a second is not our edge
        if self._panel is None or not self._panel.submit(self._index_of[order.address], order):
            self._report(CommandRefused(order.address))

    def _sleep(self, pause_s: float) -> None:
        """Sleep between two attempts at an absent line, but not through the end of the edge."""
        if select.select([self._control], [], [], pause_s)[0]:
            self._take_orders()

    def _report(self, report: Report) -> None:
        try:
            self._control.send(encode(report))
        except (BlockingIOError, ConnectionError):
            self._is_edge_gone = True  # no exception passes through libosdp

    def _is_worn(self) -> bool:
        events = self._events_before + (self._panel.events if self._panel is not None else 0)
        return events >= WORN_AFTER_EVENTS

    def _running(self) -> Panel:
        if self._panel is None:
            raise RuntimeError("no line was opened yet")
        return self._panel

    def _is_secure(self, index: int) -> bool:
        return self._reported[index] is True and self._running().is_secure(index)

    def _line_is_gone(self, *, absent: bool) -> None:
        if any(known is not False for known in self._reported):
            self._report(LineLost(absent))
        self._reported = [False] * len(self._addresses)

    def _lose_all(self) -> None:
        for index in range(len(self._addresses)):
            self._set_reported(index, is_online=False)

    def _set_reported(self, index: int, *, is_online: bool) -> None:
        if self._reported[index] is not is_online:
            self._reported[index] = is_online
            address = self._addresses[index]
            self._report(PdOnline(address) if is_online else PdLost(address))

    def on_status(self, index: int, is_online: bool) -> None:  # noqa: FBT001 - PanelEvents
        """See PanelEvents."""
        if is_online and self._running().is_secure(index):
            self._supervisors[index].online()
            self._set_reported(index, is_online=True)
        else:
            self._supervisors[index].lost(time.monotonic())
            self._set_reported(index, is_online=False)

    def on_card(self, index: int, bits: int, data: bytes) -> None:
        """See PanelEvents."""
        address = self._addresses[index]
        if self._is_secure(index):
            self._report(CardBits(address, bits, data, time.clock_gettime_ns(time.CLOCK_BOOTTIME)))
        else:
            self._report(InsecureRead(address, bits))

    def on_inputs(self, index: int, states: bytes) -> None:
        """See PanelEvents."""
        if self._is_secure(index):
            self._report(Inputs(self._addresses[index], states))

    def on_local(self, index: int, report: bytes) -> None:
        """See PanelEvents."""
        if self._is_secure(index) and len(report) >= 2:
            self._report(LocalStatus(self._addresses[index], bool(report[0]), bool(report[1])))

    def on_refused(self, index: int) -> None:
        """See PanelEvents."""
        self._report(CommandRefused(self._addresses[index]))


def main() -> None:
    """Serve the line that the first order names."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C goes to all; the edge ends us
    with socket.socket(fileno=sys.stdin.fileno()) as control:
        packet = control.recv(PACKET_BYTES)
        if not packet:
            return
        configure = decode_order(packet)
        if not isinstance(configure, Configure):
            raise SystemExit("the first order must be the configuration")
        control.setblocking(False)
        try:
            BusProcess(control, configure).run()
        except EdgeGoneError:
            return


if __name__ == "__main__":
    main()
