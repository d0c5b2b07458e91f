"""Which numbers of a gate's epoch are known: closed intervals, joined where they touch.

Belongs here: the set. Does not belong here: where it is stored, or what the numbers name.
"""

from bisect import bisect_right
from collections.abc import Iterable

from contract.messages import Interval


class NumberSet:
    """A set of whole numbers that is mostly one run: adding at its end is cheap."""

    def __init__(self, intervals: Iterable[Interval] = ()) -> None:
        """Take intervals (first, last), both included, in any order."""
        self._first: list[int] = []
        self._last: list[int] = []
        for first, last in sorted(intervals):
            self._append(first, last)

    def __contains__(self, number: int) -> bool:
        """Return whether `number` is in the set."""
        at = bisect_right(self._first, number) - 1
        return at >= 0 and number <= self._last[at]

    def __len__(self) -> int:
        """Return how many numbers are in the set."""
        return sum(self._last) - sum(self._first) + len(self._first)

    def add(self, number: int) -> bool:
        """Add `number`; return whether it was new."""
        first, last = self._first, self._last
        if last and number == last[-1] + 1:
            last[-1] = number
            return True
        at = bisect_right(first, number)
        if at and number <= last[at - 1]:
            return False
        joins_before = at > 0 and last[at - 1] == number - 1
        joins_after = at < len(first) and first[at] == number + 1
        if joins_before and joins_after:
            last[at - 1] = last[at]
            del first[at], last[at]
        elif joins_before:
            last[at - 1] = number
        elif joins_after:
            first[at] = number
        else:
            first.insert(at, number)
            last.insert(at, number)
        return True

    def covers(self, first: int, last: int) -> bool:
        """Return whether all of `first` to `last` (both included) are in the set; an empty range always is."""
        if last < first:
            return True
        at = bisect_right(self._first, first) - 1
        return at >= 0 and last <= self._last[at]

    def intervals(self) -> list[Interval]:
        """Return the set as intervals in order."""
        return list(zip(self._first, self._last, strict=True))

    def _append(self, first: int, last: int) -> None:
        if last < first:
            return
        if self._last and first <= self._last[-1] + 1:
            self._last[-1] = max(self._last[-1], last)
        else:
            self._first.append(first)
            self._last.append(last)
