"""All that can be read and what follows from it: chains and sums, which change together.

Belongs here: putting a passage into its holder's chain and taking it out again, with all that this tells. Does not
belong here: which event may come in (fold.py), officers' acts (acts.py), or what is forgotten when (forgetting.py).
"""

from collections.abc import Iterator
from typing import Final

from contract.ids import HolderId
from controller.domain.presence.chain import Chain, Evidence, Passage, stamp_of
from controller.domain.presence.counting import Counting
from controller.domain.presence.doubts import Doubt, Doubts
from controller.domain.presence.layout import Layout
from controller.domain.presence.order import has_near, ordered
from controller.domain.presence.readable import Readable
from controller.domain.presence.stamp import Stamp
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
        yield from self.doubts.of(scope)
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

    def _is_near(self, passage: Passage, neighbours: list[Passage]) -> bool:
        return any(self.layout.are_near(passage.stamp, each.stamp) for each in neighbours)

    def reorder(self, chain: Chain, passages: list[Passage]) -> None:
        """Give a chain these passages, in the order in which they fit (order.py)."""
        self.counting.whole(chain, -1)
        passages = sorted(passages, key=stamp_of)
        chain.is_near = has_near(passages, self.layout)
        chain.passages[:] = ordered(passages, chain.prior, self.layout) if chain.is_near else passages
        self.counting.whole(chain, 1)

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

    def tell_passengers(self, driver: Passage) -> None:
        """Let those beside a driver go where he does."""
        went = driver.evidence is not Evidence.NOT_TAKEN
        for crossing in self.counting.crossings.of(driver.stamp[1:]):
            if crossing.took_place is not went:
                self.counting.cross(crossing, -1)
                crossing.took_place = went
                self.counting.cross(crossing, 1)
