"""Which reading of a plate counts, how sure it must be, and when an officer decides on it."""

import asyncio
from collections.abc import AsyncIterator
from itertools import groupby
from pathlib import Path

import pytest

from contract.events import AccessDenied, DenialReason, Expected, PassageWithoutGrant, TurnedAway, VehicleGranted
from contract.ids import CameraId
from edge.domain.vehicles.plates import PlateReading
from edge.domain.vehicles.shown import Needs
from tests.unit.edge.vehicles.yard import ANN, BOB, CAR, CLEARANCE, PRESENCE, Yard, yard_at

STRANGE = "W99999Z"


@pytest.fixture
async def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Yard]:
    monkeypatch.setattr("edge.vehicles.plate_looks.LOOKS_AGAIN_S", 0)
    async with yard_at(tmp_path) as made:
        yield made
        made.lane("lane-in", PRESENCE, active=False)


async def reads(yard: Yard, *readings: tuple[str, int]) -> None:
    """The camera reads these, one after the other."""
    yard.plates.readings = [PlateReading(plate, percent, plate.encode()) for plate, percent in readings]
    for _ in readings:
        await asyncio.sleep(0)
    assert not yard.plates.readings


def asks_for_everything_else(yard: Yard) -> None:
    yard.read(ANN)
    yard.enter(0)


async def test_a_picture_that_fails_or_shows_the_lane_before_is_tried_again_though_no_plate_is_read(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = [b"vehicle", b"empty lane", None, None]

    async def picture(_camera: CameraId) -> bytes | None:
        return pictures.pop()

    monkeypatch.setattr(yard.plates, "picture", picture)
    yard.stands()
    yard.type_plate(CAR)
    for _ in range(5):
        await asyncio.sleep(0)
    assert (yard.seen().plate, yard.seen().jpeg) == (CAR, b"vehicle")
    assert pictures == [], "and no more"


async def test_a_camera_that_gives_no_picture_is_told_until_it_gives_one(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = [b"vehicle", None, None, None]

    async def picture(_camera: CameraId) -> bytes | None:
        return pictures.pop() if pictures else b"vehicle"

    monkeypatch.setattr(yard.plates, "picture", picture)
    yard.stands()
    told = []
    for _ in range(6):
        await asyncio.sleep(0)
        told.append(yard.seen().is_blind)
    assert [is_blind for is_blind, _ in groupby(told)] == [False, True, False]


@pytest.mark.parametrize(("percent", "opens"), [(6, False), (59, False), (60, True)])
async def test_a_plate_that_was_not_read_for_sure_opens_nothing(yard: Yard, percent: int, opens: bool) -> None:
    yard.stands()
    asks_for_everything_else(yard)
    await reads(yard, (CAR, percent))
    assert yard.is_ordered_up() is opens
    shown = yard.seen()
    assert (shown.expected, shown.confidence_percent) == (Expected.PERMITTED, percent)
    assert (Needs.OFFICER in shown.needs, shown.why) == ((False, None) if opens else (True, TurnedAway.PLATE))
    if not opens:
        yard.type_plate(CAR)
        assert yard.is_ordered_up(), "an officer has compared it"
        yard.drives_through()
        assert [e.confidence_percent for e in await yard.journaled() if isinstance(e, VehicleGranted)] == [100]


async def test_the_plate_of_the_vehicle_ahead_opens_nothing_for_the_next(yard: Yard) -> None:
    yard.stands()
    await reads(yard, (CAR, 95), (STRANGE, 90))
    assert (yard.seen().plate, yard.seen().jpeg) == (STRANGE, STRANGE.encode())
    asks_for_everything_else(yard)
    assert not yard.is_ordered_up()
    assert yard.seen().why is TurnedAway.PLATE


async def test_where_two_sure_readings_differ_an_officer_decides(yard: Yard) -> None:
    yard.stands()
    await reads(yard, (STRANGE, 90), (CAR, 95), (CAR, 97))
    asks_for_everything_else(yard)
    assert (yard.seen().plate, yard.seen().expected) == (CAR, Expected.PERMITTED)
    assert (yard.seen().needs, yard.seen().why) == ((Needs.OFFICER,), TurnedAway.PLATE)
    assert not yard.is_ordered_up()
    yard.type_plate(CAR)
    assert yard.is_ordered_up(), "he says which it is"


async def test_an_unsure_reading_of_another_plate_counts_until_the_next_sure_one(yard: Yard) -> None:
    yard.stands()
    await reads(yard, (CAR, 95), (STRANGE, 30))
    asks_for_everything_else(yard)
    assert not yard.is_ordered_up()
    await reads(yard, (CAR, 70))
    assert yard.is_ordered_up()


async def test_a_worse_reading_of_the_same_plate_changes_nothing_and_a_typed_plate_counts_above_all(yard: Yard) -> None:
    yard.stands()
    await reads(yard, (CAR, 95), (CAR, 30))
    assert (yard.seen().plate, yard.seen().confidence_percent) == (CAR, 95)
    yard.plates.readings = [PlateReading(STRANGE, 99)]
    yard.type_plate("OTHER1")
    await asyncio.sleep(0)
    assert (yard.seen().plate, yard.seen().confidence_percent) == ("OTHER1", 100)


async def test_the_card_of_a_vehicle_that_followed_is_not_the_next_ones(yard: Yard) -> None:
    """Bumper to bumper behind the first: its driver has shown his card, and did not wait."""
    yard.stands()
    yard.type_plate(CAR)
    asks_for_everything_else(yard)
    yard.door("boom-in", is_open=True)
    yard.lane("lane-in", CLEARANCE, active=True)
    yard.lane("lane-in", PRESENCE, active=False)
    yard.stands()
    yard.read(BOB)
    yard.lane("lane-in", PRESENCE, active=False)
    yard.stands()
    yard.lane("lane-in", CLEARANCE, active=False)
    yard.after(1)
    await nobody_has_a_card(yard)


async def test_the_cards_of_a_vehicle_that_followed_later_are_not_the_next_ones(yard: Yard) -> None:
    """It stood there with its card and plate, and went under the boom before that was down; another rolled up."""
    yard.stands()
    yard.type_plate(CAR)
    asks_for_everything_else(yard)
    yard.door("boom-in", is_open=True)
    yard.lane("lane-in", CLEARANCE, active=True)
    yard.lane("lane-in", PRESENCE, active=False)
    yard.stands()
    yard.lane("lane-in", CLEARANCE, active=False)
    yard.after(1)
    yard.read(BOB)
    yard.type_plate(CAR)
    yard.lane("lane-in", CLEARANCE, active=True)
    yard.lane("lane-in", PRESENCE, active=False)
    yard.stands()
    yard.lane("lane-in", CLEARANCE, active=False)
    yard.after(1)
    await nobody_has_a_card(yard)


async def nobody_has_a_card(yard: Yard) -> None:
    assert Needs.DRIVER in yard.seen().needs
    assert yard.seen().plate == ""
    events = await yard.journaled()
    assert sum(isinstance(event, PassageWithoutGrant) for event in events) == 1
    refused = [(event.holder, event.reason) for event in events if isinstance(event, AccessDenied)]
    assert refused == [(BOB.holder, DenialReason.VEHICLE_REFUSED)]
