"""Booms at work: which orders they get while boards fail, who leaves although nobody sees it, and who is next."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract.events import (
    AccessDenied,
    AccessGranted,
    AccessNotTaken,
    AccessTaken,
    Admitted,
    AdmittedBecause,
    DoorForced,
    VehicleGranted,
)
from contract.ids import AccessPointId, PortalId, new_act_id
from drivers import ports
from edge.domain.acting import ActResult, Admit
from edge.domain.vehicles.shown import Needs, Phase
from tests.unit.edge.vehicles.yard import ANN, BOB, CAR, CLEARANCE, MIRA, PRESENCE, Yard, yard_at

LOST, BACK = ports.BoardLost("io", ports.LossReason.NO_ANSWER), ports.BoardOnline("io")
BOOM = PortalId("boom-in")


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    async with yard_at(tmp_path) as made:
        yield made


def comes_back(yard: Yard, *, boom_is_up: bool, under: bool) -> None:
    yard.gate.take(BACK)
    yard.door("boom-in", is_open=boom_is_up)
    yard.lane("lane-in", PRESENCE, active=False)
    yard.lane("lane-in", CLEARANCE, active=under)


async def test_a_closed_boom_stays_down_while_its_board_is_away(yard: Yard) -> None:
    yard.gate.take(LOST)
    yard.after(2)
    assert not yard.is_ordered_up()
    yard.gate.take(BACK)
    yard.lane("lane-in", CLEARANCE, active=True)
    yard.after(2)
    assert not yard.is_ordered_up(), "somebody walks past, and the contact has told nothing yet"
    yard.door("boom-in", is_open=False)
    yard.after(2)
    assert not yard.is_ordered_up()


async def test_a_boom_over_a_vehicle_is_ordered_up_as_soon_as_its_board_is_back(yard: Yard) -> None:
    yard.stands()
    yard.let_pass(0)
    yard.door("boom-in", is_open=True)
    yard.lane("lane-in", CLEARANCE, active=True)
    yard.gate.take(LOST)
    yard.strikes[BOOM].is_online = False
    yard.after(2)
    yard.strikes[BOOM].is_online = True
    yard.unlocked("boom-in")
    yard.gate.take(BACK)
    assert yard.is_ordered_up(), "before anything else is known"
    comes_back(yard, boom_is_up=True, under=True)
    yard.after(2)
    assert not yard.was_lowered()
    yard.lane("lane-in", CLEARANCE, active=False)
    yard.after(1)
    assert yard.was_lowered()


async def test_a_boom_that_a_board_still_holds_up_is_let_down_when_it_is_seen_that_nobody_is_under_it(
    yard: Yard,
) -> None:
    before = yard.strikes[BOOM].locked
    yard.gate.take(LOST)
    yard.gate.take(BACK)
    yard.after(1)
    assert yard.strikes[BOOM].locked == before, "nobody has looked yet"
    comes_back(yard, boom_is_up=False, under=True)
    yard.after(1)
    assert yard.strikes[BOOM].locked == before
    yard.lane("lane-in", CLEARANCE, active=False)
    yard.after(1)
    assert yard.strikes[BOOM].locked == before + 1


async def test_a_boom_that_is_held_over_one_that_followed_stays_up_though_its_contact_says_that_it_is_shut(
    yard: Yard,
) -> None:
    yard.stands()
    yard.let_pass(0)
    yard.door("boom-in", is_open=True)
    yard.lane("lane-in", CLEARANCE, active=True)
    yard.lane("lane-in", PRESENCE, active=False)
    yard.stands()
    yard.lane("lane-in", CLEARANCE, active=False)
    yard.after(1)
    yard.lane("lane-in", CLEARANCE, active=True)
    yard.after(1)
    before = yard.strikes[BOOM].locked
    yard.door("boom-in", is_open=False)
    yard.after(2)
    yard.unlocked("boom-in")
    yard.after(2)
    assert yard.is_ordered_up()
    yard.lane("lane-in", CLEARANCE, active=False)
    assert yard.strikes[BOOM].locked == before, "it has to rest"
    yard.after(1)
    assert yard.strikes[BOOM].locked == before + 1


async def test_an_order_to_come_down_that_nobody_took_is_given_again(yard: Yard) -> None:
    yard.stands()
    yard.let_pass(0)
    yard.strikes[BOOM].is_online = True
    yard.door("boom-in", is_open=True)
    yard.lane("lane-in", CLEARANCE, active=True)
    yard.lane("lane-in", PRESENCE, active=False)
    yard.strikes[BOOM].is_online = False
    yard.lane("lane-in", CLEARANCE, active=False)
    yard.after(1)
    refused = yard.strikes[BOOM].locked
    yard.strikes[BOOM].is_online = True
    yard.after(1)
    assert yard.strikes[BOOM].locked == refused + 1
    yard.after(2)
    assert yard.strikes[BOOM].locked == refused + 1


async def test_a_boom_that_was_raised_by_an_order_is_held_though_nobody_sees_under_it(yard: Yard) -> None:
    yard.order(exits_free=True)
    yard.gate.take(LOST)
    yard.after(1)
    yard.order()
    yard.unlocked("boom-out")
    yard.after(2)
    assert yard.is_ordered_up("boom-out")


async def test_one_that_leaves_while_it_waits_for_the_barrier_opens_nothing(yard: Yard) -> None:
    yard.stands()
    yard.lane("lane-in", CLEARANCE, active=True)
    yard.read(ANN)
    assert yard.let_pass(1) is ActResult.DONE
    assert yard.seen().needs == (Needs.BARRIER,)
    yard.lane("lane-in", CLEARANCE, active=False)
    yard.clock.advance_to(yard.clock.now_ns() + 10**9)  # the clearance has rested, and nobody has looked since
    yard.lane("lane-in", PRESENCE, active=False)
    yard.after(1)
    granted = [event for event in await yard.journaled() if isinstance(event, VehicleGranted)]
    assert granted == []
    assert not yard.is_ordered_up()


async def test_with_its_loop_away_a_lane_that_leads_out_is_a_barrier_without_lanes(yard: Yard) -> None:
    yard.gate.take(LOST)
    yard.read(ANN, "out")
    assert yard.is_ordered_up("boom-out")
    yard.read(ANN, "in")
    yard.after(6)
    assert not yard.is_ordered_up("boom-in"), "nobody comes in unseen"
    act = Admit(new_act_id(), AccessPointId("out"), AdmittedBecause.PASS_FORGOTTEN)
    assert yard.gate._acts.take(MIRA, act) is ActResult.DONE
    act = Admit(new_act_id(), AccessPointId("in"), AdmittedBecause.PASS_FORGOTTEN)
    assert yard.gate._acts.take(MIRA, act) is ActResult.NO_WAY
    yard.gate.take(BACK)
    yard.door("boom-out", is_open=True)
    yard.after(1)
    yard.door("boom-out", is_open=False)
    events = await yard.journaled()
    assert [event.holder for event in events if isinstance(event, AccessGranted)] == [ANN.holder]
    assert sum(isinstance(event, Admitted) for event in events) == 1


async def test_a_boom_that_rises_where_nobody_sees_says_nothing_of_who_went(yard: Yard) -> None:
    yard.gate.take(LOST)
    yard.read(ANN, "out")
    yard.gate.take(BACK)
    yard.door("boom-out", is_open=False)
    yard.door("boom-out", is_open=True)
    yard.after(1)
    yard.door("boom-out", is_open=False)
    yard.after(60)
    events = await yard.journaled()
    assert [event.holder for event in events if isinstance(event, AccessGranted)] == [ANN.holder]
    told = [event for event in events if isinstance(event, AccessTaken | AccessNotTaken | DoorForced)]
    assert told == [], "neither gone for sure, nor still there for sure, nor an accusation"


async def test_a_card_that_is_refused_for_want_of_a_vehicle_says_nothing_of_the_next_one(yard: Yard) -> None:
    yard.stands()
    yard.type_plate(CAR)
    yard.read(ANN)
    yard.enter(0)
    yard.door("boom-in", is_open=True)
    yard.read(BOB)
    yard.lane("lane-in", CLEARANCE, active=True)
    yard.lane("lane-in", PRESENCE, active=False)
    yard.stands()
    yard.lane("lane-in", PRESENCE, active=False)  # it followed
    yard.stands()
    yard.lane("lane-in", CLEARANCE, active=False)
    yard.after(1)
    denied = [event.reason for event in await yard.journaled() if isinstance(event, AccessDenied)]
    assert len(denied) == 1
    assert (yard.seen().phase, yard.seen().refused) == (Phase.STANDS, None)
