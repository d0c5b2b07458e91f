"""Three figures for each area, and why they differ (rules 11 to 15).

Belongs here: the arithmetic from sums to figures. Does not belong here: how the sums come about (tallies.py, fold.py),
or words for a screen (a screen translates Reason).
"""

import enum
import math
from dataclasses import dataclass
from typing import Final, NamedTuple

from controller.domain.presence.declared import Declared
from controller.domain.presence.doubts import NO_DOUBT, Doubtful
from controller.domain.presence.tallies import Sums

_SAFETY: Final = 1.5
"""Rule 13: the bounds reckon with one and a half times the rate that was seen."""
_Z_999: Final = 3.0902
"""Upper 99.9 % point of the normal distribution."""
_EXACT_UP_TO: Final = 100.0


class Reason(enum.StrEnum):
    """Why the figures differ; a screen says it in words."""

    EXITS_MISSED = "exits-missed"
    """Persons who are still placed inside may have left without a read: lowers."""
    UNNAMED_INSIDE = "unnamed-inside"
    """Persons whose names were deleted on time may still be inside: raises."""
    ENTRIES_MISSED = "entries-missed"
    """Persons may have entered without a read: raises."""
    DOUBTFUL_IN = "doubtful-in"
    """Persons passed inwards at a moment that is in doubt, and may have left since: lowers."""
    DOUBTFUL_OUT = "doubtful-out"
    """Persons passed outwards at a moment that is in doubt, and may be back inside: raises."""
    CONTROLLERS_DIFFER = "controllers-differ"
    """Another controller counts otherwise, and both are believed (rule 15): lowers and raises."""


class Cause(NamedTuple):
    """One reason: `likely` persons in the best figure, `up_to` in the lowest or highest."""

    reason: Reason
    likely: int
    up_to: int


@dataclass(frozen=True)
class Headcount:
    """How many are inside: `named` are placed there by what can be read; the figures differ from it by `causes`.

    `unknown` when lowest and highest lie further apart than the area can hold: then no figure is worth showing.
    """

    named: int
    lowest: int
    best: int
    highest: int
    unknown: bool
    causes: tuple[Cause, ...]


def unseen_exits_per_seen(sums: Sums, declared: float) -> float:
    """Return rho (rule 11): exits without a read for each one that was read, net of entries without a read.

    Over closed periods, because only there is it known who never came out; X counts at once, because what it explains
    (I) lies a key's life before it. Until something was seen, the `declared` rate stands in.
    """
    left = sums.rated.left
    net = sums.rated.unnamed + sums.rated.left_unseen - sums.rated.unplaced - sums.readable.unplaced
    return max(0, net) / left if left else declared


def estimate(sums: Sums, declared: Declared, capacity: int | None, doubtful: Doubtful = NO_DOUBT) -> Headcount:
    """Return the figures of one area or of the whole site (rules 12 to 15)."""
    named, readable, recent, stay, _ = sums
    rho = unseen_exits_per_seen(sums, declared.missed_exits)
    # Rule 12: some of those placed inside have left; those of them who were seen elsewhere since (T) are out already.
    ghosts = max(0.0, rho * readable.left - readable.left_unseen)
    # X of readable periods as well, else the exit of an unnamed person would show a key's life later.
    explained = recent.unplaced + readable.unplaced
    unnamed = recent.unnamed + readable.unnamed - max(0.0, rho * recent.left - recent.left_unseen) - explained
    # Rule 13.
    most_missed = upper_quantile(max(declared.missed_exits, _SAFETY * rho) * readable.left) - readable.left_unseen
    # Rule 14: every stay within W that was read at its start could hide a follower.
    entered = named + sum(readable[:3]) + sum(stay[:3])
    causes = (
        _cause(Reason.EXITS_MISSED, ghosts, min(named, most_missed)),
        _cause(Reason.UNNAMED_INSIDE, unnamed, stay.unnamed + readable.unnamed),
        _cause(Reason.ENTRIES_MISSED, 0.0, upper_quantile(declared.missed_entries * entered)),
        _cause(Reason.DOUBTFUL_IN, 0.0, min(named, doubtful.in_by)),
        _cause(Reason.DOUBTFUL_OUT, 0.0, doubtful.out_by),
    )
    gone, inside, followed, maybe_out, maybe_in = causes
    best = named - gone.likely + inside.likely
    lowest = min(best, max(0, named - gone.up_to - maybe_out.up_to))
    highest = named + inside.up_to + followed.up_to + maybe_in.up_to
    return Headcount(
        named=named,
        lowest=lowest,
        best=best,
        highest=highest,
        unknown=capacity is not None and highest - lowest > capacity,  # rule 15
        causes=tuple(cause for cause in causes if cause.up_to),
    )


def _cause(reason: Reason, likely: float, up_to: int) -> Cause:
    """Whole persons: what is less than half a person is nobody, so a tiny rate leaves an exact figure exact."""
    most = max(0, up_to)
    return Cause(reason, min(most, max(0, math.floor(likely + 0.5))), most)


def upper_quantile(mean: float) -> int:
    """Return the least n that a Poisson count of that mean exceeds with a chance of at most 0.1 %.

    Exact up to a mean of 100; above, the Cornish-Fisher expansion to the second order, rounded up (within one).
    """
    if mean <= 0:
        return 0
    if mean > _EXACT_UP_TO:
        return math.ceil(mean + _Z_999 * math.sqrt(mean) + (_Z_999 * _Z_999 - 1) / 6)
    n = 0
    term = total = math.exp(-mean)
    while total < 0.999:
        n += 1
        term *= mean / n
        total += term
    return n
