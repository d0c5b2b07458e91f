"""What waits for something at a place, each for its time: a card for its PIN at a reader, a person for another.

Times are nanoseconds of any counter that never goes back (CLOCK_BOOTTIME).

Belongs here: one wait a place, and its end. Does not belong here: timers, or what is waited for (pin.py, pairs.py).
"""

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Waits(Generic[K, T]):
    """At most one wait at each place."""

    def __init__(self) -> None:
        self._waiting: dict[K, tuple[T, int]] = {}

    def begin(self, place: K, what: T, until_ns: int) -> None:
        """Let `what` wait at `place` until `until_ns`, instead of whatever waited there."""
        self._waiting[place] = what, until_ns

    def prolong(self, place: K, until_ns: int) -> None:
        """Let what waits at `place`, if anything, wait at least until `until_ns`."""
        if place in self._waiting:
            what, before_ns = self._waiting[place]
            self._waiting[place] = what, max(before_ns, until_ns)

    def at(self, place: K, now_ns: int) -> T | None:
        """Return what still waits at `place`."""
        what, until_ns = self._waiting.get(place, (None, 0))
        return what if now_ns < until_ns else None

    def end(self, place: K) -> None:
        """Let nothing wait at `place` any more."""
        self._waiting.pop(place, None)

    def expire(self, now_ns: int) -> list[tuple[K, T]]:
        """Return what has waited long enough, with its place, in the order of the ends; it waits no more."""
        over = [(until_ns, place, what) for place, (what, until_ns) in self._waiting.items() if now_ns >= until_ns]
        over.sort(key=lambda each: each[0])
        for _, place, _ in over:
            del self._waiting[place]
        return [(place, what) for _, place, what in over]

    def deadline_ns(self) -> int | None:
        """Return when `expire` has something to say next, or None."""
        return min((until_ns for _, until_ns in self._waiting.values()), default=None)
