"""People without a name who come and go by an officer's word: groups that do not badge, passengers, one let through.

Belongs here: what such an act counts. Does not belong here: who a person is (chain.py), which passengers left as they
came (rides.py), or the sums (tallies.py).
"""

from bisect import insort
from operator import attrgetter
from typing import Final

from contract.ids import EdgeId, Epoch, HolderId, OperationId
from controller.domain.presence.stamp import Stamp

Grant = tuple[EdgeId, Epoch, int]


class Crossing:
    """`amount` persons without a name went from the area with index `source` to `to` (0: outside).

    `copies`: the records that carried the act. `grant`: of the driver beside whom they sat, None for others; they went
    if he did (`took_place`), and of what was said of one grant the last counts. `driver`: who he is, None while nobody
    knows. `partners`: by index of a region, the crossing beside the same driver that left the region which this one had
    entered, or the other way round (rides.py). `sure_in`: where they count as surely as their driver. `is_unsure`:
    his passage is in doubt, or nobody saw it.
    """

    __slots__ = (
        "amount", "copies", "driver", "grant", "is_unsure", "outcomes", "partners", "period_s", "source", "stamp",
        "sure_in", "to", "took_place",
    )  # fmt: skip
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
        self.driver: HolderId | None = None
        self.took_place = True
        self.partners: dict[int, Crossing] = {}
        self.sure_in: tuple[int, ...] = ()
        self.is_unsure = False
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

    def __contains__(self, crossing: Crossing) -> bool:
        return crossing in self._all

    def of(self, grant: Grant) -> list[Crossing]:
        """Return what was said of the passengers of one driver, in order."""
        return self._of.get(grant, [])

    def beside(self, grant: Grant) -> int:
        """Return how many went beside the driver with that grant, as far as is known."""
        return sum(each.amount for each in self.of(grant) if self.counts(each))

    def touching(self, area: int) -> list[Crossing]:
        """Return those that come out of an area, or lead into it."""
        return [each for each in self._all if area in (each.source, each.to)]

    def counts(self, crossing: Crossing) -> bool:
        """Tell whether it went, as far as is known, and nothing later was said of the same passengers."""
        if crossing not in self._all or not crossing.took_place:
            return False
        return crossing.grant is None or self._of[crossing.grant][-1] is crossing
