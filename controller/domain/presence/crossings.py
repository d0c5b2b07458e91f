"""People without a name who come and go by an officer's word: groups that do not badge, passengers, one let through.

Belongs here: what such an act counts. Does not belong here: who a person is (chain.py), or the sums (tallies.py).
"""

from bisect import insort
from operator import attrgetter
from typing import Final

from contract.ids import EdgeId, Epoch, OperationId
from controller.domain.presence.stamp import Stamp

Grant = tuple[EdgeId, Epoch, int]


class Crossing:
    """`amount` persons without a name went from the area with index `source` to `to` (0: outside).

    `copies`: the records that carried the act. `grant`: of the driver beside whom they sat, None for others; they went
    if he did (`took_place`), and of what was said of one grant the last counts.
    """

    __slots__ = ("amount", "copies", "grant", "outcomes", "period_s", "source", "stamp", "to", "took_place")
    operation = OperationId("")
    """It is a mark of no operation."""

    def __init__(
        self,
        stamp: Stamp,
        period_s: int,
        between: tuple[int, int],
        amount: int,
        copies: tuple[Stamp, ...],
        grant: Grant | None = None,
    ) -> None:
        self.stamp = stamp
        self.period_s = period_s
        self.source, self.to = between
        self.amount = amount
        self.copies = copies
        self.grant = grant
        self.took_place = True
        self.outcomes: tuple[Stamp, ...] = ()

    @property
    def records(self) -> tuple[Stamp, ...]:
        """All records whose rows go with it."""
        return *self.copies, *self.outcomes


class Crossings:
    """The crossings that can be read and were not withdrawn; those beside drivers by the drivers' grants, in order."""

    def __init__(self) -> None:
        self._all: Final[set[Crossing]] = set()
        self._of: Final[dict[Grant, list[Crossing]]] = {}

    def add(self, crossing: Crossing) -> None:
        """Take one in."""
        self._all.add(crossing)
        if crossing.grant is not None:
            insort(self._of.setdefault(crossing.grant, []), crossing, key=attrgetter("stamp"))

    def remove(self, crossing: Crossing) -> None:
        """Take one out."""
        self._all.discard(crossing)
        others = self._of.get(crossing.grant) if crossing.grant is not None else None
        if others and crossing in others:
            others.remove(crossing)
            if not others and crossing.grant is not None:
                del self._of[crossing.grant]

    def of(self, grant: Grant) -> list[Crossing]:
        """Return what was said of the passengers of one driver, in order."""
        return self._of.get(grant, [])

    def touching(self, area: int) -> list[Crossing]:
        """Return those that come out of an area, or lead into it."""
        return [each for each in self._all if area in (each.source, each.to)]

    def counts(self, crossing: Crossing) -> bool:
        """Tell whether it went, as far as is known, and nothing later was said of the same passengers."""
        if crossing not in self._all or not crossing.took_place:
            return False
        return crossing.grant is None or self._of[crossing.grant][-1] is crossing
