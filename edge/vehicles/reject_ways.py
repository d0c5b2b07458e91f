"""The way out for whoever was turned away in a lane: its reject portal, opened once, when nobody else is on his way.

Belongs here: that opening. Does not belong here: who is turned away (lanes.py), or who went that way (turned_back.py).
"""

from collections.abc import Mapping
from typing import Final

from contract.ids import PortalId
from contract.site import Gate
from edge.domain.vehicles.barrier import GAP_NS
from edge.portals import Portals
from edge.vehicles.booms import Barrier, Lane

_NS_PER_MS: Final = 1_000_000


class RejectWays:
    """Of one gate. `booms`: its barriers with lanes; a reject portal may be one of them, or have none."""

    def __init__(self, config: Gate, portals: Portals, booms: Mapping[PortalId, Barrier]) -> None:
        self._portals: Final = portals
        self._booms: Final = booms
        self._open_ms: Final = {
            portal.id: max(portal.unlock_ms, portal.passage_ms) if portal.stays_free else portal.unlock_ms
            for portal in config.portal
        }

    def open(self, lane: Lane, now_ns: int) -> Barrier | None:
        """Open it for the lane if that is wanted and nobody is on his way there; return its barrier if it then did."""
        portal = lane.config.reject_portal
        if not lane.is_reject_wanted or not self._portals.may_raise(portal):
            return None
        boom, open_ms = self._booms.get(portal), self._open_ms[portal]
        if (boom is not None and not boom.seen.is_idle) or not self._portals.raise_boom(portal, open_ms):
            return None
        lane.is_reject_wanted = False
        if boom is not None:
            boom.seen.open_back(lane.config.id, now_ns + open_ms * _NS_PER_MS + GAP_NS)
        return boom
