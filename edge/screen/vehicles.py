"""The vehicles in a gate's lanes, as the screen remembers them: each as long as it stands there, no longer (L1, L2).

Belongs here: that memory. Does not belong here: when it may be shown (showing.py), words and pages (lane_view.py).
"""

import secrets
from dataclasses import dataclass, field

from contract.ids import AccessPointId, LaneId
from contract.screen import Face, Faces
from edge.domain.vehicles.shown import LaneShown, Phase

_UNDECIDED = frozenset({Phase.STANDS, Phase.TURNED_AWAY})


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A lane, and what stands in it. `picture_id`, `face_id`: random names of the pictures of vehicle and driver."""

    shown: LaneShown
    face: Face | None = field(repr=False)
    picture_id: str
    face_id: str


@dataclass(slots=True)
class _Lane:
    shown: LaneShown
    picture_id: str
    face_id: str


class Vehicles:
    """What stands in each lane now."""

    def __init__(self) -> None:
        self._lanes: dict[LaneId, _Lane] = {}

    def take(self, shown: LaneShown) -> None:
        """Take how a lane stands; what it said before is forgotten. Pictures that are others get other names."""
        before = self._lanes.get(shown.lane)
        is_same = before is not None and before.shown.visit == shown.visit
        picture_id = face_id = ""
        if before is not None and is_same and before.shown.jpeg == shown.jpeg:
            picture_id = before.picture_id
        if before is not None and is_same and before.shown.driver == shown.driver:
            face_id = before.face_id
        self._lanes[shown.lane] = _Lane(shown, picture_id or _name(), face_id or _name())

    def badged(self, lane: LaneId) -> int:
        """Return how many beside the driver have presented cards of their own in a lane."""
        return self._lanes[lane].shown.badged if lane in self._lanes else 0

    def is_undecided_at(self, point: AccessPointId) -> bool:
        """Tell whether a vehicle stands in a lane through `point`, so that cards read there are its driver's."""
        return any(lane.shown.access_point == point and lane.shown.phase in _UNDECIDED for lane in self._lanes.values())

    def seen(self, faces: Faces | None) -> list[Vehicle]:
        """Return all lanes, in any order; `faces`: where drivers are looked up, None if nobody may be shown."""
        return [
            Vehicle(
                lane.shown,
                faces.find(lane.shown.driver) if faces is not None and lane.shown.driver else None,
                lane.picture_id,
                lane.face_id,
            )
            for lane in self._lanes.values()
        ]


def _name() -> str:
    return secrets.token_urlsafe(9)
