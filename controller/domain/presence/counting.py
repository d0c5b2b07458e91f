"""What chains, sweeps and crossings tell by rule 3, put into the running sums, or taken back out of them.

Everything here is a function of what can be read, so that it changes where that changes, whatever came first. Belongs
here: from one passage to slots and periods. Does not belong here: the sums (tallies.py), geometry (layout.py), or what
is forgotten when (fold.py).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from controller.domain.presence.chain import Chain, Passage
from controller.domain.presence.crossings import Crossing, Crossings
from controller.domain.presence.layout import Layout
from controller.domain.presence.rides import Rides, Vehicles
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.sweeps import Sweep, Sweeps
from controller.domain.presence.tallies import Tallies, Tally, TallyKind


class Told(NamedTuple):
    """One more in each of `slots`, in the period that starts at `period_s`."""

    slots: tuple[int, ...]
    period_s: int


class Counting:
    """Counts in `tallies` what is told. `sweeps` and `crossings`: those that can be read, and were not withdrawn."""

    def __init__(self, layout: Layout, tallies: Tallies) -> None:
        self._layout: Final = layout
        self._tallies: Final = tallies
        self.sweeps: Final = Sweeps()
        self.crossings: Final = Crossings()
        self.rides: Final = Rides(layout)
        self.vehicles: Final = Vehicles()
        self._part: Final = layout.shares.part
        self._swept_s: dict[int, int] = {}
        self._settled: dict[tuple[int, int], int] = {}
        self._stored: dict[tuple[int, int], int] = {}
        self._moved: Counter[tuple[int, int]] = Counter()

    def place(self, chain: Chain, sign: int) -> None:
        """Count a holder where his chain places him (N of rule 12)."""
        place = chain.place
        if not place:
            return
        regions = self._layout.around[place]
        if self.sweeps and self._ended(chain, len(chain.passages)):
            self._tallies.lose(regions, sign)
        else:
            self._tallies.place(regions, sign)

    def place_before(self, chain: Chain, at: int) -> int:
        """Return where he counts before his passage number `at`: nowhere, if he was without a name by then."""
        place = chain.place_before(at)
        return 0 if place and self.sweeps and self._ended(chain, at) else place

    def _ended(self, chain: Chain, at: int) -> bool:
        """Tell whether a sweep has ended the stay before passage number `at`, which may be still to come."""
        until = chain.passages[at].stamp if at < len(chain.passages) else None
        evidence = chain.passages[at - 1] if at else None
        return self.sweeps.ended(chain.place_before(at), evidence, chain.prior_left_ns, until)

    def told(self, chain: Chain, at: int) -> Iterator[Told]:
        """Yield what passage number `at` tells about itself."""
        passage = chain.passages[at]
        own = passage.way.steps[self.place_before(chain, at)].own
        if own:
            yield from self._split(own, passage)

    def told_of(self, chain: Chain, at: int, evidence: Passage) -> Iterator[Told]:
        """Yield what passage number `at` tells about the one before it, `evidence`."""
        before = chain.passages[at].way.steps[self.place_before(chain, at)].before
        if before:
            yield from self.stay(before, evidence)

    def stay(self, slots: tuple[int, ...], evidence: Passage) -> Iterator[Told]:
        """Yield what became of a stay that began with `evidence`, in the periods where sweeps leave it."""
        if not self.sweeps:
            yield Told(slots, evidence.period_s)
            return
        for at in slots:
            yield Told((at,), self.sweeps.stay_counts_in(self._area_of(at), evidence))

    def count(self, chain: Chain, at: int, sign: int) -> None:
        """Count, or take back, what passage number `at` tells about itself and about the one before it."""
        if not self.sweeps:  # the common case, and the fast one
            passage = chain.passages[at]
            step = passage.way.steps[chain.place_before(at)]
            if step.own:
                self._tallies.add(step.own, passage.period_s, sign)
            if step.before and at:  # what it tells about a forgotten one was booked with that
                self._tallies.add(step.before, chain.passages[at - 1].period_s, sign)
            return
        self.add(self.told(chain, at), sign)
        if at:
            self.add(self.told_of(chain, at, chain.passages[at - 1]), sign)

    def whole(self, chain: Chain, sign: int) -> None:
        """Count, or take back, all that a chain tells."""
        for at in range(len(chain.passages)):
            self.count(chain, at, sign)
        self.place(chain, sign)

    def add(self, told: Iterable[Told], sign: int) -> None:
        """Count, or take back."""
        for slots, period_s in told:
            self._tallies.add(slots, period_s, sign)

    def crossed(self, crossing: Crossing) -> Iterator[tuple[Told, int]]:
        """Yield what a crossing tells, each with how many persons; nothing of one that does not count."""
        if not self.crossings.counts(crossing):
            return
        slot, source, to = self._layout.slot, crossing.source, crossing.to
        for region in self._layout.left(to, source):
            left = crossing.partners.get(region)
            kinds = [TallyKind.CAME]
            if left is not None:
                kinds.append(TallyKind.STAYED)
            elif crossing.is_unsure:
                kinds.append(TallyKind.UNSURE)
            amount = crossing.amount - (0 if left is None else left.amount)
            for kind in kinds if amount > 0 else ():
                yield self._of_crossing(slot(region, to, kind), crossing), amount
        for region in self._layout.left(source, to):
            came = crossing.partners.get(region)
            if came is None:
                for kind, amount in self._by_its_gate(crossing):
                    yield self._of_crossing(slot(region, source, kind), crossing), amount
            elif crossing.amount > came.amount:
                surplus = crossing.amount - came.amount
                yield self._of_crossing(slot(region, source, TallyKind.SURPLUS), crossing), surplus

    def _of_crossing(self, at: int, crossing: Crossing) -> Told:
        return Told((at,), self.sweeps.counts_in(self._area_of(at), crossing.stamp, crossing.period_s))

    def _by_its_gate(self, crossing: Crossing) -> Iterator[tuple[TallyKind, int]]:
        """Yield what one that leaves tells if nothing is known of how it came, but for what its gate may have said."""
        said = None if crossing.grant is None else self.vehicles.differing(crossing.grant)
        stayed = surplus = 0
        if said is not None:
            stayed, surplus = max(0, said.entered - said.leaving), max(0, said.leaving - said.entered)
        surplus = min(surplus, crossing.amount)
        for kind, amount in (
            (TallyKind.WENT, crossing.amount - surplus),
            (TallyKind.SURPLUS, surplus),
            (TallyKind.STAYED, stayed),
        ):
            if amount:
                yield kind, amount

    def cross(self, crossing: Crossing, sign: int) -> None:
        """Count, or take back, a crossing."""
        for told, amount in self.crossed(crossing):
            self._tallies.add(told.slots, told.period_s, sign * amount)

    def are_sure(self, crossing: Crossing, regions: tuple[int, ...]) -> None:
        """Let those who crossed count as surely as their driver does, in these regions and no others."""
        self._tallies.ride(crossing.sure_in, -crossing.amount)
        crossing.sure_in = regions
        self._tallies.ride(regions, crossing.amount)

    def is_parted(self, crossing: Crossing, until: Stamp | None) -> bool:
        """Tell whether the area into which a crossing led was searched since, before that stamp (None: by now)."""
        sweeps = self.sweeps.of(crossing.to)
        return any(crossing.stamp < each.stamp and (until is None or each.stamp < until) for each in sweeps)

    def found(self, sweep: Sweep) -> Told:
        """Return what one of the persons tells whom a sweep has found."""
        layout, area = self._layout, sweep.area
        slots = (*layout.slots(area, TallyKind.UNNAMED), *layout.slots(area, TallyKind.FOUND))
        return Told(slots, self.sweeps.counts_in(area, sweep.stamp, sweep.period_s))

    def change_sweep(self, sweep: Sweep, change: Callable[[Sweep], None], chains: Iterable[Chain]) -> None:
        """Let `change` take a sweep in or out, and count again what arose in its area; `chains`: which touch it.

        Crossings are left to the caller.
        """
        area, touching = sweep.area, list(chains)
        self._count_area(area, touching, -1)
        change(sweep)
        self._settle(area)
        self._count_area(area, touching, 1)

    def _count_area(self, area: int, chains: Iterable[Chain], sign: int) -> None:
        for chain in chains:
            self.whole(chain, sign)
        for sweep in self.sweeps.of(area):
            told = self.found(sweep)
            self._tallies.add(told.slots, told.period_s, sign * sweep.unnamed)

    def _settle(self, area: int) -> None:
        """See to it that all that arose in an area before its last sweep is settled.

        Nothing that can be read is counted in that area meanwhile: what the sums hold of the sweep's period was
        forgotten before the sweep, as the cut had passed it, and lies in the table.
        """
        for period_s in {each.period_s for each in self.sweeps.of(area)}:
            latest = self.sweeps.latest(area, period_s)
            if latest is not None and latest.offset_ns > self._settled.get((area, period_s), 0):
                self._settled[area, period_s] = latest.offset_ns
                for at, count in self._tallies.settle(area, period_s).items():
                    self._moved[at, period_s] -= count
                    self._moved[at, period_s - 1] += count
        since = [each.period_s for each in self.sweeps.of(area)]
        if area in self._swept_s:
            since.append(self._swept_s[area])
        self._tallies.sweep(area, max(since, default=None))

    def load_moments(self, table: Iterable[Tally], closed_s: int) -> None:
        """Take from a stored table up to which moments sweeps have settled it (rule 9)."""
        for tally in table:
            area, period_s, offset_ns = self._layout.index.get(tally.area, 0), tally.period_s, tally.amount
            if tally.kind is not TallyKind.SWEPT or not area or not offset_ns:
                continue
            if period_s > closed_s:
                self._settled[area, period_s] = self._stored[area, period_s] = offset_ns
            else:
                self._swept_s[area] = max(period_s, self._swept_s.get(area, period_s))
                self._settle(area)

    def adopt(self, table: Iterable[Tally], closed_s: int) -> None:
        """Take what closed periods have left behind from another table, in the place of what they did here."""
        lines = [tally for tally in table if tally.period_s <= closed_s]
        swept, self._swept_s = [*self._swept_s], {}
        self._tallies.adopt(self.shared(lines), closed_s)
        for area in swept:
            self._settle(area)
        self.load_moments(lines, closed_s)

    def beside(self, table: Iterable[Tally], closed_s: int) -> Tallies:
        """Return the sums of another table of closed periods, counted since the sweeps that can be read here."""
        tallies = Tallies(self._layout.shares, self._layout.declared)
        other = Counting(self._layout, tallies)
        for sweep in self.sweeps:
            other.sweeps.add(sweep)
        other.adopt(table, closed_s)
        for area in {sweep.area for sweep in self.sweeps}:
            other._settle(area)
        return tallies

    def shared(self, table: Iterable[Tally]) -> Iterator[tuple[Tally, int]]:
        """Yield the lines of a table each with the number of its share, without those of areas that are not there."""
        for tally in table:
            share = self._layout.share(tally)
            if share is not None:
                yield tally, share

    def unstored(self) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]:
        """Return what sweeps have changed in the table since this was last asked.

        Counts, as (slot, period, count), and the moments up to which they settle, as (area, period, nanoseconds more).
        """
        counts = [(at, period_s, count) for (at, period_s), count in self._moved.items() if count]
        self._moved.clear()
        latest = {(each.area, each.period_s): each.offset_ns for each in self.sweeps}
        moments = []
        for area, period_s in {*self._stored, *latest}:
            more_ns = latest.get((area, period_s), 0) - self._stored.get((area, period_s), 0)
            if more_ns:
                moments.append((area, period_s, more_ns))
                self._stored[area, period_s] = latest.get((area, period_s), 0)
        return counts, moments

    def close(self, closed_s: int) -> None:
        """Forget the sweeps of periods up to the one that starts at `closed_s`; what they settled stays so."""
        for sweep in [each for each in self.sweeps if each.period_s <= closed_s]:
            self.sweeps.remove(sweep)
            self._swept_s[sweep.area] = max(sweep.period_s, self._swept_s.get(sweep.area, sweep.period_s))
        for moments in (self._settled, self._stored):
            for area, period_s in [key for key in moments if key[1] <= closed_s]:
                del moments[area, period_s]

    def _split(self, slots: tuple[int, ...], passage: Passage) -> Iterator[Told]:
        if not self.sweeps:
            yield Told(slots, passage.period_s)
            return
        for at in slots:
            yield Told((at,), self.sweeps.counts_in(self._area_of(at), passage.stamp, passage.period_s))

    def _area_of(self, at: int) -> int:
        return self._layout.area_of(at)
