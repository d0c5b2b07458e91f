"""The fold: events in, in any order; who is inside, and what is to be forgotten, out (rules 2 to 5, 7 and 8).

Belongs here: the acts that change what is known. Does not belong here: storing (the caller commits what a Forgotten
says), what the sums mean (bounds.py), starting again (restore.py).
"""

import enum
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, AreaId, EdgeId, Epoch, HolderId
from controller.domain.presence.bounds import Headcount, estimate
from controller.domain.presence.chain import Chain, Evidence, Passage
from controller.domain.presence.doubts import NOTHING_BESIDE, Beside, Doubts
from controller.domain.presence.forgotten import Forgetting, Forgotten
from controller.domain.presence.layout import WHOLE_SITE, Layout, Way
from controller.domain.presence.readable import Readable
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.tallies import Sums, Tallies, Tally, TallyKind, slot

NEVER: Final = -1
"""The marker "closed up to P" of a site that has closed no period yet."""


class Answer(enum.Enum):
    """What became of an event. Only the rows of folded ones are kept; the caller counts all others."""

    FOLDED = "folded"
    DUPLICATE = "duplicate"
    """Known already; its row is kept as it is."""
    LATE = "late"
    """At or below the cut (rule 8): counted and alarmed; its row must not be kept."""
    CLOSED = "closed"
    """Its period is closed (rule 5): never folded; its row must not be kept."""
    UNPLACED = "unplaced"
    """Its access point is not in the site's layout: it moves nobody."""


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
        readable: Readable | None = None,
        tallies: Tallies | None = None,
        doubts: Doubts | None = None,
    ) -> None:
        self.layout: Final = layout
        self.closed_s = closed_s
        self.cut_ns = cut_ns
        self._readable: Final = readable or Readable()
        self._tallies: Final = tallies or Tallies(len(layout.areas), layout.declared)
        self._doubts: Final = doubts or Doubts(layout)
        self._changed: set[HolderId] | None = None

    # Events in: any order, duplicates welcome.

    def granted(self, stamp: Stamp, holder: HolderId, access_point: AccessPointId, period_s: int) -> Answer:
        """Take an AccessGranted. `period_s`: start of the period whose key opened it."""
        return self._seen(stamp, holder, self.layout.ways.get(access_point), period_s, Evidence.GRANTED_ONLY)

    def _seen(self, stamp: Stamp, holder: HolderId, way: Way | None, period_s: int, evidence: Evidence) -> Answer:
        occurred_ns, edge, epoch, number = stamp
        if self._readable.grant(edge, epoch, number) is not None:
            return Answer.DUPLICATE
        if period_s <= self.closed_s:  # rule 5
            return Answer.CLOSED
        if occurred_ns <= self.cut_ns:  # rule 8
            return Answer.LATE
        if way is None:
            return Answer.UNPLACED
        passage = self._readable.add(stamp, holder, way, period_s, evidence)
        self._readable.settle_early(passage)
        self._doubts.granted(passage)
        if passage.evidence is not Evidence.NOT_TAKEN:
            self._insert(passage)
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
        passage = self._readable.grant(stamp.edge, stamp.epoch, grant_number)
        if self._readable.knows_outcome(stamp, grant_number, passage):
            return Answer.DUPLICATE
        if period_s <= self.closed_s:  # rule 5
            return Answer.CLOSED
        if stamp.occurred_ns <= self.cut_ns:  # rule 8
            return Answer.LATE
        if passage is None:
            self._readable.wait(stamp, grant_number, period_s, evidence)
            return Answer.FOLDED
        moved = passage.evidence is not Evidence.NOT_TAKEN
        self._readable.settle(passage, stamp, evidence)
        self._doubts.settled(passage)
        moves = passage.evidence is not Evidence.NOT_TAKEN
        if moved and not moves:
            self._remove(passage)
        elif moves and not moved:
            self._insert(passage)
        return Answer.FOLDED

    def doubt(self, stamp: Stamp) -> None:
        """Take note that the moment of the grant with that stamp, if it is in memory, is not its gate's own word."""
        passage = self._readable.grant(*stamp[1:])
        if passage is not None:
            self._doubts.add(passage)
            self._note(passage.chain)

    # Changes out: for boards, which are kept up to date in the time that what changed takes, not the whole roll.

    def watch_changes(self, *, on: bool) -> None:
        """Take note from now on of whose chain changes, for `changed`; or no longer, and forget what was noted."""
        self._changed = set() if on else None

    def changed(self) -> set[HolderId]:
        """Return whose chains have changed, or were forgotten, since this was last asked; none unless watched."""
        if not self._changed:
            return set()
        changed, self._changed = self._changed, set()
        return changed

    def _note(self, chain: Chain) -> None:
        if self._changed is not None:
            self._changed.add(chain.holder)

    # Rule 3: tallies follow from the chain, so they change where it changes, whatever came first.

    def _insert(self, passage: Passage) -> None:
        chain = passage.chain
        self._note(chain)
        at = chain.position(passage.stamp)
        passages = chain.passages
        if at < len(passages):
            self._tally(chain, at, -1)
            passages.insert(at, passage)
            self._tally(chain, at + 1, 1)
        else:
            self._tallies.place(chain.place, -1)
            passages.append(passage)
            self._tallies.place(passage.way.to, 1)
        self._tally(chain, at, 1)

    def _remove(self, passage: Passage) -> None:
        chain = passage.chain
        self._note(chain)
        at = chain.position(passage.stamp)
        passages = chain.passages
        self._tally(chain, at, -1)
        if at + 1 < len(passages):
            self._tally(chain, at + 1, -1)
            del passages[at]
            self._tally(chain, at, 1)
        else:
            self._tallies.place(passage.way.to, -1)
            del passages[at]
            self._tallies.place(chain.place, 1)

    def _tally(self, chain: Chain, at: int, sign: int) -> None:
        """Count, or take back, what passage number `at` of a chain tells about itself and about the one before it."""
        passage = chain.passages[at]
        step = passage.way.steps[chain.place_before(at)]
        if step.own:
            self._tallies.add(step.own, passage.period_s, sign)
        if step.before and at:  # what it tells about a forgotten one was booked with that
            self._tallies.add(step.before, chain.passages[at - 1].period_s, sign)

    # Forgetting.

    def close_period(self, closed_s: int) -> Forgotten:
        """Rule 5: the period that starts at `closed_s`, and all before it, can not be read from now on.

        Commit the Forgotten and the marker in one transaction; then the key may die.
        """
        forgetting = Forgetting(self.layout)
        self._forget_period(closed_s, self._readable.of_periods(closed_s), forgetting)
        forgetting.records += self._readable.drop_early(closed_s, 0)
        self.closed_s = max(self.closed_s, closed_s)
        self._tallies.close(self.closed_s)
        return forgetting.done()

    def shrink_period(self, period_s: int, most: int) -> Forgotten:
        """Forget some `most` passages of the periods up to the one that starts at `period_s`, ahead of its key's end.

        So that little is left to do when its time has come. Commit the Forgotten in one transaction.
        """
        forgetting = Forgetting(self.layout)
        self._forget_period(period_s, islice(self._readable.of_periods(period_s), most), forgetting)
        return forgetting.done()

    def _forget_period(self, period_s: int, passages: Iterable[Passage], forgetting: Forgetting) -> None:
        """Forget `passages`, all of periods up to `period_s`, and what their chains hold before them."""
        not_taken: dict[Chain, list[Passage]] = defaultdict(list)
        for passage in passages:
            gone = not_taken[passage.chain]
            if passage.evidence is Evidence.NOT_TAKEN:
                gone.append(passage)
        for chain, gone in not_taken.items():
            count = len(chain.passages)
            while count and chain.passages[count - 1].period_s > period_s:
                count -= 1
            self._forget(chain, count, gone, forgetting)

    def advance_cut(self, cut_ns: int) -> Forgotten:
        """Rule 7: forget every cycle that is complete at the cut (see watermark.py), and what was not taken below it.

        Commit the Forgotten and the cut in one transaction. The cut never falls.
        """
        self.cut_ns = max(self.cut_ns, cut_ns)
        forgetting = Forgetting(self.layout)
        exits: dict[Chain, Stamp] = {}
        for passage in list(self._readable.passed(self.cut_ns)):
            chain = passage.chain
            if passage.evidence is Evidence.NOT_TAKEN:
                if passage is not chain.prior_at:  # the one that carries a prior stays until its key ends
                    self._forget(chain, 0, [passage], forgetting)
            elif not passage.way.to:
                exits[chain] = max(passage.stamp, exits.get(chain, passage.stamp))
        for chain, last in exits.items():
            self._forget(chain, chain.position(last) + 1, [], forgetting)
        forgetting.records += self._readable.drop_early(NEVER, self.cut_ns)
        return forgetting.done()

    def _forget(self, chain: Chain, count: int, not_taken: list[Passage], forgetting: Forgetting) -> None:
        """Rule 4: take the first `count` passages out of a chain, and those that were `not_taken` out of memory."""
        passages = chain.passages
        gone = passages[:count] + not_taken
        changed = count > 0 or chain.prior_at in gone
        place, period_s = chain.prior, chain.prior_at.period_s if chain.prior_at else 0
        for at, passage in enumerate(passages[:count]):
            forgetting.book(passage.way.steps[place].own, passage.period_s)
            place, period_s = passage.way.to, passage.period_s
            if at + 1 < len(passages):
                forgetting.book(passages[at + 1].way.steps[place].before, period_s)
        del passages[:count]
        for passage in gone:
            self._readable.drop(passage)
            self._doubts.drop(passage)
            forgetting.records += (passage.stamp, *passage.outcomes)
        if not changed:
            return
        self._note(chain)
        if place and not passages:  # rule 5: whoever was inside is now one unnamed
            unnamed = tuple(slot(scope, TallyKind.UNNAMED) for scope in (0, place))
            forgetting.book(unnamed, period_s)
            forgetting.overstays += 1
            self._tallies.add(unnamed, period_s, 1)
            self._tallies.place(place, -1)
            place = 0
        if chain.prior_at and chain.prior_at not in gone:
            forgetting.prior(chain.prior_at, 0)
        chain.prior = place
        chain.prior_at = passages[0] if place else None
        if chain.prior_at:
            forgetting.prior(chain.prior_at, place)

    # Figures.

    def headcount(self, area: AreaId = WHOLE_SITE, beside: Beside = NOTHING_BESIDE) -> Headcount:
        """Return the figures of one area, or of the whole site. Raises KeyError for an area the layout lacks.

        `beside`: what is in doubt beside what was read, by area (unwatched.py).
        """
        scope = self.layout.index[area]
        doubts = (*self._doubts.of(scope), *beside.get(area, ()))
        return estimate(self._tallies.sums(scope), self.layout.declared, self.layout.capacities[scope], doubts)

    def headcount_with(self, area: AreaId, closed: Tallies) -> Headcount:
        """Return the figures of one area, if closed periods had left behind what `closed` says (compared.py)."""
        scope = self.layout.index[area]
        own, other = self._tallies.sums(scope), closed.sums(scope)
        sums = Sums(own.named, own.readable, other.recent, other.stay, other.rated)
        return estimate(sums, self.layout.declared, self.layout.capacities[scope], (*self._doubts.of(scope),))

    def adopt(self, table: Iterable[Tally]) -> None:
        """Take what closed periods have left behind from another controller, which was there."""
        index = self.layout.index
        self._tallies.adopt(((tally, index[tally.area]) for tally in table if tally.area in index), self.closed_s)

    def headcounts(self, beside: Beside = NOTHING_BESIDE) -> dict[AreaId, Headcount]:
        """Return the figures of each area, the whole site's under WHOLE_SITE; `beside` as for `headcount`."""
        return {area: self.headcount(area, beside) for area in self.layout.areas}

    def placed(self, until_s: int) -> Iterator[Placed]:
        """Yield whom the chains place inside and whose last record lies in a period that starts at `until_s` or before.

        In no particular order. These records are the next to die.
        """
        for passage in self._readable.of_periods(until_s):
            chain = passage.chain
            if passage.way.to and chain.passages[-1:] == [passage]:
                yield self._placed(chain, len(chain.passages) - 1)

    def holders(self) -> list[HolderId]:
        """Return of whom anything can be read."""
        return list(self._readable.chains)

    def inside(self) -> Iterator[Placed]:
        """Yield everybody whom the chains place inside, in no particular order."""
        for chain in self._readable.chains.values():
            if chain.passages and chain.passages[-1].way.to:
                yield self._placed(chain, len(chain.passages) - 1)

    def placed_at(self, at_ns: int) -> Iterator[Placed]:
        """Yield everybody whom the chains place inside at that moment (ns since 1970-01-01 UTC), in no order.

        The roll of an operation, frozen at its opening: events since then change nobody's place in it, and late news
        of what was before amends it. The moment must lie above the cut, which stands still while an operation is open.
        """
        for chain in self._readable.chains.values():
            placed = self._at(chain, at_ns)
            if placed is not None:
                yield placed

    def where_at(self, holder: HolderId, at_ns: int) -> Placed | None:
        """Return where the chain of one holder places him at that moment; see `placed_at`."""
        chain = self._readable.chains.get(holder)
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
        chain = self._readable.chains.get(holder)
        if chain is None or not chain.passages or not chain.passages[-1].way.to:
            return None
        return self._placed(chain, len(chain.passages) - 1)

    def _placed(self, chain: Chain, at: int) -> Placed:
        passage, before = chain.passages[at], chain.place_before(at)
        way = passage.way
        is_contradicted = way.source != ANYWHERE and way.source != (self.layout.areas[before] if before else OUTSIDE)
        is_doubtful = is_contradicted or passage in self._doubts
        return Placed(chain.holder, self.layout.areas[way.to], passage.period_s, passage.evidence, is_doubtful)

    def chain(self, holder: HolderId) -> Chain | None:
        """Return the readable passages of one holder, if there are any; see track.py for the roll call's view."""
        return self._readable.chains.get(holder)

    def unnamed_left(self, area: AreaId) -> int:
        """Return how many unnamed persons of an area nothing has accounted for: I less X, over the longest stay."""
        sums = self._tallies.sums(self.layout.index[area])
        return max(0, sums.stay.unnamed - sums.stay.unplaced - sums.readable.unplaced)

    def remembers(self, edge: EdgeId, epoch: Epoch, number: int) -> bool:
        """Return whether the grant with that number is in memory: folded, and not forgotten yet."""
        return self._readable.grant(edge, epoch, number) is not None

    def placed_before(self, stamp: Stamp) -> AreaId | None:
        """Return where the chain placed the holder of a folded grant just before it; None for outside or nobody knows.

        Raises KeyError for a grant that is not in memory.
        """
        passage = self._readable.grant(*stamp[1:])
        if passage is None:
            raise KeyError(stamp)
        before = passage.chain.place_before(passage.chain.position(stamp))
        return self.layout.areas[before] if before else None
