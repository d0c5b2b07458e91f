"""The network cable at the bench: bytes pass unchanged, and a pulled cable lets nothing through."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from simulators.network import LOOPBACK, TcpRelay

SILENCE_S = 0.3
BIG = bytes(range(256)) * 8192


@pytest_asyncio.fixture
async def relay() -> AsyncIterator[TcpRelay]:
    """A relay to a server that echoes, and ends its side when the client ended its own."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, LOOPBACK, 0)
    relay = TcpRelay(LOOPBACK, server.sockets[0].getsockname()[1])
    await relay.up()
    yield relay
    await relay.down()
    server.close()


async def test_bytes_and_the_end_of_them_pass(relay: TcpRelay) -> None:
    reader, writer = await asyncio.open_connection(LOOPBACK, relay.port)

    async def send() -> None:
        writer.write(BIG)
        await writer.drain()
        writer.write_eof()

    _, heard = await asyncio.gather(send(), reader.read(-1))
    assert heard == BIG
    writer.close()


async def test_a_pulled_cable_ends_connections_and_lets_nobody_in_until_it_is_back(relay: TcpRelay) -> None:
    reader, writer = await asyncio.open_connection(LOOPBACK, relay.port)
    writer.write(b"hello")
    assert await reader.readexactly(5) == b"hello"
    port = relay.port
    await relay.down()
    await relay.down()
    assert not relay.is_up
    writer.write(b"lost")
    assert await rest(reader) == b""
    writer.close()
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection(LOOPBACK, port)
    await relay.up()
    assert relay.port == port
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    writer.write(b"again")
    assert await reader.readexactly(5) == b"again"
    writer.close()


async def test_a_silent_network_tells_nobody_anything_and_goes_on_when_it_is_over(relay: TcpRelay) -> None:
    reader, writer = await asyncio.open_connection(LOOPBACK, relay.port)
    writer.write(b"hello")
    assert await reader.readexactly(5) == b"hello"
    await relay.silence()
    await relay.silence()
    assert not relay.is_up
    writer.write(b"later")
    answer = asyncio.create_task(reader.readexactly(5))
    knock = asyncio.create_task(asyncio.open_connection(LOOPBACK, relay.port))
    done, _ = await asyncio.wait({answer, knock}, timeout=SILENCE_S)
    assert done == set(), "neither an answer nor an error"
    await relay.up()
    assert await answer == b"later"
    reader_2, writer_2 = await knock
    writer_2.write(b"again")
    assert await reader_2.readexactly(5) == b"again"
    await relay.silence()
    await relay.down()
    assert await rest(reader) == b""
    for each in (writer, writer_2):
        each.close()


async def test_where_nobody_listens_a_connection_ends_at_once(relay: TcpRelay) -> None:
    nowhere = TcpRelay(LOOPBACK, 1)
    await nowhere.up()
    reader, writer = await asyncio.open_connection(LOOPBACK, nowhere.port)
    assert await rest(reader) == b""
    writer.close()
    await nowhere.down()


async def rest(reader: asyncio.StreamReader) -> bytes:
    """What still comes until the connection ends, in whatever way."""
    try:
        return await reader.read(-1)
    except ConnectionError:
        return b""
