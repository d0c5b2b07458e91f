"""Orders from the control centre at a gate: exits free while everybody leaves, nobody in during a lockdown (G5)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract.clock import NS_PER_S
from contract.events import DenialReason
from contract.ids import ControllerId, EdgeId
from contract.messages import DoorOrder
from edge.domain.door_orders import DoorOrders
from edge.technician import OrderLine, PortalState
from tests.unit.edge.scene import GateScene, Person, gate_scene
from tests.unit.edge.test_portals import HALL, TURNSTILE, fire, states

ANN = Person(1)
MAIN, SPARE = ControllerId("main"), ControllerId("spare")
HOUR_S = 3600


def order(
    scene: GateScene, *, free: bool = False, denied: bool = False, lasts_s: float = HOUR_S, at_s: float = 0
) -> None:
    """An order that was issued `at_s` seconds from now."""
    now_ns = scene.time.now_ns() + int(at_s * NS_PER_S)
    until_ns = now_ns + int(lasts_s * NS_PER_S)
    scene.gate.order(DoorOrder(1, MAIN, EdgeId("north"), now_ns, until_ns, free, denied))


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[GateScene]:
    async with gate_scene(tmp_path, HALL, (ANN,)) as made:
        yield made


async def test_an_evacuation_holds_the_way_out_released_and_accuses_nobody(hall: GateScene) -> None:
    order(hall, free=True)
    assert hall.unlocked("door") == [(5000, None)]
    hall.walk()
    hall.after(2)
    assert hall.unlocked("door") == []
    hall.after(1)
    assert hall.unlocked("door") == [(5000, None)], "held again before the strike falls"
    assert states(hall, "door").count(PortalState.FREED) == 1
    assert await hall.names() == []


async def test_an_order_ends_at_its_time_whoever_lives(hall: GateScene) -> None:
    order(hall, free=True, lasts_s=60)
    hall.after(61)
    assert states(hall, "door")[-1] is PortalState.FREED_OVER
    assert hall.unlocked("door") == [(5000, None)]
    hall.after(10)
    assert hall.unlocked("door") == []


async def test_the_end_of_the_operation_ends_the_order_at_once(hall: GateScene) -> None:
    order(hall, free=True)
    order(hall, at_s=1)
    assert states(hall, "door")[-1] is PortalState.FREED_OVER
    lines = [line for line in hall.technicians.lines if isinstance(line, OrderLine)]
    assert [(line.exits_free, line.entries_denied) for line in lines] == [(True, False), (False, False)]


async def test_a_fire_outlives_the_order_that_freed_its_door(hall: GateScene) -> None:
    fire(hall, "door", is_active=True)
    order(hall, free=True)
    order(hall, at_s=1)
    hall.walk()
    fire(hall, "door", is_active=False)
    hall.walk()
    assert await hall.names() == ["FireRelease", "FireRelease", "FreeExit"]


async def test_a_lockdown_lets_nobody_in_and_everybody_out(hall: GateScene) -> None:
    order(hall, denied=True)
    hall.read(ANN, "in")
    hall.read(ANN, "out")
    assert await hall.names() == [DenialReason.LOCKDOWN, "AccessGranted"]
    assert hall.unlocked("door") == [(5000, None)], "for the one who leaves"


async def test_a_turnstile_gets_no_pulses_that_it_could_keep(tmp_path: Path) -> None:
    async with gate_scene(tmp_path, TURNSTILE, (ANN,)) as scene:
        order(scene, free=True)
        assert scene.unlocked("arm") == []


def test_of_one_controller_the_last_order_counts_and_of_several_each() -> None:
    orders = DoorOrders()

    def take(controller: ControllerId, issued_ns: int, *, free: bool = False, denied: bool = False) -> bool:
        return orders.take(DoorOrder(1, controller, EdgeId("north"), issued_ns, 100, free, denied))

    assert take(MAIN, 5, free=True)
    assert not take(MAIN, 5), "a repeated message"
    assert not take(MAIN, 4), "an earlier one"
    assert orders.exits_free(99)
    assert not orders.exits_free(100)
    assert take(SPARE, 1, denied=True)
    assert (orders.exits_free(50), orders.entries_denied(50)) == (True, True)
    assert take(MAIN, 6)
    assert (orders.exits_free(50), orders.entries_denied(50)) == (False, True)
