"""What one act of forgetting takes away and leaves behind: the content of one transaction (rules 4, 5 and 7).

Belongs here: that bundle. Does not belong here: deciding what is forgotten (fold.py), or writing it (the store).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from contract.ids import AreaId
from controller.domain.presence.chain import Passage
from controller.domain.presence.counting import Told
from controller.domain.presence.layout import Layout
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.tallies import Tally, TallyKind


class Prior(NamedTuple):
    """Rule 4: what is stored beside the record with that stamp, sealed under its period.

    `area` is where what was forgotten had left the holder; None takes away what was stored there before. `left_ns`: up
    to which moment sweeps have left that stay as it is, 0 for none.
    """

    stamp: Stamp
    period_s: int
    area: AreaId | None
    left_ns: int = 0


@dataclass(frozen=True)
class Forgotten:
    """What to commit, all of it in one transaction: the fold has forgotten already (a failure means: start again).

    `records`: whose rows go, grants and outcomes. `tallies`: to be added to the table. `priors`: to be written.
    `overstays`: persons who were inside and are unnamed from now on. All in no particular order.
    """

    records: tuple[Stamp, ...]
    tallies: tuple[Tally, ...]
    priors: tuple[Prior, ...]
    overstays: int


class Forgetting:
    """Gathers a Forgotten while chains are shortened."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._counts: Counter[tuple[int, int]] = Counter()
        self._priors: dict[Stamp, Prior] = {}
        self._moments: list[Tally] = []
        self.records: list[Stamp] = []
        self.overstays = 0

    def book(self, told: Iterable[Told], amount: int = 1) -> None:
        """Add what is told to the tally table, so many times."""
        for slots, period_s in told:
            for at in slots:
                self._counts[at, period_s] += amount

    def prior(self, beside: Passage, area: int, left_ns: int = 0) -> None:
        """Store the area with that index beside a passage; 0 takes away what was stored."""
        stored = self._layout.areas[area] if area else None
        self._priors[beside.beside] = Prior(beside.beside, beside.period_s, stored, left_ns)

    def settle(self, counts: Iterable[tuple[int, int, int]], moments: Iterable[tuple[int, int, int]]) -> None:
        """Write what sweeps have changed in the table: counts by slot and period, moments by area and period."""
        for at, period_s, count in counts:
            self._counts[at, period_s] += count
        for area, period_s, more_ns in moments:
            name = self._layout.areas[area]
            self._moments.append(Tally(TallyKind.SWEPT, name, period_s, more_ns))

    def done(self) -> Forgotten:
        """Return all that was gathered."""
        tallies = [self._layout.tally(at, period_s, count) for (at, period_s), count in self._counts.items() if count]
        return Forgotten(tuple(self.records), (*tallies, *self._moments), tuple(self._priors.values()), self.overstays)
