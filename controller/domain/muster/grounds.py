"""The grounds on which a roll call is held: areas, which of them lie in which, and muster points.

Belongs here: that geometry. Does not belong here: the ways between areas (presence/layout.py), or checks of the file.
"""

from typing import Final

from contract.ids import AreaId, MusterPointId
from contract.periods import Kind, Period
from contract.site import MusterPoint, Site


class Grounds:
    """`areas` and `points` in the order of the site file. `around`: of each area, itself and all that it lies in."""

    def __init__(self, site: Site) -> None:
        self.areas: Final = [area.id for area in site.area]
        self.names: Final = {area.id: area.name or area.id for area in site.area}
        self.within: Final = {area.id: area.within for area in site.area}
        self.points: Final[dict[MusterPointId, MusterPoint]] = {point.id: point for point in site.muster_point}
        self.retention: Final = site.retention
        self.around: Final = {area: self._around(area) for area in self.areas}

    def is_wrong(self, point: MusterPointId, area: AreaId) -> bool:
        """Whether somebody of that area should have gone to another muster point."""
        found = self.points.get(point)
        if found is None or not found.areas or area not in self.around:
            return False
        return not set(self.around[area]) & set(found.areas)

    def dies_at_s(self, period_s: int) -> int:
        """Return when the records of the movement period that starts then die, in seconds since 1970-01-01 UTC."""
        return self.retention.dies_at_s(Period(Kind.MOVEMENT, period_s, self.retention.movement_period_s))

    def _around(self, area: AreaId) -> tuple[AreaId, ...]:
        chain = [area]
        while around := self.within.get(chain[-1]):
            chain.append(around)
        return tuple(chain)
