"""The two-person rule: where it holds, two different holders present themselves one after the other, then both pass.

The first waits for the second; whoever presents himself twice is no second person, with whichever of his cards. A
second one who is refused for a reason of his own leaves the first waiting.

Times are nanoseconds of any counter that never goes back (CLOCK_BOOTTIME).

Belongs here: who makes a pair. Does not belong here: whether each of the two may pass (decide.py), timers.
"""

import enum
from typing import Final, Generic, TypeVar

from contract.ids import AccessPointId, HolderId
from edge.domain.waits import Waits

T = TypeVar("T")


class Alone(enum.Enum):
    """Why one person is not yet a pair."""

    FIRST = "first"
    """He is the first, and waits."""
    SAME_PERSON = "same-person"
    """He is the one who waits already."""


class Pairs(Generic[T]):
    """Who waits for a second person, at each access point. `within_ns`: for how long."""

    def __init__(self, within_ns: int) -> None:
        self._within_ns: Final = within_ns
        self._first: Waits[AccessPointId, tuple[HolderId, T]] = Waits()

    def present(self, point: AccessPointId, holder: HolderId, what: T, now_ns: int) -> T | Alone:
        """A holder who may pass presents himself; return what the first one left (`what`), if he is the second."""
        waiting = self._first.at(point, now_ns)
        if waiting is None:
            self._first.begin(point, (holder, what), now_ns + self._within_ns)
            return Alone.FIRST
        first, left = waiting
        if first == holder:
            return Alone.SAME_PERSON
        self._first.end(point)
        return left

    def prolong(self, point: AccessPointId, until_ns: int) -> None:
        """Let whoever waits at `point` wait at least until `until_ns`: a second person is typing his PIN."""
        self._first.prolong(point, until_ns)

    def expire(self, now_ns: int) -> list[T]:
        """Return what those left for whom nobody came in time."""
        return [what for _, (_, what) in self._first.expire(now_ns)]

    def deadline_ns(self) -> int | None:
        """Return when `expire` has something to say next, or None."""
        return self._first.deadline_ns()
