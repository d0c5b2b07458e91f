"""Start again from what is stored (rule 9): readable events, priors, the tally table, the cut and the marker.

Belongs here: a fast way to the state that the fold had. Does not belong here: opening and decoding rows (the caller).
"""

from collections.abc import Iterable

from contract.ids import AccessPointId, AreaId, HolderId
from controller.domain.presence.chain import Chain, Evidence, stamp_of
from controller.domain.presence.doubts import Doubts
from controller.domain.presence.fold import NEVER, Presence
from controller.domain.presence.layout import Layout, Way
from controller.domain.presence.readable import Readable
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.tallies import Tallies, Tally


class Restoration:
    """Takes stored events in any order, each once, then gives the Presence that folded them.

    `table`: the tally table as Forgotten.tallies added up. `closed_s`, `cut_ns`: as committed with the last Forgotten.
    Rows of closed periods may be offered and are never folded (rule 5). The cut is no reason to refuse a stored row:
    what was late was never stored. Events at access points, and tallies of areas, that the layout lacks are passed
    over. Nothing here needs the cyclic garbage collector: a caller with a million events may pause it meanwhile.
    """

    def __init__(self, layout: Layout, table: Iterable[Tally], *, closed_s: int = NEVER, cut_ns: int = 0) -> None:
        self._layout = layout
        self._closed_s = closed_s
        self._cut_ns = cut_ns
        self._readable = Readable()
        self._tallies = Tallies(len(layout.areas), layout.declared)
        self._tallies.load((tally, layout.index[tally.area]) for tally in table if tally.area in layout.index)
        self._tallies.close(closed_s)
        self._priors: list[tuple[Stamp, AreaId]] = []
        self._unmatched: list[tuple[Stamp, int, int, Evidence]] = []

    def granted(self, stamp: Stamp, holder: HolderId, access_point: AccessPointId, period_s: int) -> None:
        """Take a stored AccessGranted; arguments as in Presence.granted."""
        self._seen(stamp, holder, self._layout.ways.get(access_point), period_s, Evidence.GRANTED_ONLY)

    def reconfirmed(self, stamp: Stamp, holder: HolderId, area: AreaId, period_s: int) -> None:
        """Take a stored Reconfirmed; arguments as in Presence.reconfirmed."""
        self._seen(stamp, holder, self._layout.here.get(area), period_s, Evidence.RECONFIRMED)

    def _seen(self, stamp: Stamp, holder: HolderId, way: Way | None, period_s: int, evidence: Evidence) -> None:
        if way is not None and period_s > self._closed_s:
            passage = self._readable.add(stamp, holder, way, period_s, evidence)
            passage.chain.passages.append(passage)

    def taken(self, stamp: Stamp, grant_number: int, period_s: int) -> None:
        """Take a stored AccessTaken; arguments as in Presence.taken."""
        self._outcome(stamp, grant_number, period_s, Evidence.TAKEN)

    def not_taken(self, stamp: Stamp, grant_number: int, period_s: int) -> None:
        """Take a stored AccessNotTaken; arguments as in Presence.not_taken."""
        self._outcome(stamp, grant_number, period_s, Evidence.NOT_TAKEN)

    def _outcome(self, stamp: Stamp, grant_number: int, period_s: int, evidence: Evidence) -> None:
        grant = self._readable.grant(stamp[1], stamp[2], grant_number)
        if grant is not None:
            self._readable.settle(grant, stamp, evidence)
        else:
            self._unmatched.append((stamp, grant_number, period_s, evidence))

    def prior(self, stamp: Stamp, area: AreaId) -> None:
        """Take the prior that is stored beside the grant with that stamp (rule 4)."""
        self._priors.append((stamp, area))

    def done(self) -> Presence:
        """Put all chains in order, count what they tell, and return the fold. Call it once."""
        for stamp, grant_number, period_s, evidence in self._unmatched:
            grant = self._readable.grant(stamp.edge, stamp.epoch, grant_number)
            if grant is not None:
                self._readable.settle(grant, stamp, evidence)
            elif period_s > self._closed_s:
                self._readable.wait(stamp, grant_number, period_s, evidence)
        for stamp, area in self._priors:
            grant = self._readable.grant(*stamp[1:])
            if grant is not None and area in self._layout.index:
                grant.chain.prior = self._layout.index[area]
                grant.chain.prior_at = grant
        for grant in self._readable.not_taken():
            grant.chain.passages.remove(grant)
        doubts = Doubts(self._layout)
        for chain in self._readable.chains.values():
            self._count(chain, doubts)
        return Presence(
            self._layout,
            closed_s=self._closed_s,
            cut_ns=self._cut_ns,
            readable=self._readable,
            tallies=self._tallies,
            doubts=doubts,
        )

    def _count(self, chain: Chain, doubts: Doubts) -> None:
        """Rules 2 and 3 for a whole chain at once."""
        chain.passages.sort(key=stamp_of)
        tallies = self._tallies
        place, before_s = chain.prior, NEVER
        for passage in chain.passages:
            step = passage.way.steps[place]
            if step[1]:
                tallies.add(step[1], passage.period_s, 1)
            if step[0] and before_s != NEVER:  # what it tells about a forgotten one was booked with that
                tallies.add(step[0], before_s, 1)
            if passage.way.is_watched:
                doubts.granted(passage)
            place, before_s = passage.way.to, passage.period_s
        tallies.place(place, 1)
