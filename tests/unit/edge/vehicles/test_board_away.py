"""The board of a lane goes away for a moment: no card that was shown before drives the vehicle that is seen after."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract.events import AccessDenied, AccessGranted, AccessNotTaken, DenialReason
from contract.ids import HolderId
from drivers import ports
from edge.domain.vehicles.shown import Needs, Phase, Unwatched
from tests.unit.edge.vehicles.yard import ANN, BOB, CAR, CLEARANCE, PRESENCE, Yard, yard_at


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    async with yard_at(tmp_path) as made:
        yield made
        made.lane("lane-in", PRESENCE, active=False)


def goes(yard: Yard) -> None:
    yard.gate.take(ports.BoardLost("io", ports.LossReason.NO_ANSWER))


def comes_back(yard: Yard, *, is_there: bool) -> None:
    yard.gate.take(ports.BoardOnline("io"))
    yard.lane("lane-in", CLEARANCE, active=False)
    yard.lane("lane-in", PRESENCE, active=is_there)


async def denied(yard: Yard) -> list[tuple[DenialReason, HolderId | None]]:
    return [(each.reason, each.holder) for each in await yard.journaled() if isinstance(each, AccessDenied)]


async def test_a_card_that_waited_for_its_vehicle_is_refused(yard: Yard) -> None:
    yard.read(ANN)
    goes(yard)
    assert yard.seen().unwatched is Unwatched.CARDS
    comes_back(yard, is_there=True)
    assert Needs.DRIVER in yard.seen().needs
    assert await denied(yard) == [(DenialReason.NO_VEHICLE, ANN.holder)]


async def test_a_card_shown_while_nobody_sees_the_lane_is_refused(yard: Yard) -> None:
    goes(yard)
    assert yard.seen().unwatched is None, "nobody was there"
    yard.read(ANN)
    assert yard.shown()[-1] == "denied"
    assert (yard.seen().phase, yard.seen().unwatched) == (Phase.UNKNOWN, Unwatched.CARDS)
    comes_back(yard, is_there=True)
    assert Needs.DRIVER in yard.seen().needs
    assert yard.seen().unwatched is Unwatched.CARDS
    yard.read(BOB)
    assert yard.seen().unwatched is None
    assert await denied(yard) == [(DenialReason.NO_VEHICLE, ANN.holder)]


async def test_the_card_of_a_vehicle_that_stands_is_refused_and_he_shows_it_again(yard: Yard) -> None:
    yard.stands()
    yard.read(ANN)
    goes(yard)
    comes_back(yard, is_there=True)
    assert (yard.seen().unwatched, Needs.DRIVER in yard.seen().needs) == (Unwatched.CARDS, True)
    assert await denied(yard) == [(DenialReason.VEHICLE_REFUSED, ANN.holder)]
    yard.read(ANN)
    assert Needs.DRIVER not in yard.seen().needs


async def test_who_was_let_through_and_not_seen_counts_and_the_officer_is_told(yard: Yard) -> None:
    yard.stands()
    yard.type_plate(CAR)
    yard.read(ANN)
    yard.enter(0)
    assert yard.is_ordered_up()
    yard.read(BOB)
    goes(yard)
    assert yard.seen().unwatched is Unwatched.LET_THROUGH
    comes_back(yard, is_there=True)
    assert (yard.seen().unwatched, Needs.DRIVER in yard.seen().needs) == (Unwatched.LET_THROUGH, True)
    told = await yard.journaled()
    assert [each.holder for each in told if isinstance(each, AccessGranted)] == [ANN.holder]
    assert not [each for each in told if isinstance(each, AccessNotTaken)], "it may have gone in"
    yard.lane("lane-in", PRESENCE, active=False)
    assert yard.seen().unwatched is None
