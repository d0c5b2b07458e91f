"""Which access points nobody enters by: ways that lead nearer to the outside, and readers of muster points.

Belongs here: reading that from the site. Does not belong here: what a denial there means (alarm.py), or what doors do
in an operation (door_plan.py).
"""

from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, AreaId
from contract.site import Site


def ways_out(site: Site) -> frozenset[AccessPointId]:
    """Return the access points that lead nearer to the outside than they begin, and those of muster points.

    How near an area is to the outside is told by the fewest access points on a way in. A way between two areas that
    are equally near leads into another area, and so does one out of an area that nobody can reach from the outside.
    """
    near = _steps_from_outside(site)
    return frozenset(
        point.id
        for point in site.access_point
        if point.muster_point
        or (point.from_area in near and near.get(point.to_area, len(near)) < near[point.from_area])
    )


def _steps_from_outside(site: Site) -> dict[AreaId, int]:
    ways = [(point.from_area, point.to_area) for point in site.access_point if point.from_area != ANYWHERE]
    near = {OUTSIDE: 0}
    edge, steps = {OUTSIDE}, 0
    while edge:
        steps += 1
        edge = {end for start, end in ways if start in edge} - near.keys()
        near.update(dict.fromkeys(edge, steps))
    return near
