"""What vehicles and the people in them do at a gate, and what a camera counts there.

In/out data like all other events: sealed, readable to nobody without the period's key, gone with it (L4). Sealed by
gates only. Belongs here: events about vehicles and crossings. Does not belong here: who sits in a vehicle (its driver's
AccessGranted, each badge's own, and marks.Occupants for those without).
"""

import enum

from contract.events.base import Event
from contract.ids import AccessPointId, AreaId, CameraId, LaneId, VehicleId


class Expected(enum.StrEnum):
    """What the policy says of a plate: a closed set."""

    PERMITTED = "permitted"
    DELIVERY = "delivery"
    """An expected delivery, inside its time window."""
    DELIVERY_OUTSIDE_WINDOW = "delivery-outside-window"
    NOT_PERMITTED_HERE = "not-permitted-here"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"
    UNREAD = "unread"
    """No plate could be read, or the lane reads none."""


class TurnedAway(enum.StrEnum):
    """Why a vehicle did not go on: a closed set."""

    PLATE = "plate"
    DRIVER = "driver"
    PLATE_NOT_OF_DRIVER = "plate-not-of-driver"
    OCCUPANTS = "occupants"
    OFFICER = "officer"
    LEFT_BY_ITSELF = "left-by-itself"


class VehicleGranted(Event, frozen=True, array_like=True, tag="vehicle-granted"):
    """The barrier opens for a vehicle whose driver's grant has that number (same edge, same epoch).

    0 where an officer let the driver in by hand (marks.Admitted). `vehicle`: "" where the plate is not in the policy.
    `confidence_percent`: of the plate's reading, 100 where an officer has typed it. `trailer`: as the officer entered.
    Whether it went through is told by the AccessTaken or AccessNotTaken of the same grant.
    """

    access_point: AccessPointId
    lane: LaneId
    grant_number: int
    plate: str
    confidence_percent: int
    expected: Expected
    vehicle: VehicleId = VehicleId("")
    trailer: bool = False


class VehicleTurnedAway(Event, frozen=True, array_like=True, tag="vehicle-turned-away"):
    """A vehicle stood before the barrier and did not get through."""

    access_point: AccessPointId
    lane: LaneId
    reason: TurnedAway
    plate: str
    confidence_percent: int
    expected: Expected


class OccupantsDiffer(Event, frozen=True, array_like=True, tag="occupants-differ"):
    """A vehicle left with other occupants than it came with, as far as this gate knows: `entered` and `leaving`.

    Both count persons beside the driver whose grant has that number. A hint for the officer and a doubt in the
    headcount; who stayed inside stays counted by his entry.
    """

    access_point: AccessPointId
    grant_number: int
    entered: int
    leaving: int


class VehicleUnseen(Event, frozen=True, array_like=True, tag="vehicle-unseen"):
    """A vehicle was let out of `area` without a card, or turned away there, and nobody saw whether it went to `other`.

    Or it was let into `area`, and nobody saw whether it came. Up to `persons` in it may not be there (0: nobody knows
    how many), of whom `unnamed` count as having come without a name; nobody is taken out of the count for that. It
    names the lane by its `access_point`. A doubt in the headcount, and an alarm: an officer looks, and counts by hand.
    """

    access_point: AccessPointId
    area: AreaId
    other: AreaId
    persons: int
    unnamed: int = 0


class PeopleCrossed(Event, frozen=True, array_like=True, tag="people-crossed"):
    """A camera saw `seen` persons cross from `from_ns` to `occurred_ns` where the gate took `taken` passages.

    Advisory only: it widens the bounds and alerts an officer, it decides and counts nobody.
    """

    access_point: AccessPointId
    camera: CameraId
    from_ns: int
    seen: int
    taken: int
