"""Passengers of one driver, and what gates said of his vehicles.

Whoever leaves beside the driver with whom he came has been here and is gone: the two crossings are a *pair*, and
together they tell nothing, as a named person's stay does when it is over. Who came and did not leave with him *stayed*,
unnamed; who left and had not come with him is *surplus*: he came otherwise, perhaps with a name, or was miscounted on
the way in. Both are doubts (bounds.py). A crossing that leaves a region ends the stay there that the driver's last
crossing into it began, if he never left in between: at whichever gates that was, and in whatever order it came.
Passengers count as surely as their driver as long as that stay lasts. Belongs here: which crossings make a pair, and
which are still open. Does not belong here: what they count (counting.py), or when they are forgotten (oblivion.py).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from contract.ids import HolderId
from controller.domain.presence.chain import Chain, Passage
from controller.domain.presence.crossings import Crossing, Grant
from controller.domain.presence.layout import Layout
from controller.domain.presence.stamp import Stamp


class Differing(NamedTuple):
    """With how many beside the driver a vehicle came in, and with how many it leaves, by its gate's word."""

    entered: int
    leaving: int


class Rides:
    """The passengers' crossings by driver, of those whose drivers are known."""

    def __init__(self, layout: Layout) -> None:
        self._layout: Final = layout
        self._of: Final[dict[HolderId, set[Crossing]]] = {}

    def add(self, crossing: Crossing, driver: HolderId) -> None:
        """Take in a crossing beside a driver who is known."""
        crossing.driver = driver
        self._of.setdefault(driver, set()).add(crossing)

    def remove(self, crossing: Crossing) -> None:
        """Take one out, if it is there."""
        if crossing.driver is not None:
            self._of[crossing.driver].discard(crossing)
            if not self._of[crossing.driver]:
                del self._of[crossing.driver]
        crossing.driver = None
        crossing.partners = {}

    def __contains__(self, driver: HolderId) -> bool:
        return driver in self._of

    def of(self, driver: HolderId) -> Iterable[Crossing]:
        """Return the crossings beside one driver."""
        return self._of.get(driver, ())

    def pair(
        self, chain: Chain, of_passage: Mapping[Passage, Crossing], parts: Callable[[Crossing, Stamp | None], bool]
    ) -> dict[int, Crossing]:
        """Find the pairs of one driver anew; return, by index of a region, the crossing whose stay there lasts.

        `of_passage`: what counts beside him. `parts`: whether a search of its area lies between a crossing and a stamp
        (None: now), so that what comes later tells nothing about it.
        """
        for crossing in self.of(chain.holder):
            crossing.partners = {}
        inside: dict[int, Crossing] = {}
        for passage in chain.passages:
            beside = of_passage.get(passage)
            for region in () if beside is None else self._layout.left(beside.source, beside.to):
                came = inside.get(region)
                if beside is not None and came is not None and not parts(came, beside.stamp):
                    came.partners[region], beside.partners[region] = beside, came
            for region in list(inside):
                if not self._stays(region, passage):
                    del inside[region]
            if beside is not None:
                inside.update(dict.fromkeys(self._layout.left(beside.to, beside.source), beside))
        return {region: came for region, came in inside.items() if not parts(came, None)}

    def _stays(self, region: int, passage: Passage) -> bool:
        """Tell whether that passage lies within a region: it comes out of it, as far as it says, and leads into it."""
        around, way = self._layout.around, passage.way
        return region in around[way.to] and (way.fixed is None or region in around[way.fixed])


class Vehicles:
    """What gates said of the vehicles of grants: that there was one, and whether it left with others than it came with.

    The plate stays in the record: nothing here needs it. The records go with the grant.
    """

    def __init__(self) -> None:
        self._records: Final[dict[Grant, dict[Stamp, int]]] = {}
        self._differing: Final[dict[Grant, Differing]] = {}

    def knows(self, grant: Grant, record: Stamp) -> bool:
        """Tell whether that record came before."""
        return record in self._records.get(grant, ())

    def add(self, grant: Grant, record: Stamp, period_s: int, differing: Differing | None = None) -> None:
        """Take a record about a grant's vehicle; `period_s`: start of its period."""
        self._records.setdefault(grant, {})[record] = period_s
        if differing is not None:
            self._differing[grant] = differing

    def differing(self, grant: Grant) -> Differing | None:
        """Return what a gate said of a difference."""
        return self._differing.get(grant)

    def drop(self, grant: Grant) -> Iterable[Stamp]:
        """Forget a grant's vehicle; return the records about it."""
        self._differing.pop(grant, None)
        return self._records.pop(grant, ())

    def drop_alone(self, closed_s: int, cut_ns: int, is_known: Callable[[Grant], bool]) -> Iterator[Stamp]:
        """Forget vehicles whose grants are not known and come no more: of a closed period, or below the cut."""
        for grant, records in list(self._records.items()):
            is_old = min(records.values()) <= closed_s or max(records).occurred_ns <= cut_ns
            if is_old and not is_known(grant):
                yield from self.drop(grant)
