"""Three figures for each area, and why they differ (rules 11 to 15).

Belongs here: the arithmetic from sums and doubts to figures. Does not belong here: how the sums come about (tallies.py,
fold.py), which doubts there are (doubts.py, unwatched.py), or words for a screen (a screen translates Reason).
"""

import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from contract.clock import NS_PER_S
from contract.ids import AreaId
from controller.domain.presence.declared import Declared
from controller.domain.presence.doubts import Doubt
from controller.domain.presence.reason import Reason
from controller.domain.presence.tallies import Sums

_SAFETY: Final = 1.5
"""Rule 13: the bounds reckon with one and a half times the rate that was seen."""
_WEIGHT: Final = 200
"""Exits as which the declared rate counts: enough to tell 2 % from none (four missed exits) with some confidence."""
_UNNAMED: Final = frozenset({Reason.UNNAMED_INSIDE, Reason.OCCUPANTS_STAYED})
_SEEN: Final = frozenset({Reason.PASSED_UNREAD, Reason.SEEN_CROSSING})
_UNHEARD: Final = frozenset({Reason.GATE_SILENT, Reason.RECORDS_LOST})
Z_999: Final = 3.0902
"""Upper 99.9 % point of the normal distribution."""
_FEW: Final = 10
"""So many who left unread are no accident, where no more than that were read leaving (rule 15)."""
_EXACT_UP_TO: Final = 100.0


class Cause(NamedTuple):
    """One reason why the figures differ: `likely` persons in best, up to `fewer` in lowest, up to `more` in highest.

    `since_ns`: since when, in nanoseconds since 1970-01-01 UTC; 0 where no moment can be told. `place`: at which gate
    or portal, "" for none. Not `is_bounded`: nobody can say how many.
    """

    reason: Reason
    likely: int
    fewer: int = 0
    more: int = 0
    since_ns: int = 0
    place: str = ""
    is_bounded: bool = True

    @property
    def up_to(self) -> int:
        """By how many persons at most the reason moves a bound."""
        return max(self.fewer, self.more)


@dataclass(frozen=True)
class Headcount:
    """How many are inside: `named` are placed there by what can be read; the figures differ from it by `causes`.

    `unknown` when lowest and highest lie further apart than the area can hold, or nothing bounds them: then no figure
    is worth showing. `beside`: how many without a name are beside drivers who are there; they are in all three figures.
    """

    named: int
    lowest: int
    best: int
    highest: int
    unknown: bool
    causes: tuple[Cause, ...]
    beside: int = 0

    @property
    def unnamed(self) -> int:
        """How many of best have no name."""
        return self.beside + sum(cause.likely for cause in self.causes if cause.reason in _UNNAMED)


def unseen_exits_per_seen(sums: Sums, declared: float) -> float:
    """Return rho (rule 11): exits without a read for each one that was read, net of entries without a read.

    Over closed periods, because only there is it known who never came out; X counts at once, because what it explains
    (I) lies a key's life before it. Of few exits a rate is mostly chance, so the `declared` one weighs as much as
    `_WEIGHT` exits; until something was seen, it stands in.
    """
    return (max(0, _left_unread(sums)) + declared * _WEIGHT) / (sums.rated.left + _WEIGHT)


def _left_unread(sums: Sums) -> int:
    net = sums.rated.unnamed + sums.rated.left_unseen - sums.rated.unplaced - sums.readable.unplaced
    return net - sums.rated.found  # a sweep has found them: they had not left


def _is_left_by_reads(sums: Sums) -> bool:
    """Whether two in three of those who leave are read: else no count of exits tells how many are still inside."""
    return _left_unread(sums) < max(_FEW, sums.rated.left / 2)


def estimate(sums: Sums, declared: Declared, capacity: int | None, doubts: Iterable[Doubt] = ()) -> Headcount:
    """Return the figures of one area or of the whole site (rules 12 to 15)."""
    named, readable, recent, stay = sums[:4]
    rho = unseen_exits_per_seen(sums, declared.missed_exits)
    # Rule 12: some of those placed inside have left; those of them who were seen elsewhere since (T) are out already.
    ghosts = max(0.0, rho * readable.left - readable.left_unseen)
    unnamed = max(0.0, recent.unnamed + readable.unnamed - max(0.0, rho * recent.left - recent.left_unseen))
    # By officers' word, whom no missed exit explains.
    unnamed = max(0.0, unnamed - sums.beyond) + sums.by_word
    # X of readable periods as well, else the exit of an unnamed person would show a key's life later. And whoever came
    # by an officer's word, a passenger for one, and is read afterwards has a name from then on.
    unnamed -= recent.unplaced + readable.unplaced
    # Rule 13.
    most_missed = upper_quantile(max(declared.missed_exits, _SAFETY * rho) * readable.left)
    # Rule 14: every stay within W that was read at its start could hide a follower.
    entered = named + sum(readable[:3]) + sum(stay[:3])
    followed = upper_quantile(declared.missed_entries * entered)
    # Beside drivers who are inside, as far as nobody went by officers' word or was read in the meantime: none of those
    # goes in the place of one who perhaps never came.
    doubts = list(doubts)
    unsure = sum(doubt.unnamed for doubt in doubts)
    beside = sums.by_word - recent.unplaced - readable.unplaced - recent.unsure - readable.unsure - unsure
    beside = max(0, min(sums.beside, beside))
    there = named + beside
    # Who was seen to pass unread is one of those who are reckoned with.
    gathered = tuple(_gathered(there, doubts))
    seen_out = sum(cause.fewer for cause in gathered if cause.reason in _SEEN)
    seen_in = sum(cause.more for cause in gathered if cause.reason in _SEEN)
    twice = sum(cause.more for cause in gathered if cause.reason is Reason.CONTRADICTED)
    others = (cause for cause in gathered if cause.reason is not Reason.CONTRADICTED)
    gone_unread = _cause(Reason.EXITS_MISSED, ghosts, fewer=min(there, most_missed - readable.left_unseen))
    # While a gate is not heard its exits are missed: whoever it let out may come in again. One or the other.
    unheard_in = sum(cause.more for cause in gathered if cause.reason in _UNHEARD)
    readable_ns, unnamed_ns = sums.readable_s * NS_PER_S, (sums.unnamed_s or sums.readable_s) * NS_PER_S
    missed = _cause(Reason.EXITS_MISSED, ghosts, readable_ns, fewer=gone_unread.fewer - seen_out)
    if not _is_left_by_reads(sums):
        missed = missed._replace(fewer=there, is_bounded=False)
    # Those without a name who are not beside drivers; of some of them it is known in which vehicle they came.
    others_unnamed, at_most = max(0.0, unnamed - beside), max(0, _unnamed_at_most(sums, declared) - beside)
    stayed_at_most = min(at_most, stay.stayed + readable.stayed)
    stayed = min(float(stayed_at_most), others_unnamed, recent.stayed + readable.stayed)
    causes = (
        missed,
        _cause(Reason.UNNAMED_INSIDE, others_unnamed - stayed, unnamed_ns, more=at_most - stayed_at_most),
        _cause(Reason.OCCUPANTS_STAYED, stayed, sums.stayed_s * NS_PER_S, more=stayed_at_most),
        _cause(Reason.ENTRIES_MISSED, 0.0, more=followed - seen_in),
        _cause(Reason.CONTRADICTED, 0.0, readable_ns, more=max(twice, readable.left_unseen - most_missed - unheard_in)),
        _cause(Reason.COUNTED_OUT, 0.0, readable_ns, fewer=min(named, _counted_out(sums, unsure))),
        _cause(Reason.OCCUPANTS_SURPLUS, 0.0, sums.surplus_s * NS_PER_S, fewer=min(there, readable.surplus)),
        *others,
    )
    best = there - gone_unread.likely + causes[1].likely + causes[2].likely
    lowest = min(best, max(0, there - sum(cause.fewer for cause in causes)))
    highest = there + sum(cause.more for cause in causes)
    is_bounded = all(cause.is_bounded for cause in causes)
    return Headcount(
        named=named,
        lowest=lowest,
        best=best,
        highest=highest,
        unknown=not is_bounded or (capacity is not None and highest - lowest > capacity),  # rule 15
        causes=tuple(cause for cause in causes if cause.up_to or not cause.is_bounded),
        beside=beside,
    )


def held_by_site(
    counts: dict[AreaId, Headcount], site: AreaId, lead_outside: Collection[AreaId] = ()
) -> dict[AreaId, Headcount]:
    """Return the figures of areas, none of which can hold more persons than the whole site does.

    `lead_outside`: areas from which a way leads outside: where those who leave the site are not read, they are not.
    """
    whole = counts[site]
    if whole.unknown:
        unread = [cause for cause in whole.causes if cause.reason is Reason.EXITS_MISSED and not cause.is_bounded]
        for area in lead_outside if unread else ():
            others = [cause for cause in counts[area].causes if cause.reason is not Reason.EXITS_MISSED]
            missed = unread[0]._replace(fewer=counts[area].named)
            counts[area] = replace(counts[area], lowest=0, unknown=True, causes=(missed, *others))
        return counts
    return {
        area: replace(count, highest=max(count.best, whole.highest)) if count.highest > whole.highest else count
        for area, count in counts.items()
    }


def _unnamed_at_most(sums: Sums, declared: Declared) -> int:
    """Return how many of those without a name may still be inside.

    Within a declared longest stay all who became unnamed (rule 14: X may be the exit of somebody who came before it).
    Without one, all who ever did, less those who came out or were read again since: each X takes one of them away, or
    one who entered without a read, and those are reckoned with apart. So does each who was counted out; but for those
    with a name who left unread (T), for it may have been they.
    """
    unnamed = sums.stay.unnamed + sums.readable.unnamed + sums.stay.came + sums.readable.came
    if declared.longest_stay_s is not None:
        return unnamed
    went = sums.stay.went + sums.readable.went - sums.stay.left_unseen - sums.readable.left_unseen
    return unnamed - sums.stay.unplaced - sums.readable.unplaced - max(0, went)


def _gathered(there: int, doubts: Iterable[Doubt]) -> Iterator[Cause]:
    """Yield one cause for each reason and place, since the first of its doubts."""
    alike: dict[tuple[Reason, str], list[Doubt]] = {}
    for doubt in doubts:
        alike.setdefault((doubt.reason, doubt.place), []).append(doubt)
    for (reason, place), each in alike.items():
        fewer = min(there, sum(doubt.fewer for doubt in each))
        since_ns = min((doubt.since_ns for doubt in each if doubt.since_ns), default=0)
        more, is_bounded = sum(doubt.more for doubt in each), all(doubt.is_bounded for doubt in each)
        yield Cause(reason, 0, fewer, more, since_ns, place, is_bounded)


def _counted_out(sums: Sums, unsure: int) -> int:
    """Return how many more were counted out without a name than were there so for sure, of those who can be read.

    Whoever was read again since (X) was not there without a name any more. Beside those in the sums, nobody saw
    whether `unsure` of them came.
    """
    there = sums.stay.unnamed + sums.readable.unnamed + sums.stay.came + sums.readable.came
    there -= sums.stay.unplaced + sums.readable.unplaced
    there -= sums.stay.unsure + sums.readable.unsure + unsure
    return min(sums.readable.went, sums.stay.went + sums.readable.went - max(0, there))


def _cause(reason: Reason, likely: float, since_ns: int = 0, *, fewer: int = 0, more: int = 0) -> Cause:
    """Whole persons: what is less than half a person is nobody, so a tiny rate leaves an exact figure exact."""
    fewer, more = max(0, fewer), max(0, more)
    return Cause(reason, min(max(fewer, more), max(0, math.floor(likely + 0.5))), fewer, more, since_ns)


def upper_quantile(mean: float) -> int:
    """Return the least n that a Poisson count of that mean exceeds with a chance of at most 0.1 %.

    Exact up to a mean of 100; above, the Cornish-Fisher expansion to the second order, rounded up (within one).
    """
    if mean <= 0:
        return 0
    if mean > _EXACT_UP_TO:
        return math.ceil(mean + Z_999 * math.sqrt(mean) + (Z_999 * Z_999 - 1) / 6)
    n = 0
    term = total = math.exp(-mean)
    while total < 0.999:
        n += 1
        term *= mean / n
        total += term
    return n
