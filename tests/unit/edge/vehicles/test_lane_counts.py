"""What a vehicle's visit means for the count, and for its driver: nobody is taken out of it whom nobody saw leave."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract.clock import NS_PER_S
from contract.events import (
    AccessDenied,
    AccessGranted,
    Admitted,
    AnyEvent,
    DenialReason,
    Duress,
    Expected,
    OccupantsDiffer,
    UnnamedPassed,
    VehicleGranted,
    VehicleTurnedAway,
    VehicleUnseen,
)
from contract.ids import HolderId, LaneId, VehicleId
from contract.policy import VehicleRow
from drivers import ports
from edge.domain.acting import ActResult
from edge.domain.vehicles.shown import Needs, Phase
from edge.vehicles.visits import Refusal
from tests.unit.edge.scene import Person, site_text
from tests.unit.edge.vehicles.yard import (
    ANN,
    BOB,
    CAR,
    CLEARANCE,
    GATE,
    MIRA,
    PERMITTED,
    PRESENCE,
    STRANGER,
    Yard,
    yard_at,
)

CYD = Person(3, "5739", "5793")
WITH_PIN = site_text(
    {"in": "pin = true"},
    GATE.replace('kind = "serial"\naccess_point = "in"\ndevice = "a"', 'kind = "osdp"\naccess_point = "in"'),
)


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    async with yard_at(tmp_path) as made:
        yield made


@pytest.fixture
async def pinned(tmp_path: Path) -> AsyncIterator[Yard]:
    async with yard_at(tmp_path, WITH_PIN, (ANN, BOB, CYD)) as made:
        yield made


def of(events: list[AnyEvent], *kinds: type[AnyEvent]) -> list[AnyEvent]:
    return [event for event in events if isinstance(event, kinds)]


async def test_duress_in_a_lane_is_heard_at_once_and_once(pinned: Yard) -> None:
    pinned.stands()
    pinned.read(CYD)
    pinned.type("5793")
    assert len(of(await pinned.journaled(), Duress)) == 1, "whatever else the vehicle lacks"
    pinned.read(CYD)
    pinned.type("5739")
    pinned.type_plate(CAR)
    pinned.enter(0)
    assert pinned.seen().phase is Phase.OPENED
    pinned.drives_through()
    assert len(of(await pinned.journaled(), Duress)) == 1


async def test_duress_before_the_vehicle_is_seen_is_heard(pinned: Yard) -> None:
    pinned.read(CYD)
    pinned.type("5793")
    assert len(of(await pinned.journaled(), Duress)) == 1


async def test_who_was_let_out_by_word_and_was_not_seen_to_go_is_not_taken_out_of_the_count(yard: Yard) -> None:
    yard.stands("lane-out")
    yard.read(STRANGER, "out")
    assert yard.let_pass(2, "lane-out") is ActResult.DONE
    yard.door("boom-out", is_open=True)
    yard.lane("lane-out", CLEARANCE, active=True)
    yard.gate.take(ports.BoardLost("io", ports.LossReason.NO_ANSWER))
    events = await yard.journaled()
    assert not of(events, Admitted, UnnamedPassed)


async def test_who_was_let_in_by_word_and_was_not_seen_counts_as_inside(yard: Yard) -> None:
    yard.stands()
    assert yard.let_pass(2) is ActResult.DONE
    yard.door("boom-in", is_open=True)
    yard.lane("lane-in", CLEARANCE, active=True)
    yard.gate.take(ports.BoardLost("io", ports.LossReason.NO_ANSWER))
    _, _, doubt = of(await yard.journaled(), Admitted, UnnamedPassed, VehicleUnseen)
    assert isinstance(doubt, VehicleUnseen)
    assert (doubt.area, doubt.other, doubt.persons, doubt.unnamed) == ("hall", "outside", 3, 3)


async def test_who_has_a_name_and_was_not_seen_to_come_in_by_word_does_not_count_for_sure(yard: Yard) -> None:
    yard.stands()
    visit = yard.gate._lanes._lanes[LaneId("lane-in")].visit  # type: ignore[union-attr]
    assert visit is not None
    visit.refusal = Refusal(BOB.credential.text, DenialReason.OUTSIDE_SCHEDULE, BOB.holder)
    assert yard.let_pass(2) is ActResult.DONE
    yard.gate.take(ports.BoardLost("io", ports.LossReason.NO_ANSWER))
    admitted, _, doubt = of(await yard.journaled(), Admitted, UnnamedPassed, VehicleUnseen)
    assert isinstance(admitted, Admitted)
    assert admitted.holder == BOB.holder
    assert isinstance(doubt, VehicleUnseen)
    assert (doubt.area, doubt.other, doubt.persons, doubt.unnamed) == ("hall", "outside", 3, 2)


async def test_a_vehicle_that_nobody_saw_leave_is_compared_again_when_it_leaves(yard: Yard) -> None:
    yard.stands()
    yard.type_plate(CAR)
    yard.read(ANN)
    yard.enter(3)
    yard.drives_through()
    yard.stands("lane-out")
    yard.type_plate(CAR, "lane-out")
    yard.read(ANN, "out")
    yard.enter(3, "lane-out")
    yard.gate.take(ports.BoardLost("io", ports.LossReason.NO_ANSWER))
    yard.door("boom-out", is_open=False)
    for where in (PRESENCE, CLEARANCE):
        yard.lane("lane-out", where, active=False)
    yard.after(1)
    yard.stands("lane-out")
    yard.type_plate(CAR, "lane-out")
    assert yard.seen("lane-out").came_with == 3
    yard.read(ANN, "out")
    yard.enter(1, "lane-out")
    yard.drives_through("out")
    assert len(of(await yard.journaled(), OccupantsDiffer)) == 1


async def test_occupants_that_are_corrected_after_the_officers_word_are_those_that_count(yard: Yard) -> None:
    yard.stands()
    yard.lane("lane-in", CLEARANCE, active=True)  # somebody is still ahead
    assert yard.let_pass(2) is ActResult.DONE
    assert yard.seen().needs == (Needs.BARRIER,)
    assert yard.enter(4) is ActResult.DONE
    yard.lane("lane-in", CLEARANCE, active=False)
    yard.after(1)
    yard.drives_through()
    (unnamed,) = of(await yard.journaled(), UnnamedPassed)
    assert isinstance(unnamed, UnnamedPassed)
    assert (unnamed.amount, unnamed.by) == (4, MIRA)


async def test_a_word_that_expired_is_told_once_when_the_vehicle_leaves(yard: Yard) -> None:
    yard.stands()
    yard.let_pass(0)
    yard.after(9)
    assert yard.seen().phase is Phase.STANDS
    yard.lane("lane-in", PRESENCE, active=False)
    assert len(of(await yard.journaled(), VehicleTurnedAway)) == 1


async def test_each_word_that_expired_is_told(yard: Yard) -> None:
    yard.stands()
    for _ in range(2):
        yard.let_pass(0)
        yard.after(9)
    yard.lane("lane-in", PRESENCE, active=False)
    assert len(of(await yard.journaled(), VehicleTurnedAway)) == 2


async def test_a_card_that_is_shown_late_is_not_for_the_next_vehicle_where_each_shows_one(yard: Yard) -> None:
    yard.stands("lane-out")
    yard.read(ANN, "out")
    yard.after(11)
    assert yard.seen("lane-out").phase is Phase.OPENED
    yard.read(BOB, "out")
    yard.drives_through("out")
    yard.stands("lane-out")
    yard.after(11)
    assert yard.seen("lane-out").needs == (Needs.DRIVER,)
    (denied,) = of(await yard.journaled(), AccessDenied)
    assert isinstance(denied, AccessDenied)
    assert (denied.reason, denied.holder) == (DenialReason.NO_VEHICLE, BOB.holder)


async def test_a_driver_who_shows_his_card_again_does_not_drive_the_next_vehicle(yard: Yard) -> None:
    yard.stands()
    yard.type_plate(CAR)
    yard.read(ANN)
    yard.enter(0)
    yard.read(ANN)
    yard.read(BOB)  # the next one, before a reader that reaches far
    yard.drives_through()
    yard.stands()
    yard.type_plate(CAR)
    yard.enter(0)
    assert [event.holder for event in of(await yard.journaled(), AccessGranted)] == [ANN.holder, BOB.holder]  # type: ignore[union-attr]


async def test_an_umlaut_that_an_officer_types_is_its_plain_letter(yard: Yard) -> None:
    yard.stands()
    yard.type_plate("tü-ab 12")
    assert yard.seen().plate == "TUAB12"


def windows(yard: Yard, *begin_s: int, drivers: tuple[HolderId, ...] = (), blocked: bool = False) -> list[VehicleRow]:
    """A delivery that is expected several times, an hour each."""
    now_s = yard.clock.now_ns() // NS_PER_S
    return [
        VehicleRow(
            PERMITTED.digest, VehicleId(f"{at:024x}"), 0, now_s + begins, now_s + begins + 3600, blocked,
            is_delivery=True, drivers=list(drivers),
        )
        for at, begins in enumerate(begin_s)
    ]  # fmt: skip


@pytest.mark.parametrize("begin_s", [(-60, 7200), (-7200, -60), (-7200, -60, 7200)])
async def test_a_plate_may_be_expected_several_times(yard: Yard, begin_s: tuple[int, ...]) -> None:
    rows = windows(yard, *begin_s)
    yard.expect(*rows)
    yard.stands()
    yard.type_plate(CAR)
    assert yard.seen().expected is Expected.DELIVERY
    yard.read(ANN)
    yard.enter(0)
    (granted,) = of(await yard.journaled(), VehicleGranted)
    assert isinstance(granted, VehicleGranted)
    assert granted.vehicle == rows[begin_s.index(-60)].vehicle


async def test_between_its_times_it_is_not_expected(yard: Yard) -> None:
    yard.expect(*windows(yard, -7200, 7200))
    yard.stands()
    yard.type_plate(CAR)
    assert yard.seen().expected is Expected.DELIVERY_OUTSIDE_WINDOW


@pytest.mark.parametrize("is_blocked_first", [True, False])
async def test_what_is_blocked_is_blocked_whatever_else_is_expected(yard: Yard, is_blocked_first: bool) -> None:
    rows = [*windows(yard, -60), *windows(yard, 7200, blocked=True)]
    yard.expect(*(reversed(rows) if is_blocked_first else rows))
    yard.stands()
    yard.type_plate(CAR)
    assert yard.seen().expected is Expected.BLOCKED


@pytest.mark.parametrize("is_first", [True, False])
async def test_of_two_entries_for_a_plate_the_one_counts_that_names_the_driver(yard: Yard, is_first: bool) -> None:
    rows = [*windows(yard, -60, drivers=(BOB.holder,)), *windows(yard, -120, drivers=(ANN.holder,))]
    yard.expect(*(reversed(rows) if is_first else rows))
    yard.stands()
    yard.type_plate(CAR)
    yard.read(ANN)
    yard.enter(0)
    assert yard.seen().phase is Phase.OPENED
