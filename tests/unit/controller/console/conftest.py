"""A console in this process, on a port of its own, before a small truth."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from controller.console.main import run
from tests.browser import pictures
from tests.browser.truth import Truth


@pytest.fixture
async def truth(tmp_path: Path) -> AsyncIterator[Truth]:
    truth = Truth(tmp_path / "truth.sock", pictures.normal())
    await truth.start()
    yield truth
    await truth.stop()


@pytest.fixture
async def console(truth: Truth) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the console."""
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    ended = asyncio.Event()
    running = asyncio.create_task(run(truth.socket, "127.0.0.1", 0, port.set_result, ended))
    running.add_done_callback(lambda _: port.cancel())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{await port}", timeout=20, trust_env=False) as client:
        yield client
    ended.set()
    await running
