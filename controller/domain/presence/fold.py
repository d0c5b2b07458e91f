"""The fold: events in, in any order; who is inside, and what is to be forgotten, out (rules 2 to 5, 7 and 8).

Belongs here: the acts that change what is known. Does not belong here: storing (the caller commits what a Forgotten
says), what the sums mean (bounds.py), starting again (restore.py).
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from contract.clock import NS_PER_S
from contract.ids import OUTSIDE, AccessPointId, ActId, AreaId, EdgeId, Epoch, HolderId, OperationId
from controller.domain.presence.acts import Acts
from controller.domain.presence.answer import Answer
from controller.domain.presence.bounds import Headcount, estimate, held_by_site
from controller.domain.presence.chain import Chain, Evidence
from controller.domain.presence.crossings import Grant
from controller.domain.presence.doubts import NOTHING_BESIDE, Beside
from controller.domain.presence.forgotten import Forgotten
from controller.domain.presence.layout import WHOLE_SITE, Layout, Way
from controller.domain.presence.memory import Memory
from controller.domain.presence.oblivion import Oblivion
from controller.domain.presence.rides import Differing
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.tallies import Sums, Tallies, Tally

NEVER: Final = -1
"""The marker "closed up to P" of a site that has closed no period yet."""


class Placed(NamedTuple):
    """Where a holder's last record places him; it dies with the period that starts at `period_s`.

    `is_doubtful`: its moment is in doubt, or it came out of an area where the chain did not place him (rule 2).
    """

    holder: HolderId
    area: AreaId
    period_s: int
    evidence: Evidence
    is_doubtful: bool = False


class Presence:
    """Who is inside a site. Holds passages that can be read, and sums; does no I/O and reads no clock.

    `closed_s` is the marker "closed up to P": start of the last closed period in seconds. `cut_ns` is the cut of
    rule 6. To start again from what is stored, use restore.Restoration.
    """

    def __init__(
        self,
        layout: Layout,
        *,
        closed_s: int = NEVER,
        cut_ns: int = 0,
        memory: Memory | None = None,
        acts: Acts | None = None,
    ) -> None:
        self.layout: Final = layout
        self.closed_s = closed_s
        self.dying_s = closed_s
        """Start of the last period of which something has been forgotten, for its key ends or has ended."""
        self.cut_ns = cut_ns
        self._memory: Final = memory or Memory(layout)
        self._acts: Final = acts or Acts(self._memory)
        self._oblivion: Final = Oblivion(self._memory, self._acts)

    # Events in: any order, duplicates welcome.

    def granted(self, stamp: Stamp, holder: HolderId, access_point: AccessPointId, period_s: int) -> Answer:
        """Take an AccessGranted. `period_s`: start of the period whose key opened it.

        A denied read at a muster point as well: nothing opens there, and it says as much of its holder.
        """
        return self._seen(stamp, holder, self.layout.ways.get(access_point), period_s, Evidence.GRANTED_ONLY)

    def _seen(self, stamp: Stamp, holder: HolderId, way: Way | None, period_s: int, evidence: Evidence) -> Answer:
        readable = self._memory.readable
        occurred_ns, edge, epoch, number = stamp
        if readable.grant(edge, epoch, number) is not None:
            return Answer.DUPLICATE
        if period_s <= self.closed_s:  # rule 5
            return Answer.CLOSED
        if occurred_ns <= self.cut_ns:  # rule 8
            return Answer.LATE
        if way is None:
            return Answer.UNPLACED
        passage = readable.add(stamp, holder, way, period_s, evidence)
        readable.settle_early(passage)
        self._memory.doubts.granted(passage)
        if passage.evidence is Evidence.NOT_TAKEN:
            self._memory.tell_passengers(passage)
        else:
            self._memory.enter(passage)
        self._memory.seat(passage)
        return Answer.FOLDED

    def reconfirmed(self, stamp: Stamp, holder: HolderId, area: AreaId, period_s: int) -> Answer:
        """Take a Reconfirmed: an officer saw the holder in that area. It moves him as a read "now here" would."""
        return self._seen(stamp, holder, self.layout.here.get(area), period_s, Evidence.RECONFIRMED)

    def taken(self, stamp: Stamp, grant_number: int, period_s: int) -> Answer:
        """Take an AccessTaken about the grant with that number of the same edge and epoch."""
        return self._outcome(stamp, grant_number, period_s, Evidence.TAKEN)

    def not_taken(self, stamp: Stamp, grant_number: int, period_s: int) -> Answer:
        """Take an AccessNotTaken about the grant with that number of the same edge and epoch: it moved nobody."""
        return self._outcome(stamp, grant_number, period_s, Evidence.NOT_TAKEN)

    def _outcome(self, stamp: Stamp, grant_number: int, period_s: int, evidence: Evidence) -> Answer:
        readable = self._memory.readable
        passage = readable.grant(stamp.edge, stamp.epoch, grant_number)
        if readable.knows_outcome(stamp, grant_number, passage):
            return Answer.DUPLICATE
        if refused := self._refused(stamp, period_s):
            return refused
        if passage is None:
            readable.wait(stamp, grant_number, period_s, evidence)
        else:
            self._memory.settle(passage, stamp, evidence)
        return Answer.FOLDED

    def _refused(self, stamp: Stamp, period_s: int) -> Answer | None:
        if period_s <= self.closed_s:  # rule 5
            return Answer.CLOSED
        return Answer.LATE if stamp.occurred_ns <= self.cut_ns else None  # rule 8

    # Officers' acts in; `stamp` is that of the record that carries the act.

    def seen(
        self, stamp: Stamp, act: ActId, operation: OperationId, holder: HolderId, area: AreaId, period_s: int
    ) -> Answer:
        """Take an AccountedFor or StaysByOrder with an area: an officer's word that the holder is there."""
        way = self.layout.here.get(area)
        return self._refused(stamp, period_s) or self._acts.sight(stamp, act, holder, way, period_s, operation)

    def admitted(
        self, stamp: Stamp, act: ActId, holder: HolderId, access_point: AccessPointId, period_s: int
    ) -> Answer:
        """Take an Admitted: an officer let the holder through, or, where that is "", somebody without a name."""
        way = self.layout.ways.get(access_point)
        if refused := self._refused(stamp, period_s):
            return refused
        if holder:
            return self._acts.sight(stamp, act, holder, way, period_s)
        return self._crossing(stamp, act, way, 1, period_s, None)

    def occupants(
        self, stamp: Stamp, act: ActId, access_point: AccessPointId, grant_number: int, amount: int, period_s: int
    ) -> Answer:
        """Take an Occupants: so many persons went beside the driver whose grant has that number; 0: he had none."""
        way = self.layout.ways.get(access_point)
        grant = (stamp.edge, stamp.epoch, grant_number) if grant_number else None
        return self._refused(stamp, period_s) or self._crossing(stamp, act, way, amount, period_s, grant)

    def vehicle(self, stamp: Stamp, grant_number: int, period_s: int, differing: Differing | None = None) -> Answer:
        """Take what a gate says of the vehicle whose driver's grant has that number; 0: an officer let him through.

        `differing`: that it leaves with others than it came with.
        """
        grant = stamp.edge, stamp.epoch, grant_number or stamp.number
        if refused := self._refused(stamp, period_s):
            return refused
        is_new = self._memory.hear_of_vehicle(grant, stamp, period_s, differing)
        return Answer.FOLDED if is_new else Answer.DUPLICATE

    def _crossing(
        self, stamp: Stamp, act: ActId, way: Way | None, amount: int, period_s: int, grant: Grant | None
    ) -> Answer:
        if way is None:
            return Answer.UNPLACED
        source = way.to if way.fixed is None else way.fixed  # "now here": they were there already
        return self._acts.crossing(stamp, act, (source, way.to), amount, period_s, grant)

    def unnamed_passed(
        self, stamp: Stamp, act: ActId, area: AreaId, other: AreaId, amount: int, period_s: int
    ) -> Answer:
        """Take an UnnamedPassed: so many went into `area` from `other`, or, below 0, out of it to there."""
        if refused := self._refused(stamp, period_s):
            return refused
        index = {**self.layout.index, OUTSIDE: 0}
        if area not in index or other not in index or WHOLE_SITE in (area, other):
            return Answer.UNPLACED
        between = (index[other], index[area]) if amount > 0 else (index[area], index[other])
        return self._acts.crossing(stamp, act, between, abs(amount), period_s, None)

    def swept(
        self, stamp: Stamp, act: ActId, operation: OperationId, area: AreaId, unnamed: int, period_s: int
    ) -> Answer:
        """Take an AreaSwept: the area was searched, and so many persons without a name were found (rule 10)."""
        if refused := self._refused(stamp, period_s):
            return refused
        index = self.layout.index.get(area, 0)
        return self._acts.sweep(stamp, act, operation, index, unnamed, period_s) if index else Answer.UNPLACED

    def withdrawn(self, stamp: Stamp, operation: OperationId, mark: ActId, period_s: int) -> Answer:
        """Take a MarkWithdrawn: that mark of the operation never was."""
        return self._refused(stamp, period_s) or self._acts.withdrawn(stamp, operation, mark, period_s)

    def doubt(self, stamp: Stamp) -> None:
        """Take note that the moment of the grant with that stamp, if it is in memory, is not its gate's own word."""
        passage = self._memory.readable.grant(*stamp[1:])
        if passage is not None:
            self._memory.doubts.add(passage)
            self._memory.note(passage.chain)
            self._memory.ride_again(passage.chain)

    def contradict(self, stamp: Stamp) -> None:
        """Take note that the grant with that stamp, if it is in memory, was made to a pass that had been replaced."""
        passage = self._memory.readable.grant(*stamp[1:])
        if passage is not None:
            self._memory.contradicted.add(passage)
            self._memory.note(passage.chain)
            self._memory.ride_again(passage.chain)

    # Changes out: for boards, which are kept up to date in the time that what changed takes, not the whole roll.

    def watch_changes(self, *, on: bool) -> None:
        """Take note from now on of whose chain changes, for `changed`; or no longer, and forget what was noted."""
        self._memory.changed = set() if on else None

    def changed(self) -> set[HolderId]:
        """Return whose chains have changed, or were forgotten, since this was last asked; none unless watched."""
        if not self._memory.changed:
            return set()
        changed, self._memory.changed = self._memory.changed, set()
        return changed

    # Forgetting.

    def close_period(self, closed_s: int) -> Forgotten:
        """Rule 5: the period that starts at `closed_s`, and all before it, can not be read from now on.

        Commit the Forgotten and the marker in one transaction; then the key may die.
        """
        forgotten = self._oblivion.close_period(closed_s)
        self.closed_s = max(self.closed_s, closed_s)
        self.dying_s = max(self.dying_s, closed_s)
        return forgotten

    def shrink_period(self, period_s: int, most: int) -> Forgotten:
        """Forget some `most` passages of the periods up to the one that starts at `period_s`, ahead of its key's end.

        So that little is left to do when its time has come. Commit the Forgotten in one transaction.
        """
        self.dying_s = max(self.dying_s, period_s)
        return self._oblivion.shrink_period(period_s, most)

    def advance_cut(self, cut_ns: int) -> Forgotten:
        """Rule 7: forget every cycle that is complete at the cut (see watermark.py), and what was not taken below it.

        Commit the Forgotten and the cut in one transaction. The cut never falls.
        """
        self.cut_ns = max(self.cut_ns, cut_ns)
        return self._oblivion.advance_cut(self.cut_ns, NEVER)

    # Figures.

    def headcount(self, area: AreaId = WHOLE_SITE, beside: Beside = NOTHING_BESIDE) -> Headcount:
        """Return the figures of one area, or of the whole site. Raises KeyError for an area the layout lacks.

        `beside`: what is in doubt beside what was read, by area (unwatched.py).
        """
        scope = self.layout.index[area]
        doubts = (*self._memory.doubted(scope), *beside.get(area, ()))
        return estimate(self._memory.tallies.sums(scope), self.layout.declared, self.layout.capacities[scope], doubts)

    def headcount_with(self, area: AreaId, closed: Tallies) -> Headcount:
        """Return the figures of one area, if closed periods had left behind what `closed` says (compared.py)."""
        scope = self.layout.index[area]
        sums = self._memory.tallies.sums(scope, closed)
        return estimate(sums, self.layout.declared, self.layout.capacities[scope], self._memory.doubted(scope))

    def told_by(self, table: Iterable[Tally]) -> Tallies:
        """Return what closed periods have left behind by the table of another controller, for `headcount_with`."""
        return self._memory.counting.beside(table, self.closed_s)

    def adopt(self, table: Iterable[Tally]) -> None:
        """Take what closed periods have left behind from another controller, which was there."""
        self._memory.counting.adopt(table, self.closed_s)

    def sums(self) -> dict[AreaId, Sums]:
        """Return what the figures of each area are made of, the whole site's under WHOLE_SITE."""
        return {area: self._memory.tallies.sums(region) for area, region in self.layout.index.items()}

    def swept_ns(self) -> dict[AreaId, int]:
        """Return when each area, with all areas within it, was swept last (ns since 1970-01-01 UTC); 0 for never.

        Of a sweep whose key is gone the start of its period is known.
        """
        sweeps, tallies, shares = self._memory.counting.sweeps, self._memory.tallies, self.layout.shares

        def last_ns(part: int) -> int:
            readable = sweeps.of(part)
            return readable[-1].stamp.occurred_ns if readable else tallies.swept_s(part) * NS_PER_S

        parts = ({shares.part[share] for share in of if shares.part[share]} for of in shares.of)
        return {area: min(map(last_ns, each), default=0) for area, each in zip(self.layout.areas, parts, strict=True)}

    def headcounts(self, beside: Beside = NOTHING_BESIDE) -> dict[AreaId, Headcount]:
        """Return the figures of each area, the whole site's under WHOLE_SITE; `beside` as for `headcount`."""
        counts = {area: self.headcount(area, beside) for area in self.layout.areas}
        return held_by_site(counts, WHOLE_SITE, self.layout.lead_outside)

    def placed(self, until_s: int) -> Iterator[Placed]:
        """Yield whom the chains place inside and whose last record lies in a period that starts at `until_s` or before.

        In no particular order. These records are the next to die.
        """
        for passage in self._memory.readable.of_periods(until_s):
            chain = passage.chain
            if passage.way.to and chain.passages[-1:] == [passage]:
                yield self._placed(chain, len(chain.passages) - 1)

    def holders(self) -> list[HolderId]:
        """Return of whom anything can be read."""
        return list(self._memory.readable.chains)

    def inside(self) -> Iterator[Placed]:
        """Yield everybody whom the chains place inside, in no particular order."""
        for chain in self._memory.readable.chains.values():
            if chain.passages and chain.passages[-1].way.to:
                yield self._placed(chain, len(chain.passages) - 1)

    def placed_at(self, at_ns: int) -> Iterator[Placed]:
        """Yield everybody whom the chains place inside at that moment (ns since 1970-01-01 UTC), in no order.

        The roll of an operation, frozen at its opening: events since then change nobody's place in it, and late news
        of what was before amends it. The moment must lie above the cut, which stands still while an operation is open.
        """
        for chain in self._memory.readable.chains.values():
            placed = self._at(chain, at_ns)
            if placed is not None:
                yield placed

    def where_at(self, holder: HolderId, at_ns: int) -> Placed | None:
        """Return where the chain of one holder places him at that moment; see `placed_at`."""
        chain = self._memory.readable.chains.get(holder)
        return None if chain is None else self._at(chain, at_ns)

    def _at(self, chain: Chain, at_ns: int) -> Placed | None:
        count = chain.count_until(at_ns)
        if not chain.place_before(count):
            return None
        if count:
            return self._placed(chain, count - 1)
        if chain.prior_at is None:  # a prior without the passage beside which it lies: there is none
            return None
        area = self.layout.areas[chain.prior]
        return Placed(chain.holder, area, chain.prior_at.period_s, Evidence.GRANTED_ONLY)

    def where(self, holder: HolderId) -> Placed | None:
        """Return where the chain of one holder places him; None for outside, or where nothing can be read of him."""
        chain = self._memory.readable.chains.get(holder)
        if chain is None or not chain.passages or not chain.passages[-1].way.to:
            return None
        return self._placed(chain, len(chain.passages) - 1)

    def _placed(self, chain: Chain, at: int) -> Placed:
        passage, before = chain.passages[at], chain.place_before(at)
        way = passage.way
        is_contradicted = way.fixed not in (None, before) or passage in self._memory.contradicted
        is_doubtful = is_contradicted or passage in self._memory.doubts
        evidence = Evidence.CONTRADICTED if is_contradicted else passage.evidence
        return Placed(chain.holder, self.layout.areas[way.to], passage.period_s, evidence, is_doubtful)

    def chain(self, holder: HolderId) -> Chain | None:
        """Return the readable passages of one holder, if there are any; see track.py for the roll call's view."""
        return self._memory.readable.chains.get(holder)

    def unnamed_left(self, area: AreaId) -> int:
        """Return how many unnamed persons of an area nothing has accounted for, over the longest stay.

        I less X, those who came unnamed less those who went.
        """
        sums = self._memory.tallies.sums(self.layout.index[area])
        counted = [sums.stay, sums.readable]
        return max(0, sum(each.unnamed - each.unplaced + each.came - each.went - each.surplus for each in counted))

    def remembers(self, edge: EdgeId, epoch: Epoch, number: int) -> bool:
        """Return whether the grant with that number is in memory: folded, and not forgotten yet."""
        return self._memory.readable.grant(edge, epoch, number) is not None

    def placed_before(self, stamp: Stamp) -> AreaId | None:
        """Return where the chain placed the holder of a folded grant just before it; None for outside or nobody knows.

        Raises KeyError for a grant that is not in memory.
        """
        passage = self._memory.readable.grant(*stamp[1:])
        if passage is None:
            raise KeyError(stamp)
        before = passage.chain.place_before(passage.chain.position_of(passage))
        return self.layout.areas[before] if before else None
