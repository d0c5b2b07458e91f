"""What systemd does on real machines: a program that died is started again, with the arguments that it had.

Belongs here: when to start again, and when to give up. Does not belong here: which children there are (site.py), or how
a process is started (children.py).
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from sacs.demo.children import Child, ChildError

PAUSE_S: Final = 0.5
"""Between the end of a child and its next start."""
SHORT_LIFE_S: Final = 2.0
MOST_SHORT_LIVES: Final = 5
"""A child that ends so often in a row within SHORT_LIFE_S of its start will not come up by trying."""


async def keep_running(child: Child, came_back: Callable[[], Awaitable[None]], say: Callable[[str], None]) -> None:
    """Start a running `child` again whenever it ends, until cancelled; then await `came_back`.

    Raises ChildError, with its last words, when it does not stay up.
    """
    clock = asyncio.get_running_loop()
    short_lives = 0
    started_s = clock.time() - SHORT_LIFE_S
    while True:
        code = await child.wait()
        short_lives = short_lives + 1 if clock.time() - started_s < SHORT_LIFE_S else 0
        if short_lives >= MOST_SHORT_LIVES:
            child.check()
        say(f"{child.name} ended ({code}), starting it again")
        await asyncio.sleep(PAUSE_S)
        started_s = clock.time()
        await child.restart()
        with contextlib.suppress(ChildError):  # it ended again: seen in the next turn
            await came_back()
