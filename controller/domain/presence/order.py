"""The order of a holder's passages where the clocks of two gates do not tell it.

Whoever goes through two doors within the error that the gates' clocks may have can be stamped the wrong way round: out
of a room in which he was not yet. Of two neighbours in stamp order that are so near to each other the second comes
first if it fits where he was before and the first then fits after it, and not the other way round. It is a function of
what can be read alone, from the front, so that it is the same whatever came first (rules 1 and 2).

Belongs here: that one rule. Does not belong here: how far a clock may be off (the site file), or the chain (chain.py).
"""

from collections.abc import Sequence
from itertools import pairwise

from controller.domain.presence.chain import Passage
from controller.domain.presence.layout import Layout


def has_near(passages: Sequence[Passage], layout: Layout) -> bool:
    """Tell whether the clocks leave any order open; `passages` in stamp order."""
    return any(layout.are_near(first.stamp, second.stamp) for first, second in pairwise(passages))


def ordered(passages: Sequence[Passage], place: int, layout: Layout) -> list[Passage]:
    """Return passages, given in stamp order, in the order in which they fit; `place`: where he was before them."""
    result = list(passages)
    for at in range(len(result) - 1):
        first, second = result[at], result[at + 1]
        fits_better = not _fits(first, place) and _fits(second, place) and _fits(first, second.way.to)
        if fits_better and layout.are_near(first.stamp, second.stamp):
            result[at], result[at + 1] = second, first
        place = result[at].way.to
    return result


def _fits(passage: Passage, place: int) -> bool:
    return passage.way.fixed is None or passage.way.fixed == place
