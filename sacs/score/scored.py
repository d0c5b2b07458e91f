"""From what was seen with each seed to the figures of a scene, and whether they meet what it demands.

Belongs here: sums and judgement. Does not belong here: playing (player.py), or printing (report.py).
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from contract.clock import NS_PER_S
from contract.periods import DAY_S
from sacs.score.player import Seen
from simulators.scenes.allowed import allowed_width
from simulators.scenes.file import ScoredScene

WITHIN: Final = 0.999
"""Share of moments at which the bounds must hold the truth (figures.md)."""


class Score(msgspec.Struct, frozen=True):
    """One scene over all its seeds. Persons and minutes; errors are best less truth, where the figure is known.

    `exact`: share of moments at which best is the truth, on the site and in every area. `within`: at which the bounds
    of the site and of every area hold the truth; `missed_areas`: how often which area's did not. `width_*`: of the
    site's bounds. `unknown`: share of moments at which the site's figure is unknown. `agree`: at which all controllers
    that are up show the same. `drift`: error (rms) of the last whole day by that of the first, noon to noon; None where
    it is not asked for. `accounted_*`: the longest over all seeds, from the opening of the operation; None without one.
    `counts`: how many records were late, expired, ahead of time, known. `missed`: what the scene demands and did not
    get, in words; empty where it got everything.
    """

    scene: str
    title: str
    seeds: int
    moments: int
    error_mean: float
    error_rms: float
    error_worst: int
    exact: float
    within: float
    missed_areas: dict[str, int]
    width_mean: float
    width_worst: int
    width_allowed: int
    unknown: float
    agree: float
    drift: float | None
    accounted_90_min: float | None
    accounted_100_min: float | None
    counts: dict[str, int]
    missed: list[str]


def score(scored: ScoredScene, seen: Sequence[Seen]) -> Score:
    """Add up what was seen of a scene, with one seed each, and judge it."""
    looks = [look for each in seen for look in each.looks]
    errors = [look.best - look.truth for look in looks if look.width is not None]
    widths = [width for look in looks if (width := look.width) is not None]
    missed_areas: dict[str, int] = {}
    for look in looks:
        for area in look.missed:
            missed_areas[area] = missed_areas.get(area, 0) + 1
    found = Score(
        scene=scored.name,
        title=scored.about.title,
        seeds=len(seen),
        moments=len(looks),
        error_mean=_mean(errors),
        error_rms=_rms(errors),
        error_worst=max(errors, key=abs, default=0),
        exact=_share(look.is_best_everywhere for look in looks),
        within=_share(not look.missed for look in looks),
        missed_areas=missed_areas,
        width_mean=_mean(widths),
        width_worst=max(widths, default=0),
        width_allowed=allowed_width(scored.about.assumes),
        unknown=_share(look.width is None for look in looks),
        agree=_share(look.agree for look in looks),
        drift=_drift(seen, scored.about.days) if scored.about.demands.drift else None,
        accounted_90_min=_accounted(seen, 90),
        accounted_100_min=_accounted(seen, 100),
        counts=_counts(seen),
        missed=[],
    )
    return msgspec.structs.replace(found, missed=list(_missed(scored, found)))


def _missed(scored: ScoredScene, found: Score) -> Iterable[str]:
    demands = scored.about.demands
    if found.within < WITHIN:
        yield f"the bounds hold the truth at {found.within:.2%} of all moments, and shall at {WITHIN:.1%}"
    if found.width_worst > found.width_allowed:
        yield f"the bounds lie {found.width_worst} apart, and may {found.width_allowed}"
    if found.unknown > demands.unknown:
        yield f"the figure is unknown at {found.unknown:.2%} of all moments, and may be at {demands.unknown:.1%}"
    if demands.exact and found.exact < 1:
        yield f"best is the truth at {found.exact:.2%} of all moments, and shall be at all"
    if demands.drift is not None and found.drift is not None and found.drift > demands.drift:
        yield f"the error of the last day is {found.drift:.2f} times that of the first, and may be {demands.drift:g}"
    for share, limit, took in (
        (90, demands.accounted_90_min, found.accounted_90_min),
        (100, demands.accounted_100_min, found.accounted_100_min),
    ):
        if limit is not None and (took is None or took > limit):
            after = "never" if took is None else f"after {took:.0f} min"
            yield f"{share} % are accounted for {after}, and shall be after {limit:g} min"


def _drift(seen: Sequence[Seen], days: int) -> float:
    """A day runs from noon to noon: before the first morning nobody can have been missed."""
    day_ns = DAY_S * NS_PER_S
    first: list[int] = []
    last: list[int] = []
    for each in seen:
        for look in each.looks:
            day = (look.at_ns - each.begin_ns - day_ns // 2) // day_ns
            if day in {0, days - 2}:
                (last if day else first).append(look.best - look.truth)
    at_first = _rms(first)
    return _rms(last) / at_first if at_first else math.inf if _rms(last) else 1.0


def _accounted(seen: Sequence[Seen], share: int) -> float | None:
    """Return the longest time over all seeds; None where it was never reached with some seed, or none was asked for."""
    took: list[float | None] = []
    for each in seen:
        for opened_ns, rolls in each.rolls.items():
            reached = (r.at_ns for r in rolls if r.expected and r.accounted * 100 >= r.expected * share)
            at_ns = next(reached, None)
            took.append(None if at_ns is None else (at_ns - opened_ns) / NS_PER_S / 60)
    known = [minutes for minutes in took if minutes is not None]
    return max(known) if known and len(known) == len(took) else None


def _counts(seen: Sequence[Seen]) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in seen:
        for what, count in each.counts.items():
            total[what] = total.get(what, 0) + count
    return total


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _rms(values: Sequence[float]) -> float:
    return math.sqrt(_mean([value * value for value in values]))


def _share(holds: Iterable[bool]) -> float:
    found = list(holds)
    return sum(found) / len(found) if found else 1.0
