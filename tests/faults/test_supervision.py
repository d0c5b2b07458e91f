"""A child that dies is started again; one that never stays up is given up, with its last words."""

import asyncio
from pathlib import Path

import pytest

from sacs.demo.children import Child, ChildError
from sacs.demo.supervision import keep_running


async def _nothing() -> None:
    """Nobody waits for it."""


async def test_a_child_that_does_not_stay_up_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    said: list[str] = []
    child = Child("nobody", tmp_path / "log")
    await child.start("no_such_module_of_ours")
    with pytest.raises(ChildError, match="no_such_module_of_ours"):
        await keep_running(child, _nothing, said.append)
    assert len(said) == 5


async def test_a_killed_child_runs_again_with_its_arguments(tmp_path: Path) -> None:
    child, is_back = Child("server", tmp_path / "log"), asyncio.Event()

    async def came_back() -> None:
        is_back.set()

    await child.start("asyncio")  # a shell that reads commands from its standard input
    first = child.pid
    keeper = asyncio.create_task(keep_running(child, came_back, print))
    child.kill()
    await is_back.wait()
    assert child.pid != first
    assert not child.ended
    keeper.cancel()
    await child.stop()
