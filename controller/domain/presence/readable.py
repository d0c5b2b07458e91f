"""All passages that can still be read, found by number, by holder, by period and by the minute the cut will pass them.

Belongs here: memory, and taking things out of it without a trace. Does not belong here: rules (fold.py), or rows.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

from contract.clock import NS_PER_S
from contract.ids import EdgeId, Epoch, HolderId
from controller.domain.presence.chain import Chain, Evidence, Mark, Passage
from controller.domain.presence.layout import Way
from controller.domain.presence.stamp import Stamp

_MINUTE_NS: Final = 60 * NS_PER_S


class Readable:
    """Passages in memory. What is taken out leaves no mark in any of the indexes.

    `chains` by holder. An outcome that came before its grant waits for it.
    """

    def __init__(self) -> None:
        self.chains: Final[dict[HolderId, Chain]] = {}
        self._early: Final[dict[tuple[EdgeId, Epoch, int], dict[Stamp, tuple[int, Evidence]]]] = {}
        self._grants: Final[dict[tuple[EdgeId, Epoch], dict[int, Passage]]] = {}
        self._by_period: Final[dict[int, set[Passage]]] = {}
        self._passing: Final[dict[int, set[Passage]]] = {}

    def grant(self, edge: EdgeId, epoch: Epoch, number: int) -> Passage | None:
        """Return the grant with that number, or None."""
        grants = self._grants.get((edge, epoch))
        return grants.get(number) if grants else None

    def add(
        self,
        stamp: Stamp,
        holder: HolderId,
        way: Way,
        period_s: int,
        evidence: Evidence = Evidence.GRANTED_ONLY,
    ) -> Passage:
        """Remember a grant or reconfirmation; its place in the holder's chain is given to it by the caller."""
        passage = Passage(stamp, period_s, way, self.chain_of(holder), evidence)
        passage.chain.grants += 1
        self.index(passage, stamp)
        try:
            self._by_period[period_s].add(passage)
        except KeyError:
            self._by_period[period_s] = {passage}
        if not way.to:
            self.can_go(passage)
        return passage

    def load(self, passages: Sequence[Passage]) -> None:
        """Remember many passages at once that stand in their holders' chains; fast where they come source by source."""
        last_edge, last_epoch, last_minute = None, None, None
        for passage in passages:
            at_ns, edge, epoch, number = passage.stamp
            if edge is not last_edge or epoch is not last_epoch:
                last_edge, last_epoch = edge, epoch
                grants = self._grants.setdefault((edge, epoch), {})
            grants[number] = passage
            passage.chain.grants += 1
            if not passage.way.to:
                minute = at_ns // _MINUTE_NS
                if minute != last_minute:
                    last_minute = minute
                    passing = self._passing.setdefault(minute, set())
                passing.add(passage)
        for period_s, same in groupby(passages, attrgetter("period_s")):
            self._by_period.setdefault(period_s, set()).update(same)

    def chain_of(self, holder: HolderId) -> Chain:
        """Return the chain of a holder, a new one if nothing can be read of him yet."""
        chain = self.chains.get(holder)
        if chain is None:
            chain = self.chains[holder] = Chain(holder)
        return chain

    def take(self, mark: Mark) -> None:
        """Remember an officer's mark; as for `add`, its place in the chain is given to it by the caller."""
        mark.chain = self.chain_of(mark.chain.holder)
        mark.chain.grants += 1
        for copy in mark.copies:
            self.index(mark, copy)
        self._by_period.setdefault(mark.period_s, set()).add(mark)
        if not mark.way.to or mark.evidence is Evidence.NOT_TAKEN:
            self.can_go(mark)

    def index(self, passage: Passage, record: Stamp) -> None:
        """Let a passage be found by the number of a record that tells of it."""
        _, edge, epoch, number = record
        try:
            self._grants[edge, epoch][number] = passage
        except KeyError:
            self._grants[edge, epoch] = {number: passage}

    def touching(self, area: int) -> list[Chain]:
        """Return the chains that come into the area with that index, or out of it."""
        return [chain for chain in self.chains.values() if _touches(chain, area)]

    def settle(self, passage: Passage, stamp: Stamp, evidence: Evidence) -> None:
        """Give a grant the outcome that the record with that stamp reports."""
        passage.outcomes += (stamp,)
        if evidence > passage.evidence:
            passage.evidence = evidence
            if evidence is Evidence.NOT_TAKEN:
                self.can_go(passage)

    def wait(self, stamp: Stamp, grant_number: int, period_s: int, evidence: Evidence) -> None:
        """Remember an outcome whose grant is not known yet."""
        self._early.setdefault((stamp.edge, stamp.epoch, grant_number), {})[stamp] = (period_s, evidence)

    def settle_early(self, passage: Passage) -> None:
        """Give a grant the outcomes that came before it."""
        if not self._early:
            return
        for stamp, (_, evidence) in self._early.pop(passage.stamp[1:], {}).items():
            self.settle(passage, stamp, evidence)

    def knows_outcome(self, stamp: Stamp, grant_number: int, passage: Passage | None) -> bool:
        """Tell whether the outcome with that stamp, about `passage` if that is known, came before."""
        if passage is not None:
            return stamp in passage.outcomes
        return stamp in self._early.get((stamp.edge, stamp.epoch, grant_number), ())

    def drop_early(self, closed_s: int, cut_ns: int) -> list[Stamp]:
        """Take out, and return, waiting outcomes whose grant can no longer come: period closed, or below the cut."""
        gone = []
        for grant, outcomes in list(self._early.items()):
            for stamp, (period_s, _) in list(outcomes.items()):
                if period_s <= closed_s or stamp.occurred_ns <= cut_ns:
                    gone.append(stamp)
                    del outcomes[stamp]
            if not outcomes:
                del self._early[grant]
        return gone

    def can_go(self, passage: Passage) -> None:
        """Remember that it can be forgotten when the cut passes it: an exit, or a grant that was not taken."""
        minute = passage.stamp[0] // _MINUTE_NS
        try:
            self._passing[minute].add(passage)
        except KeyError:
            self._passing[minute] = {passage}

    def drop(self, passage: Passage) -> None:
        """Take a grant out of every index; its chain as well when nothing of it remains."""
        for _, edge, epoch, number in passage.indexed:
            grants = self._grants[edge, epoch]
            del grants[number]
            if not grants:
                del self._grants[edge, epoch]
        _discard(self._by_period, passage.period_s, passage)
        _discard(self._passing, passage.stamp.occurred_ns // _MINUTE_NS, passage)
        chain = passage.chain
        chain.grants -= 1
        if not chain.grants:
            del self.chains[chain.holder]

    def of_periods(self, closed_s: int) -> Iterator[Passage]:
        """Yield the grants of all periods up to the one that starts at `closed_s`."""
        for period_s in [period_s for period_s in self._by_period if period_s <= closed_s]:
            yield from self._by_period[period_s]

    def passed(self, cut_ns: int) -> Iterator[Passage]:
        """Yield what can be forgotten at that cut: exits, and grants not taken, at or below it."""
        for minute in [minute for minute in self._passing if minute <= cut_ns // _MINUTE_NS]:
            for passage in self._passing[minute]:
                if passage.stamp[0] <= cut_ns:
                    yield passage


def _touches(chain: Chain, area: int) -> bool:
    return chain.prior == area or any(area in (each.way.to, each.way.fixed) for each in chain.passages)


def _discard(index: dict[int, set[Passage]], key: int, passage: Passage) -> None:
    members = index.get(key)
    if members:
        members.discard(passage)
        if not members:
            del index[key]
