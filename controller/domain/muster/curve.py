"""How long it took: accounted for over time, and when half, nine in ten and all were.

Belongs here: that arithmetic. Does not belong here: whose moments they are (board.py).
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

SHARES: Final = (50, 90, 100)
"""Of the expected, in per cent: when so many were accounted for."""
MOST_POINTS: Final = 120
"""A curve has at most so many points."""


class Point(NamedTuple):
    """So many were accounted for at that moment (ns since 1970-01-01 UTC), and so many were not."""

    at_ns: int
    accounted: int
    missing: int


def curve(opened_ns: int, accounted_ns: Sequence[int], expected: int, fewest: int = 1) -> list[Point]:
    """Return the curve of those who are expected, from the opening on. `accounted_ns`: of each, in order.

    From each point to the next at least `fewest` persons were accounted for, if there are so many: it tells no moment
    of a single one.
    """
    count = len(accounted_ns)
    step = max(fewest, -(-count // MOST_POINTS))
    at = [*range(step, count - step + 1, step), count] if count else []
    return [Point(opened_ns, 0, expected), *(Point(accounted_ns[n - 1], n, expected - n) for n in at)]


def reached_ns(accounted_ns: Sequence[int], expected: int, share: int) -> int | None:
    """Return when that share of the expected, in per cent, was accounted for; None: not yet, or nobody is expected."""
    needed = -(-expected * share // 100)
    return accounted_ns[needed - 1] if 0 < needed <= len(accounted_ns) else None
