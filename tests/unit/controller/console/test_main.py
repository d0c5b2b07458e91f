"""The console as a process of its own."""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from controller.console.main import NoPortError, listen
from tests.browser.truth import Truth


async def start(*arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "controller.console.main", *arguments, stdin=pipe, stdout=pipe, stderr=pipe
    )


async def port_of(process: asyncio.subprocess.Process) -> int:
    assert process.stdout
    line = json.loads(await process.stdout.readline())
    assert set(line) == {"port"}
    return int(line["port"])


async def end(process: asyncio.subprocess.Process) -> int:
    """Hang up, as a parent that dies does."""
    assert process.stdin
    process.stdin.close()
    return await process.wait()


@pytest.fixture
async def taken() -> AsyncIterator[int]:
    """A port that somebody else listens at."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


async def test_it_tells_its_port_takes_the_next_free_one_and_ends_with_its_parent(tmp_path: Path, taken: int) -> None:
    process = await start("--truth-socket", str(tmp_path / "none.sock"), "--port", str(taken))
    port = await port_of(process)
    assert taken < port <= taken + 99
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"The controller does not answer" in answer
    assert await end(process) == 0


async def test_it_ends_with_its_parent_while_a_page_is_open(truth: Truth) -> None:
    process = await start("--truth-socket", str(truth.socket), "--port", "0")
    port = await port_of(process)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    assert await end(process) == 0
    await reader.read()
    writer.close()


async def test_a_name_that_a_proxy_passes_on_is_answered_and_no_other(truth: Truth) -> None:
    process = await start("--truth-socket", str(truth.socket), "--port", "0", "--name", "sacs.example.org")
    port = await port_of(process)
    for host, status in (("sacs.example.org", b"303"), ("SACS.example.org:443", b"303"), ("other.example.org", b"421")):
        truth.signed_in = False
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert (await reader.read()).startswith(b"HTTP/1.1 " + status)
        writer.close()
        await writer.wait_closed()
    assert await end(process) == 0


async def test_an_address_that_is_not_ours_is_said_plainly(tmp_path: Path) -> None:
    process = await start("--truth-socket", str(tmp_path / "none.sock"), "--host", "192.0.2.1")
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert errors.startswith(b"console: ")
    assert b"Traceback" not in errors


def test_the_search_for_a_port_has_an_end() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 65535))
        other.listen()
        with pytest.raises(NoPortError):
            listen("127.0.0.1", 65535)
