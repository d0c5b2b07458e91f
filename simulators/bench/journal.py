"""What the bench saw, in order: acts, frames on wires, what the gate says, what the controller received.

It lives in memory alone, and forgets the oldest. Belongs here: entries and who waits for them. Does not belong here:
where entries come from, or how they are worded on a page (page.py).
"""

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import msgspec

from contract.clock import NS_PER_S, Clock

KEPT: Final = 20_000
"""Entries that are kept: ten minutes of a busy bus."""

NOT_DONE: Final = "not-done"
"""An entry of Source.ACT: an act could not be done, `words` say why. Facts: `act`, and `number` of its own entry."""
UNHEARD: Final = "unheard"
"""An entry of Source.ACT: the gate said nothing to a card that was held up."""
NOT_ACTS: Final = frozenset({NOT_DONE, UNHEARD})

Fact = str | int | float | bool | None | list[str]


class Source(StrEnum):
    """Who says it."""

    ACT = "act"
    """Somebody did something at the bench."""
    WIRE = "wire"
    """A frame passed on a line or between reader and card."""
    GATE = "gate"
    """The gate decided or noticed something."""
    CONTROLLER = "controller"
    """The controller received or counts something."""
    SCENE = "scene"
    """How the scene that is played goes on."""


class Entry(msgspec.Struct, frozen=True):
    """One thing that happened. `number` rises by one; `at` is aware UTC.

    `kind`: the act, the protocol, the gate's or the controller's word for it. `place`: the device, line or portal.
    `words`: what was on the wire, decoded; English, as protocols are. `facts`: all else that is known of it.
    `is_routine`: happens all the time and tells nothing by itself, such as a poll and its acknowledgement.
    """

    number: int
    at: datetime
    source: Source
    kind: str
    place: str = ""
    words: str = ""
    facts: dict[str, Fact] = {}
    is_routine: bool = False


class Journal:
    """All entries of one bench. Belongs to one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._numbers = itertools.count(1)
        self._added = asyncio.Event()
        self._news = asyncio.Event()
        self._listeners: list[Callable[[Entry], None]] = []

    @property
    def last_number(self) -> int:
        """The number of the newest entry; 0 before the first."""
        return self._entries[-1].number if self._entries else 0

    def add(
        self,
        source: Source,
        kind: str,
        place: str = "",
        words: str = "",
        facts: dict[str, Fact] | None = None,
        *,
        is_routine: bool = False,
    ) -> Entry:
        """Write down that something happened now."""
        at = datetime.fromtimestamp(self._clock.now_ns() / NS_PER_S, UTC)
        entry = Entry(next(self._numbers), at, source, kind, place, words, facts or {}, is_routine)
        self._entries.append(entry)
        for listener in self._listeners:
            listener(entry)
        self._added.set()
        self._added = asyncio.Event()
        if not is_routine:
            self._news.set()
            self._news = asyncio.Event()
        return entry

    def listen(self, listener: Callable[[Entry], None]) -> Callable[[], None]:
        """Call `listener` with every entry from now on; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def since(self, number: int) -> Iterator[Entry]:
        """Return the kept entries after `number`, oldest first."""
        if not self._entries:
            return iter(())
        skip = max(0, number + 1 - self._entries[0].number)
        return itertools.islice(self._entries, skip, None)

    async def follow(self, number: int, at_most_s: float) -> AsyncIterator[list[Entry]]:
        """Yield what came after `number`, as soon as there is something; an empty list after `at_most_s` of silence."""
        while True:
            added = self._added
            fresh = list(self.since(number))
            if not fresh:
                await _wait(added, at_most_s)
                fresh = list(self.since(number))
            if fresh:
                number = fresh[-1].number
            yield fresh

    async def wait(self, at_most_s: float) -> None:
        """Return at the next entry that is not routine, or after `at_most_s` without one."""
        await _wait(self._news, at_most_s)


async def _wait(event: asyncio.Event, at_most_s: float) -> None:
    try:
        async with asyncio.timeout(at_most_s):
            await event.wait()
    except TimeoutError:
        return
