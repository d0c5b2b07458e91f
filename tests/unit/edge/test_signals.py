"""Sirens and relays at a gate: they sound by order and as long as it holds, and an officer can silence them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract.clock import NS_PER_S
from contract.events import SignalFailed, SignalSwitched
from contract.ids import AccountId, ControllerId, EdgeId, SignalId, new_act_id
from contract.messages import DoorOrder
from edge.domain.acting import ActResult, Silence
from edge.domain.signals import Signals
from edge.technician import SignalLine
from tests.unit.edge.scene import GateScene, gate_scene
from tests.unit.edge.test_portals import HALL

MAIN, SPARE = ControllerId("main"), ControllerId("spare")
HORN, LAMP = SignalId("horn"), SignalId("lamp")
MIRA = AccountId("a" * 24)
SIREN = '[[gate.signal]]\nid = "horn"\nhardware = "in"\noutput = 1\nplans = ["evacuate"]\n'


def order(
    scene: GateScene, *signals: SignalId, at_s: float = 0, lasts_s: float = 3600, since_ns: int = 1,
    controller: ControllerId = MAIN,
) -> None:  # fmt: skip
    now_ns = scene.time.now_ns() + int(at_s * NS_PER_S)
    until_ns = now_ns + int(lasts_s * NS_PER_S)
    made = DoorOrder(1, controller, EdgeId("north"), now_ns, until_ns, False, False, list(signals), since_ns)
    scene.gate.order(made)


def told(scene: GateScene) -> list[int]:
    siren = scene.sirens[HORN]
    words, siren.told = siren.told, []
    return words


async def said(scene: GateScene) -> list[tuple[bool, str]]:
    return [(event.active, event.by) for event in await scene.journaled() if isinstance(event, SignalSwitched)]


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[GateScene]:
    async with gate_scene(tmp_path, HALL + SIREN, ()) as made:
        yield made


async def test_a_siren_sounds_without_a_gap_as_long_as_the_order_holds(hall: GateScene) -> None:
    order(hall, HORN, lasts_s=12)
    assert told(hall) == [20_000]
    hall.after(4)
    assert told(hall) == []
    hall.after(1)
    assert told(hall) == [20_000], "said again long before its device would fall silent"
    hall.after(8)
    assert told(hall) == [0], "the order's time is over, whoever lives"
    hall.after(1)
    assert told(hall) == []
    assert await said(hall) == [(True, ""), (False, "")]
    states = [line.state.value for line in hall.technicians.lines if isinstance(line, SignalLine)]
    assert states == ["sounds", "silent"]


async def test_the_end_of_the_operation_silences_it_at_once(hall: GateScene) -> None:
    order(hall, HORN)
    order(hall, at_s=1)
    assert told(hall) == [20_000, 0]


async def test_what_the_gate_does_not_have_and_what_is_old_sounds_nothing(hall: GateScene) -> None:
    order(hall, LAMP)
    order(hall, HORN, at_s=-1)
    order(hall, HORN, controller=SPARE, lasts_s=-1)
    assert told(hall) == []
    order(hall, HORN, controller=SPARE, at_s=1)
    assert told(hall) == [20_000], "of several controllers each counts"


async def test_an_officer_silences_it_until_another_operation_sounds_it(hall: GateScene) -> None:
    silence = Silence(new_act_id())
    assert await hall.gate.act(MIRA, Silence(new_act_id())) is ActResult.NOTHING_SOUNDS
    order(hall, HORN, since_ns=7)
    assert await hall.gate.act(MIRA, silence) is ActResult.DONE
    assert told(hall) == [20_000, 0]
    order(hall, HORN, at_s=1, since_ns=7)
    hall.after(6)
    assert told(hall) == [], "the same operation, renewed"
    order(hall, HORN, at_s=2, since_ns=8)
    assert told(hall) == [20_000], "a drill was silenced, and now it burns"
    assert await hall.gate.act(MIRA, silence) is ActResult.DONE, "the first act, sent again, is the first act"
    assert told(hall) == []
    assert await said(hall) == [(True, ""), (False, MIRA), (True, "")]


async def test_a_siren_that_takes_no_command_is_told_once_and_tried_each_second(hall: GateScene) -> None:
    hall.sirens[HORN].is_online = False
    order(hall, HORN)
    hall.after(1)
    hall.after(1)
    assert told(hall) == [20_000] * 3
    hall.sirens[HORN].is_online = True
    hall.after(1)
    assert told(hall) == [20_000]
    events = [event for event in await hall.journaled() if isinstance(event, SignalFailed | SignalSwitched)]
    assert [type(event) for event in events] == [SignalFailed, SignalSwitched]
    assert hall.gate.counters["signal-not-submitted"] == 3


def test_what_was_silenced_is_forgotten_with_its_order() -> None:
    signals = Signals([HORN])
    signals.silence({HORN: 5})
    assert signals.sounding({HORN: 5}) == set()
    assert signals.sounding({}) == set()
    assert signals.sounding({HORN: 5}) == {HORN}, "the all-clear was taken back"
