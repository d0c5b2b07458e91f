"""A simulated lane: its contacts follow the vehicle, the boom falls on whoever is under it, and the record is true."""

import asyncio
import stat
from pathlib import Path
from random import Random

import msgspec
import pytest

from contract.ids import AccessPointId, LaneId, PortalId
from contract.site import ClearanceLevel, LaneConfig, PortalConfig, PortalKind
from simulators.lane import NoVehicleError, SimulatedLane
from simulators.portal import SimulatedPortal
from simulators.vehicles import Sighting, Vehicle, VehicleRecord, Where, draw_plates

IN = AccessPointId("in")
BOOM = PortalConfig(PortalId("boom"), "io", [IN], PortalKind.BARRIER, dps_input=0, rex_input=-1)
LANE = LaneConfig(
    LaneId("lane"), IN, PortalId("boom"), "io",
    presence_input=1, clearance_input=2, clearance_closes_when=ClearanceLevel.CLEAR,
)  # fmt: skip
CAR = Vehicle(plate="MAB1234", persons=2)


def lane(closed: dict[int, bool]) -> SimulatedLane:
    made = SimulatedLane(LANE, SimulatedPortal(BOOM))
    made.wire(closed.__setitem__)
    return made


async def test_contacts_follow_the_vehicle() -> None:
    closed: dict[int, bool] = {}
    at = lane(closed)
    assert closed == {1: False, 2: True}, "the beam's contact is closed while nothing is there"
    at.arrive(CAR)
    assert closed == {1: True, 2: True}
    assert not at.enter(), "the boom is down"
    at.portal.on_output(released=True)
    assert at.enter()
    at.leave_loop()
    assert closed == {1: False, 2: False}
    at.clear()
    assert closed == {1: False, 2: True}
    with pytest.raises(NoVehicleError):
        at.clear()


async def test_a_boom_that_is_let_down_falls_on_whoever_is_under_it() -> None:
    at = lane({})
    at.arrive(CAR)
    at.portal.on_output(released=True)
    assert at.enter()
    at.portal.on_output(released=False)
    at.boom.advance(asyncio.get_running_loop().time() + 60)
    assert at.boom.struck == 1
    at.back_out()
    assert at.boom.under == 0


async def test_the_record_says_what_stands_where(tmp_path: Path) -> None:
    record = VehicleRecord(tmp_path / "vehicles.jsonl")
    at = lane({})
    at.note = lambda name, where, vehicle: record.note(7, name, where, vehicle)
    at.arrive(CAR)
    at.back_out()
    lines = (tmp_path / "vehicles.jsonl").read_bytes().splitlines()
    found = [msgspec.json.decode(line, type=Sighting) for line in lines]
    assert [(each.where, each.plate) for each in found] == [(Where.LOOP, CAR.plate), (Where.BACKED_OUT, CAR.plate)]
    assert stat.S_IMODE((tmp_path / "vehicles.jsonl").stat().st_mode) == 0o600


def test_no_two_vehicles_share_a_plate() -> None:
    plates = draw_plates(500, Random(1))
    assert len(set(plates)) == 500
    assert all(plate.isalnum() and plate == plate.upper() for plate in plates)
