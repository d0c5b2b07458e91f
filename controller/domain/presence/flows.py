"""The flow that is usual at an access point in each hour of the week: learned from counts, of nobody in particular.

For each access point and hour of the week (local time) two numbers are kept: the *widest* count of that hour, which
fades by a fifth with each week that stays below it, and in how many weeks the hour was seen. So no count can be told to
be that of a certain date, after some weeks. Whoever could pass unheard for a while is reckoned with at least as dense a
flow as ever was usual:

- The widest of the hour itself and of its two neighbours, for a rush comes earlier or later by less than an hour.
- Two persons more, divided by the weeks that were seen: an hour that was empty once may hold a few the next time (the
  upper 99.9 % of what a Poisson count can be after n empty weeks lies near q(2/n), with q of bounds.py).
- An hour's flow may come in half of it: traffic engineers call the ratio the peak hour factor (Highway Capacity Manual;
  0.5 is at its low end).
- In the first weeks, an hour that was never seen is taken for the widest of the same hour on other days; where that
  was not seen either, for the widest hour of that access point, and in the end for the widest of the whole site.
- While people evacuate, no usual flow says anything: a way that does not lead in from the outside is reckoned with what
  a door can pass, 1.3 persons a second (the greatest flow in a metre of doorway: SFPE Handbook, Employing the
  hydraulic model).

An hour is learned when its gate has told all of it (its watermark, rule 6), and not at all when that took longer than
records live, or when this program was not there for the whole of it. Belongs here: counting, learning, and the answer.
Does not belong here: storing, or what an unheard flow does to a figure (unwatched.py).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Final, NamedTuple

from contract.clock import NS_PER_S
from contract.ids import AccessPointId
from contract.periods import HOUR_S

HOURS_OF_WEEK: Final = 168
MOST_PER_S: Final = 1.3
"""Persons a second through a metre of doorway, at most."""
_DAY: Final = 24
_FADES_BY: Final = 5
_UNSEEN: Final = 2.0
_PEAK: Final = 2.0


class Usual(NamedTuple):
    """What one access point's hour of the week was like: the `widest` count, and in how many `weeks` it was seen."""

    access_point: AccessPointId
    hour: int
    widest: int
    weeks: int


class Flows:
    """Counts passages by access point and hour, and knows what is usual.

    `zone`: the site's time zone. `since_ns`: from when on this program counts (ns since 1970-01-01 UTC).
    """

    def __init__(self, zone: tzinfo, since_ns: int, learned: Iterable[Usual] = ()) -> None:
        self._zone: Final = zone
        self._first_s: Final = -(-since_ns // (HOUR_S * NS_PER_S)) * HOUR_S
        self._learned: Final[dict[AccessPointId, dict[int, Usual]]] = {}
        self._counts: Final[dict[AccessPointId, Counter[int]]] = {}
        self._until_s: Final[dict[AccessPointId, int]] = {}
        for usual in learned:
            self._learned.setdefault(usual.access_point, {})[usual.hour] = usual

    def count(self, access_point: AccessPointId, at_ns: int) -> None:
        """Count one passage that was granted there at that moment."""
        hour_s = at_ns // NS_PER_S // HOUR_S * HOUR_S
        if hour_s >= self._until_s.get(access_point, 0):
            self._counts.setdefault(access_point, Counter())[hour_s] += 1

    def learn(self, told: Mapping[AccessPointId, int], oldest_ns: int) -> list[Usual]:
        """Learn the hours that are told of whole; return what changed, to be stored.

        `told`: up to which moment an access point's gate has told all. `oldest_ns`: what ended before may be told in
        part only, for its keys are dead.
        """
        changed = []
        for point, told_ns in told.items():
            end_s = told_ns // NS_PER_S // HOUR_S * HOUR_S
            start_s = max(self._until_s.get(point, self._first_s), -(-oldest_ns // (HOUR_S * NS_PER_S)) * HOUR_S)
            counts = self._counts.get(point, Counter())
            for hour_s in range(start_s, end_s, HOUR_S):
                changed.append(self._learn(point, self._hour(hour_s), counts[hour_s]))  # noqa: PERF401  it also learns
            if end_s > self._until_s.get(point, 0):
                self._until_s[point] = end_s
                for hour_s in [hour_s for hour_s in counts if hour_s < end_s]:
                    del counts[hour_s]
        return changed

    def _learn(self, point: AccessPointId, hour: int, count: int) -> Usual:
        hours = self._learned.setdefault(point, {})
        before = hours.get(hour, Usual(point, hour, 0, 0))
        faded = before.widest - -(-before.widest // _FADES_BY)
        hours[hour] = Usual(point, hour, max(count, faded), before.weeks + 1)
        return hours[hour]

    def expected(self, access_point: AccessPointId, from_ns: int, until_ns: int) -> float:
        """Return how many may have passed there in that part of one hour, by the widest that is usual."""
        hour, share = self._hour(from_ns // NS_PER_S), max(0, until_ns - from_ns) / (HOUR_S * NS_PER_S)
        widest = self._widest(access_point, hour)
        return min(1.0, _PEAK * share) * widest + share * self._more(access_point, hour)

    def _widest(self, point: AccessPointId, hour: int) -> int:
        hours = self._learned.get(point, {})
        if hour not in hours:
            near = [hours[at] for at in hours if (at - hour + 1) % _DAY <= 2]  # on other days
        else:
            near = [hours[at] for by in (-1, 0, 1) if (at := (hour + by) % HOURS_OF_WEEK) in hours]
        if near:
            return max(usual.widest for usual in near)
        return self._widest_of(point) or max(map(self._widest_of, {*self._learned, *self._counts}), default=0)

    def _widest_of(self, point: AccessPointId) -> int:
        learned = (usual.widest for usual in self._learned.get(point, {}).values())
        return max((*learned, *self._counts.get(point, {}).values()), default=0)

    def _more(self, point: AccessPointId, hour: int) -> float:
        usual = self._learned.get(point, {}).get(hour)
        return _UNSEEN / (usual.weeks if usual else 1)

    def _hour(self, at_s: int) -> int:
        local = datetime.fromtimestamp(at_s, UTC).astimezone(self._zone)
        return local.weekday() * 24 + local.hour
