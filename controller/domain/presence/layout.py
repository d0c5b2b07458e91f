"""The areas of a site and the ways between them, compiled into what one passage tells by rule 3.

Belongs here: geometry. Does not belong here: reading the site file (contract/site.py), or any count.
"""

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, AreaId, MusterPointId
from contract.periods import HOUR_S
from contract.site import PortalKind, Site
from contract.site.gate import NOT_WIRED
from controller.domain.presence.declared import Declared
from controller.domain.presence.tallies import TallyKind, slot

WHOLE_SITE: Final = AreaId("")
"""The premises counted as one area: a move between two of its areas neither enters nor leaves it."""


class Step(NamedTuple):
    """What a passage tells by rule 3 when its holder was in a given area before it: which slots go up by one.

    `before` counts under the period of the event that placed him there, `own` under the passage's own.
    """

    before: tuple[int, ...]
    own: tuple[int, ...]


class Way(NamedTuple):
    """One access point: `to` is the index of the area it leads to, `steps[i]` the step of one who was in area i.

    `source` is the area that it leaves, or ANYWHERE for a reader that only says "now here". `muster_point`: at which
    its readers stand, "" for none. `is_watched`: its gate can see whether somebody who was granted it goes through.
    """

    source: AreaId
    target: AreaId
    to: int
    steps: tuple[Step, ...]
    muster_point: MusterPointId = MusterPointId("")
    is_watched: bool = False


class Layout:
    """Areas and access points of one site.

    `capacities`: area -> how many it can hold, None where nobody said. `access_points`: id -> (from, to); from may be
    ANYWHERE, either may be OUTSIDE. `areas` lists the areas by index: 0 is the outside among places, and the whole
    site among what is counted. Raises KeyError for an access point between areas that are not there.
    """

    def __init__(
        self,
        capacities: Mapping[AreaId, int | None],
        access_points: Mapping[AccessPointId, tuple[AreaId, AreaId]],
        declared: Declared | None = None,
        muster_points: Mapping[AccessPointId, MusterPointId] | None = None,
        watched: Collection[AccessPointId] = (),
    ) -> None:
        self.declared: Final = declared or Declared()
        self.areas: Final = (WHOLE_SITE, *capacities)
        self.index: Final = {area: at for at, area in enumerate(self.areas)}
        together = [capacity for capacity in capacities.values() if capacity is not None]
        whole = sum(together) if len(together) == len(capacities) else None
        self.capacities: Final = (whole, *capacities.values())
        at = muster_points or {}
        self.ways: Final = {
            point: self._way(*between)._replace(
                muster_point=at.get(point, MusterPointId("")), is_watched=point in watched
            )
            for point, between in access_points.items()
        }
        self.here: Final = {area: self._way(ANYWHERE, area) for area in capacities}
        """What it tells that somebody was seen in an area."""

    def enters(self, way: Way, scope: int) -> bool:
        """Tell whether that way leads into the area with that index (0: the whole site) from outside of it.

        A reader that only says "now here" may have seen somebody come.
        """
        return self._holds(scope, way.to) and not self._holds(scope, self.index.get(way.source, 0))

    def leaves(self, way: Way, scope: int) -> bool:
        """Tell whether that way leads out of the area with that index; "now here" leads out of none that is known."""
        return self._holds(scope, self.index.get(way.source, 0)) and not self._holds(scope, way.to)

    def _holds(self, scope: int, area: int) -> bool:
        """Tell whether whoever is in `area` (0: outside) is counted in `scope`."""
        return bool(area) and scope in (0, area)

    @classmethod
    def of(cls, site: Site) -> "Layout":
        """Return the layout that a site file describes."""
        stay_h = site.site.longest_stay_h
        declared = Declared(
            keep_s=site.retention.movement_keep_s,
            longest_stay_s=None if stay_h is None else stay_h * HOUR_S,
            missed_exits=site.site.missed_exit_rate,
            missed_entries=site.site.missed_entry_rate,
        )
        capacities = {area.id: area.capacity for area in site.area if area.id != OUTSIDE}
        ways = {point.id: (point.from_area, point.to_area) for point in site.access_point}
        musters = {point.id: point.muster_point for point in site.access_point}
        return cls(capacities, ways, declared, musters, watched_points(site))

    def _way(self, source: AreaId, target: AreaId) -> Way:
        to = 0 if target == OUTSIDE else self.index[target]
        fixed = None if source == ANYWHERE else 0 if source == OUTSIDE else self.index[source]
        steps = tuple(_step(before, fixed, to) for before in range(len(self.areas)))
        return Way(source, target, to, steps)


def watched_points(site: Site) -> frozenset[AccessPointId]:
    """Return the access points whose gate reports for each grant whether its holder went through."""
    watched: set[AccessPointId] = set()
    for portal in (portal for gate in site.gate for portal in gate.portal):
        if portal.kind is PortalKind.TURNSTILE:
            watched.update(portal.passed_inputs)
        elif portal.dps_input != NOT_WIRED:
            watched.update(portal.access_points)
    return frozenset(watched)


def _step(before: int, fixed: int | None, to: int) -> Step:
    """Rule 3 for one who was in area `before` (0: outside, or nobody knows) and passes from `fixed` to `to`.

    "Now here" (`fixed` is None) comes out of the area where the chain places him; where it places him nowhere, out of
    the very area it names: he was there unseen. A passage that stays within an area tells nothing about it.
    """
    source = fixed if fixed is not None else before or to
    past: list[int] = []
    own: list[int] = []
    for scope in sorted({0, before, source}):
        was, comes_out, goes_in = (bool(area) and scope in (0, area) for area in (before, source, to))
        if was and not comes_out:
            past.append(slot(scope, TallyKind.LEFT_UNSEEN))
        elif was and not goes_in:
            past.append(slot(scope, TallyKind.LEFT))
        elif comes_out and not was:
            own.append(slot(scope, TallyKind.UNPLACED))
    return Step(tuple(past), tuple(own))
