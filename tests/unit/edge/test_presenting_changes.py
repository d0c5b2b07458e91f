"""What changes while somebody waits: the policy, a lock of his PIN, the other door; and duress that must be heard."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract.events import AccessDenied, DenialReason, Duress
from contract.ids import AccessPointId
from tests.unit.edge.scene import GateScene, Person, gate_scene, site_text

READERS = """
reader = [
    {id = "in", kind = "osdp", access_point = "in"},
    {id = "out", kind = "osdp", access_point = "out"},
    {id = "inner", kind = "osdp", access_point = "inner"},
]
portal = [
    {id = "door", hardware = "in", access_points = ["in", "out"]},
    {id = "vault", hardware = "inner", access_points = ["inner"]},
]
interlock = [{portals = ["door", "vault"]}]
"""
SITE = site_text({"in": "pin = true", "out": "pin = true", "inner": "pin = true\npersons = 2"}, READERS)
ANN, BOB, CYD = Person(1, "5739", "5793"), Person(2, "246810", "246813"), Person(3, "8351")
INNER = AccessPointId("inner")


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[GateScene]:
    async with gate_scene(tmp_path, SITE, (ANN, BOB, CYD)) as made:
        yield made


async def test_a_card_that_waits_elsewhere_is_no_way_around_the_lock(scene: GateScene) -> None:
    scene.read(ANN, "out")
    for _ in range(3):
        scene.read(ANN)
        scene.type("1397")
    assert (await scene.names())[-1] == "BadPins"
    scene.type("1398", "out")
    assert (await scene.names())[-1] == "pin-locked", "it is no further try, and ends no lock"
    scene.read(ANN)
    assert (await scene.names())[-1] == "pin-locked"


async def test_the_right_pin_does_not_open_either_while_the_pass_is_locked(scene: GateScene) -> None:
    scene.read(ANN, "out")
    for _ in range(3):
        scene.read(ANN)
        scene.type("1397")
    scene.type("5739", "out")
    assert scene.unlocked() == []
    scene.read(ANN)
    assert (await scene.names())[-2:] == ["pin-locked", "pin-locked"]


async def test_a_pass_that_is_withdrawn_while_its_pin_is_typed_opens_nothing(scene: GateScene) -> None:
    scene.read(ANN)
    scene.replace_policy((BOB, CYD))
    scene.type("5739")
    assert scene.unlocked() == []
    assert await scene.names() == ["unknown-credential"]


async def test_the_pin_that_holds_is_that_of_the_policy_in_force(scene: GateScene) -> None:
    for digits, opens in (("5739", 0), ("9517", 1)):
        scene.replace_policy((ANN, BOB))
        scene.read(ANN)
        scene.replace_policy((Person(1, "9517"), BOB))
        scene.type(digits)
        assert len(scene.unlocked()) == opens


async def test_a_first_person_whose_pass_is_withdrawn_is_nobodys_first(scene: GateScene) -> None:
    scene.read(ANN, "inner")
    scene.type("5739", "inner")
    scene.replace_policy((BOB, CYD))
    scene.read(BOB, "inner")
    scene.type("246810", "inner")
    assert scene.unlocked("vault") == []
    assert await scene.names() == ["unknown-credential"]
    assert scene.shown("inner")[-1] == "second_person_wanted", "now Bob is the first"
    scene.read(CYD, "inner")
    scene.type("8351", "inner")
    assert len(scene.unlocked("vault")) == 1
    assert (await scene.names())[1:] == ["AccessGranted", "AccessGranted"]


@pytest.mark.parametrize("how", ["interlocked", "same-person-twice", "pin-locked"])
async def test_duress_is_heard_although_the_door_stays_shut(scene: GateScene, how: str) -> None:
    reader = "inner" if how == "same-person-twice" else "in"
    if how == "interlocked":
        scene.door("vault", is_open=True)
    elif how == "pin-locked":
        scene.read(ANN, "out")
        for _ in range(3):
            scene.read(ANN)
            scene.type("1397")
        reader = "out"
    else:
        scene.read(ANN, "inner")
        scene.type("5739", "inner")
    if how != "pin-locked":
        scene.read(ANN, reader)
    scene.type("5793", reader)
    assert scene.unlocked() == []
    events = await scene.journaled()
    assert next(event.reason.value for event in reversed(events) if isinstance(event, AccessDenied)) == how
    alarms = [event for event in events if isinstance(event, Duress)]
    assert [(alarm.access_point, alarm.grant_number) for alarm in alarms] == [(AccessPointId(reader), 0)]


async def test_duress_of_a_first_person_is_heard_at_once_and_once(scene: GateScene) -> None:
    scene.read(ANN, "inner")
    scene.type("5793", "inner")
    heard = [event for event in await scene.journaled() if isinstance(event, Duress)]
    assert [(event.access_point, event.grant_number) for event in heard] == [(INNER, 0)]
    scene.after(11)
    assert await scene.denials() == [(DenialReason.SECOND_PERSON_MISSING, ANN.holder)]
    assert (await scene.names()).count("Duress") == 1


async def test_whoever_waits_when_the_gate_stops_is_denied(scene: GateScene) -> None:
    scene.read(ANN, "inner")
    scene.type("5739", "inner")
    scene.read(BOB)
    at_work = asyncio.create_task(scene.gate.run())
    await asyncio.sleep(0)
    at_work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await at_work
    assert await scene.denials() == [
        (DenialReason.PIN_TIMEOUT, BOB.holder),
        (DenialReason.SECOND_PERSON_MISSING, ANN.holder),
    ]
    scene.type("246810")
    assert (scene.unlocked(), scene.unlocked("vault")) == ([], [])
