"""The process that owns one OSDP line: `python -m drivers.osdp.bus_process`, started by bus.py.

It has a socket to the edge as its standard input (messages.py) and dies when the edge closes it or dies. It
carries few imports and sleeps until the line is readable, an order comes, or a turn is due.

Belongs here: the descriptors, the loop, and when the process has had its time. Does not belong here: turns (turns.py),
devices (session.py), or decisions of the edge.
"""

import os
import select
import signal
import socket
import sys
import time
from collections import Counter
from typing import Final

from drivers.osdp.messages import (
    PACKET_BYTES,
    CommandRefused,
    Configure,
    LineCounts,
    LineLost,
    Report,
    SetOutput,
    decode_order,
    encode,
)
from drivers.osdp.session import PdSession
from drivers.osdp.supervision import ClockWatch
from drivers.osdp.turns import Turns
from drivers.serial_line import LineAbsentError, LineLostError, open_line, read_piece
from process.memory import keep_in_memory

SHORTEST_SLEEP_S: Final = 0.001
LONGEST_SLEEP_S: Final = 1.0
REOPEN_FIRST_S: Final = 0.1
REOPEN_LAST_S: Final = 2.0
COUNTS_EVERY_S: Final = 5.0
WORN_AFTER_EVENTS: Final = 250_000
"""libosdp's binding leaks some 80 bytes with each event: after 20 MB the process ends, and the edge starts it anew."""
_HUNG_UP: Final = select.POLLHUP | select.POLLERR | select.POLLNVAL


class EdgeGoneError(Exception):
    """The edge closed the socket, or no longer reads it."""


class BusProcess:
    """One line and its devices."""

    def __init__(self, control: socket.socket, configure: Configure) -> None:
        self._control = control
        self._configure = configure
        self._sessions = {pd.address: PdSession(pd, self._report) for pd in configure.pds}
        self._is_edge_gone = False
        self._is_known_absent = False
        self._told: Counter[str] = Counter()
        self._counted: Counter[str] = Counter()
        self._tell_counts_at_s = time.monotonic() + COUNTS_EVERY_S

    def run(self) -> None:
        """Serve until the process is worn. Raises EdgeGoneError."""
        pause_s = REOPEN_FIRST_S
        while not self._is_worn():
            try:
                with open_line(self._configure.device, self._configure.baud) as line:
                    pause_s = REOPEN_FIRST_S
                    self._is_known_absent = False
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
        """Take turns on the open line until the process is worn. Raises LineLostError, EdgeGoneError."""
        turns = Turns(tuple(self._sessions.values()), self._configure.baud, lambda frame: _write(descriptor, frame))
        poller = select.poll()
        poller.register(self._control.fileno(), select.POLLIN)
        poller.register(descriptor, select.POLLIN)
        watch = ClockWatch(time.time(), time.monotonic())
        due_s = time.monotonic()
        try:
            while not self._is_worn():
                now_s = time.monotonic()
                sleep_s = min(max(due_s - now_s, SHORTEST_SLEEP_S if due_s > now_s else 0.0), LONGEST_SLEEP_S)
                for ready, flags in poller.poll(sleep_s * 1000):
                    if ready == self._control.fileno():
                        self._take_orders()
                    elif flags & _HUNG_UP:
                        raise LineLostError("hung up")
                    else:
                        turns.heard(read_piece(descriptor), time.monotonic())
                now_s = time.monotonic()
                if watch.has_leapt(time.time(), now_s):
                    for session in self._sessions.values():
                        session.end(now_s)  # libosdp times its polls by the wall clock
                due_s = turns.advance(now_s)
                if self._is_edge_gone:
                    raise EdgeGoneError
                self._tell_counts(now_s, turns)
        finally:
            self._counted += turns.counts

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
        session = self._sessions.get(order.address)
        if session is None:
            self._report(CommandRefused(order.address))
        else:
            told_s = order.told_s if isinstance(order, SetOutput) else 0.0
            session.submit(order, told_s or time.monotonic())

    def _sleep(self, pause_s: float) -> None:
        """Sleep between two attempts at an absent line, but not through the end of the edge."""
        if select.select([self._control], [], [], pause_s)[0]:
            self._take_orders()

    def _tell_counts(self, now_s: float, turns: Turns) -> None:
        if now_s < self._tell_counts_at_s:
            return
        self._tell_counts_at_s = now_s + COUNTS_EVERY_S
        whole = self._counted + turns.counts
        for session in self._sessions.values():
            whole += session.counts
        if whole != self._told:
            self._report(LineCounts(dict(whole - self._told)))
            self._told = whole

    def _report(self, report: Report) -> None:
        try:
            self._control.send(encode(report))
        except (BlockingIOError, ConnectionError):
            self._is_edge_gone = True  # no exception passes through libosdp

    def _is_worn(self) -> bool:
        return sum(session.events for session in self._sessions.values()) >= WORN_AFTER_EVENTS

    def _line_is_gone(self, *, absent: bool) -> None:
        if not self._is_known_absent:
            self._report(LineLost(absent))
        self._is_known_absent = True
        for session in self._sessions.values():
            session.line_lost(time.monotonic())


def _write(descriptor: int, frame: bytes) -> None:
    """Send a frame; what the line does not take is as lost as what a cable loses. Raises LineLostError."""
    try:
        os.write(descriptor, b"\xff" + frame)
    except BlockingIOError:
        return
    except OSError as error:
        raise LineLostError(str(error)) from error


def main() -> None:
    """Serve the line that the first order names."""
    keep_in_memory()  # it holds the readers' keys, and every card
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
