"""A broker through which nothing comes is started again, less and less often; one that carries something never is."""

import asyncio
from collections.abc import Iterator
from itertools import chain, count, repeat

from controller.broker.watch import watch

TICK_S = 0.01


async def starts(seen: Iterator[int | None], ticks: int) -> list[int]:
    """Return at which looks the broker was started again, of those that fit into so many ticks."""
    looks = 0
    at: list[int] = []
    done = asyncio.Event()

    def progress() -> int | None:
        nonlocal looks
        looks += 1
        if looks == ticks:
            done.set()
        return next(seen)

    async def start_again() -> None:
        at.append(looks)

    task = asyncio.create_task(watch(progress, start_again, TICK_S, 4 * TICK_S))
    await done.wait()
    task.cancel()
    return at


async def test_nothing_is_done_while_something_comes_through() -> None:
    assert await starts(count(), 8) == []


async def test_nothing_is_done_before_anything_ever_came_through() -> None:
    assert await starts(repeat(None), 8) == []


async def test_silence_starts_it_again_until_something_comes() -> None:
    assert await starts(chain([1, 2, 2, 2, 3, 4, 4], count(5)), 10) == [3, 4, 7]
