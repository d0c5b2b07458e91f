"""The cut: up to which moment nothing new can come from any gate in service (rule 6).

Belongs here: from the gates' signed statements to the cut. Does not belong here: known numbers (ingest tells whether
it has them), storing, or which gates are in service (the caller's enrolment).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from contract.clock import NS_PER_S
from contract.ids import EdgeId
from contract.messages import RingExtent

Knows = Callable[[EdgeId, RingExtent], bool]
"""Tells whether every number of that extent of that gate's ring is known here."""


class Watermark(NamedTuple):
    """What a gate signed: all that `ring` names is sealed, and whatever follows is stamped after `at_ns`."""

    at_ns: int
    ring: Sequence[RingExtent]


class Watermarks:
    """The statements of all gates: each counts once all the numbers that it names are known here.

    `counted`: edge -> the newest statement that counted, in nanoseconds since 1970-01-01 UTC, as it was stored.
    """

    def __init__(self, counted: Mapping[EdgeId, int] | None = None) -> None:
        self.counted: dict[EdgeId, int] = dict(counted or {})
        self._waiting: dict[EdgeId, tuple[Watermark, ...]] = {}

    def state(self, edge: EdgeId, watermark: Watermark) -> None:
        """Take a gate's statement.

        At most two wait for missing numbers: the oldest, which is the first that can count, and the newest.
        """
        self._waiting[edge] = (*self._waiting.get(edge, ())[:1], watermark)

    def settle(self, knows: Knows) -> None:
        """Let those statements count whose numbers are all known by now."""
        for edge, waiting in list(self._waiting.items()):
            known = [mark for mark in waiting if all(knows(edge, extent) for extent in mark.ring)]
            for mark in known:
                self.counted[edge] = max(self.counted.get(edge, 0), mark.at_ns)
            self._waiting[edge] = tuple(mark for mark in waiting if mark not in known)

    def cut_ns(self, in_service: Collection[EdgeId], *, now_ns: int, settle_s: int) -> int:
        """Return the cut that these statements allow; 0 where a gate in service has made none that counts.

        A gate whose clock runs ahead of `now_ns` does not lift the cut above the present. The caller holds the cut
        while an operation is open (so that tablets need not count); that it never falls is Presence.advance_cut's.
        """
        lowest = min((self.counted.get(edge, 0) for edge in in_service), default=0)
        return max(0, min(lowest, now_ns) - settle_s * NS_PER_S)
