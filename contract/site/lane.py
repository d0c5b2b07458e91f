"""Lanes of a vehicle gate in the site file: loop, beam, camera and barrier that belong together.

Belongs here: shapes and what can be said about one gate's lanes. Does not belong here: the barrier itself (a portal,
gate.py), two barriers of which one alone opens (an interlock, gate.py).
"""

import enum

import msgspec

from contract.ids import AccessPointId, CameraId, LaneId, PortalId
from contract.plates import WHOLE, Within
from contract.site.numbers import NOT_WIRED, Number, Percent, Terminal


class PlateUse(enum.StrEnum):
    """What a number plate is for in a lane."""

    OFF = "off"
    SHOWN = "shown"
    """The officer sees it; nothing is decided on it."""
    REQUIRED = "required"
    """Without a plate that may pass here, and goes with the driver, an officer decides."""


class OccupantsBy(enum.StrEnum):
    """How persons beside the driver are told."""

    OFFICER = "officer"
    """An officer enters how many; the barrier waits for it."""
    BADGES = "badges"
    """Each presents his own credential before the vehicle goes on; an officer can still enter others."""
    NOBODY = "nobody"
    """Nobody asks: the headcount can then not be exact there (its bounds say so)."""


class ClearanceLevel(enum.StrEnum):
    """When the input under the boom is closed. With `clear` a cut wire is told as a vehicle: nothing falls on one."""

    OCCUPIED = "occupied"
    CLEAR = "clear"


class LaneConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One lane, in one direction: `access_point`, through the barrier `portal`.

    `hardware`: the board whose inputs watch the lane. `presence_input`: a loop or beam before the barrier, closed while
    a vehicle stands there. `clearance_input`: a loop or beam under the boom, closed while something is there (or while
    nothing is: `clearance_closes_when`): the barrier never closes on it; lanes of one barrier share it. `camera` reads
    plates of `countries` (names of edge/plates/countries); `plate_sure_percent`: a plate that is required and was read
    less surely is for an officer to compare. `plate_within`: where in the picture plates are looked for, without the
    clock that the camera writes into it: left, top, right, bottom as shares. `reject_portal`: opens the way back out
    for whoever is turned away. `vehicle_wait_s`: how long a vehicle may stand undecided before the screen says so.
    """

    id: LaneId
    access_point: AccessPointId
    portal: PortalId
    hardware: str
    name: str = ""
    presence_input: Number = 0
    clearance_input: Terminal = NOT_WIRED
    clearance_closes_when: ClearanceLevel = ClearanceLevel.OCCUPIED
    camera: CameraId = CameraId("")
    countries: list[str] = msgspec.field(default_factory=lambda: ["eu"])
    plate: PlateUse = PlateUse.SHOWN
    plate_sure_percent: Percent = 60
    plate_within: Within = WHOLE
    occupants: OccupantsBy = OccupantsBy.OFFICER
    reject_portal: PortalId = PortalId("")
    vehicle_wait_s: Number = 120
