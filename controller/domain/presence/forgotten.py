"""What one act of forgetting takes away and leaves behind: the content of one transaction (rules 4, 5 and 7).

Belongs here: that bundle. Does not belong here: deciding what is forgotten (fold.py), or writing it (the store).
"""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from contract.ids import AreaId
from controller.domain.presence.chain import Passage
from controller.domain.presence.layout import Layout
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.tallies import KINDS, Tally


class Prior(NamedTuple):
    """Rule 4: what is stored beside the record with that stamp, sealed under its period.

    `area` is where what was forgotten had left the holder; None takes away what was stored there before.
    """

    stamp: Stamp
    period_s: int
    area: AreaId | None


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
        self.records: list[Stamp] = []
        self.overstays = 0

    def book(self, slots: tuple[int, ...], period_s: int) -> None:
        """Add one to each of `slots` of a period in the tally table."""
        for at in slots:
            self._counts[at, period_s] += 1

    def prior(self, beside: Passage, area: int) -> None:
        """Store the area with that index beside a passage; 0 takes away what was stored."""
        stored = self._layout.areas[area] if area else None
        self._priors[beside.stamp] = Prior(beside.stamp, beside.period_s, stored)

    def done(self) -> Forgotten:
        """Return all that was gathered."""
        tallies = (
            Tally(KINDS[at % len(KINDS)], self._layout.areas[at // len(KINDS)], period_s, count)
            for (at, period_s), count in self._counts.items()
        )
        return Forgotten(tuple(self.records), tuple(tallies), tuple(self._priors.values()), self.overstays)
