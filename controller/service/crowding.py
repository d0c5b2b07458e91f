"""Areas that hold more persons than they can: an alarm while it is so (C5, capacity).

Belongs here: comparing figures with the site file. Does not belong here: how figures come about (domain/presence).
"""

from collections.abc import Callable, Iterable

from contract.site import Site
from controller.live import Headcount
from controller.service.alarms import Alarms


def watch_capacity(site: Site, look: Callable[[], Iterable[Headcount]], alarms: Alarms, now_ns: int) -> None:
    """Raise an alarm for each area whose best figure exceeds its capacity, and settle the others.

    `look` returns the figures of the areas; it is called only where the site file says what some area can hold. An area
    that holds fewer persons than may be told of outside an operation raises none: that it is full would tell of single
    persons (L1). Of an area whose figure is unknown nothing is said.
    """
    smallest = site.law.smallest_area_shown
    capacities = {str(a.id): a.capacity for a in site.area if a.capacity is not None and a.capacity + 1 >= smallest}
    for area in look() if capacities else ():
        capacity = capacities.get(area.area)
        if capacity is None:
            continue
        if area.best is not None and area.best > capacity:
            alarms.of_system(now_ns, "capacity", place=area.area)
        else:
            alarms.settled("capacity", place=area.area)
