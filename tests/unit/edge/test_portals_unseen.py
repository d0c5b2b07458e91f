"""What a gate may not conclude of its portals, because nobody sees them, or their contacts speak late."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract.ids import PortalId
from drivers import ports
from tests.unit.edge.scene import GateScene, gate_scene
from tests.unit.edge.test_portals import ANN, BOB, HALL, MANTRAP, TURNSTILE, fire


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[GateScene]:
    async with gate_scene(tmp_path, HALL, (ANN, BOB)) as made:
        yield made


@pytest.fixture
async def mantrap(tmp_path: Path) -> AsyncIterator[GateScene]:
    async with gate_scene(tmp_path, MANTRAP, (ANN, BOB)) as made:
        yield made


async def test_while_nobody_sees_the_door_no_grant_is_called_not_taken(hall: GateScene) -> None:
    hall.gate.take(ports.BoardOnline("board"))
    hall.gate.take(ports.BoardLost("board", ports.LossReason.NO_ANSWER))
    hall.read(ANN)
    assert len(hall.unlocked()) == 1, "the strike hangs on a reader that answers"
    hall.after(30)
    hall.gate.take(ports.BoardOnline("board"))
    hall.door("door", is_open=False)
    hall.read(BOB)
    hall.after(30)
    events = [name for name in await hall.names() if name.startswith("Access")]
    assert events == ["AccessGranted", "AccessGranted", "AccessNotTaken"], "of Bob's it was seen"


async def test_a_door_that_is_seen_again_may_have_been_passed_meanwhile(hall: GateScene) -> None:
    hall.gate.take(ports.BoardLost("board", ports.LossReason.NO_ANSWER))
    hall.read(ANN)
    hall.after(2)
    hall.gate.take(ports.BoardOnline("board"))
    hall.door("door", is_open=False)
    hall.after(30)
    assert "AccessNotTaken" not in await hall.names()


async def test_turns_that_nobody_counts_are_not_called_not_taken(tmp_path: Path) -> None:
    text = TURNSTILE.replace('hardware = "board"', 'hardware = "in"\ncontacts = "board"')
    async with gate_scene(tmp_path, text, (ANN, BOB)) as scene:
        scene.gate.take(ports.BoardOnline("board"))
        scene.gate.take(ports.BoardLost("board", ports.LossReason.NO_ANSWER))
        scene.read(ANN)
        scene.after(30)
        scene.gate.take(ports.BoardOnline("board"))
        scene.read(BOB)
        scene.after(30)
        events = [name for name in await scene.names() if name.startswith("Access")]
        assert events == ["AccessGranted", "AccessGranted", "AccessNotTaken"]


@pytest.mark.parametrize("is_released_by", ["fire", "somebody"])
async def test_a_grant_at_a_portal_that_stands_open_may_be_taken_though_its_strike_is_dead(
    hall: GateScene, is_released_by: str
) -> None:
    if is_released_by == "fire":
        fire(hall, "door", is_active=True)
    else:
        hall.door("door", is_open=True)
    hall.strikes[PortalId("door")].is_online = False
    hall.read(ANN, "out")
    assert "AccessNotTaken" not in await hall.names(), "nobody knows: he may have left"


async def test_a_door_that_opens_in_the_last_moment_still_holds_the_other(mantrap: GateScene) -> None:
    mantrap.read(ANN)
    mantrap.after(5.2)
    mantrap.read(BOB, "inner")
    assert mantrap.unlocked("vault") == [], "a contact is polled and has to rest before it is believed"
    mantrap.after(0.8)
    mantrap.read(BOB, "inner")
    assert len(mantrap.unlocked("vault")) == 1


async def test_a_lost_board_takes_its_open_grants_along(tmp_path: Path) -> None:
    async with gate_scene(tmp_path, TURNSTILE, (ANN, BOB)) as turnstile:
        turnstile.read(ANN)
        turnstile.gate.take(ports.BoardLost("board", ports.LossReason.LINE_LOST))
        turnstile.after(60)
        turnstile.gate.take(ports.BoardOnline("board"))
        assert await turnstile.names() == ["AccessGranted", "BoardLost", "BoardBack"]
