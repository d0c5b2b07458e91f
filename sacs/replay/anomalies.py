"""What a log contradicts, by nothing but its rows: kept apart from the system that is tried, like the truth.

A person is where his last row led him. A row contradicts that if it

- *in-twice*: leads in to where he is already, or enters the premises while he is on them;
- *out-without-in*: comes out of an area where he is not;
- *inner-without-outer*: is in an area that lies within another one (or a read "now here" in it), and he is not there;
  or leads further in, from an area on the premises, and he never entered those;
- *replaced-in-use*: was made with a credential after the one that replaced it was used.

Where nobody is ever read leaving, on three days with entries or more, a second entry contradicts nothing: whoever is in
such an area may have left it unread, and if that leads to the outside, each local day begins there. Those areas are
told of themselves (NeverLeft). Belongs here: that judgement. Does not belong here: what the controller made of it.
"""

import enum
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from contract.clock import to_datetime
from contract.ids import ANYWHERE, OUTSIDE, AreaId
from contract.site import AccessPoint, Site
from sacs.replay.holders import Holders
from sacs.replay.passage_log import RecordedPassage

_DAYS: Final = 3
"""Nobody left on that many days with entries: it is no accident."""
PREMISES: Final = AreaId("")


class Anomaly(enum.StrEnum):
    """How a row contradicts those before it."""

    OUT_WITHOUT_IN = "out-without-in"
    IN_TWICE = "in-twice"
    INNER_WITHOUT_OUTER = "inner-without-outer"
    REPLACED_IN_USE = "replaced-in-use"


class Found(NamedTuple):
    """One row that contradicts those before it. `area`: that it is about."""

    passage: RecordedPassage
    kind: Anomaly
    area: AreaId


class NeverLeft(NamedTuple):
    """An area ("" for the premises) that was entered so often since a moment, and never left by a read."""

    area: AreaId
    since_ns: int
    entries: int


class Audit:
    """Judges the rows of one log, all of them in the order of time."""

    def __init__(self, site: Site, holders: Holders, passages: Sequence[RecordedPassage]) -> None:
        self._points: Final = {point.id: point for point in site.access_point}
        self._within: Final = {area.id: area.within for area in site.area}
        self._zone: Final = site.time_zone()
        self._holders: Final = holders
        self._where: dict[str, AreaId] = {}
        self._day: dict[str, date] = {}
        self._used: set[str] = set()
        self._entered_by_read: Final = self._areas_with_a_way_in()
        self.never_left: Final = list(self._find_never_left(passages))
        self._unclosed: Final = {each.area for each in self.never_left}
        self._depth: Final = self._depths()
        self._may_be: Final = {area: self._where_else(area) for area in (OUTSIDE, *self._within)}
        self.found: Final = [found for passage in passages for found in self._judge(passage)]

    def _find_never_left(self, passages: Iterable[RecordedPassage]) -> Iterator[NeverLeft]:
        entries: Counter[AreaId] = Counter()
        since_ns: dict[AreaId, int] = {}
        days: dict[AreaId, set[date]] = defaultdict(set)
        left: set[AreaId] = set()
        seen: set[tuple[str, date]] = set()
        for at_ns, credential, name, _ in passages:
            point = self._points[name]
            source, target = self._ends(point)
            if point.from_area == ANYWHERE and PREMISES not in self._entered_by_read:
                came = self._holders.person(credential), self._local_day(at_ns)
                source, target = self._seen_there(point, is_first=came not in seen)
                seen.add(came)
            left |= source - target
            for area in target - source:
                entries[area] += 1
                since_ns.setdefault(area, at_ns)
                if len(days[area]) < _DAYS:
                    days[area].add(self._local_day(at_ns))
        for area in sorted(entries):
            if area not in left and len(days[area]) >= _DAYS:
                yield NeverLeft(area, since_ns[area], entries[area])

    def _ends(self, point: AccessPoint) -> tuple[set[AreaId], set[AreaId]]:
        """The areas that whoever passes comes out of, and those that he is in then; "now here" comes out of none."""
        if point.from_area == ANYWHERE:
            return set(), set()
        return self._around(point.from_area), self._around(point.to_area)

    def _seen_there(self, point: AccessPoint, *, is_first: bool) -> tuple[set[AreaId], set[AreaId]]:
        """The same of "now here" where nobody is read entering the premises: the first read of a day is an entry."""
        if point.to_area == OUTSIDE:
            return {PREMISES}, set()
        return set(), {PREMISES} if is_first else set()

    def _around(self, area: AreaId) -> set[AreaId]:
        """An area, those that it lies in, and the premises; nothing for the outside."""
        found: set[AreaId] = set() if area == OUTSIDE else {PREMISES}
        while area and area != OUTSIDE:
            found.add(area)
            area = self._within.get(area, AreaId(""))
        return found

    def _where_else(self, area: AreaId) -> frozenset[AreaId]:
        """Where somebody may be whom the rows place in an area: further out, if nobody is ever read leaving it."""
        found, unsure = {area}, [area]
        while unsure:
            here = unsure.pop()
            into = {p.from_area for p in self._points.values() if p.to_area == here and self._leads_in(p)}
            around = into if here in self._unclosed else into & {OUTSIDE} if PREMISES in self._unclosed else set()
            unsure += around - found
            found |= around
        return frozenset(found)

    def _areas_with_a_way_in(self) -> set[AreaId]:
        ways = (point for point in self._points.values() if point.from_area != ANYWHERE)
        return {area for way in ways for area in self._around(way.to_area) - self._around(way.from_area)}

    def _depths(self) -> Mapping[AreaId, int]:
        """How many ways in lie between the outside and each area: what leads to a greater depth leads in."""
        depth, reached = {OUTSIDE: 0}, [OUTSIDE]
        for area in reached:
            for point in self._points.values():
                if point.from_area == area and point.to_area not in depth:
                    depth[point.to_area] = depth[area] + 1
                    reached.append(point.to_area)
        return depth

    def _leads_in(self, point: AccessPoint) -> bool:
        """Whether it leads further in; "now here" leads nowhere."""
        depth = self._depth
        return point.from_area != ANYWHERE and depth.get(point.to_area, 0) > depth.get(point.from_area, 0)

    def _judge(self, passage: RecordedPassage) -> Iterator[Found]:
        person, point = self._holders.person(passage.credential), self._points[passage.access_point]
        before = self._place(person, passage.at_ns)
        contradiction = self._contradiction(point, before)
        if contradiction is not None:
            yield Found(passage, *contradiction)
        self._used.add(passage.credential)
        if any(later in self._used for later in self._holders.successors(passage.credential)):
            yield Found(passage, Anomaly.REPLACED_IN_USE, point.to_area)
        self._where[person] = point.to_area

    def _place(self, person: str, at_ns: int) -> AreaId:
        before, day = self._where.get(person, OUTSIDE), self._local_day(at_ns)
        if OUTSIDE in self._may_be[before] and self._day.get(person) != day:
            before = OUTSIDE
        self._day[person] = day
        return before

    def _contradiction(self, point: AccessPoint, before: AreaId) -> tuple[Anomaly, AreaId] | None:
        outer, source = self._within.get(point.to_area, AreaId("")), point.from_area
        is_unentered = bool(outer) and outer in self._entered_by_read and outer not in self._around(before)
        if source == ANYWHERE:
            return (Anomaly.INNER_WITHOUT_OUTER, point.to_area) if is_unentered else None
        if source in self._may_be[before]:
            return None
        if before != OUTSIDE and (source == OUTSIDE or (point.to_area == before and self._leads_in(point))):
            return Anomaly.IN_TWICE, before
        is_deeper = before == OUTSIDE and source != OUTSIDE and self._leads_in(point)
        if is_deeper or (is_unentered and point.to_area not in self._around(source)):
            return Anomaly.INNER_WITHOUT_OUTER, point.to_area
        return Anomaly.OUT_WITHOUT_IN, source

    def _local_day(self, at_ns: int) -> date:
        return to_datetime(at_ns).astimezone(self._zone).date()


def by_kind(found: Iterable[Found]) -> Mapping[Anomaly, list[Found]]:
    """Return what was found by kind, each kind there even if nothing was."""
    sorted_out: dict[Anomaly, list[Found]] = {kind: [] for kind in Anomaly}
    for each in found:
        sorted_out[each.kind].append(each)
    return sorted_out
