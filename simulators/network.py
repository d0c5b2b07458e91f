"""The network cable between a gate and its controller: TCP connections that pass through here, and can be cut.

A gate is told the relay's address in the place of the controller's. TLS passes through untouched, so neither end
trusts the relay with anything.

A silent network is a real one to both ends: what they send is not taken from them, and who connects hears nothing,
since the port's queue is full and the kernel drops what knocks (listen(2), backlog). When it is over, what was sent
goes on, as TCP sends it again.

Belongs here: bytes on their way. Does not belong here: who connects to what, or why it is cut. Not simulated: a network
that is slow or that loses some packets; TCP would hide both.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

_PIECE_BYTES: Final = 1 << 16
LOOPBACK: Final = "127.0.0.1"


class Network(StrEnum):
    """How a network is."""

    UP = "up"
    REFUSED = "refused"
    """The cable is out at the far end: connections are reset, and nobody gets a new one."""
    SILENT = "silent"
    """Packets vanish: nobody is told anything."""


class TcpRelay:
    """One listening port whose connections lead to one address. `port` is known once it was started."""

    def __init__(self, host: str, port: int) -> None:
        """`host` and `port`: where connections lead."""
        self.port = 0
        self._target = host, port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._passes = asyncio.Event()
        self._hole: list[socket.socket] = []

    @property
    def is_up(self) -> bool:
        """Whether anybody gets through."""
        return self._server is not None

    async def up(self) -> None:
        """Let everything pass: listen on loopback, always on the same port. Does nothing if it does. Raises OSError."""
        if self._server is None:
            self._fill_hole()
            self._server = await asyncio.start_server(self._carry, LOOPBACK, self.port)
            self.port = self._server.sockets[0].getsockname()[1]
            self._passes.set()

    async def down(self) -> None:
        """Pull the cable: every connection is reset, and nobody gets a new one. Does nothing if it is out."""
        self._stop_listening()
        self._fill_hole()
        for writer in self._writers:
            writer.transport.abort()
        self._passes.set()  # whoever waits finds the connection gone
        await asyncio.gather(*self._connections)

    async def silence(self) -> None:
        """Let packets vanish: connections stay and carry nothing, new ones are not answered. Raises OSError."""
        if self._hole:
            return
        self._stop_listening()
        self._passes.clear()
        hole = socket.socket()
        self._hole.append(hole)
        hole.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        hole.bind((LOOPBACK, self.port))
        hole.listen(0)
        # One connection fills the queue that is never taken from; what knocks after it is dropped.
        self._hole.append(await asyncio.to_thread(socket.create_connection, (LOOPBACK, self.port)))

    def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _fill_hole(self) -> None:
        while self._hole:
            self._hole.pop().close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        with contextlib.suppress(OSError), self._held(writer):
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            with self._held(far_writer):
                await self._passes.wait()
                if self.is_up:  # it may have been pulled meanwhile
                    await asyncio.gather(self._pump(reader, far_writer), self._answer(far_reader, writer))

    @contextlib.contextmanager
    def _held(self, writer: asyncio.StreamWriter) -> Iterator[None]:
        """Let `down` reset this connection; in the end it is reset in any case."""
        self._writers.add(writer)
        try:
            yield
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry what the far end says."""
        await self._pump(reader, writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry bytes one way until the sender has finished, and say so to the other end."""
        with contextlib.suppress(OSError):
            while piece := await reader.read(_PIECE_BYTES):
                await self._passes.wait()
                writer.write(piece)
                await writer.drain()
            await self._passes.wait()
            writer.write_eof()
