"""The live picture as it leaves the truth process outside an operation: small areas without figures (L1).

And no cause tells since when where that is a moment of somebody's: he was let in, and nobody saw him pass.

Belongs here: what is taken out of a picture. Does not belong here: which areas are small (domain/small_areas.py), or
how a page says that something is left out.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from controller.domain.presence.reason import OF_SINGLE_PERSONS
from controller.domain.small_areas import hidden_regions
from controller.live import Headcount, Live


def reduced(live: Live, within: Mapping[str, str]) -> Live:
    """Return `live` without the figures of small areas, and of those from which they could be worked out.

    `within`: area -> the area that it lies in.
    """
    live = replace(
        live, premises=_without_moments(live.premises), areas=[_without_moments(area) for area in live.areas]
    )
    hidden = hidden_regions({area.area: _persons(area) for area in live.areas}, within, live.smallest_area_shown)
    if not hidden:
        return live
    return replace(live, areas=[_blank(area) if area.area in hidden else area for area in live.areas])


def _without_moments(count: Headcount) -> Headcount:
    causes = [replace(each, since=None) if each.code in OF_SINGLE_PERSONS else each for each in count.causes]
    return replace(count, causes=causes)


def _persons(area: Headcount) -> int:
    """Return how many are in an area, by the least figure that is told of it."""
    return area.named if area.best is None else min(area.best, area.named)


def _blank(area: Headcount) -> Headcount:
    return Headcount(area.area, area.name, None, None, None, 0, [], 0, withheld=True)
