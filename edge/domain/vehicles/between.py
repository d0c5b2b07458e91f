"""Vehicles between two interlocked barriers: whoever went in is there until he is seen to leave.

A loop shows a vehicle that has come up to the next barrier, and nothing of one that is on its way there. So passages
are counted: in through a lane that leads between the barriers, out through one that leads away, or back. What nobody
has seen for long is forgotten: a count that is wrong once must not keep the lane shut for ever.

Times are nanoseconds of any counter that never goes back (CLOCK_BOOTTIME).

Belongs here: that count. Does not belong here: what stands before a barrier (barrier.py), which barriers hold each
other (edge/domain/interlock.py).
"""

from collections.abc import Iterable
from typing import Final

from contract.ids import AreaId

FORGOTTEN_NS: Final = 120 * 1_000_000_000
"""So long one counts as between two barriers that nobody has seen since."""


class Between:
    """The areas between interlocked barriers of one gate."""

    def __init__(self, areas: Iterable[AreaId]) -> None:
        self._seen_ns: dict[AreaId, list[int]] = {area: [] for area in areas}

    def __contains__(self, area: AreaId) -> bool:
        """Tell whether `area` lies between interlocked barriers."""
        return area in self._seen_ns

    def went(self, origin: AreaId, to: AreaId, now_ns: int) -> None:
        """A vehicle went from `origin` to `to`."""
        if self._seen_ns.get(origin):
            self._seen_ns[origin].pop(0)
        if to in self._seen_ns:
            self._seen_ns[to].append(now_ns)

    def stood(self, area: AreaId, now_ns: int) -> None:
        """A vehicle that stood before a barrier which leads out of `area` is still there."""
        if area in self._seen_ns:
            self._seen_ns[area][:1] = [now_ns]

    def may_have_gone(self, origin: AreaId, to: AreaId, now_ns: int) -> None:
        """Nobody saw whether a vehicle went from `origin` to `to`: it counts in both."""
        self.stood(origin, now_ns)
        if to in self._seen_ns:
            self._seen_ns[to].append(now_ns)

    def is_occupied(self, area: AreaId, now_ns: int) -> bool:
        """Tell whether a vehicle is in `area`."""
        times = self._seen_ns.get(area, [])
        times[:] = [seen_ns for seen_ns in times if now_ns < seen_ns + FORGOTTEN_NS]
        return bool(times)
