"""Plays one story into the domains of its controllers, on the story's clock, and looks at every moment of it.

Belongs here: the order of arrivals, restarts and looks. Does not belong here: what is made of that (scored.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from contract.ids import AreaId
from controller.domain.presence.bounds import Headcount
from sacs.score.fed import Fed
from simulators.scenes.story import Arrival, Moment, Order, Restart, Story

WHOLE_SITE: Final = AreaId("")
_EVACUATE: Final = "evacuate"


@dataclass(frozen=True)
class Look:
    """What was seen of the site at one moment: the truth, and the figures of the first controller that is up.

    `lowest` and `highest` are the widest of all controllers that are up, None where one calls its figure unknown.
    `missed`: areas (the site: "") where some controller's bounds do not hold the truth. `agree`: whether all
    controllers that are up show the same figures.
    """

    at_ns: int
    truth: int
    lowest: int | None
    best: int
    highest: int | None
    is_best_everywhere: bool
    missed: list[AreaId]
    agree: bool

    @property
    def width(self) -> int | None:
        """By how many persons the bounds lie apart; None for unknown."""
        return None if self.lowest is None or self.highest is None else self.highest - self.lowest


class Roll(NamedTuple):
    """How a roll call stood at one moment until it was complete, on the board of the first controller that was up."""

    at_ns: int
    expected: int
    accounted: int


@dataclass
class Seen:
    """All that was seen of one story. `rolls`: by the opening of their operation."""

    begin_ns: int
    looks: list[Look] = field(default_factory=list)
    rolls: dict[int, list[Roll]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


def play(story: Story) -> Seen:
    """Play a story from beginning to end, and return what was seen."""
    feds = [Fed(story.site, story.begin_ns) for _ in range(story.controllers)]
    for fed in feds:
        fed.tick(story.begin_ns)
    seen = Seen(story.begin_ns)
    coming, restarts = _Coming(story.arrivals), list(reversed(story.restarts))
    for moment in story.moments:
        for arrival in coming.until(moment.at_ns):
            while restarts and restarts[-1].at_ns <= arrival.at_ns:
                _restart(feds, restarts.pop())
            fed = feds[arrival.controller]
            fed.tick(arrival.at_ns)
            fed.take(arrival.at_ns, arrival.record)
        open_now = [order for order in story.orders if order.opened_ns <= moment.at_ns < order.closed_ns]
        evacuating_ns = min((order.opened_ns for order in open_now if order.plan == _EVACUATE), default=None)
        for controller, statements in moment.statements.items():
            feds[controller].tick(moment.at_ns)
            feds[controller].hear(moment.at_ns, statements, holds_cut=bool(open_now))
        up = [feds[controller].figures(moment.at_ns, evacuating_ns) for controller in moment.statements]
        if up and moment.is_judged:
            seen.looks.append(_look(moment, up))
            for order in open_now:
                _call(seen, order, moment.at_ns, feds[min(moment.statements)])
    for fed in feds:
        for what, count in fed.counts.items():
            seen.counts[what] = seen.counts.get(what, 0) + count
    return seen


def _call(seen: Seen, order: Order, at_ns: int, fed: Fed) -> None:
    rolls = seen.rolls.setdefault(order.opened_ns, [])
    if not rolls or rolls[-1].accounted < rolls[-1].expected:
        rolls.append(Roll(at_ns, *fed.accounted(order)))


def _restart(feds: list[Fed], restart: Restart) -> None:
    fed = feds[restart.controller]
    fed.tick(restart.at_ns)
    fed.restart(restart.at_ns)


class _Coming:
    """Arrivals by time."""

    def __init__(self, arrivals: list[Arrival]) -> None:
        self._arrivals = arrivals
        self._next = 0

    def until(self, at_ns: int) -> Iterator[Arrival]:
        """Yield those that have come by then and were not yielded before."""
        arrivals = self._arrivals
        while self._next < len(arrivals) and arrivals[self._next].at_ns <= at_ns:
            self._next += 1
            yield arrivals[self._next - 1]


def _look(moment: Moment, up: list[Mapping[AreaId, Headcount]]) -> Look:
    first = up[0]
    site = [figures[WHOLE_SITE] for figures in up]
    is_unknown = any(figure.unknown for figure in site)
    return Look(
        at_ns=moment.at_ns,
        truth=moment.inside[WHOLE_SITE],
        lowest=None if is_unknown else min(figure.lowest for figure in site),
        best=first[WHOLE_SITE].best,
        highest=None if is_unknown else max(figure.highest for figure in site),
        is_best_everywhere=all(first[area].best == truth for area, truth in moment.inside.items()),
        missed=[area for area, truth in moment.inside.items() if not all(_holds(each[area], truth) for each in up)],
        agree=all(_same(first, other) for other in up[1:]),
    )


def _holds(figure: Headcount, truth: int) -> bool:
    return figure.unknown or figure.lowest <= truth <= figure.highest


def _same(one: Mapping[AreaId, Headcount], other: Mapping[AreaId, Headcount]) -> bool:
    return all(
        (one[area].lowest, one[area].best, one[area].highest) == (figure.lowest, figure.best, figure.highest)
        for area, figure in other.items()
    )
