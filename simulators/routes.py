"""Ways over the premises: which access points lead a person from one area to another.

Belongs here: pure geometry of a site. Does not belong here: when somebody goes. Readers that only say "now here"
(`from = "any"`) are no way anywhere and are passed over.
"""

from collections.abc import Iterable
from itertools import pairwise
from random import Random

from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, AreaId
from contract.site import AccessPoint, Site


class Routes:
    """The ways of one site. A route visits no area twice, and the outside only at its ends."""

    def __init__(self, site: Site) -> None:
        """Take the access points of `site` that lead from an area to an area."""
        self._points = {point.id: point for point in site.access_point if point.from_area != ANYWHERE}
        self._reached: dict[frozenset[AccessPointId], list[AreaId]] = {}
        self._doors: dict[tuple[frozenset[AccessPointId], AreaId, AreaId], list[AccessPoint]] = {}
        self._known: dict[tuple[frozenset[AccessPointId], AreaId, AreaId], list[tuple[AreaId, ...]]] = {}

    @property
    def access_points(self) -> list[AccessPointId]:
        """Every access point that is a way."""
        return list(self._points)

    def destinations(self, allowed: Iterable[AccessPointId]) -> list[AreaId]:
        """Return the areas that somebody can reach from the outside and leave again, in a fixed order."""
        ways = frozenset(allowed)
        if ways not in self._reached:
            areas = sorted({point.to_area for point in self._points.values()} - {OUTSIDE})
            self._reached[ways] = [
                area for area in areas if self._areas(ways, OUTSIDE, area) and self._areas(ways, area, OUTSIDE)
            ]
        return self._reached[ways]

    def draw(
        self, allowed: Iterable[AccessPointId], source: AreaId, target: AreaId, chance: Random
    ) -> list[AccessPoint]:
        """Return one route through `allowed` access points, evenly drawn; empty if there is none."""
        ways = frozenset(allowed)
        routes = self._areas(ways, source, target)
        if source == target or not routes:
            return []
        areas = chance.choice(routes)
        return [chance.choice(self._between(ways, here, there)) for here, there in pairwise(areas)]

    def _between(self, ways: frozenset[AccessPointId], here: AreaId, there: AreaId) -> list[AccessPoint]:
        key = (ways, here, there)
        if key not in self._doors:
            points = (point for point in self._points.values() if point.id in ways)
            self._doors[key] = [point for point in points if point.from_area == here and point.to_area == there]
        return self._doors[key]

    def _areas(self, ways: frozenset[AccessPointId], source: AreaId, target: AreaId) -> list[tuple[AreaId, ...]]:
        """All sequences of areas from source to target of the two shortest lengths."""
        key = (ways, source, target)
        if key not in self._known:
            self._known[key] = self._search(ways, source, target)
        return self._known[key]

    def _search(self, ways: frozenset[AccessPointId], source: AreaId, target: AreaId) -> list[tuple[AreaId, ...]]:
        steps = sorted({(p.from_area, p.to_area) for p in self._points.values() if p.id in ways})
        found: list[tuple[AreaId, ...]] = []
        paths: list[tuple[AreaId, ...]] = [(source,)]
        while paths and (not found or len(paths[0]) <= len(found[0])):
            paths = [
                (*path, there)
                for path in paths
                for here, there in steps
                if here == path[-1] and there not in path and path[-1] != target
                if there != OUTSIDE or target == OUTSIDE
            ]
            found += [path for path in paths if path[-1] == target]
        return found
