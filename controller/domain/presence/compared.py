"""Two controllers that count differently: both are believed, so the wider bounds show (rule 15).

They hold the same readable events, or get them within seconds. What can stay different is what a closed period has left
behind, when they met an event on different sides of its key's end: one counted it, the other one could not open it any
more. So each asks for the other's tally table, and works out its own figures once more with that.

Belongs here: the comparison. Does not belong here: asking (controller/peer), or the figures (bounds.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from contract.ids import AreaId, ControllerId
from controller.domain.presence.bounds import Cause, Headcount
from controller.domain.presence.fold import Presence
from controller.domain.presence.reason import Reason
from controller.domain.presence.tallies import Tally


class Comparison:
    """By how much the bounds of each area widen for each other controller."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self._wider: dict[ControllerId, Mapping[AreaId, tuple[int, int]]] = {}

    def hear(self, controller: ControllerId, closed_s: int, table: Iterable[Tally]) -> bool:
        """Compare with another controller's tally table of periods up to the one that starts at `closed_s`.

        Where it has closed other periods than this one, what was found before stands, for like is compared with like.
        Returns whether it was compared.
        """
        presence = self._presence
        if closed_s != presence.closed_s:
            return False
        theirs = presence.told_by(table)
        wider: dict[AreaId, tuple[int, int]] = {}
        for area in presence.layout.areas:
            own, other = presence.headcount(area), presence.headcount_with(area, theirs)
            wider[area] = max(0, own.lowest - other.lowest), max(0, other.highest - own.highest)
        self._wider[controller] = wider
        return True

    def forget(self, listed: Iterable[ControllerId]) -> None:
        """Forget all controllers but those."""
        for controller in set(self._wider) - set(listed):
            del self._wider[controller]

    def differ(self) -> list[ControllerId]:
        """Return the controllers whose bounds lie outside of this one's, in order."""
        return sorted(c for c, wider in self._wider.items() if any(any(each) for each in wider.values()))

    def widened(self, area: AreaId, own: Headcount) -> Headcount:
        """Return the figures of an area with the wider bounds of all controllers."""
        by = [wider[area] for wider in self._wider.values() if area in wider]
        down, up = max((d for d, _ in by), default=0), max((u for _, u in by), default=0)
        if not down and not up:
            return own
        lowest, highest = max(0, own.lowest - down), own.highest + up
        capacity = self._presence.layout.capacities[self._presence.layout.index[area]]
        return replace(
            own,
            lowest=lowest,
            highest=highest,
            unknown=own.unknown or (capacity is not None and highest - lowest > capacity),
            causes=(*own.causes, Cause(Reason.CONTROLLERS_DIFFER, 0, own.lowest - lowest, up)),
        )
