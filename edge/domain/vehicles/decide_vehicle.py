"""The decision about a vehicle that stands in a lane: plate, driver, occupants and trailer on one table.

Pure, as decide.py is for persons: that has judged the driver's card already, and judges it again when the barrier
opens. Only an exact plate opens, and only one that was read for sure. Nobody is kept from leaving because of others:
while everybody leaves by order, the driver's card is enough.

Belongs here: the decision. Does not belong here: what stands where (barrier.py), what is done about it
(edge/vehicles/lanes.py).
"""

from dataclasses import dataclass, field
from typing import Final

from contract.clock import NS_PER_S
from contract.events import Expected, TurnedAway
from contract.ids import OUTSIDE, HolderId, VehicleId
from contract.policy import VehicleRow
from contract.site import AccessPoint, LaneConfig, OccupantsBy, PlateUse
from edge.domain.decide import Rules
from edge.domain.vehicles.shown import Needs

_GOOD: Final = frozenset({Expected.PERMITTED, Expected.DELIVERY})
_SAYS_MOST: Final = (
    Expected.BLOCKED,
    Expected.PERMITTED,
    Expected.DELIVERY,
    Expected.DELIVERY_OUTSIDE_WINDOW,
    Expected.NOT_PERMITTED_HERE,
)
"""Of several rows of one plate: what is blocked is blocked, whatever else is expected."""
_NO_VEHICLE: Final = VehicleId("")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the vehicle that stands there.

    `plate`: canonical text, "" while unread. `confidence_percent`: of its reading, 100 where an officer has typed it.
    `plates_differ`: another plate was read there for sure as well. `driver`: who holds the card that was granted, None
    before. `is_refused`: the last card was refused. `occupants`: as entered, None before. `may_more_badge`: others may
    still present cards. `has_word`: an officer lets it pass. `exits_free`: an order lets everybody leave.
    """

    plate: str = field(repr=False)
    confidence_percent: int
    plates_differ: bool
    driver: HolderId | None = field(repr=False)
    is_refused: bool
    occupants: int | None
    may_more_badge: bool
    has_word: bool
    exits_free: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is made of it. It may pass if it `needs` nothing; `why` an officer has to decide, where one has."""

    expected: Expected
    vehicle: VehicleId
    needs: tuple[Needs, ...]
    why: TurnedAway | None


def decide_vehicle(lane: LaneConfig, point: AccessPoint, rules: Rules | None, facts: Facts, now_ns: int) -> Judgement:
    """Decide about a vehicle in `lane` at `now_ns` (ns since 1970-01-01 UTC)."""
    now_s = now_ns // NS_PER_S
    expected, row = Expected.UNREAD, None
    if facts.plate and lane.plate is not PlateUse.OFF:
        expected, row = _expected(rules, point, facts, now_s)
    vehicle = _NO_VEHICLE if row is None else row.vehicle
    if facts.has_word:
        return Judgement(expected, vehicle, (), None)
    needs, why = _driver_needs(facts)
    if not facts.exits_free:
        if lane.plate is PlateUse.REQUIRED:
            is_sure = facts.confidence_percent >= lane.plate_sure_percent and not facts.plates_differ
            plate_needs, plate_why = _plate_needs(expected, row, facts.driver, is_sure=is_sure)
            needs, why = plate_needs + needs, why or plate_why
        needs += _occupants_needs(lane, facts)
    return Judgement(expected, vehicle, needs, why)


def is_kept_out(lane: LaneConfig, point: AccessPoint, judgement: Judgement | None) -> bool:
    """Tell whether an officer's word does not let a vehicle in: its plate is decided on here, and is blocked."""
    is_blocked = judgement is not None and judgement.expected is Expected.BLOCKED
    return is_blocked and lane.plate is PlateUse.REQUIRED and point.to_area != OUTSIDE


def _expected(rules: Rules | None, point: AccessPoint, facts: Facts, now_s: int) -> tuple[Expected, VehicleRow | None]:
    """Return what the policy says of the plate: of several rows the one that says most, and is the driver's."""
    if rules is None or now_s >= rules.policy.header.expires_at_s:
        return Expected.UNKNOWN, None
    rows = [(_expected_by(rules, row, point, now_s), row) for row in rules.policy.vehicles(facts.plate)]
    return min(
        rows,
        key=lambda said: (_SAYS_MOST.index(said[0]), not _may_drive(said[1], facts.driver)),
        default=(Expected.UNKNOWN, None),
    )


def _expected_by(rules: Rules, row: VehicleRow, point: AccessPoint, now_s: int) -> Expected:
    if row.blocked:
        return Expected.BLOCKED
    levels = rules.policy.header.levels
    if row.level >= len(levels) or point.id not in levels[row.level].access_points:
        return Expected.NOT_PERMITTED_HERE
    is_in_time = row.valid_from_s <= now_s < row.valid_until_s and rules.is_within_schedule(row.level, now_s)
    if row.is_delivery:
        return Expected.DELIVERY if is_in_time else Expected.DELIVERY_OUTSIDE_WINDOW
    return Expected.PERMITTED if is_in_time else Expected.NOT_PERMITTED_HERE


def _may_drive(row: VehicleRow, driver: HolderId | None) -> bool:
    return driver is None or not row.drivers or driver in row.drivers


def _plate_needs(
    expected: Expected, row: VehicleRow | None, driver: HolderId | None, *, is_sure: bool
) -> tuple[tuple[Needs, ...], TurnedAway | None]:
    if expected is Expected.UNREAD:
        return (Needs.PLATE,), None
    if expected not in _GOOD or not is_sure:
        return (Needs.OFFICER,), TurnedAway.PLATE
    if row is not None and not _may_drive(row, driver):
        return (Needs.OFFICER,), TurnedAway.PLATE_NOT_OF_DRIVER
    return (), None


def _driver_needs(facts: Facts) -> tuple[tuple[Needs, ...], TurnedAway | None]:
    if facts.driver is not None:
        return (), None
    return (Needs.DRIVER,), TurnedAway.DRIVER if facts.is_refused else None


def _occupants_needs(lane: LaneConfig, facts: Facts) -> tuple[Needs, ...]:
    if facts.occupants is not None or lane.occupants is OccupantsBy.NOBODY:
        return ()
    if lane.occupants is OccupantsBy.OFFICER:
        return (Needs.OCCUPANTS,)
    return (Needs.BADGES,) if facts.may_more_badge and facts.driver is not None else ()
