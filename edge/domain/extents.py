"""Which records of a ring a controller still lacks: arithmetic on closed intervals of numbers.

Belongs here: that arithmetic. Does not belong here: the ring, or when something is sent again (edge/delivery.py).
"""

from collections.abc import Iterable, Mapping, Sequence

from contract.ids import Epoch
from contract.messages import Interval, RingExtent

Known = Mapping[Epoch, Sequence[Interval]]
"""What somebody has: closed intervals by epoch."""


def without(first: int, last: int, known: Iterable[Interval]) -> list[Interval]:
    """Return what of `first` to `last` (both included) no interval of `known` covers, ascending."""
    gaps: list[Interval] = []
    for start, end in sorted(known):
        if end < first:
            continue
        if start > last:
            break
        if start > first:
            gaps.append((first, start - 1))
        first = max(first, end + 1)
    if first <= last:
        gaps.append((first, last))
    return gaps


def lacking(ring: Iterable[RingExtent], known: Iterable[Known]) -> dict[Epoch, list[Interval]]:
    """Return what of `ring` at least one of those who `known` speaks for lacks; epochs in the ring's order."""
    everybody = list(known)
    lacks: dict[Epoch, list[Interval]] = {}
    for extent in ring:
        gaps = [gap for has in everybody for gap in without(extent.first, extent.last, has.get(extent.epoch, ()))]
        if gaps:
            lacks[extent.epoch] = merged(gaps)
    return lacks


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the same numbers in as few intervals as possible, ascending."""
    joined: list[Interval] = []
    for start, end in sorted(intervals):
        if joined and start <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
