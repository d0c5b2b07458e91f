"""Who is not accounted for, as a recipient is told: name, category, last area; no times, no gates (L3).

Belongs here: from the fold and reference data to lines. Does not belong here: who may be told.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from contract.ids import AreaId, HolderId
from contract.site import Site
from controller.domain.presence.fold import Placed, Presence
from controller.service.disclosing.document import Line
from controller.service.reference import Holder, Reference

_UNKNOWN: Final = "(not in reference data)"


class Missing:
    """Whom the fold places inside, and what reference data says of them."""

    def __init__(self, site: Site, presence: Presence, reference: Reference) -> None:
        self._names: Final = {area.id: area.name or area.id for area in site.area}
        self._presence: Final = presence
        self._reference: Final = reference

    def area_name(self, area: AreaId) -> str:
        """Return what people call an area."""
        return self._names.get(area, area)

    def knows(self, area: AreaId) -> bool:
        """Whether the site has such an area in which people are counted."""
        return area in self._presence.layout.here

    def inside(self, areas: Collection[AreaId] = ()) -> list[Placed]:
        """Return who is placed inside: in these areas, or anywhere."""
        return [placed for placed in self._presence.inside() if not areas or placed.area in areas]

    def of_period(self, period_s: int) -> list[Placed]:
        """Return who is placed inside by a last record of the period that starts then."""
        return [placed for placed in self._presence.placed(period_s) if placed.period_s == period_s]

    def persons_by_period(self, until_s: int) -> Mapping[int, int]:
        """Return how many are placed inside by last records of each period that starts at `until_s` or before."""
        return Counter(placed.period_s for placed in self._presence.placed(until_s))

    async def lines(self, placed: Iterable[Placed]) -> list[Line]:
        """Return them with their names. A holder who is in no reference data any more is listed all the same."""
        each = list(placed)
        holders = await asyncio.to_thread(self._reference.holders, {one.holder for one in each})
        return [self._line(one, holders) for one in each]

    def _line(self, placed: Placed, holders: Mapping[HolderId, Holder]) -> Line:
        holder = holders.get(placed.holder)
        name, category = (holder.name, holder.category) if holder else (_UNKNOWN, "")
        return Line(name, category, self.area_name(placed.area))
