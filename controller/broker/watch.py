"""A broker that lives and carries nothing is started again.

Such brokers exist: nats-server remembers for ever that its disk was full and refuses every message of QoS 1 after there
is room again; any program can hang. To start one again costs seconds and loses nothing: gates keep what they sealed.

Belongs here: when to do it. Does not belong here: doing it, or starting a broker that died (process.py).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

SILENCE_FIRST_S: Final = 30.0
"""Fifteen health messages missed, or two attempts of a gate to send what is lacking."""
SILENCE_LAST_S: Final = 600.0
"""All gates may be without power: then no start helps, and few are tried."""


async def watch(
    progress: Callable[[], object | None],
    start_again: Callable[[], Awaitable[None]],
    first_s: float = SILENCE_FIRST_S,
    last_s: float = SILENCE_LAST_S,
) -> None:
    """Await `start_again` when `progress` has told nothing new for `first_s`, then twice as long; until cancelled.

    `progress` names what came through the broker last; while it is None nothing ever has, and nothing is done.
    """
    silence_s = first_s
    seen = progress()
    while True:
        await asyncio.sleep(silence_s)
        before, seen = seen, progress()
        if seen is None:
            continue
        if seen != before:
            silence_s = first_s
            continue
        await start_again()
        silence_s = min(2 * silence_s, last_s)
