"""All that can be read and what follows from it: chains and sums, which change together.

Belongs here: putting a passage into its holder's chain and taking it out again, with all that this tells. Does not
belong here: which event may come in (fold.py), officers' acts (acts.py), or what is forgotten when (forgetting.py).
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from contract.ids import HolderId
from controller.domain.presence.chain import Chain, Evidence, Passage, stamp_of
from controller.domain.presence.counting import Counting
from controller.domain.presence.crossings import Crossing, Grant
from controller.domain.presence.doubts import Doubt, Doubts
from controller.domain.presence.layout import Layout
from controller.domain.presence.order import has_near, ordered
from controller.domain.presence.readable import Readable
from controller.domain.presence.rides import Differing
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.sweeps import Sweep
from controller.domain.presence.tallies import Tallies


class Memory:
    """What is known. `changed`: whose chains have changed since somebody began to watch; None while nobody does."""

    def __init__(self, layout: Layout) -> None:
        self.layout: Final = layout
        self.readable: Final = Readable()
        self.tallies: Final = Tallies(layout.shares, layout.declared)
        self.counting: Final = Counting(layout, self.tallies)
        self.doubts: Final = Doubts(layout)
        self.contradicted: Final[set[Passage]] = set()
        """Passages with a pass that had been replaced."""
        self.changed: set[HolderId] | None = None

    def doubted(self, scope: int) -> Iterator[Doubt]:
        """Yield what single passages leave in doubt about the area with that index; 0 is the whole site."""
        yield from self.doubts.of(scope, self._beside)
        yield from self.doubts.of_blocked(self.contradicted, scope)

    def note(self, chain: Chain) -> None:
        """Take note that a chain changes."""
        if self.changed is not None:
            self.changed.add(chain.holder)

    def enter(self, passage: Passage) -> None:
        """Put a passage that moves its holder into his chain, and count what that tells (rule 3)."""
        chain, count = passage.chain, self.counting.count
        self.note(chain)
        at = chain.position(passage.stamp)
        passages = chain.passages
        if chain.is_near or self._is_near(passage, passages[max(0, at - 1) : at + 1]):
            self.reorder(chain, [*passages, passage])
        elif at < len(passages):
            count(chain, at, -1)
            passages.insert(at, passage)
            count(chain, at + 1, 1)
            count(chain, at, 1)
        else:
            self.counting.place(chain, -1)
            passages.append(passage)
            self.counting.place(chain, 1)
            count(chain, at, 1)
        self.ride_again(chain)

    def leave(self, passage: Passage) -> None:
        """Take a passage out of its chain, as if it had never been."""
        chain, count = passage.chain, self.counting.count
        self.note(chain)
        if chain.is_near:
            self.reorder(chain, [each for each in chain.passages if each is not passage])
            return
        at = chain.position(passage.stamp)
        passages = chain.passages
        count(chain, at, -1)
        if at + 1 < len(passages):
            count(chain, at + 1, -1)
            del passages[at]
            count(chain, at, 1)
        else:
            self.counting.place(chain, -1)
            del passages[at]
            self.counting.place(chain, 1)
        self.ride_again(chain)

    def _is_near(self, passage: Passage, neighbours: list[Passage]) -> bool:
        return any(self.layout.are_near(passage.stamp, each.stamp) for each in neighbours)

    def reorder(self, chain: Chain, passages: list[Passage]) -> None:
        """Give a chain these passages, in the order in which they fit (order.py)."""
        self.counting.whole(chain, -1)
        passages = sorted(passages, key=stamp_of)
        chain.is_near = has_near(passages, self.layout)
        chain.passages[:] = ordered(passages, chain.prior, self.layout) if chain.is_near else passages
        self.counting.whole(chain, 1)
        self.ride_again(chain)

    def settle(self, passage: Passage, stamp: Stamp, evidence: Evidence) -> None:
        """Give a passage the outcome that the record with that stamp reports."""
        moved = passage.evidence is not Evidence.NOT_TAKEN
        self.readable.settle(passage, stamp, evidence)
        self.doubts.settled(passage)
        moves = passage.evidence is not Evidence.NOT_TAKEN
        if moved and not moves:
            self.leave(passage)
        elif moves and not moved:
            self.enter(passage)
        if moved != moves:
            self.tell_passengers(passage)
        self.ride_again(passage.chain)

    # Those beside drivers.

    def tell_passengers(self, driver: Passage) -> None:
        """Let those beside a driver go where he does."""
        went = driver.evidence is not Evidence.NOT_TAKEN
        crossings = [each for each in self.counting.crossings.of(driver.stamp[1:]) if each.took_place is not went]

        def change() -> None:
            for crossing in crossings:
                crossing.took_place = went

        if crossings:
            self._recount(crossings, [driver.chain.holder], change)

    def seat(self, driver: Passage) -> None:
        """Let those who are known before their driver find him."""
        for crossing in self.counting.crossings.of(driver.stamp[1:]):
            self._recount([crossing], [driver.chain.holder], lambda: self._seat(crossing))  # noqa: B023  called at once

    def change_crossing(self, crossing: Crossing, change: Callable[[Crossing], None]) -> None:
        """Let `change` take a crossing in or out, and count again what was said of the same passengers."""
        grant = crossing.grant
        driver = None if grant is None else self.readable.grant(*grant)
        same = () if grant is None else self.counting.crossings.of(grant)

        def both() -> None:
            self._unseat(crossing)
            change(crossing)
            if crossing in self.counting.crossings:
                self._seat(crossing)

        self._recount([crossing, *same], [] if driver is None else [driver.chain.holder], both)

    def change_sweep(self, sweep: Sweep, change: Callable[[Sweep], None]) -> None:
        """Let `change` take a sweep in or out, and count again what arose in its area."""
        touching = self.counting.crossings.touching(sweep.area)
        drivers = {each.driver for each in touching if each.driver is not None}
        chains = self.readable.touching(sweep.area)
        self._recount(touching, drivers, lambda: self.counting.change_sweep(sweep, change, chains))

    def hear_of_vehicle(self, grant: Grant, record: Stamp, period_s: int, differing: Differing | None) -> bool:
        """Take a gate's word about the vehicle of a grant; return whether it is new."""
        vehicles, same = self.counting.vehicles, self.counting.crossings.of(grant)
        if vehicles.knows(grant, record):
            return False
        self._recount(same, [], lambda: vehicles.add(grant, record, period_s, differing))
        return True

    def knows(self, grant: Grant) -> bool:
        """Tell whether anything but its vehicle is known of a grant."""
        return self.readable.grant(*grant) is not None or bool(self.counting.crossings.of(grant))

    def ride_again(self, chain: Chain) -> None:
        """Count those beside a driver again, whose chain has changed."""
        if chain.holder in self.counting.rides:
            self._recount((), [chain.holder], lambda: None)

    def part(self, going: Iterable[Crossing]) -> None:
        """Let each of these, which are forgotten next, and its other half count by themselves if that half stays."""
        gone = set(going)
        halves = {each for each in gone if not gone.issuperset(each.partners.values())}
        others = {other for each in halves for other in each.partners.values()}
        for each in halves | others:
            self.counting.cross(each, -1)
        for each in halves | others:
            kept = {} if each in halves else {at: half for at, half in each.partners.items() if half not in halves}
            each.partners = kept
        for each in halves | others:
            self.counting.cross(each, 1)

    def drop_crossing(self, crossing: Crossing) -> None:
        """Forget a crossing; what it told stays counted."""
        self._unseat(crossing)
        self.counting.crossings.remove(crossing)

    def _recount(self, crossings: Iterable[Crossing], drivers: Iterable[HolderId], change: Callable[[], None]) -> None:
        """Let `change` change something, and count those crossings and all beside those drivers again."""
        rides, holders = self.counting.rides, list(drivers)
        touched = set(crossings).union(*(rides.of(holder) for holder in holders))
        for each in touched:
            self.counting.cross(each, -1)
        change()
        for holder in holders:
            self._pair(holder)
        for each in touched:
            self.counting.cross(each, 1)

    def _pair(self, holder: HolderId) -> None:
        counting, crossings = self.counting, list(self.counting.rides.of(holder))
        chain = self.readable.chains.get(holder)
        if chain is None:
            return
        of_passage = {
            passage: each
            for each in crossings
            if counting.crossings.counts(each) and each.grant and (passage := self.readable.grant(*each.grant))
        }
        lasting = counting.rides.pair(chain, of_passage, counting.is_parted)
        for passage, each in of_passage.items():
            regions = tuple(region for region, crossing in lasting.items() if crossing is each)
            each.is_unsure = self._is_in_doubt(passage)
            counting.are_sure(each, () if each.is_unsure else regions)
        for each in set(crossings).difference(of_passage.values()):
            counting.are_sure(each, ())

    def _is_in_doubt(self, passage: Passage) -> bool:
        return passage in self.contradicted or passage in self.doubts or self.doubts.is_unseen(passage)

    def _seat(self, crossing: Crossing) -> None:
        driver = None if crossing.grant is None else self.readable.grant(*crossing.grant)
        if driver is not None and crossing.driver is None:
            self.counting.rides.add(crossing, driver.chain.holder)

    def _unseat(self, crossing: Crossing) -> None:
        self.counting.are_sure(crossing, ())
        self.counting.rides.remove(crossing)

    def _beside(self, driver: Passage) -> int:
        return self.counting.crossings.beside(driver.stamp[1:])
