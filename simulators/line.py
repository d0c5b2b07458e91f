"""A serial line made of a pseudo-terminal: a driver at the one end, simulated devices at the other.

The driver's end has a stable path (a symbolic link), so that a line can hang up like an unplugged adapter and
come back under the same name. Everything is 8-bit clean (raw mode). Several devices may share a line, as on
RS-485; each hears what the driver sends.

Not simulated: baud rate (a pseudo-terminal has none), collisions, and what devices hear of one another.

Belongs here: bytes. Does not belong here: what they mean.
"""

import asyncio
import contextlib
import os
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Final

READ_BYTES: Final = 4096


class PtyLine:
    """One line. `path` is what the driver opens. Needs a running event loop while it is plugged in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._listeners: list[Callable[[bytes], None]] = []
        self._ends: tuple[int, int] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def is_plugged_in(self) -> bool:
        """Whether the driver's end exists."""
        return self._ends is not None

    def listen(self, listener: Callable[[bytes], None]) -> None:
        """Call `listener` with every piece that the driver sends from now on."""
        self._listeners.append(listener)

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
        """Unplug the adapter: the driver's end fails and `path` is gone. Does nothing if it was unplugged."""
        if self._ends is None or self._loop is None:
            return
        near, far = self._ends
        self._ends = None
        self._loop.remove_reader(near)
        self.path.unlink(missing_ok=True)
        os.close(near)
        os.close(far)

    def send(self, data: bytes) -> None:
        """Send to the driver. Lost without a trace while unplugged, or when nobody reads and the line is full."""
        if self._ends is not None:
            with contextlib.suppress(BlockingIOError):
                os.write(self._ends[0], data)

    def _on_readable(self) -> None:
        if self._ends is None:
            return
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._ends[0], READ_BYTES)
            for listener in self._listeners:
                listener(data)
