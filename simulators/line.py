"""A serial line made of a pseudo-terminal: a driver at the one end, simulated devices at the other.

The driver's end has a stable path (a symbolic link), so that a line can hang up like an unplugged adapter and
come back under the same name. Everything is 8-bit clean (raw mode). Several devices may share a line, as on
RS-485; each hears what the driver sends.

A line can be bad (`faults`, see line_faults.py), and it can be listened to (`tap`). A pseudo-terminal has no baud rate,
but it remembers which one the driver set: a device that says its own hears and is heard garbled when the two differ.

Not simulated: collisions, and what devices hear of one another.

Belongs here: bytes in real time. Does not belong here: what they mean, what a fault does to them.
"""

import asyncio
import contextlib
import os
import termios
import time
import tty
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from simulators.line_faults import NO_FAULTS, Disturbance, LineFaults, heard_at

READ_BYTES: Final = 4096
_BAUD_OF: Final = {
    getattr(termios, name): int(name[1:]) for name in dir(termios) if name[:1] == "B" and name[1:].isdigit()
}
_OUTPUT_SPEED: Final = 5
"""Its place in the list of termios attributes."""

Listener = Callable[[bytes], None]
Baud = Callable[[], int]


class Direction(StrEnum):
    """Who speaks."""

    TO_DEVICES = "to-devices"
    """The driver."""
    TO_DRIVER = "to-driver"
    """A device."""


@dataclass(frozen=True, slots=True)
class TappedPiece:
    """What a tap heard at once, as it arrived (faults and all). `at_ns`: wall clock, ns since 1970."""

    direction: Direction
    data: bytes
    at_ns: int


Tap = Callable[[TappedPiece], None]


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """Bytes that arrive at `at_s` of the event loop. `baud`: at which rate they were sent."""

    at_s: float
    data: bytes
    baud: int | None


class PtyLine:
    """One line. `path` is what the driver opens. Needs a running event loop while it is plugged in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._listeners: list[tuple[Listener, Baud | None]] = []
        self._taps: list[Tap] = []
        self._ends: tuple[int, int] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._under_way: dict[Direction, deque[_UnderWay]] = {direction: deque() for direction in Direction}
        self._timers: dict[Direction, asyncio.TimerHandle] = {}
        self.set_faults(NO_FAULTS)

    @property
    def is_plugged_in(self) -> bool:
        """Whether the driver's end exists."""
        return self._ends is not None

    @property
    def faults(self) -> LineFaults:
        """What is wrong with the line."""
        return self._faults

    @property
    def driver_baud(self) -> int | None:
        """The rate that the driver has set, in bits per second; None while unplugged."""
        if self._ends is None:
            return None
        return _BAUD_OF.get(termios.tcgetattr(self._ends[0])[_OUTPUT_SPEED])

    def set_faults(self, faults: LineFaults) -> None:
        """Make the line bad in this way from now on, or good again (NO_FAULTS)."""
        self._faults = faults
        self._disturbances = {direction: Disturbance(faults, direction) for direction in Direction}

    def listen(self, listener: Listener, baud: Baud | None = None) -> None:
        """Call `listener` with every piece that the driver sends from now on.

        `baud`: tells the rate at which the device listens; None for a device that understands every rate.
        """
        self._listeners.append((listener, baud))

    def tap(self, tap: Tap) -> Callable[[], None]:
        """Call `tap` with every piece of either direction from now on. Returns what takes the tap off again."""
        self._taps.append(tap)
        return lambda: self._taps.remove(tap)

    def plug_in(self) -> None:
        """Make the driver's end appear at `path`. Does nothing if it is there."""
        if self._ends is not None:
            return
        near, far = os.openpty()
        tty.setraw(far)
        os.set_blocking(near, False)
        # The far end stays open here as well: a driver that closes it must not look like a line that hung up.
        self._ends = (near, far)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        link = self.path.with_name(self.path.name + ".new")
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(far))
        link.rename(self.path)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(near, self._on_readable)

    def hang_up(self) -> None:
        """Unplug the adapter: the driver's end fails and `path` is gone. Does nothing if it was unplugged.

        What is under way on the line is lost.
        """
        if self._ends is None or self._loop is None:
            return
        near, far = self._ends
        self._ends = None
        self._loop.remove_reader(near)
        for direction in Direction:
            self._under_way[direction].clear()
            self._deliver(direction)
        self.path.unlink(missing_ok=True)
        os.close(near)
        os.close(far)

    def send(self, data: bytes, baud: int | None = None) -> None:
        """Send to the driver. Lost without a trace while unplugged, or when nobody reads and the line is full.

        `baud`: the rate at which the device sends; None for a device whose rate is always that of the driver.
        """
        if self._ends is not None:
            self._carry(Direction.TO_DRIVER, data, self._faults.wrong_baud or baud or self.driver_baud)

    def _on_readable(self) -> None:
        if self._ends is None:
            return
        with contextlib.suppress(BlockingIOError):
            self._carry(Direction.TO_DEVICES, os.read(self._ends[0], READ_BYTES), self.driver_baud)

    def _carry(self, direction: Direction, data: bytes, baud: int | None) -> None:
        """Let `data` arrive, now or piece by piece, never before what was sent before it."""
        if self._loop is None:
            return
        under_way = self._under_way[direction]
        at_s = self._loop.time() + self._faults.delay_ms / 1000
        if under_way:
            at_s = max(at_s, under_way[-1].at_s)
        for piece in self._disturbances[direction].pieces(data, baud):
            at_s += piece.takes_s
            under_way.append(_UnderWay(at_s, piece.data, baud))
        self._deliver(direction)

    def _deliver(self, direction: Direction) -> None:
        """Let arrive what is due, and come back for the rest."""
        if self._loop is None:
            return
        under_way = self._under_way[direction]
        now_s = self._loop.time()
        while under_way and under_way[0].at_s <= now_s:
            first = under_way.popleft()
            self._arrive(direction, first.data, first.baud)
        if (timer := self._timers.pop(direction, None)) is not None:
            timer.cancel()
        if under_way:
            self._timers[direction] = self._loop.call_at(under_way[0].at_s, self._deliver, direction)

    def _arrive(self, direction: Direction, data: bytes, baud: int | None) -> None:
        if self._ends is None:
            return
        driver_baud = self.driver_baud
        if direction is Direction.TO_DRIVER and baud and driver_baud:
            data = heard_at(data, baud, driver_baud)
        for tap in tuple(self._taps):
            tap(TappedPiece(direction, data, time.time_ns()))
        if direction is Direction.TO_DRIVER:
            with contextlib.suppress(BlockingIOError):
                os.write(self._ends[0], data)
            return
        for listener, listens_at in tuple(self._listeners):
            heard_baud = self._faults.wrong_baud or (listens_at() if listens_at else baud)
            listener(heard_at(data, baud, heard_baud) if baud and heard_baud else data)
