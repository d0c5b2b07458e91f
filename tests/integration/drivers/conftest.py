"""Real drivers on pseudo-terminals, with simulated devices at the other end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from drivers.ports import DeviceEvent, Reader
from simulators.line import PtyLine

LIMIT_S = 60.0
Event = TypeVar("Event")


class Heard:
    """Every event that a driver told, in order; waits for one."""

    def __init__(self) -> None:
        self.events: list[DeviceEvent] = []
        self._changed = asyncio.Event()
        self._seen = 0

    def __call__(self, event: DeviceEvent) -> None:
        self.events.append(event)
        self._changed.set()

    async def next(self, kind: type[Event]) -> Event:
        """Return the next event of `kind` that was not returned yet, passing over others."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                while self._seen < len(self.events):
                    event = self.events[self._seen]
                    self._seen += 1
                    if isinstance(event, kind):
                        return event
                self._changed.clear()
                await self._changed.wait()


Run = Callable[[Reader], Heard]


@pytest.fixture
def line(tmp_path: Path) -> PtyLine:
    return PtyLine(tmp_path / "line")


@pytest.fixture
async def run() -> AsyncIterator[Run]:
    """Run readers until the test ends; a reader that raises fails the test."""
    tasks: list[asyncio.Task[None]] = []

    def start(reader: Reader) -> Heard:
        heard = Heard()
        tasks.append(asyncio.create_task(reader.run(heard), name=f"reader {reader.id}"))
        return heard

    yield start
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.fixture
def until() -> Callable[[Callable[[], object]], Awaitable[None]]:
    async def wait(condition: Callable[[], object]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not condition():  # noqa: ASYNC110 - a simulated device has no event to wait for
                await asyncio.sleep(0.01)

    return wait
