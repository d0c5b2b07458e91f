"""What may have happened that nobody read, or that is not told yet: by how many it widens each figure, and why.

- A gate that is not heard, or has not told all yet, is reckoned with its highest usual flow (flows.py) since it last
  told all. When it tells what happened meanwhile, that takes the widening back.
- What came past its key is lost: as many persons may have entered as were counted, or as usually do in those hours,
  whichever is less; who left then is in no figure any more. A gate that stopped uncleanly may have lost its last
  moments.
- A portal that stood open: who forced it, and the usual flow for that time. A passage without a grant: one person, or
  in a lane all who may be in a vehicle.
- More people whom a camera saw cross than were read: so many more. A camera that saw fewer says nothing.
- A vehicle that may have left, and nobody saw it: all who were in it.
- A way without a reader, or a lane where nobody counts (sides.py).

While people evacuate no flow is usual, and doors stand released: each way that does not lead in from the outside is
reckoned with what a doorway can pass, and so is one more, a window. Exits count for as long as a record is readable:
whoever is placed inside was read since. Entries count for the longest stay that the site declares. Belongs here: from
gates, doors and flows to doubts. Does not belong here: passages that can be read (doubts.py), or the figures
(bounds.py).
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

from contract.clock import NS_PER_S
from contract.events import (
    AnyEvent,
    DoorForced,
    DoorHeld,
    GateRestarted,
    PassageWithoutGrant,
    PeopleCrossed,
    VehicleUnseen,
)
from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, AreaId, EdgeId, PortalId
from contract.periods import HOUR_S
from contract.site import Site
from controller.domain.presence.bounds import upper_quantile
from controller.domain.presence.doubts import Beside, Doubt
from controller.domain.presence.flows import Flows, Span
from controller.domain.presence.openings import Openings
from controller.domain.presence.reason import Reason
from controller.domain.presence.sides import one_sided, scopes_of
from controller.domain.presence.stamp import Stamp

MOST_PER_S: Final = 1.3
"""Persons a second through a metre of doorway, at most (SFPE Handbook of Fire Protection Engineering: the greatest
specific flow of its hydraulic model)."""
IN_A_VEHICLE: Final = 9
"""Persons in a vehicle that nobody let through, at most: a driver and eight more (category M1 of Regulation (EU)
2018/858, Annex I). No bus follows another vehicle under a boom."""
UNHEARD_AFTER_S: Final = 10
"""Five health messages missed: what a gate told last is no longer all."""


class Lost(NamedTuple):
    """So many records of a gate, of the period that starts at `period_s`, came past its key."""

    edge: EdgeId
    period_s: int
    records: int


class Past(NamedTuple):
    """So often, in the period that starts at `period_s` and can not be read any more, somebody may have entered unread.

    `reason`: PASSED_UNREAD or SEEN_CROSSING, then `place` is an access point; or DOOR_OPEN, then it is a portal.
    """

    reason: Reason
    place: str
    period_s: int
    times: int


def unread_at(event: AnyEvent) -> tuple[Reason, str, int] | None:
    """Return why, where and how many may have passed unread, if that is what an event tells: to be counted as Past."""
    if isinstance(event, PassageWithoutGrant):
        return Reason.PASSED_UNREAD, event.access_point, 1
    if isinstance(event, PeopleCrossed) and event.seen > event.taken:
        return Reason.SEEN_CROSSING, event.access_point, event.seen - event.taken
    return (Reason.DOOR_OPEN, event.portal, 1) if isinstance(event, DoorForced | DoorHeld) else None


class Outlook(NamedTuple):
    """What is known at one moment beside the events.

    `now_ns`: the moment (ns since 1970-01-01 UTC). `unheard`: the gates that have not told all, and up to when they
    have. `lost`: what came past its key. `evacuating_ns`: since when people evacuate, None if they do not. `swept_ns`:
    when each area was swept last, with all that lies within it: whatever was before is settled. `past`: doors and
    passages of periods that can not be read any more.
    """

    now_ns: int
    unheard: Mapping[EdgeId, int]
    lost: Iterable[Lost] = ()
    evacuating_ns: int | None = None
    swept_ns: Mapping[AreaId, int] = {}
    past: Iterable[Past] = ()


class _Gap(NamedTuple):
    edge: EdgeId
    from_ns: int
    until_ns: int
    period_s: int


class _Seen(NamedTuple):
    """A camera saw so many more cross at an access point than were read."""

    access_point: AccessPointId
    surplus: int
    at_ns: int
    period_s: int


class _Unseen(NamedTuple):
    """So many may not be in those areas: they left in a vehicle, or never came. `unnamed` of them have no name."""

    access_point: AccessPointId
    areas: frozenset[AreaId]
    persons: int
    unnamed: int
    at_ns: int
    period_s: int


_Found = dict[AreaId, list[Doubt]]
_Points = Collection[AccessPointId]
_Where = tuple[list[AccessPointId], list[Span]]


def unheard(counted: Mapping[EdgeId, int], now_ns: int) -> dict[EdgeId, int]:
    """Return the gates that have not told all, and up to when they have; `counted`: the watermarks that count.

    A gate that never told anything is none of them: it is not in service yet, or the controller says *learning*. Nor is
    a new one whose clock no controller has confirmed yet: it answers for nothing, since 1970.
    """
    return {edge: at_ns for edge, at_ns in counted.items() if 0 < at_ns < now_ns - UNHEARD_AFTER_S * NS_PER_S}


class Unwatched:
    """Doubts of one site beside its passages."""

    def __init__(self, site: Site, flows: Flows) -> None:
        self.flows: Final = flows
        """What is usual at each access point."""
        self._keep_ns: Final = site.retention.movement_keep_s * NS_PER_S
        self._length_ns: Final = site.retention.movement_period_s * NS_PER_S
        stay_h = site.site.longest_stay_h
        self._stay_ns: Final = None if stay_h is None else stay_h * HOUR_S * NS_PER_S
        self._one_sided: Final = one_sided(site)
        self._lanes: Final = frozenset(lane.access_point for gate in site.gate for lane in gate.lane)
        self._openings: Final = Openings()
        self._gaps: Final[dict[Stamp, _Gap]] = {}
        self._seen: Final[dict[Stamp, _Seen]] = {}
        self._unseen: Final[dict[Stamp, _Unseen]] = {}
        scopes = self._scopes = scopes_of(site)
        self._areas: Final = frozenset().union(*scopes.values())
        self._enters: Final[dict[AccessPointId, frozenset[AreaId]]] = {}
        self._leaves: Final[dict[AccessPointId, frozenset[AreaId]]] = {}
        self._from_inside: Final[set[AccessPointId]] = set()
        for point in site.access_point:
            if point.from_area != ANYWHERE:
                source, target = scopes[point.from_area], scopes[point.to_area]
                self._enters[point.id], self._leaves[point.id] = target - source, source - target
                if point.from_area != OUTSIDE:
                    self._from_inside.add(point.id)
        self._portals: Final[dict[PortalId, list[AccessPointId]]] = {
            portal.id: [point for point in portal.access_points if point in self._enters]
            for gate in site.gate
            for portal in gate.portal
        }
        self.points: Final[dict[EdgeId, list[AccessPointId]]] = {}
        """The access points of each gate."""
        for gate in site.gate:
            named = [r.access_point for r in gate.reader] + [p for d in gate.portal for p in d.access_points]
            self.points[gate.id] = [point for point in dict.fromkeys(named) if point in self._enters]

    def add(self, stamp: Stamp, event: AnyEvent, period_s: int) -> None:
        """Take an event of a gate, any one that moves nobody by name; each record once, in any order."""
        if isinstance(event, GateRestarted):
            self._gaps[stamp] = _Gap(stamp.edge, event.doubtful_from_ns, event.occurred_ns, period_s)
        elif isinstance(event, PeopleCrossed):
            if event.seen > event.taken:
                surplus = event.seen - event.taken
                self._seen[stamp] = _Seen(event.access_point, surplus, event.occurred_ns, period_s)
        elif isinstance(event, VehicleUnseen):
            inside, there = (self._scopes.get(area, frozenset()) for area in (event.area, event.other))
            areas, persons = inside - there, event.persons or IN_A_VEHICLE
            unnamed = min(persons, event.unnamed)
            self._unseen[stamp] = _Unseen(event.access_point, areas, persons, unnamed, event.occurred_ns, period_s)
        else:
            self._openings.add(stamp, event, period_s)

    def close_period(self, closed_s: int) -> None:
        """Forget what can not be read any more: periods up to the one that starts at `closed_s`."""
        self._openings.close_period(closed_s)
        for stamp in [stamp for stamp, gap in self._gaps.items() if gap.period_s <= closed_s]:
            del self._gaps[stamp]
        for stamp in [stamp for stamp, seen in self._seen.items() if seen.period_s <= closed_s]:
            del self._seen[stamp]
        for stamp in [stamp for stamp, unseen in self._unseen.items() if unseen.period_s <= closed_s]:
            del self._unseen[stamp]

    def doubts(self, outlook: Outlook) -> Beside:
        """Return what is in doubt beside what was read, by area."""
        found: _Found = defaultdict(list)
        for area, doubt in self._one_sided.items():
            found[area].append(doubt)
        self._silences(found, outlook)
        self._losses(found, outlook)
        self._doors(found, outlook)
        self._crossings(found, outlook)
        self._vehicles(found, outlook)
        self._past(found, outlook)
        if outlook.evacuating_ns is not None:
            self._evacuation(found, outlook, outlook.evacuating_ns)
        return found

    def _silences(self, found: _Found, outlook: Outlook) -> None:
        """Reckon with all silent gates together: each adds what the sum of their flows is greater by with it."""
        sums: dict[AreaId, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
        for edge, since_ns in sorted(outlook.unheard.items()):
            points, span = self.points.get(edge, ()), [(since_ns, outlook.now_ns)]
            for area in self._touched(points):
                left, entered = sums[area]
                fewer, more = -upper_quantile(left), -upper_quantile(entered)
                left += self.flows.reckoned(*self._out(points, area, span, outlook))
                entered += self._came_in(points, area, span, outlook)
                sums[area] = left, entered
                fewer, more = fewer + upper_quantile(left), more + upper_quantile(entered)
                found[area].append(Doubt(Reason.GATE_SILENT, fewer, more, since_ns, edge))

    def _came_in(self, points: _Points, area: AreaId, span: list[Span], outlook: Outlook) -> float:
        """While people evacuate nobody comes in from the outside but responders, and officers count those."""
        into, spans = self._into(points, area, span, outlook)
        if outlook.evacuating_ns is None:
            return self.flows.reckoned(into, spans)
        before = [(from_ns, min(until_ns, outlook.evacuating_ns)) for from_ns, until_ns in spans]
        outer = [point for point in into if point not in self._from_inside]
        inner = [point for point in into if point in self._from_inside]
        kept = [span for span in before if span[0] < span[1]]
        return self.flows.reckoned(outer, kept) + self.flows.reckoned(inner, spans)

    def _losses(self, found: _Found, outlook: Outlook) -> None:
        """Reckon with what was lost: it is over, so who entered then stays in doubt for the longest stay."""
        lost: dict[EdgeId, dict[int, int]] = defaultdict(dict)
        for each in outlook.lost:
            lost[each.edge][each.period_s * NS_PER_S] = each.records
        for edge, records in lost.items():
            points, spans = self.points.get(edge, ()), [(start, start + self._length_ns) for start in sorted(records)]
            for area in self._touched(points):
                settled_ns = self._settled_ns(area, outlook)
                count = sum(count for start, count in records.items() if start + self._length_ns > settled_ns)
                more = min(count, self._entered(points, area, spans, outlook))
                found[area].append(Doubt(Reason.RECORDS_LOST, 0, more, min(records), edge))
        for gap in self._gaps.values():
            points, span = self.points.get(gap.edge, ()), (gap.from_ns, gap.until_ns)
            for area in self._touched(points):
                fewer, more = (of(points, area, [span], outlook) for of in (self._left, self._entered))
                found[area].append(Doubt(Reason.RECORDS_LOST, fewer, more, gap.from_ns, gap.edge))

    def _doors(self, found: _Found, outlook: Outlook) -> None:
        """Reckon with portals that stood open: one person either way, and as many as usually pass in that time."""
        stood: dict[PortalId, list[Span]] = defaultdict(list)
        for each in self._openings.stood_open():
            stood[each.portal].append((each.from_ns, max(each.from_ns, each.until_ns or outlook.now_ns)))
        for portal, spans in stood.items():
            points = self._portals.get(portal, [])
            for area in self._touched(points):
                if kept := _since(spans, self._settled_ns(area, outlook)):
                    fewer, more = (1 + of(points, area, kept, outlook) for of in (self._left, self._entered))
                    found[area].append(Doubt(Reason.DOOR_OPEN, fewer, more, min(kept)[0], portal))
        for passed in self._openings.passed_unread():
            points = self._portals.get(passed.portal, []) if passed.access_point is None else [passed.access_point]
            for area in self._touched(points):
                if passed.at_ns <= self._settled_ns(area, outlook):
                    continue
                leaves = any(area in self._leaves.get(point, ()) for point in points)
                enters = passed.access_point is not None and not leaves
                persons = max(map(self._persons, points))
                fewer, more = persons * leaves, persons * enters
                found[area].append(Doubt(Reason.PASSED_UNREAD, fewer, more, passed.at_ns, passed.portal))

    def _crossings(self, found: _Found, outlook: Outlook) -> None:
        """Reckon with whom cameras saw cross beside those who were read; whom they missed they do not take back."""
        for seen in self._seen.values():
            for area in self._touched([seen.access_point]):
                if seen.at_ns > self._settled_ns(area, outlook):
                    fewer = seen.surplus if area in self._leaves[seen.access_point] else 0
                    doubt = Doubt(Reason.SEEN_CROSSING, fewer, seen.surplus - fewer, seen.at_ns, seen.access_point)
                    found[area].append(doubt)

    def _vehicles(self, found: _Found, outlook: Outlook) -> None:
        """Reckon with all in vehicles of which nobody saw whether they left: a search since has found them, or not."""
        for unseen in self._unseen.values():
            for area in unseen.areas:
                if unseen.at_ns > outlook.swept_ns.get(area, 0):
                    fewer, place = unseen.persons - unseen.unnamed, unseen.access_point
                    found[area].append(
                        Doubt(Reason.PASSED_UNREAD, fewer, 0, unseen.at_ns, place, unnamed=unseen.unnamed)
                    )

    def _past(self, found: _Found, outlook: Outlook) -> None:
        """Reckon with one for each door and passage that can not be read any more: who entered may still be there."""
        for past in outlook.past:
            portal = self._portals.get(PortalId(past.place), [])
            points = portal if past.reason is Reason.DOOR_OPEN else [AccessPointId(past.place)]
            for area in frozenset().union(*(self._enters.get(point, frozenset()) for point in points)):
                if past.period_s * NS_PER_S + self._length_ns > self._settled_ns(area, outlook):
                    is_passage = past.reason is Reason.PASSED_UNREAD
                    more = past.times * (self._persons(AccessPointId(past.place)) if is_passage else 1)
                    found[area].append(Doubt(past.reason, 0, more, past.period_s * NS_PER_S, past.place))

    def _persons(self, point: AccessPointId) -> int:
        """Return how many may pass an access point in one passage: on foot, or in a vehicle."""
        return IN_A_VEHICLE if point in self._lanes else 1

    def _evacuation(self, found: _Found, outlook: Outlook, since_ns: int) -> None:
        """Reckon with all that may leave by each way, and by one that nobody has thought of: a window."""
        for area in self._areas:
            from_ns = max(since_ns, outlook.swept_ns.get(area, 0))
            by_one = MOST_PER_S * max(0, outlook.now_ns - from_ns) / NS_PER_S
            out = sum(area in scopes for scopes in self._leaves.values())
            into = sum(area in self._enters[point] for point in self._from_inside)
            fewer, more = math.ceil(by_one * (out + 1)), math.ceil(by_one * into)
            found[area].append(Doubt(Reason.EVACUATING, fewer, more, since_ns))

    def _left(self, points: _Points, area: AreaId, spans: Iterable[Span], outlook: Outlook) -> int:
        """Return how many may have left an area by these access points, of those who can still be read."""
        return self.flows.most(*self._out(points, area, spans, outlook))

    def _entered(self, points: _Points, area: AreaId, spans: Iterable[Span], outlook: Outlook) -> int:
        """Return how many may have entered an area by these access points, and may still be there."""
        return self.flows.most(*self._into(points, area, spans, outlook))

    def _out(self, points: _Points, area: AreaId, spans: Iterable[Span], outlook: Outlook) -> _Where:
        out = [point for point in points if area in self._leaves.get(point, ())]
        return out, _since(spans, max(outlook.now_ns - self._keep_ns, outlook.swept_ns.get(area, 0)))

    def _into(self, points: _Points, area: AreaId, spans: Iterable[Span], outlook: Outlook) -> _Where:
        into = [point for point in points if area in self._enters.get(point, ())]
        return into, _since(spans, self._settled_ns(area, outlook))

    def _settled_ns(self, area: AreaId, outlook: Outlook) -> int:
        """Return up to when nobody can have entered an area who is still there and was not read since."""
        stay_ns = 0 if self._stay_ns is None else outlook.now_ns - self._stay_ns
        return max(stay_ns, outlook.swept_ns.get(area, 0))

    def _touched(self, points: _Points) -> set[AreaId]:
        touched: set[AreaId] = set()
        for point in points:
            touched |= self._enters.get(point, frozenset()) | self._leaves.get(point, frozenset())
        return touched


def _since(spans: Iterable[Span], since_ns: int) -> list[Span]:
    """Return what of these spans lies after that moment."""
    return [(max(from_ns, since_ns), until_ns) for from_ns, until_ns in spans if until_ns > since_ns]
