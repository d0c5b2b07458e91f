"""What a lane shows to the officer at the screen, made of what is known.

Belongs here: from a visit to a LaneShown. Does not belong here: gathering (visits.py, lanes.py), pages (screen/).
"""

from contract.events import Expected
from contract.ids import OUTSIDE
from contract.site import AccessPoint, LaneConfig
from edge.domain.vehicles.barrier import At, VehicleBarrier
from edge.domain.vehicles.shown import Boom, Clearance, LaneShown, Needs, Phase, Unwatched
from edge.vehicles.visits import Visit

_NS_PER_S = 1_000_000_000


def lane_shown(
    lane: LaneConfig,
    point: AccessPoint,
    barrier: VehicleBarrier,
    visit: Visit | None,
    *,
    is_up: bool | None,
    needs: tuple[Needs, ...],
    now_boottime_ns: int,
    came_with: int | None,
    objection: str,
    unwatched: Unwatched | None,
) -> LaneShown:
    """Return how `lane` stands now; `needs`: what its vehicle still lacks."""
    boom = {True: Boom.UP, False: Boom.DOWN, None: Boom.UNKNOWN}[is_up]
    clearance = {True: Clearance.OCCUPIED, False: Clearance.CLEAR, None: Clearance.UNKNOWN}[barrier.under]
    clearance = Clearance.NOT_WIRED if lane.clearance_input < 0 else clearance
    is_out = point.to_area == OUTSIDE
    name, has_camera = lane.name or lane.id, bool(lane.camera)
    if visit is None:
        phase = Phase.EMPTY if barrier.is_known(lane.id) else Phase.UNKNOWN
        return LaneShown(
            lane.id, name, point.id, is_out, phase,
            boom=boom, clearance=clearance, has_camera=has_camera, unwatched=unwatched,
        )  # fmt: skip
    judgement, reading = visit.judgement, visit.reading
    waits_ns = now_boottime_ns - visit.since_boottime_ns
    return LaneShown(
        lane.id, name, point.id, is_out, _phase(visit, barrier.at(lane.id)), visit.number, visit.since_ns,
        visit.numbers is None and waits_ns >= lane.vehicle_wait_s * _NS_PER_S,
        needs,
        None if judgement is None else judgement.why,
        visit.plate, visit.confidence_percent,
        Expected.UNREAD if judgement is None else judgement.expected,
        () if reading is None else reading.candidates,
        visit.near,
        visit.picture,
        visit.driver_card,
        None if visit.refusal is None else visit.refusal.reason,
        max(0, len(visit.claims) - 1), visit.occupants, visit.trailer, came_with, boom, clearance, objection,
        bool(lane.reject_portal), visit.beside(lane.occupants), visit.is_typed, has_camera,
        unwatched, visit.is_blind,
    )  # fmt: skip


def _phase(visit: Visit, at: At) -> Phase:
    if at is At.UNDER:
        return Phase.UNDER
    if visit.numbers is not None:
        return Phase.OPENED
    return Phase.TURNED_AWAY if visit.is_turned_away else Phase.STANDS
