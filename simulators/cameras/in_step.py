"""Cameras in step with the simulated site: who passes a gate is seen there, and a lane's camera shows its vehicle.

A camera that a lane names looks at that lane; every other one at the ways of its gate that lead through no lane. The
first access point of such a gate goes to the right in its picture, unless the camera's counting line says otherwise.

Belongs here: who is told what. Does not belong here: pictures (live.py), behaviour (world.py, traffic.py).
"""

from collections.abc import Mapping
from functools import partial

from contract.ids import AccessPointId, CameraId, LaneId
from contract.site import CameraConfig, Gate
from simulators.cameras.acts import (
    PersonComes,
    PersonCrosses,
    PersonLeaves,
    PersonWaits,
    VehicleBacksOut,
    VehicleGoes,
    VehicleStands,
)  # fmt: skip
from simulators.cameras.live_camera import LiveCamera
from simulators.doing import Doing
from simulators.gate import SimulatedGate
from simulators.vehicles import Vehicle, VehicleRecord, Where


def is_of_lane(gate: Gate, camera: CameraId) -> bool:
    """Tell whether a camera of that gate looks at a lane."""
    return any(lane.camera == camera for lane in gate.lane)


def keep_in_step(gate: SimulatedGate, cameras: Mapping[CameraId, LiveCamera], record: VehicleRecord) -> None:
    """Let the cameras of a gate see what happens there from now on; `cameras` has all of them."""
    for config in gate.config.camera:
        camera = cameras[config.id]
        if is_of_lane(gate.config, config.id):
            lanes = {lane.id for lane in gate.config.lane if lane.camera == config.id}
            record.onlookers.append(partial(_see_vehicle, camera, lanes))
            continue
        for point, to_right in _seen_by(gate.config, config).items():
            if point in gate.ways:
                gate.ways[point].onlookers.append(partial(_see_person, camera, to_right))


def _see_vehicle(camera: LiveCamera, lanes: set[LaneId], lane: LaneId, where: Where, vehicle: Vehicle) -> None:
    if lane not in lanes:
        return
    match where:
        case Where.LOOP:
            camera.tell(VehicleStands(vehicle))
        case Where.UNDER:
            camera.tell(VehicleGoes())
        case Where.BACKED_OUT:
            camera.tell(VehicleBacksOut())
        case Where.THROUGH:
            pass  # it left the picture when it went under the boom


def _see_person(camera: LiveCamera, to_right: bool, person: int, doing: Doing) -> None:  # noqa: FBT001  bound beforehand
    match doing:
        case Doing.COMES:
            camera.tell(PersonComes(person, to_right))
        case Doing.WAITS:
            camera.tell(PersonWaits(person, to_right))
        case Doing.CROSSES:
            camera.tell(PersonCrosses(person, to_right))
        case Doing.LEAVES:
            camera.tell(PersonLeaves(person))


def _seen_by(gate: Gate, camera: CameraConfig) -> dict[AccessPointId, bool]:
    """Return the ways that a camera sees, and whether they lead to its picture's right."""
    lanes = {lane.access_point for lane in gate.lane}
    seen = [
        point
        for portal in gate.portal
        for point in portal.access_points
        if point not in lanes and (not camera.access_points or point in camera.access_points)
    ]
    right = {point: point == seen[0] for point in seen}
    line = camera.counts
    if line is not None:
        # Its right is the picture's right if it leads upwards.
        is_upwards = line.begin[1] > line.end[1]
        right |= {point: (point == line.right) is is_upwards for point in (line.left, line.right) if point in right}
    return right
