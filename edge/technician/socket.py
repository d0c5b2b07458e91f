"""The technician's socket: STATE/technician.sock, for whoever may read the gate's folder on the gate's own machine.

It has no history and keeps nothing; it answers no question and takes no order. A technician who connects is told how
things stand, and from then on what happens. One who reads slowly misses lines, and is told how many: the gate never
waits for him.

Belongs here: the socket. Does not belong here: what is said (lines.py).
"""

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, cast

import structlog

from edge.technician.lines import Line, Missed, encode_line

SOCKET: Final = "technician.sock"
MOST_TECHNICIANS: Final = 8
_MOST_WAITING_BYTES: Final = 256 * 1024

_logger = structlog.get_logger(__name__)


class Technicians:
    """Everybody who watches this gate now. Belongs to the event loop.

    `counters` has `technicians` (how many watch), `technicians-refused` (too many at once, or no socket could be made)
    and `technician-lines-missed`.
    """

    def __init__(self) -> None:
        self._watching: set[_Technician] = set()
        self.standing: Callable[[], Iterable[Line]] = tuple
        """Returns the lines that tell how things stand now, for whoever connects."""
        self.counters: Counter[str] = Counter()

    @property
    def are_there(self) -> bool:
        """Whether anybody watches: whoever has something to tell need not make a line of it otherwise."""
        return bool(self._watching)

    def tell(self, line: Line) -> None:
        """Tell everybody, at once and without waiting for anybody."""
        if self._watching:
            data = encode_line(line)
            for technician in self._watching:
                technician.tell(data, line.at)

    async def run(self, state: Path) -> None:
        """Serve STATE/technician.sock until cancelled; without one, say so and let the gate do without."""
        path = state / SOCKET
        try:
            listening = _listen(path)
        except OSError as error:
            self.counters["technicians-refused"] += 1
            _logger.warning("technician_socket_refused", cause=str(error))
            return
        try:
            server = await asyncio.get_running_loop().create_unix_server(lambda: _Technician(self), sock=listening)
            try:
                await asyncio.Event().wait()
            finally:
                server.close()  # and not wait_closed(): from Python 3.12 on that waits until the last one has gone
        finally:
            listening.close()
            path.unlink(missing_ok=True)
            for technician in list(self._watching):
                technician.leave()

    def joined(self, technician: "_Technician") -> bool:
        """Let one in, unless there are too many."""
        if len(self._watching) >= MOST_TECHNICIANS:
            self.counters["technicians-refused"] += 1
            return False
        self._watching.add(technician)
        self.counters["technicians"] = len(self._watching)
        return True

    def left(self, technician: "_Technician") -> None:
        """One went."""
        self._watching.discard(technician)
        self.counters["technicians"] = len(self._watching)


class _Technician(asyncio.Protocol):
    """One connection. What it sends is thrown away."""

    def __init__(self, everybody: Technicians) -> None:
        self._everybody = everybody
        self._transport: asyncio.WriteTransport | None = None
        self._is_full = False
        self._missed = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Tell how things stand."""
        self._transport = cast("asyncio.WriteTransport", transport)
        self._transport.set_write_buffer_limits(high=_MOST_WAITING_BYTES)
        if not self._everybody.joined(self):
            self._transport.close()
            return
        for line in self._everybody.standing():
            self.tell(encode_line(line), line.at)

    def connection_lost(self, _: Exception | None) -> None:
        """He went."""
        self._everybody.left(self)

    def pause_writing(self) -> None:
        """He reads too slowly."""
        self._is_full = True

    def resume_writing(self) -> None:
        """He has caught up."""
        self._is_full = False

    def tell(self, data: bytes, at: str) -> None:
        """Send one line, or count it."""
        if self._is_full:
            self._missed += 1
            self._everybody.counters["technician-lines-missed"] += 1
        elif self._transport is not None:
            if self._missed:
                self._transport.write(encode_line(Missed(at, self._missed)))
                self._missed = 0
            self._transport.write(data)

    def leave(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.abort()


def _listen(path: Path) -> socket.socket:
    """Return a socket that only this gate's own account can connect to. Raises OSError."""
    path.unlink(missing_ok=True)  # of a run that was killed: the ring file has made sure that there is no other now
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with contextlib.ExitStack() as opened:
        opened.callback(listening.close)
        listening.bind(str(path))
        path.chmod(0o600)
        listening.setblocking(False)
        opened.pop_all()
    return listening
