"""What must hold between the pieces of equipment of one gate in the site file.

Belongs here: checks of one gate alone. Does not belong here: shapes (gate.py), areas and access points (file.py).
"""

from contract.ids import AccessPointId, CameraId
from contract.plates import is_within
from contract.site.camera import check_camera
from contract.site.error import SiteFileError
from contract.site.gate import Gate, PortalConfig, PortalKind
from contract.site.lane import LaneConfig, PlateUse
from contract.site.numbers import NOT_WIRED


def check_gate(gate: Gate) -> None:
    """Raise SiteFileError for equipment of one gate that contradicts itself."""
    readers = {str(reader.id) for reader in gate.reader}
    devices = readers | {board.id for board in gate.board}
    both = sorted(readers & {board.id for board in gate.board})
    if both:
        message = f"site file: gate {gate.id} calls a reader and a board {both[0]!r}"
        raise SiteFileError(message)
    named = [(f"portal {portal.id}", each) for portal in gate.portal for each in (portal.hardware, portal.watched_by)]
    for what, hardware in (*named, *((f"signal {signal.id}", signal.hardware) for signal in gate.signal)):
        if hardware not in devices:
            message = f"site file: {what} names hardware {hardware!r}, which gate {gate.id} lacks"
            raise SiteFileError(message)
    for portal in gate.portal:
        _check_directions(portal)
    _check_interlocks(gate)
    for camera in gate.camera:
        check_camera(camera)
    _check_counting(gate)
    _check_lanes(gate)


def _check_interlocks(gate: Gate) -> None:
    portals = {portal.id for portal in gate.portal}
    for interlock in gate.interlock:
        missing = [portal for portal in interlock.portals if portal not in portals]
        if missing or len(set(interlock.portals)) < 2:
            message = f"site file: an interlock of gate {gate.id} needs two portals of its own, not {interlock.portals}"
            raise SiteFileError(message)


def _check_counting(gate: Gate) -> None:
    """Refuse counting lines at ways whose passages the gate does not know, and a way that is counted twice."""
    known = {point for portal in gate.portal for point in portal.access_points}
    known |= {reader.access_point for reader in gate.reader}
    counted: dict[AccessPointId, CameraId] = {}
    for camera in gate.camera:
        line = camera.counts
        for point in () if line is None else (line.left, line.right):
            if point and point not in known:
                message = (
                    f"site file: camera {camera.id} counts for access_point {point}, which is not at gate {gate.id}: "
                    "whoever goes there would seem to go without a card"
                )
                raise SiteFileError(message)
            other = counted.setdefault(point, camera.id) if point else camera.id
            if other != camera.id:
                message = (
                    f"site file: cameras {other} and {camera.id} of gate {gate.id} both count for access_point "
                    f"{point}: everybody would be counted twice"
                )
                raise SiteFileError(message)


def _check_lanes(gate: Gate) -> None:
    """Refuse lanes that can not be told apart, or that say different things of one barrier."""
    points: dict[str, LaneConfig] = {}
    barriers: dict[str, LaneConfig] = {}
    for lane in gate.lane:
        _check_lane(gate, lane)
        other = points.setdefault(lane.access_point, lane)
        if other is not lane:
            message = f"site file: lanes {other.id} and {lane.id} share access_point {lane.access_point}"
            raise SiteFileError(message)
        beside = barriers.setdefault(lane.portal, lane)
        if _under(beside) != _under(lane):
            message = (
                f"site file: lanes {beside.id} and {lane.id} share barrier {lane.portal}: what stands under it is told "
                "by one clearance_input"
            )
            raise SiteFileError(message)


def _under(lane: LaneConfig) -> tuple[object, ...]:
    is_wired = lane.clearance_input != NOT_WIRED
    return (lane.hardware, lane.clearance_input, lane.clearance_closes_when) if is_wired else ()


def _check_lane(gate: Gate, lane: LaneConfig) -> None:
    """Refuse a lane that names what the gate lacks, or that could never open or be decided on."""
    for what, named, there in (
        ("hardware", lane.hardware, {board.id for board in gate.board} | {reader.id for reader in gate.reader}),
        ("portal", lane.portal, {portal.id for portal in gate.portal}),
        ("reject_portal", lane.reject_portal, {portal.id for portal in gate.portal} | {""}),
        ("camera", lane.camera, {camera.id for camera in gate.camera} | {""}),
    ):
        if named not in there:
            message = f"site file: lane {lane.id} names {what} {named!r}, which gate {gate.id} lacks"
            raise SiteFileError(message)
    portal = next(portal for portal in gate.portal if portal.id == lane.portal)
    if portal.kind is not PortalKind.BARRIER or lane.access_point not in portal.access_points:
        message = (
            f"site file: lane {lane.id} needs a portal of kind barrier that names access_point {lane.access_point}, "
            f"and {portal.id} is none"
        )
        raise SiteFileError(message)
    if lane.clearance_input != NOT_WIRED and portal.dps_input == NOT_WIRED:
        message = (
            f"site file: lane {lane.id} has a clearance_input: its barrier {portal.id} needs a dps_input as well, "
            "which tells whether the boom is down"
        )
        raise SiteFileError(message)
    if portal.stays_free and lane.clearance_input == NOT_WIRED:
        message = (
            f"site file: barrier {portal.id} of lane {lane.id} has stays_free: it comes down when the gate lets go, "
            "which needs a clearance_input to know when. Wire one, or leave stays_free out if its control closes itself"
        )
        raise SiteFileError(message)
    if not is_within(lane.plate_within):
        message = (
            f"site file: lane {lane.id} has the plate_within {list(lane.plate_within)}: it is left, top, right and "
            "bottom as shares of the picture, from 0 to 1, and no side is shorter than 0.05"
        )
        raise SiteFileError(message)
    if lane.plate is PlateUse.REQUIRED and not lane.camera:
        message = f"site file: lane {lane.id} requires a plate and names no camera that could read one"
        raise SiteFileError(message)


def _check_directions(portal: PortalConfig) -> None:
    points = set(portal.access_points)
    if portal.stays_free and portal.kind is PortalKind.DOOR and not portal.passage_ms:
        message = (
            f"site file: portal {portal.id} has a strike, which an order holds released anyway: stays_free is for "
            "machines that are released by a pulse"
        )
        raise SiteFileError(message)
    if portal.kind is PortalKind.TURNSTILE:
        if set(portal.outputs) != points or not set(portal.passed_inputs) <= points:
            message = f"site file: turnstile {portal.id} needs an entry in `outputs` for each of its access points"
            raise SiteFileError(message)
    elif portal.outputs or portal.passed_inputs:
        message = f"site file: portal {portal.id} is no turnstile: it has one strike_output and one dps_input"
        raise SiteFileError(message)
