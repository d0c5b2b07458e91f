"""A door with its wires: the reader that drives its strike hears of its contacts, and people wait for its changes.

Belongs here: a door (door.py) in real time. Does not belong here: the reader's wire (readers/), who walks (world.py).
"""

import asyncio
from collections.abc import Callable
from typing import Final

from simulators.door import Contact, ContactChange, Door

OPEN_S: Final = 1.5
"""How long a leaf stays open for one person."""

SetInput = Callable[[Contact, bool], None]
"""Takes a contact's state to the reader that reports it."""


class SimulatedPortal:
    """A door in a running event loop. `turn` is held by whoever uses it: one person at a time."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self._door = Door(OPEN_S)
        self._set_input: SetInput | None = None
        self._changed = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    def wire(self, set_input: SetInput) -> None:
        """Connect the contacts."""
        self._set_input = set_input

    def on_strike(self, released: bool) -> None:  # noqa: FBT001 - what a reader calls
        """The reader released or engaged the strike."""
        self._door.set_strike(released=released)
        self._wake()

    @property
    def is_released(self) -> bool:
        """Whether the strike lets the leaf open."""
        return self._door.strike_is_released

    @property
    def is_at_rest(self) -> bool:
        """Whether the leaf is shut and the strike engaged."""
        return not self._door.is_open and not self._door.strike_is_released

    def walk_through(self) -> bool:
        """A person wants through now; returns whether the door lets him."""
        went, changes = self._door.walk_through(self._now_s())
        self._report(changes)
        return went

    async def released_within(self, patience_s: float) -> bool:
        """Wait at most so long until the strike is released; return whether it is."""
        try:
            async with asyncio.timeout(patience_s):
                while not self.is_released:
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def at_rest(self) -> None:
        """Wait until the leaf is shut and the strike engaged."""
        while not self.is_at_rest:
            await self._changed.wait()

    def _report(self, changes: list[ContactChange]) -> None:
        for change in changes:
            if self._set_input is not None:
                self._set_input(change.contact, change.active)
        if self._timer is not None:
            self._timer.cancel()
        due_s = self._door.next_change_s
        self._timer = None if due_s is None else asyncio.get_running_loop().call_at(due_s, self._advance)
        self._wake()

    def _advance(self) -> None:
        # A timer may fire a clock tick early; the door must not miss its own moment.
        due_s = self._door.next_change_s
        self._report(self._door.advance(max(self._now_s(), due_s or 0.0)))

    def _wake(self) -> None:
        """Wake whoever waits for a change; they look for themselves."""
        self._changed.set()
        self._changed.clear()

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()
