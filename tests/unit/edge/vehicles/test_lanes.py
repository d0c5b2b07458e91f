"""A lane at a vehicle gate: what must be there until the barrier opens, and what becomes of whoever stood there."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from contract.events import (
    AccessDenied,
    AccessGranted,
    AccessTaken,
    Admitted,
    AnyEvent,
    DenialReason,
    Expected,
    Occupants,
    OccupantsDiffer,
    PassageWithoutGrant,
    TurnedAway,
    UnnamedPassed,
    VehicleGranted,
    VehicleTurnedAway,
)
from contract.ids import LaneId, PortalId, new_act_id
from contract.policy import VehicleRow
from drivers import ports
from edge.domain.acting import ActResult, EnterOccupants
from edge.domain.vehicles.shown import Clearance, Needs, Phase
from tests.unit.edge.vehicles.yard import ANN, BOB, CAR, CLEARANCE, MIRA, PERMITTED, PRESENCE, STRANGER, Yard, yard_at


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    async with yard_at(tmp_path) as made:
        yield made


def kinds(events: list[AnyEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


async def test_plate_driver_and_occupants_open_the_barrier_and_the_passage_is_seen(yard: Yard) -> None:
    yard.stands()
    assert yard.seen().needs == (Needs.PLATE, Needs.DRIVER, Needs.OCCUPANTS)
    yard.type_plate("w-12345 x")
    yard.read(ANN)
    assert yard.seen().needs == (Needs.OCCUPANTS,)
    assert not yard.is_ordered_up()
    assert yard.enter(3) is ActResult.DONE
    assert yard.is_ordered_up()
    assert yard.seen().phase is Phase.OPENED
    yard.drives_through()
    assert yard.seen().phase is Phase.EMPTY
    granted, vehicle, beside, taken = await yard.journaled()
    assert isinstance(granted, AccessGranted)
    assert granted.holder == ANN.holder
    assert isinstance(vehicle, VehicleGranted)
    assert (vehicle.grant_number, vehicle.plate, vehicle.expected) == (1, CAR, Expected.PERMITTED)
    assert (vehicle.vehicle, vehicle.confidence_percent) == (PERMITTED.vehicle, 100)
    assert isinstance(beside, Occupants)
    assert (beside.grant_number, beside.amount, beside.by) == (1, 3, MIRA)
    assert isinstance(taken, AccessTaken)
    assert taken.grant_number == 1


async def test_a_near_plate_is_a_hint_and_opens_nothing(yard: Yard) -> None:
    yard.stands()
    yard.type_plate("W12345K")
    yard.read(ANN)
    yard.enter(0)
    shown = yard.seen()
    assert (shown.expected, shown.near, shown.why) == (Expected.UNKNOWN, (CAR,), TurnedAway.PLATE)
    assert Needs.OFFICER in shown.needs
    assert not yard.is_ordered_up()
    assert yard.let_pass(0) is ActResult.DONE
    assert yard.is_ordered_up()
    yard.drives_through()
    assert kinds(await yard.journaled()) == ["AccessGranted", "VehicleGranted", "Occupants", "AccessTaken"]


async def test_a_plate_goes_with_its_drivers(yard: Yard) -> None:
    yard.expect(VehicleRow(PERMITTED.digest, PERMITTED.vehicle, 0, drivers=[BOB.holder]))
    yard.stands()
    yard.type_plate(CAR)
    yard.read(ANN)
    yard.enter(0)
    assert yard.seen().why is TurnedAway.PLATE_NOT_OF_DRIVER
    assert not yard.is_ordered_up()


@pytest.mark.parametrize(("begins_s", "expected"), [(-60, Expected.DELIVERY), (60, Expected.DELIVERY_OUTSIDE_WINDOW)])
async def test_a_delivery_is_expected_in_its_time(yard: Yard, begins_s: int, expected: Expected) -> None:
    now_s = yard.clock.now_ns() // 10**9
    row = VehicleRow(PERMITTED.digest, PERMITTED.vehicle, 0, now_s + begins_s, now_s + 3600, is_delivery=True)
    yard.expect(row)
    yard.stands()
    yard.type_plate(CAR)
    assert yard.seen().expected is expected
    yard.read(ANN)
    yard.enter(0)
    assert yard.is_ordered_up() is (expected is Expected.DELIVERY)


async def test_the_officer_sees_a_vehicle_whose_plate_nobody_has_read(yard: Yard) -> None:
    yard.stands()
    await asyncio.sleep(0)
    assert (yard.seen().plate, yard.seen().jpeg) == ("", b"scene")
    yard.type_plate(CAR)
    assert (yard.seen().plate, yard.seen().jpeg) == (CAR, b"scene")
    yard.lane("lane-in", PRESENCE, active=False)
    assert yard.seen().jpeg == b""


async def test_a_driver_without_a_card_is_counted_when_he_has_gone_through(yard: Yard) -> None:
    yard.stands()
    yard.type_plate(CAR)
    assert yard.let_pass(2) is ActResult.DONE
    yard.drives_through()
    vehicle, admitted, unnamed = await yard.journaled()
    assert isinstance(vehicle, VehicleGranted)
    assert vehicle.grant_number == 0
    assert isinstance(admitted, Admitted)
    assert (admitted.holder, admitted.by) == ("", MIRA)
    assert isinstance(unnamed, UnnamedPassed)
    assert (unnamed.amount, unnamed.area, unnamed.other) == (2, "hall", "outside")


async def test_one_that_backs_out_was_never_inside(yard: Yard) -> None:
    yard.stands()
    yard.let_pass(2)
    yard.lane("lane-in", PRESENCE, active=False)
    yard.after(4)
    assert kinds(await yard.journaled()) == ["VehicleGranted", "VehicleTurnedAway"]
    yard.stands()
    yard.type_plate(CAR)
    yard.read(ANN)
    yard.enter(0)
    yard.lane("lane-in", PRESENCE, active=False)
    yard.after(4)
    assert kinds(await yard.journaled())[2:] == ["AccessGranted", "VehicleGranted", "Occupants", "AccessNotTaken"]


async def test_one_that_does_not_go_needs_its_card_again(yard: Yard) -> None:
    yard.stands()
    yard.type_plate(CAR)
    yard.read(ANN)
    yard.enter(1)
    yard.after(9)
    assert yard.seen().phase is Phase.STANDS
    assert yard.seen().needs == (Needs.DRIVER,)
    yard.read(ANN)
    yard.drives_through()
    events = await yard.journaled()
    assert kinds(events).count("AccessNotTaken") == kinds(events).count("AccessTaken") == 1
    counted = [event for event in events if isinstance(event, Occupants)]
    assert len({event.act_id for event in counted}) == len(counted) == 2


async def test_a_refused_driver_is_shown_and_only_an_officer_lets_him_pass(yard: Yard) -> None:
    yard.stands()
    yard.type_plate(CAR)
    yard.enter(0)
    yard.read(STRANGER)
    shown = yard.seen()
    assert (shown.refused, shown.why) == (DenialReason.UNKNOWN_CREDENTIAL, TurnedAway.DRIVER)
    assert shown.driver == STRANGER.credential.text
    assert not yard.is_ordered_up()
    assert yard.turn_away() is ActResult.DONE
    assert yard.seen().phase is Phase.TURNED_AWAY
    assert yard.unlocked("boom-out") == [(8000, None)], "the way out is open for as long as a passage lasts"
    yard.lane("lane-in", PRESENCE, active=False)
    denied, away = await yard.journaled()
    assert isinstance(denied, AccessDenied)
    assert isinstance(away, VehicleTurnedAway)
    assert (away.reason, away.plate) == (TurnedAway.OCCUPANTS, CAR)


async def test_who_was_turned_away_after_all_goes_by_word_and_counts_by_name(yard: Yard) -> None:
    yard.stands()
    yard.type_plate(CAR)
    yard.read(ANN)
    yard.turn_away()
    assert (yard.seen().driver, yard.seen().refused) == (ANN.credential.text, DenialReason.VEHICLE_REFUSED)
    assert yard.let_pass(1) is ActResult.DONE
    yard.drives_through()
    (admitted,) = [event for event in await yard.journaled() if isinstance(event, Admitted)]
    assert admitted.holder == ANN.holder


async def test_a_card_without_a_vehicle_waits_a_moment_and_is_denied(yard: Yard) -> None:
    yard.read(ANN)
    yard.after(1)
    yard.stands()
    assert Needs.DRIVER not in yard.seen().needs
    yard.lane("lane-in", PRESENCE, active=False)
    yard.read(BOB)
    yard.after(6)
    events = await yard.journaled()
    denied = [event for event in events if isinstance(event, AccessDenied)]
    assert [each.reason for each in denied] == [DenialReason.VEHICLE_REFUSED, DenialReason.NO_VEHICLE]


async def test_the_boom_is_held_up_over_a_vehicle_and_while_nobody_knows(yard: Yard) -> None:
    boom = yard.strikes[PortalId("boom-in")]
    yard.stands()
    yard.type_plate(CAR)
    yard.read(ANN)
    yard.enter(0)
    yard.door("boom-in", is_open=True)
    yard.lane("lane-in", CLEARANCE, active=True)
    yard.lane("lane-in", PRESENCE, active=False)
    for _ in range(30):
        boom.unlocked.clear()
        yard.after(1)
        assert boom.unlocked, "it stalls under the boom"
    assert not yard.was_lowered()
    yard.gate.take(ports.BoardLost("io", ports.LossReason.NO_ANSWER))
    assert yard.seen().phase is Phase.UNKNOWN
    for _ in range(5):
        boom.unlocked.clear()
        yard.after(1)
        assert boom.unlocked
    yard.door("boom-in", is_open=True)
    assert yard.seen().clearance is Clearance.UNKNOWN
    yard.lane("lane-in", CLEARANCE, active=True)
    yard.after(1)
    assert not yard.was_lowered()
    yard.lane("lane-in", CLEARANCE, active=False)
    yard.after(1)
    assert yard.was_lowered()
    names = kinds(await yard.journaled())
    assert "AccessTaken" not in names, "nobody has seen it"
    assert "AccessNotTaken" not in names


async def test_a_second_vehicle_on_one_opening_is_told(yard: Yard) -> None:
    yard.stands()
    yard.type_plate(CAR)
    yard.read(ANN)
    yard.enter(0)
    yard.door("boom-in", is_open=True)
    yard.lane("lane-in", CLEARANCE, active=True)
    yard.lane("lane-in", PRESENCE, active=False)
    yard.stands()
    yard.lane("lane-in", CLEARANCE, active=False)
    yard.after(1)
    assert yard.seen().visit == 2
    yard.lane("lane-in", CLEARANCE, active=True)
    yard.lane("lane-in", PRESENCE, active=False)
    assert yard.is_ordered_up(), "over the second as well"
    yard.lane("lane-in", CLEARANCE, active=False)
    yard.after(1)
    events = await yard.journaled()
    assert sum(isinstance(event, PassageWithoutGrant) for event in events) == 1
    assert sum(isinstance(event, AccessTaken) for event in events) == 1


async def test_others_leave_than_came(yard: Yard) -> None:
    yard.stands()
    yard.type_plate(CAR)
    yard.read(ANN)
    yard.enter(3)
    yard.drives_through()
    yard.stands("lane-out")
    yard.type_plate(CAR, "lane-out")
    assert yard.seen("lane-out").came_with == 3
    yard.read(BOB, "out")
    yard.enter(1, "lane-out")
    yard.drives_through("out")
    differ = (await yard.journaled())[-1]
    assert isinstance(differ, OccupantsDiffer)
    assert (differ.entered, differ.leaving) == (3, 1)


async def test_a_blocked_vehicle_is_let_in_by_nobody_at_the_gate_and_let_out(yard: Yard) -> None:
    yard.expect(msgspec.structs.replace(PERMITTED, blocked=True))
    yard.stands()
    yard.type_plate(CAR)
    yard.read(ANN)
    yard.enter(0)
    assert (yard.seen().expected, yard.seen().objection) == (Expected.BLOCKED, ActResult.VEHICLE_BLOCKED.value)
    assert yard.let_pass(0) is ActResult.VEHICLE_BLOCKED
    assert not yard.is_ordered_up()
    yard.type_plate("W12345K")
    assert yard.let_pass(0) is ActResult.DONE, "it was read wrongly"
    assert yard.is_ordered_up()


async def test_the_way_out_opens_for_nobody_whom_the_officer_has_let_in_after_all(yard: Yard) -> None:
    yard.stands("lane-out")
    yard.read(BOB, "out")
    yard.after(20)
    yard.lane("lane-out", CLEARANCE, active=True)
    yard.stands()
    assert yard.turn_away() is ActResult.DONE, "the way out opens when nobody is on his way there"
    assert yard.let_pass(0) is ActResult.DONE
    yard.lane("lane-out", PRESENCE, active=False)
    yard.lane("lane-out", CLEARANCE, active=False)
    yard.after(1)
    yard.door("boom-out", is_open=False)
    yard.unlocked("boom-out")
    yard.after(3)
    assert not yard.is_ordered_up("boom-out")


async def test_a_lockdown_that_comes_while_it_waits_keeps_it_out(yard: Yard) -> None:
    yard.stands()
    yard.type_plate(CAR)
    yard.read(ANN)
    yard.order(entries_denied=True)
    yard.enter(0)
    assert not yard.is_ordered_up()
    assert yard.seen().refused is DenialReason.LOCKDOWN
    assert yard.let_pass(0) is ActResult.LOCKDOWN


async def test_while_everybody_leaves_the_card_is_enough(yard: Yard) -> None:
    yard.order(exits_free=True)
    yard.stands("lane-out")
    yard.read(ANN, "out")
    yard.drives_through("out")
    assert kinds(await yard.journaled()) == ["AccessGranted", "VehicleGranted", "AccessTaken"]


async def test_an_act_about_a_vehicle_that_has_gone_on_does_nothing(yard: Yard) -> None:
    yard.stands()
    act = EnterOccupants(new_act_id(), LaneId("lane-in"), yard.seen().visit, 2)
    yard.lane("lane-in", PRESENCE, active=False)
    yard.stands()
    assert yard.gate._acts.take(MIRA, act) is ActResult.TOO_LATE
    assert yard.seen().occupants is None


async def test_nothing_waits_unseen_when_the_gate_stops(yard: Yard) -> None:
    yard.stands()
    yard.read(ANN)
    yard.gate._lanes.stop()  # type: ignore[union-attr]
    assert sorted(kinds(await yard.journaled())) == ["AccessDenied", "VehicleTurnedAway"]


async def test_where_each_has_a_card_all_are_granted_together_a_while_after_the_last(yard: Yard) -> None:
    yard.stands("lane-out")
    yard.read(ANN, "out")
    assert yard.seen("lane-out").needs == (Needs.BADGES,)
    yard.after(6)
    yard.read(BOB, "out")
    yard.after(6)
    assert not yard.is_ordered_up("boom-out")
    yard.after(5)
    assert yard.is_ordered_up("boom-out")
    yard.drives_through("out")
    events = await yard.journaled()
    assert [event.holder for event in events if isinstance(event, AccessGranted)] == [ANN.holder, BOB.holder]
    assert sum(isinstance(event, AccessTaken) for event in events) == 2


async def test_nothing_that_is_known_of_a_vehicle_is_printed(yard: Yard) -> None:
    yard.stands()
    yard.type_plate("W12345K")
    yard.read(ANN)
    lanes = yard.gate._lanes
    assert lanes is not None
    visit = lanes._lanes[LaneId("lane-in")].visit
    assert visit is not None
    assert visit.near == (CAR,)
    for text in (CAR, "W12345K", ANN.credential.text):
        assert text not in f"{visit!r}{yard.seen()!r}{visit.reading!r}"
