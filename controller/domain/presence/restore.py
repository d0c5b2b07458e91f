"""Start again from what is stored (rule 9): readable events, priors, the tally table, the cut and the marker.

Belongs here: a fast way to the state that the fold had. Does not belong here: opening and decoding rows (the caller).
"""

from collections.abc import Callable, Iterable
from typing import Final

from contract.ids import AccessPointId, AreaId, EdgeId, HolderId
from controller.domain.presence.answer import Answer
from controller.domain.presence.chain import Chain, Evidence, Passage, stamp_of
from controller.domain.presence.fold import NEVER, Presence
from controller.domain.presence.layout import Layout, Way
from controller.domain.presence.memory import Memory
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.tallies import Tally

_GRANTED_ONLY: Final = Evidence.GRANTED_ONLY


class Restoration:
    """Takes stored events in any order, each once, then gives the Presence that folded them.

    `table`: the tally table as Forgotten.tallies added up. `closed_s`, `cut_ns`: as committed with the last Forgotten.
    Rows of closed periods may be offered and are never folded (rule 5). The cut is no reason to refuse a stored row:
    what was late was never stored. Events at access points, and tallies of areas, that the layout lacks are passed
    over. Nothing here needs the cyclic garbage collector: a caller with a million events may pause it meanwhile.
    """

    def __init__(self, layout: Layout, table: Iterable[Tally], *, closed_s: int = NEVER, cut_ns: int = 0) -> None:
        self.layout: Final = layout
        self._closed_s = closed_s
        self._cut_ns = cut_ns
        self._memory: Final = Memory(layout)
        self._readable: Final = self._memory.readable
        self._ways: Final = layout.ways
        self._chains: Final = self._readable.chains
        lines = list(table)
        counting = self._memory.counting
        self._memory.tallies.load(counting.shared(lines))
        self._memory.tallies.close(closed_s)
        counting.load_moments(lines, closed_s)
        self._priors: list[tuple[Stamp, AreaId, int]] = []
        self._passages: Final[list[Passage]] = []
        self._outcomes: Final[list[tuple[Stamp, int, int, Evidence]]] = []
        self._acts: list[Callable[[Presence], Answer | None]] = []

    def granted(self, stamp: Stamp, holder: HolderId, access_point: AccessPointId, period_s: int) -> None:
        """Take a stored AccessGranted; arguments as in Presence.granted."""
        self._seen(stamp, holder, self._ways.get(access_point), period_s, _GRANTED_ONLY)

    def reconfirmed(self, stamp: Stamp, holder: HolderId, area: AreaId, period_s: int) -> None:
        """Take a stored Reconfirmed; arguments as in Presence.reconfirmed."""
        self._seen(stamp, holder, self.layout.here.get(area), period_s, Evidence.RECONFIRMED)

    def _seen(self, stamp: Stamp, holder: HolderId, way: Way | None, period_s: int, evidence: Evidence) -> None:
        if way is None or period_s <= self._closed_s:
            return
        chain = self._chains.get(holder)
        if chain is None:
            chain = self._chains[holder] = Chain(holder)
        passage = Passage(stamp, period_s, way, chain, evidence)
        chain.passages.append(passage)
        self._passages.append(passage)

    def taken(self, stamp: Stamp, grant_number: int, period_s: int) -> None:
        """Take a stored AccessTaken; arguments as in Presence.taken."""
        self._outcomes.append((stamp, grant_number, period_s, Evidence.TAKEN))

    def not_taken(self, stamp: Stamp, grant_number: int, period_s: int) -> None:
        """Take a stored AccessNotTaken; arguments as in Presence.not_taken."""
        self._outcomes.append((stamp, grant_number, period_s, Evidence.NOT_TAKEN))

    def act(self, fold: Callable[[Presence], Answer | None]) -> None:
        """Take a stored act of an officer: it is folded as it was at first, once all passages are there."""
        self._acts.append(fold)

    def prior(self, stamp: Stamp, area: AreaId, left_ns: int = 0) -> None:
        """Take the prior that is stored beside the record with that stamp (rule 4)."""
        self._priors.append((stamp, area, left_ns))

    def done(self) -> Presence:
        """Put all chains in order, count what they tell, and return the fold. Call it once."""
        self._readable.load(self._passages)
        self._settle()
        self._count()
        presence = Presence(self.layout, closed_s=self._closed_s, memory=self._memory)
        for fold in self._acts:
            fold(presence)
        self._put_priors()
        presence.cut_ns = self._cut_ns
        return presence

    def _settle(self) -> None:
        """Give all grants their outcomes; of those that were not taken none ever moved anybody."""
        readable = self._readable
        not_taken: set[Passage] = set()
        for stamp, grant_number, period_s, evidence in self._outcomes:
            grant = readable.grant(stamp[1], stamp[2], grant_number)
            if grant is not None:
                readable.settle(grant, stamp, evidence)
                if evidence is Evidence.NOT_TAKEN:
                    not_taken.add(grant)
            elif period_s > self._closed_s:
                readable.wait(stamp, grant_number, period_s, evidence)
        for grant in not_taken:
            if grant.evidence is Evidence.NOT_TAKEN:
                grant.chain.passages.remove(grant)

    def _put_priors(self) -> None:
        """Priors stand beside passages and marks alike, and matter to few chains: those are counted again."""
        counting = self._memory.counting
        for stamp, area, left_ns in self._priors:
            beside = self._readable.grant(*stamp[1:])
            if beside is not None and area in self.layout.index:
                chain = beside.chain
                counting.whole(chain, -1)
                chain.prior, chain.prior_at, chain.prior_left_ns = self.layout.index[area], beside, left_ns
                beside.put_prior_beside(stamp)
                counting.whole(chain, 1)
                if chain.is_near:
                    self._memory.reorder(chain, chain.passages)

    def _count(self) -> None:
        """Rules 2 and 3 for whole chains at once, before any act of an officer."""
        tallies, doubts, slack_ns = self._memory.tallies, self._memory.doubts, self.layout.slack_ns
        add, placed, near = tallies.add, [0] * len(self.layout.around), list[Chain]()
        for chain in self._chains.values():
            passages = chain.passages
            passages.sort(key=stamp_of)
            place, before_s, before_ns, before_edge, is_close = 0, NEVER, 0, EdgeId(""), False
            for passage in passages:
                at_ns, edge, _, _ = passage.stamp
                way, period_s = passage.way, passage.period_s
                if at_ns - before_ns < slack_ns and edge != before_edge:
                    is_close = True
                before, own = way.steps[place]
                if own:
                    add(own, period_s, 1)
                if before and before_s != NEVER:
                    add(before, before_s, 1)
                if way.is_watched:
                    doubts.granted(passage)
                place, before_s, before_ns, before_edge = way.to, period_s, at_ns, edge
            placed[place] += 1
            if is_close:
                near.append(chain)
        for place, persons in enumerate(placed):
            tallies.place(self.layout.around[place], persons)
        for chain in near:
            self._memory.reorder(chain, chain.passages)
