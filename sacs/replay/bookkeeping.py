"""The truth of a log: where it leaves everybody, by nothing but its rows.

Kept apart from the system that is tried, and shares no rule with it: a person is where his last row led him, and in the
areas that it lies in. Belongs
here: that. Does not belong here: figures of the system (player.py compares them).
"""

from collections import Counter

from contract.ids import OUTSIDE, AreaId
from contract.site import Site
from sacs.replay.holders import Holders
from sacs.replay.passage_log import RecordedPassage


class Bookkeeping:
    """Who is where by the rows so far. `by_area`: how many persons each area holds; the outside is not an area."""

    def __init__(self, site: Site, holders: Holders) -> None:
        self._leads_to = {point.id: point.to_area for point in site.access_point}
        self._within = {area.id: area.within for area in site.area}
        self._holders = holders
        self._where: dict[str, AreaId] = {}
        self.by_area: Counter[AreaId] = Counter()

    @property
    def present(self) -> int:
        """How many persons are on the premises."""
        return len(self._where)

    def passed(self, passage: RecordedPassage) -> None:
        """Take the next row."""
        person = self._holders.person(passage.credential)
        before = self._where.pop(person, None)
        if before is not None:
            self._count(before, -1)
        area = self._leads_to[passage.access_point]
        if area != OUTSIDE:
            self._where[person] = area
            self._count(area, 1)

    def _count(self, area: AreaId, by: int) -> None:
        while area:
            self.by_area[area] += by
            area = self._within.get(area, AreaId(""))
