"""The network cable between a gate and its controller: TCP connections that pass through here, and can be cut.

A gate is told the relay's address in the place of the controller's. TLS passes through untouched, so neither end
trusts the relay with anything.

Belongs here: bytes on their way. Does not belong here: who connects to what, or why it is cut. Not simulated: a network
that is slow or that loses packets; TCP would hide both.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Final

_PIECE_BYTES: Final = 1 << 16
LOOPBACK: Final = "127.0.0.1"


class TcpRelay:
    """One listening port whose connections lead to one address. `port` is known once it was started."""

    def __init__(self, host: str, port: int) -> None:
        """`host` and `port`: where connections lead."""
        self.port = 0
        self._target = host, port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def is_up(self) -> bool:
        """Whether anybody gets through."""
        return self._server is not None

    async def up(self) -> None:
        """Plug the cable in: listen on loopback, always on the same port. Does nothing if it is in. Raises OSError."""
        if self._server is None:
            self._server = await asyncio.start_server(self._carry, LOOPBACK, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Pull the cable: every connection is reset, and nobody gets a new one. Does nothing if it is out."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._connections)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        with contextlib.suppress(OSError), self._held(writer):
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            with self._held(far_writer):
                if self.is_up:  # it may have been pulled meanwhile
                    await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))

    @contextlib.contextmanager
    def _held(self, writer: asyncio.StreamWriter) -> Iterator[None]:
        """Let `down` reset this connection; in the end it is reset in any case."""
        self._writers.add(writer)
        try:
            yield
        finally:
            self._writers.discard(writer)
            writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes one way until the sender has finished, and say so to the other end."""
    with contextlib.suppress(OSError):
        while piece := await reader.read(_PIECE_BYTES):
            writer.write(piece)
            await writer.drain()
        writer.write_eof()
