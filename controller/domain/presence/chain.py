"""A holder's chain: his readable passages in stamp order (rule 2).

Belongs here: the passage, its evidence, and the order. Does not belong here: what a chain does to counts (fold.py).
"""

import enum
from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import Final

from contract.ids import HolderId, OperationId
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
    MANUAL = 4
    """An officer's word: let through by hand, or accounted for there."""
    CONTRADICTED = 5
    """What was read contradicts itself: out without in, in twice, or a replaced pass. Only ever told (roster.py)."""


class Chain:
    """The passages of one holder in stamp order, without those that were not taken.

    `prior` is the index of the area in which what was forgotten had left him (rule 4; 0: outside, or nothing was), and
    `prior_at` the grant beside which that is stored. `prior_left_ns`: up to which moment sweeps have left
    that stay as it is (rule 10). `grants` counts the grants in memory, not taken ones included.
    """

    __slots__ = ("grants", "holder", "is_near", "passages", "prior", "prior_at", "prior_left_ns")

    def __init__(self, holder: HolderId) -> None:
        self.holder = holder
        self.passages: list[Passage] = []
        self.grants = 0
        self.prior = 0
        self.prior_at: Passage | None = None
        self.prior_left_ns = 0
        self.is_near = False
        """Whether passages of two gates lie so close together that their clocks do not tell which came first."""

    @property
    def place(self) -> int:
        """Index of the area in which the chain places its holder; 0 is the outside."""
        return self.passages[-1].way.to if self.passages else self.prior

    def place_before(self, at: int) -> int:
        """Index of the area in which the chain places its holder before its passage number `at`."""
        return self.passages[at - 1].way.to if at else self.prior

    def count_until(self, at_ns: int) -> int:
        """Return how many passages happened up to that moment (ns since 1970-01-01 UTC)."""
        if self.is_near:
            return sum(passage.stamp.occurred_ns <= at_ns for passage in self.passages)
        return bisect_right(self.passages, at_ns, key=_occurred_ns)

    def position(self, stamp: Stamp) -> int:
        """Return where a passage with that stamp stands or would stand."""
        passages = self.passages
        if not passages or passages[-1].stamp < stamp:  # in order: the common case
            return len(passages)
        return bisect_left(passages, stamp, key=stamp_of)

    def position_of(self, passage: "Passage") -> int:
        """Return where a passage stands, or would stand if it had been taken."""
        if self.is_near and passage in self.passages:
            return self.passages.index(passage)
        return self.position(passage.stamp)


class Passage:
    """One grant, or sight of somebody: `stamp`, the start of its key's period, the way, and what became of it.

    A grant moves its holder until its gate reports that it was not taken: then it never moved anybody. `outcomes`: the
    records that said what became of it.
    """

    __slots__ = ("chain", "evidence", "outcomes", "period_s", "stamp", "way")
    operation = OperationId("")
    """Of which operation it is a mark; of none."""

    def __init__(self, stamp: Stamp, period_s: int, way: Way, chain: Chain, evidence: Evidence) -> None:
        self.stamp = stamp
        self.period_s = period_s
        self.way = way
        self.chain = chain
        self.evidence = evidence
        self.outcomes: tuple[Stamp, ...] = ()

    @property
    def beside(self) -> Stamp:
        """The record beside which a prior is stored (rule 4)."""
        return self.stamp

    def put_prior_beside(self, record: Stamp) -> None:
        """Take note beside which of its records a prior is stored; there is one alone."""

    @property
    def indexed(self) -> tuple[Stamp, ...]:
        """The records by whose numbers it is found."""
        return (self.stamp,)

    @property
    def records(self) -> tuple[Stamp, ...]:
        """All records whose rows go with it."""
        return self.stamp, *self.outcomes


class Mark(Passage):
    """An officer's act that says where somebody is. Its stamp has the act's id in the place of a record (rule 1).

    `copies`: the records that carried it; the same act may be sealed by several sources. `evidence` is NOT_TAKEN once
    it is withdrawn: then it never was.
    """

    __slots__ = ("beside_record", "copies", "operation")

    def __init__(
        self,
        stamp: Stamp,
        period_s: int,
        way: Way,
        chain: Chain,
        evidence: Evidence,
        copies: tuple[Stamp, ...],
        operation: OperationId,
    ) -> None:
        super().__init__(stamp, period_s, way, chain, evidence)
        self.copies = copies
        self.beside_record = copies[0]
        self.operation = operation

    @property
    def beside(self) -> Stamp:
        """See Passage; the record that came first: it stays as long as the others."""
        return self.beside_record

    def put_prior_beside(self, record: Stamp) -> None:
        """See Passage."""
        self.beside_record = record

    @property
    def indexed(self) -> tuple[Stamp, ...]:
        """See Passage."""
        return self.copies

    @property
    def records(self) -> tuple[Stamp, ...]:
        """See Passage."""
        return *self.copies, *self.outcomes
