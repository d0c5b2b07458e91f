"""A holder's chain: his readable passages in stamp order (rule 2).

Belongs here: the passage, its evidence, and the order. Does not belong here: what a chain does to counts (fold.py).
"""

import enum
from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import Final

from contract.ids import HolderId
from controller.domain.presence.layout import Way
from controller.domain.presence.stamp import Stamp

stamp_of: Final = attrgetter("stamp")
"""Key by which passages are put in order (rule 1)."""


def _occurred_ns(passage: "Passage") -> int:
    return passage.stamp.occurred_ns


class Evidence(enum.IntEnum):
    """How a passage is known; of two reports about one grant the higher one counts, in whatever order they come."""

    GRANTED_ONLY = 0
    NOT_TAKEN = 1
    TAKEN = 2
    RECONFIRMED = 3
    """No passage: an officer saw him there."""


class Chain:
    """The passages of one holder in stamp order, without those that were not taken.

    `prior` is the index of the area in which what was forgotten had left him (rule 4; 0: outside, or nothing was), and
    `prior_at` the grant beside which that is stored. `grants` counts the grants in memory, not taken ones included.
    """

    __slots__ = ("grants", "holder", "passages", "prior", "prior_at")

    def __init__(self, holder: HolderId) -> None:
        self.holder = holder
        self.passages: list[Passage] = []
        self.grants = 0
        self.prior = 0
        self.prior_at: Passage | None = None

    @property
    def place(self) -> int:
        """Index of the area in which the chain places its holder; 0 is the outside."""
        return self.passages[-1].way.to if self.passages else self.prior

    def place_before(self, at: int) -> int:
        """Index of the area in which the chain places its holder before its passage number `at`."""
        return self.passages[at - 1].way.to if at else self.prior

    def count_until(self, at_ns: int) -> int:
        """Return how many passages happened up to that moment (ns since 1970-01-01 UTC)."""
        return bisect_right(self.passages, at_ns, key=_occurred_ns)

    def position(self, stamp: Stamp) -> int:
        """Return where a passage with that stamp stands or would stand."""
        passages = self.passages
        if not passages or passages[-1].stamp < stamp:  # in order: the common case
            return len(passages)
        return bisect_left(passages, stamp, key=stamp_of)


class Passage:
    """One grant, or reconfirmation: `stamp`, the start of its key's period, the way, and what became of it.

    A grant moves its holder until its gate reports that it was not taken: then it never moved anybody.
    """

    __slots__ = ("chain", "evidence", "outcomes", "period_s", "stamp", "way")

    def __init__(self, stamp: Stamp, period_s: int, way: Way, chain: Chain, evidence: Evidence) -> None:
        self.stamp = stamp
        self.period_s = period_s
        self.way = way
        self.chain = chain
        self.evidence = evidence
        self.outcomes: tuple[Stamp, ...] = ()
