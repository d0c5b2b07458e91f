"""Areas that were searched: a sweep replaces what was counted in its area before it (rule 10).

A sweep ends, for the figures, the stay of everybody who is placed in its area by what was read before it, as the end of
a key does: whoever of them is still there is among those whom it found without a name. Those who were accounted for in
the area by a mark of the same operation were found by name: they stay as they are. So nobody is counted twice, whoever
is read afterwards comes out of those found, and a chain says where its holder was last read all the same.

Belongs here: which sweeps there are, and what they end. Does not belong here: the counts (counting.py, tallies.py).
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator
from operator import attrgetter
from typing import Final

from contract.clock import NS_PER_S
from contract.ids import OperationId
from controller.domain.presence.chain import Passage
from controller.domain.presence.stamp import Stamp

_stamp_of: Final = attrgetter("stamp")


class Sweep:
    """One search of the area with index `area`: `unnamed` persons without a name were found. `copies`: its records."""

    __slots__ = ("area", "copies", "operation", "outcomes", "period_s", "stamp", "unnamed")

    def __init__(
        self, stamp: Stamp, period_s: int, area: int, unnamed: int, operation: OperationId, copies: tuple[Stamp, ...]
    ) -> None:
        self.stamp = stamp
        self.period_s = period_s
        self.area = area
        self.unnamed = unnamed
        self.operation = operation
        self.copies = copies
        self.outcomes: tuple[Stamp, ...] = ()

    @property
    def records(self) -> tuple[Stamp, ...]:
        """All records whose rows go with it."""
        return *self.copies, *self.outcomes

    @property
    def offset_ns(self) -> int:
        """After how many nanoseconds of its period it was made, and one more, for 0 is none at all."""
        return self.stamp.occurred_ns - self.period_s * NS_PER_S + 1

    def finds(self, evidence: Passage) -> bool:
        """Tell whether whoever was placed there by `evidence` was found by name."""
        return bool(self.operation) and evidence.operation == self.operation


class Sweeps:
    """The sweeps that can be read and were not withdrawn, by area, in stamp order."""

    def __init__(self) -> None:
        self._of: Final[dict[int, list[Sweep]]] = defaultdict(list)

    def __bool__(self) -> bool:
        return bool(self._of)

    def __iter__(self) -> Iterator[Sweep]:
        """Yield them area by area, in order."""
        for sweeps in list(self._of.values()):
            yield from list(sweeps)

    def add(self, sweep: Sweep) -> None:
        """Take one in."""
        insort(self._of[sweep.area], sweep, key=_stamp_of)

    def remove(self, sweep: Sweep) -> None:
        """Take one out."""
        self._of[sweep.area].remove(sweep)
        if not self._of[sweep.area]:
            del self._of[sweep.area]

    def of(self, area: int) -> list[Sweep]:
        """Return the sweeps of an area, in order."""
        return self._of.get(area, [])

    def latest(self, area: int, period_s: int) -> Sweep | None:
        """Return the last sweep of an area within a period."""
        return max((each for each in self.of(area) if each.period_s == period_s), key=_stamp_of, default=None)

    def ended(self, area: int, evidence: Passage | None, left_ns: int, until: Stamp | None) -> bool:
        """Tell whether a sweep ended a stay in that area that began with `evidence` and lasted until that stamp.

        `evidence` None: it is forgotten already, and so from before any sweep that can be read, but for those up to
        `left_ns`, which have left that stay as it is. `until` None: it lasts.
        """
        sweeps = self.of(area)
        count = len(sweeps) if until is None else bisect_left(sweeps, until, key=_stamp_of)
        if evidence is None:
            return any(each.stamp.occurred_ns > left_ns for each in sweeps[:count])
        return any(evidence.stamp < each.stamp and not each.finds(evidence) for each in sweeps[:count])

    def left_ns(self, area: int, evidence: Passage) -> int:
        """Return when the last sweep was that left a stay in that area as it is which began with `evidence`.

        One before it, or one that found him by name; 0 for none. So nothing but a sweep's time is remembered of a stay
        whose record goes.
        """
        left = (each for each in self.of(area) if each.stamp < evidence.stamp or each.finds(evidence))
        return max((each.stamp.occurred_ns for each in left), default=0)

    def counts_in(self, area: int, stamp: Stamp, period_s: int) -> int:
        """Return where counts of that area and moment belong: a second before the period if a sweep settled them."""
        latest = self.latest(area, period_s)
        return period_s - 1 if latest is not None and stamp < latest.stamp else period_s

    def stay_counts_in(self, area: int, evidence: Passage) -> int:
        """Return the same of what became of a stay: one that a sweep has found by name counts from that sweep on."""
        found = [each for each in self.of(area) if evidence.stamp < each.stamp and each.finds(evidence)]
        if found:
            return max(evidence.period_s, found[-1].period_s)
        return self.counts_in(area, evidence.stamp, evidence.period_s)
