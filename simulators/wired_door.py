"""A door whose strike and contacts are wired to a simulated OSDP reader: physics on a running event loop.

Belongs here: the wires. Does not belong here: physics (door.py), the protocol (readers/osdp_reader.py).
"""

import asyncio
from collections.abc import Iterable
from typing import Final

from simulators.door import Contact, ContactChange, Door
from simulators.line import PtyLine
from simulators.readers.osdp_reader import DPS, REX, SimulatedOsdpReader

_INPUT_OF: Final = {Contact.DPS: DPS, Contact.REX: REX}


class WiredDoor:
    """A door and the reader that it is wired to. `reader` has the reader's own human face."""

    def __init__(self, line: PtyLine, address: int, key: bytes, door: Door) -> None:
        self.door = door
        self.reader = SimulatedOsdpReader(line, address, key, on_strike=self._on_strike)
        self._timer: asyncio.TimerHandle | None = None

    def walk_through(self) -> bool:
        """A person wants through. Returns whether he gets through."""
        got_through, changes = self.door.walk_through(self._now_s())
        self._wire(changes)
        return got_through

    def leave_by_button(self) -> None:
        """A person leaves by the request-to-exit button."""
        self._wire(self.door.leave_by_button(self._now_s()))

    def force(self) -> None:
        """Somebody breaks the door open."""
        self._wire(self.door.force(self._now_s()))

    def hold(self) -> None:
        """Somebody puts a wedge under the door, if it can be opened."""
        self._wire(self.door.hold(self._now_s()))

    def let_go(self) -> None:
        """The wedge is taken away."""
        self.door.let_go(self._now_s())
        self._wire([])

    def _on_strike(self, released: bool) -> None:  # noqa: FBT001 - the reader's callback
        self.door.set_strike(released=released)

    def _wire(self, changes: Iterable[ContactChange]) -> None:
        for change in changes:
            self.reader.set_input(_INPUT_OF[change.contact], active=change.active)
        if self._timer is not None:
            self._timer.cancel()
        due_s = self.door.next_change_s
        loop = asyncio.get_running_loop()
        self._timer = None if due_s is None else loop.call_at(due_s, self._advance)

    def _advance(self) -> None:
        self._wire(self.door.advance(self._now_s()))

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()
