"""The areas of a site and the ways between them, compiled into what one passage tells by rule 3.

Belongs here: geometry. Does not belong here: reading the site file (contract/site.py), or any count.
"""

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, AreaId, EdgeId, MusterPointId
from contract.periods import HOUR_S
from contract.site import PortalKind, Site
from contract.site.numbers import NOT_WIRED
from controller.domain.presence.declared import Declared
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.tallies import KINDS, Shares, Tally, TallyKind, slot

NS_PER_MS: Final = 1_000_000
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

    `source` is the area that it leaves, or ANYWHERE for a reader that only says "now here"; `fixed` its index, None for
    ANYWHERE. `muster_point`: at which
    its readers stand, "" for none. `is_watched`: its gate can see whether somebody who was granted it goes through.
    """

    source: AreaId
    target: AreaId
    to: int
    steps: tuple[Step, ...]
    muster_point: MusterPointId = MusterPointId("")
    is_watched: bool = False
    fixed: int | None = None


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
        within: Mapping[AreaId, AreaId] | None = None,
        clock_errors_ns: Mapping[EdgeId, int] | None = None,
    ) -> None:
        """`within`: area -> the area that it lies in; whoever is in the inner one is counted in the outer as well.

        `clock_errors_ns`: gate -> by how much its clock may be off; 0 for others.
        """
        self._clock_errors_ns: Final = clock_errors_ns or {}
        self.slack_ns: Final = 2 * max(self._clock_errors_ns.values(), default=0)
        """Stamps that lie further apart tell the order, whichever gates they are of."""
        self.declared: Final = declared or Declared()
        self.areas: Final = (WHOLE_SITE, *capacities)
        self.index: Final = {area: at for at, area in enumerate(self.areas)}
        inner = within or {}
        self.around: Final = ((), *(self._regions(area, inner) for area in capacities))
        """By index of an area: the indices of the regions in which whoever is there is counted; 0 is the whole site."""
        self._pairs: Final = ((0, 0), *((region, part) for part, around in enumerate(self.around) for region in around))
        self._numbers: Final = {pair: number for number, pair in enumerate(self._pairs)}
        self.shares: Final = Shares(
            tuple(
                tuple(number for number, pair in enumerate(self._pairs) if pair[0] == region)
                for region in range(len(self.areas))
            ),
            tuple(part for _, part in self._pairs),
        )
        """The first is the site's of which nobody knows where it arose."""
        outermost = [capacity for area, capacity in capacities.items() if not inner.get(area)]
        whole = None if None in outermost else sum(capacity or 0 for capacity in outermost)
        self.capacities: Final = (whole, *capacities.values())
        self.lead_outside: Final = frozenset(
            self.areas[region]
            for source, target in access_points.values()
            if target == OUTSIDE and source in self.index
            for region in self.around[self.index[source]][1:]
        )
        """Areas from which a way leads outside."""
        at = muster_points or {}
        self.ways: Final = {
            point: self._way(*between)._replace(
                muster_point=at.get(point, MusterPointId("")), is_watched=point in watched
            )
            for point, between in access_points.items()
        }
        self.here: Final = {area: self._way(ANYWHERE, area) for area in (*capacities, OUTSIDE)}
        """What it tells that somebody was seen in an area, or outside."""

    def _regions(self, area: AreaId, within: Mapping[AreaId, AreaId]) -> tuple[int, ...]:
        regions = [0]
        while area:
            regions.append(self.index[area])
            area = within.get(area, AreaId(""))
        return tuple(regions)

    def lies_within(self, area: AreaId, outer: AreaId) -> bool:
        """Tell whether one area lies within another one."""
        inner, around = self.index.get(area, 0), self.index.get(outer, 0)
        return inner != around and bool(around) and around in self.around[inner]

    def are_near(self, stamp: Stamp, other: Stamp) -> bool:
        """Tell whether nobody can say which of two came first: stamps of two gates, by whose clocks either may have."""
        if stamp.edge == other.edge:
            return False
        error_ns = self._clock_errors_ns.get(stamp.edge, 0) + self._clock_errors_ns.get(other.edge, 0)
        return abs(stamp.occurred_ns - other.occurred_ns) < error_ns

    def share(self, tally: Tally) -> int | None:
        """Return the number of the share to which a tally belongs; None for one of an area that is not there."""
        region, part = self.index.get(tally.area), self.index.get(tally.part or tally.area)
        return None if region is None or part is None else self._numbers.get((region, part))

    def tally(self, at: int, period_s: int, amount: int) -> Tally:
        """Return the line of the tally table for `amount` in slot `at`."""
        share, kind = divmod(at, len(KINDS))
        region, part = self._pairs[share]
        arose_in = AreaId("") if part == region else self.areas[part]
        return Tally(KINDS[kind], self.areas[region], period_s, amount, arose_in)

    def area_of(self, at: int) -> int:
        """Return the index of the area in which what slot `at` counts arose; 0 where nobody knows."""
        return self.shares.part[at // len(KINDS)]

    def slots(self, area: int, kind: TallyKind) -> tuple[int, ...]:
        """Return the slots of all regions in which `kind` counts that arose in the area with that index."""
        return tuple(slot(self._numbers[region, area], kind) for region in self.around[area])

    def left(self, source: int, to: int) -> tuple[int, ...]:
        """Return the regions that somebody leaves who goes from one area to another, all by index; 0: outside."""
        return tuple(region for region in self.around[source] if region not in self.around[to])

    def slot(self, region: int, part: int, kind: TallyKind) -> int:
        """Return where `kind` counts in a region that arose in one of its areas."""
        return slot(self._numbers[region, part], kind)

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
        return scope in self.around[area]

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
        within = {area.id: area.within for area in site.area if area.within}
        errors_ns = {gate.id: gate.clock_error_ms * NS_PER_MS for gate in site.gate}
        return cls(capacities, ways, declared, musters, watched_points(site), within, errors_ns)

    def _way(self, source: AreaId, target: AreaId) -> Way:
        to = 0 if target == OUTSIDE else self.index[target]
        fixed = None if source == ANYWHERE else 0 if source == OUTSIDE else self.index[source]
        steps = tuple(self._step(before, fixed, to) for before in range(len(self.areas)))
        return Way(source, target, to, steps, fixed=fixed)

    def _step(self, before: int, fixed: int | None, to: int) -> Step:
        """Rule 3 for one who was in area `before` (0: outside, or nobody knows) and passes from `fixed` to `to`.

        "Now here" (`fixed` is None) comes out of the area where the chain places him; where it places him nowhere, out
        of the very area it names: he was there unseen. A passage that stays within a region tells nothing about it.
        """
        source = fixed if fixed is not None else before or to
        past: list[int] = []
        was, comes_out, goes_in = (self.around[area] for area in (before, source, to))
        for region in was:
            if region not in comes_out:
                past.append(slot(self._numbers[region, before], TallyKind.LEFT_UNSEEN))
            elif region not in goes_in:
                past.append(slot(self._numbers[region, before], TallyKind.LEFT))
        own = [slot(self._numbers[region, source], TallyKind.UNPLACED) for region in comes_out if region not in was]
        return Step(tuple(past), tuple(own))


def watched_points(site: Site) -> frozenset[AccessPointId]:
    """Return the access points whose gate reports for each grant whether its holder went through."""
    watched: set[AccessPointId] = set()
    for portal in (portal for gate in site.gate for portal in gate.portal):
        if portal.kind is PortalKind.TURNSTILE:
            watched.update(portal.passed_inputs)
        elif portal.dps_input != NOT_WIRED:
            watched.update(portal.access_points)
    return frozenset(watched)
