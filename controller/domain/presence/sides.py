"""Areas that can be entered or left by a way without a reader: their figures are never exact, and may be unknown.

A lane where nobody counts who sits in the vehicles (`occupants = "nobody"`) is such a way. Belongs here: what the site
file tells about that. Does not belong here: the figures (bounds.py), or what passes there (unwatched.py).
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, AreaId
from contract.site import AccessPoint, Gate, OccupantsBy, PortalConfig, PortalKind, Site
from controller.domain.presence.doubts import Doubt
from controller.domain.presence.layout import WHOLE_SITE
from controller.domain.presence.reason import Reason

_MAY_PASS: Final = Doubt(Reason.ONE_SIDED, 1, 1)
"""Where the site declares how many pass without a read: somebody may have."""
_UNKNOWN: Final = Doubt(Reason.ONE_SIDED, 0, 0, is_bounded=False)


def scopes_of(site: Site) -> Mapping[AreaId, frozenset[AreaId]]:
    """Return in which counts whoever is in an area stands: its own, those of the areas around it, the whole site's."""
    around = {area.id: area.within for area in site.area}
    scopes: dict[AreaId, frozenset[AreaId]] = {OUTSIDE: frozenset()}
    for area in around:
        if area != OUTSIDE:
            found, at = {WHOLE_SITE}, area
            while at:
                found.add(at)
                at = around[at]
            scopes[area] = frozenset(found)
    return scopes


def one_sided(site: Site) -> Mapping[AreaId, Doubt]:
    """Return the areas (and the whole site) that have a way without a reader, and what that does to their figures."""
    scopes = scopes_of(site)
    points = {point.id: point for point in site.access_point if point.from_area != ANYWHERE}
    found: dict[AreaId, Doubt] = {}
    for scope in frozenset().union(*scopes.values()):
        inner = {area for area, of in scopes.items() if scope in of}
        if not any(_leads_in(point, inner) for point in points.values()) or not any(
            _leads_out(point, inner) for point in points.values()
        ):
            found[scope] = _UNKNOWN
            continue
        unread, uncounted = set(_unread(site.gate, points, inner)), set(_uncounted(site.gate, points, inner))
        declared = {"in": site.site.missed_entry_rate > 0, "out": site.site.missed_exit_rate > 0}
        if unread | uncounted:
            doubt = _MAY_PASS if all(declared[way] for way in unread | uncounted) else _UNKNOWN
            found[scope] = doubt if unread else doubt._replace(reason=Reason.OCCUPANTS_UNCOUNTED)
    return found


def _uncounted(
    gates: Iterable[Gate], points: Mapping[AccessPointId, AccessPoint], inner: AbstractSet[AreaId]
) -> Iterator[str]:
    """Yield "in" and "out" for each lane between `inner` and the rest where nobody counts who is in a vehicle."""
    for lane in (lane for gate in gates for lane in gate.lane if lane.occupants is OccupantsBy.NOBODY):
        if _leads_in(points[lane.access_point], inner):
            yield "in"
        if _leads_out(points[lane.access_point], inner):
            yield "out"


def _leads_in(point: AccessPoint, inner: AbstractSet[AreaId]) -> bool:
    return point.to_area in inner and point.from_area not in inner


def _leads_out(point: AccessPoint, inner: AbstractSet[AreaId]) -> bool:
    return point.from_area in inner and point.to_area not in inner


def _unread(
    gates: Iterable[Gate], points: Mapping[AccessPointId, AccessPoint], inner: AbstractSet[AreaId]
) -> Iterator[str]:
    """Yield "in" and "out" for each portal between `inner` and the rest that can be passed that way without a read."""
    for gate in gates:
        read = {reader.access_point for reader in gate.reader}
        for portal in gate.portal:
            ways = [points[name] for name in portal.access_points if name in points]
            leads_in = [way for way in ways if _leads_in(way, inner)]
            leads_out = [way for way in ways if _leads_out(way, inner)]
            if not leads_in and not leads_out:
                continue
            if not _is_read(leads_in, read, portal):
                yield "in"
            if not _is_read(leads_out, read, portal) or portal.free_exit:
                yield "out"


def _is_read(ways: Iterable[AccessPoint], read: AbstractSet[AccessPointId], portal: PortalConfig) -> bool:
    """Tell whether whoever passes that way is read: one leaf opens for both directions, an arm or a lane for one."""
    ways = list(ways)
    if not ways:
        return portal.kind is not PortalKind.DOOR
    return not read or all(way.id in read for way in ways)
