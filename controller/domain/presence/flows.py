"""The flow that is usual at an access point in each hour of the week: learned from counts, of nobody in particular.

For each access point and hour of the week (local time) three numbers are kept: the *mean* count of that hour, the
*widest*, which fades by a fifth with each week that stays below it, and in how many weeks the hour was seen. So, after
some weeks, no count can be told to be that of a certain date. Whoever could pass unheard for a while is reckoned with
the upper 99.9 % quantile of a Poisson count whose mean is the lesser of two, each of which is enough:

- *By the hour*: of each hour the widest of itself and of its two neighbours, for a rush comes earlier or later by less
  than an hour; all of it may come in half of the hour (traffic engineers call that the peak hour factor, Highway
  Capacity Manual; 0.5 is at its low end). And two persons more, divided by the weeks that were seen: of an hour that
  was empty in n weeks, the next one holds at most about q(2/n).
- *In sum*: the mean flow from an hour before to an hour after, which holds a rush that comes earlier or later. What is
  known of n weeks only may be greater by 3.09 standard deviations of a sum over n weeks, and by 2/n.

In the first week, an hour that was never seen is taken for the widest of the same hour on other days. Where that was
not seen either, it is taken for twice as dense as the densest quarter of an hour at that access point: a rush may still
grow, but from one quarter to the next by more only while it is so small that the quantile covers it. Where nothing was
ever seen at it, any other access point stands in.

An hour is learned when its gate has told all of it (its watermark, rule 6), and not at all when that took longer than
records live, or when this program was not there for the whole of it. Belongs here: counting, learning, and the answer.
Does not belong here: storing, or what an unheard flow does to a figure (unwatched.py).
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from typing import Final, NamedTuple

from contract.clock import NS_PER_S
from contract.ids import AccessPointId
from contract.periods import HOUR_S
from controller.domain.presence.bounds import Z_999, upper_quantile

HOURS_OF_WEEK: Final = 168
Span = tuple[int, int]
"""From when until when, in nanoseconds since 1970-01-01 UTC."""
_DAY: Final = 24
_FADES_BY: Final = 5
_LONGEST: Final = 8
"""Weeks over which a mean is taken; what lies further back counts ever less."""
_UNSEEN: Final = 2.0
_PEAK: Final = 2.0
_GROWS: Final = 2.0
_QUARTER_S: Final = HOUR_S // 4
_HOUR_NS: Final = HOUR_S * NS_PER_S


class Usual(NamedTuple):
    """What one access point's hour of the week was like, and in how many `weeks` it was seen."""

    access_point: AccessPointId
    hour: int
    mean: float
    widest: int
    weeks: int


class Flows:
    """Counts passages by access point and time, and knows what is usual.

    `zone`: the site's time zone. `since_ns`: from when on this program counts (ns since 1970-01-01 UTC). `learned` and
    `densest` are what an earlier run has left behind, so that a restart narrows no bound.
    """

    def __init__(
        self,
        zone: tzinfo,
        since_ns: int,
        learned: Iterable[Usual] = (),
        densest: Mapping[AccessPointId, int] | None = None,
    ) -> None:
        self._zone: Final = zone
        self._first_s: Final = -(-since_ns // _HOUR_NS) * HOUR_S
        self._learned: Final[dict[AccessPointId, dict[int, Usual]]] = {}
        self._counts: Final[dict[AccessPointId, Counter[int]]] = {}
        self._densest: Final[dict[AccessPointId, int]] = dict(densest or {})
        self._until_s: Final[dict[AccessPointId, int]] = {}
        for usual in learned:
            self._learned.setdefault(usual.access_point, {})[usual.hour] = usual

    def count(self, access_point: AccessPointId, at_ns: int, persons: int = 1) -> None:
        """Count who passed there at that moment: one who was granted it, or `persons` beside him."""
        quarter_s = at_ns // NS_PER_S // _QUARTER_S * _QUARTER_S
        if quarter_s >= self._until_s.get(access_point, 0):
            counts = self._counts.setdefault(access_point, Counter())
            counts[quarter_s] += persons
            if counts[quarter_s] > self._densest.get(access_point, 0):
                self._densest[access_point] = counts[quarter_s]

    @property
    def densest(self) -> Mapping[AccessPointId, int]:
        """How many passed each access point in its densest quarter of an hour: a maximum over all time, without a date.

        A view that grows: whoever stores it remembers what was stored.
        """
        return MappingProxyType(self._densest)

    def learn(self, told: Mapping[AccessPointId, int], oldest_ns: int) -> list[Usual]:
        """Learn the hours that are told of whole; return what changed, to be stored.

        `told`: up to which moment an access point's gate has told all. `oldest_ns`: what ended before may be told in
        part only, for its keys are dead.
        """
        changed = []
        for point, told_ns in told.items():
            end_s = told_ns // _HOUR_NS * HOUR_S
            if end_s <= self._until_s.get(point, 0):
                continue
            start_s = max(self._until_s.get(point, self._first_s), -(-oldest_ns // _HOUR_NS) * HOUR_S)
            counts = self._counts.get(point, Counter())
            for hour_s in range(start_s, end_s, HOUR_S):
                count = sum(counts[quarter_s] for quarter_s in range(hour_s, hour_s + HOUR_S, _QUARTER_S))
                changed.append(self._learn(point, self._hour(hour_s), count))
            self._until_s[point] = end_s
            for quarter_s in [quarter_s for quarter_s in counts if quarter_s < end_s]:
                del counts[quarter_s]
        return changed

    def _learn(self, point: AccessPointId, hour: int, count: int) -> Usual:
        hours = self._learned.setdefault(point, {})
        _, _, mean, widest, weeks = hours.get(hour, Usual(point, hour, 0.0, 0, 0))
        mean += (count - mean) / min(weeks + 1, _LONGEST)
        hours[hour] = Usual(point, hour, mean, max(count, widest - -(-widest // _FADES_BY)), weeks + 1)
        return hours[hour]

    def most(self, access_points: Iterable[AccessPointId], spans: Iterable[Span]) -> int:
        """Return how many may have passed these access points in these times, at the most."""
        return upper_quantile(self.reckoned(access_points, spans))

    def reckoned(self, access_points: Iterable[AccessPointId], spans: Iterable[Span]) -> float:
        """Return the mean with which that is reckoned: of several gates, the sum of theirs."""
        points, joined = list(access_points), list(_joined(spans))
        by_hour = sum(self._by_hour(point, *part) for span in joined for part in _hours(*span) for point in points)
        in_sum, weeks = 0.0, _LONGEST
        for from_ns, until_ns in joined:
            for part in _hours(from_ns - _HOUR_NS, until_ns + _HOUR_NS):
                for point in points:
                    passed, seen = self._mean(point, *part)
                    in_sum, weeks = in_sum + passed, min(weeks, seen)
        in_sum += Z_999 * math.sqrt(in_sum / weeks) + _UNSEEN / weeks
        return min(by_hour, in_sum)

    def _by_hour(self, point: AccessPointId, from_ns: int, until_ns: int) -> float:
        hour, share = self._hour(from_ns // NS_PER_S), (until_ns - from_ns) / _HOUR_NS
        near = self._near(point, hour)
        if not near:
            return share * (self._dense(point) + _UNSEEN)
        usual = self._learned[point].get(hour)
        more = _UNSEEN / (usual.weeks if usual else 1)
        return min(1.0, _PEAK * share) * max(each.widest for each in near) + share * more

    def _mean(self, point: AccessPointId, from_ns: int, until_ns: int) -> tuple[float, int]:
        """Return the mean flow in a part of one hour, and of how many weeks it is known."""
        hour, share = self._hour(from_ns // NS_PER_S), (until_ns - from_ns) / _HOUR_NS
        usual = self._learned.get(point, {}).get(hour)
        if usual is not None:
            return share * usual.mean, usual.weeks
        near = self._near(point, hour)
        return share * (max(each.widest for each in near) if near else self._dense(point)), 1

    def _near(self, point: AccessPointId, hour: int) -> list[Usual]:
        """Return what is known of an hour and its neighbours, or else of the same hours on other days."""
        hours = self._learned.get(point, {})
        if hour in hours:
            return [hours[at] for by in (-1, 0, 1) if (at := (hour + by) % HOURS_OF_WEEK) in hours]
        if any((at - hour) % _DAY == 0 for at in hours):
            return [hours[at] for at in hours if (at - hour + 1) % _DAY <= 2]
        return []

    def _dense(self, point: AccessPointId) -> float:
        """Return how many an hour may pass there when nothing is known of that hour."""
        seen = {*self._learned, *self._densest}
        return max(map(self._densest_of, {point} & seen or seen), default=0.0)

    def _densest_of(self, point: AccessPointId) -> float:
        quarter = self._densest.get(point, 0)
        widest = max((usual.widest for usual in self._learned.get(point, {}).values()), default=0)
        return max(_GROWS * quarter * HOUR_S / _QUARTER_S, widest)

    def _hour(self, at_s: int) -> int:
        local = datetime.fromtimestamp(at_s, UTC).astimezone(self._zone)
        return local.weekday() * _DAY + local.hour


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield the spans in order, those that meet as one."""
    open_: Span | None = None
    for span in sorted(spans):
        if open_ is not None and span[0] > open_[1]:
            yield open_
            open_ = None
        open_ = span if open_ is None else (open_[0], max(open_[1], span[1]))
    if open_ is not None:
        yield open_


def _hours(from_ns: int, until_ns: int) -> Iterator[Span]:
    """Yield the parts of a span that lie in one hour each."""
    while from_ns < until_ns:
        end_ns = min(until_ns, (from_ns // _HOUR_NS + 1) * _HOUR_NS)
        yield from_ns, end_ns
        from_ns = end_ns
