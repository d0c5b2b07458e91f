"""Relays of a simulated board: they close, open, and some open by themselves after their time.

Belongs here: relays and who is told of them. Does not belong here: how a board is spoken to.
"""

import asyncio
from collections.abc import Callable

OnOutput = Callable[[bool], None]
"""Told when a relay closes (True) or opens."""


class Relays:
    """The relays of one board, in a running event loop."""

    def __init__(self, count: int) -> None:
        self.closed = [False] * count
        self._listeners: list[list[OnOutput]] = [[] for _ in range(count)]
        self._timers: dict[int, asyncio.TimerHandle] = {}

    def listen(self, number: int, listener: OnOutput) -> None:
        """Wire something to a relay. Raises IndexError for one that the board has not."""
        self._listeners[number].append(listener)

    def set(self, number: int, *, closed: bool) -> None:
        """Close or open a relay; a time that was running ends."""
        if (timer := self._timers.pop(number, None)) is not None:
            timer.cancel()
        if self.closed[number] != closed:
            self.closed[number] = closed
            for listener in self._listeners[number]:
                listener(closed)

    def pulse(self, number: int, duration_s: float) -> None:
        """Close a relay for so long; the board opens it by itself."""
        self.set(number, closed=True)
        loop = asyncio.get_running_loop()
        self._timers[number] = loop.call_later(duration_s, lambda: self.set(number, closed=False))

    def drop(self) -> None:
        """Let all go: the board has no power."""
        for number in range(len(self.closed)):
            self.set(number, closed=False)
