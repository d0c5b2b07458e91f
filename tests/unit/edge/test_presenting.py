"""PIN, duress, pairs and proof at a gate: what opens, what is shown, what is journaled, and what nobody can see."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from contract.events import AccessGranted, AccessNotTaken, AccessTaken, BadPins, DenialReason, Duress
from contract.ids import AccessPointId, ReaderId
from contract.site import Assurance
from edge.technician import Decision, Outcome, RefusedRead, encode_line
from tests.unit.edge.scene import GateScene, Person, gate_scene, site_text

GATE = """
bad_pins = 3
pin_locked_s = 300
pin_within_s = 10
pair_within_s = 15
reader = [
    {id = "in", kind = "osdp", access_point = "in"},
    {id = "in-piv", kind = "pcsc", access_point = "in"},
    {id = "out", kind = "osdp", access_point = "out"},
    {id = "inner", kind = "osdp", access_point = "inner"},
]
portal = [
    {id = "door", hardware = "in", access_points = ["in", "out"], unlock_ms = 5000, extended_unlock_ms = 12000},
    {id = "vault", hardware = "inner", access_points = ["inner"]},
]
"""
SITE = site_text({"in": "pin = true", "inner": "persons = 2"}, GATE)
BOTH = site_text({"in": "pin = true\npersons = 2"}, GATE)
PROOF = site_text({"in": 'pin = true\nrequires = "authenticated"', "out": 'requires = "identified"'}, GATE)
ANN, BOB, CYD = Person(1, "5739", "5793"), Person(2, "246810"), Person(3)
DAN = Person(4, "8351", extended_time=True)
EVERYBODY = (ANN, BOB, CYD, DAN)
LIMIT_S = 20


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[GateScene]:
    async with gate_scene(tmp_path, SITE, EVERYBODY) as made:
        yield made


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[GateScene]:
    async with gate_scene(tmp_path, BOTH, EVERYBODY) as made:
        yield made


@pytest.fixture
async def proof(tmp_path: Path) -> AsyncIterator[GateScene]:
    async with gate_scene(tmp_path, PROOF, EVERYBODY) as made:
        yield made


def outcomes(scene: GateScene) -> list[tuple[Outcome, DenialReason | None]]:
    return [(line.outcome, line.reason) for line in scene.technicians.lines if isinstance(line, Decision)]


async def test_a_card_waits_for_its_pin_and_then_opens(scene: GateScene) -> None:
    scene.read(ANN)
    assert (scene.shown(), scene.unlocked()) == (["pin_wanted"], [])
    assert await scene.names() == []
    scene.type("5739")
    assert (scene.shown(), scene.unlocked()) == (["granted"], [(5000, None)])
    scene.walk()
    assert await scene.names() == ["AccessGranted", "AccessTaken"]
    assert outcomes(scene) == [(Outcome.PIN_WANTED, None), (Outcome.GRANTED, None)]


async def test_a_wrong_pin_opens_nothing_and_ends_the_try(scene: GateScene) -> None:
    scene.read(ANN)
    scene.type("5738")
    assert (scene.shown(), scene.unlocked()) == (["pin_wanted", "denied"], [])
    scene.type("5739")
    assert (scene.shown(), scene.unlocked()) == (["denied"], [])
    assert await scene.names() == ["wrong-pin", "ReadRefused"]


@pytest.mark.parametrize("digits", ["", "57390", "573", "5739 ", "\ud800", "0" * 5000, "٥٧٣٩"])
async def test_whatever_is_typed_is_wrong_unless_it_is_the_pin(scene: GateScene, digits: str) -> None:
    scene.read(ANN)
    scene.type(digits)
    assert (scene.unlocked(), await scene.names()) == ([], ["wrong-pin"])


async def test_a_pin_without_a_card_is_refused_and_says_nothing_of_it(scene: GateScene) -> None:
    for digits in ("5739", "5793"):
        scene.type(digits)
        scene.type(digits, "out")
    assert (scene.unlocked(), scene.shown()) == ([], ["denied", "denied"])
    assert scene.gate.counters["read-pin_without_card"] == 4
    assert await scene.names() == ["ReadRefused", "ReadRefused"], "one a reader and second"
    assert all(isinstance(line, RefusedRead) and line.raw == "" for line in scene.technicians.lines)


async def test_the_pin_of_another_opens_nothing(scene: GateScene) -> None:
    scene.read(ANN)
    scene.type("246810")
    assert (scene.unlocked(), await scene.names()) == ([], ["wrong-pin"])


async def test_a_pass_without_a_pin_is_denied_where_one_is_asked_for_and_nowhere_else(scene: GateScene) -> None:
    scene.read(CYD)
    scene.read(CYD, "out")
    assert len(scene.unlocked()) == 1
    assert (await scene.names())[:2] == ["no-pin", "AccessGranted"]


async def test_no_pin_in_time_is_denied_and_a_late_one_opens_nothing(scene: GateScene) -> None:
    scene.read(ANN)
    scene.after(9.9)
    assert await scene.names() == []
    scene.after(0.1)
    assert scene.shown() == ["pin_wanted", "denied"]
    scene.type("5739")
    assert scene.unlocked() == []
    assert await scene.names() == ["pin-timeout", "ReadRefused"]


async def test_a_late_pin_opens_nothing_even_if_the_timer_has_not_run(scene: GateScene) -> None:
    scene.read(ANN)
    scene.clock.advance_to(scene.clock.now_ns() + 10 * 10**9)
    scene.type("5739")
    assert (scene.unlocked(), await scene.names()) == ([], ["pin-timeout", "ReadRefused"])


async def test_the_timer_runs_by_itself(tmp_path: Path) -> None:
    async with gate_scene(tmp_path, SITE.replace("pin_within_s = 10", "pin_within_s = 1"), EVERYBODY) as scene:
        scene.read(ANN)
        scene.clock.advance_to(scene.clock.now_ns() + 10**9)
        async with asyncio.timeout(LIMIT_S):
            while True:
                if len(scene.readers[ReaderId("in")].shown) == 2:
                    break
                await asyncio.sleep(0.02)
        assert await scene.names() == ["pin-timeout"]


async def test_a_new_card_restarts_and_the_one_before_it_had_no_pin(scene: GateScene) -> None:
    scene.read(ANN)
    scene.read(BOB)
    scene.type("5739")
    assert scene.unlocked() == [], "it is Bob's turn"
    assert await scene.denials() == [(DenialReason.PIN_TIMEOUT, ANN.holder), (DenialReason.WRONG_PIN, BOB.holder)]
    scene.read(BOB)
    scene.read(BOB)
    scene.type("246810")
    assert len(scene.unlocked()) == 1
    assert len(await scene.denials()) == 2, "the same card again is no other try"


async def test_a_denied_card_ends_the_wait_of_the_one_before(scene: GateScene) -> None:
    scene.read(ANN)
    scene.read(CYD)
    scene.type("5739")
    assert scene.unlocked() == []
    assert await scene.names() == ["pin-timeout", "no-pin", "ReadRefused"]


async def test_wrong_pins_in_a_row_lock_the_pass_with_one_alarm_and_for_its_time(scene: GateScene) -> None:
    for _ in range(3):
        scene.read(ANN)
        scene.type("1397")
    assert await scene.names() == ["wrong-pin", "wrong-pin", "wrong-pin", "BadPins"]
    alarm = (await scene.journaled())[-1]
    assert alarm == BadPins(alarm.occurred_ns, AccessPointId("in"))
    scene.shown()
    scene.read(ANN)
    assert (scene.shown(), scene.unlocked()) == (["denied"], [])
    scene.type("5739")
    assert scene.unlocked() == []
    assert (await scene.names())[4:] == ["pin-locked", "ReadRefused"]
    scene.read(ANN, "out")
    assert len(scene.unlocked()) == 1, "nobody is locked in by a forgotten PIN"
    scene.read(BOB)
    scene.type("246810")
    assert len(scene.unlocked()) == 1, "another pass is not concerned"
    scene.after(300)
    scene.read(ANN)
    scene.type("5739")
    assert len(scene.unlocked()) == 1


async def test_a_right_pin_begins_the_count_anew(scene: GateScene) -> None:
    for digits in ("1397", "1397", "5739", "1397", "1397"):
        scene.read(ANN)
        scene.type(digits)
    assert "BadPins" not in await scene.names()
    scene.read(ANN)
    scene.type("1397")
    assert (await scene.names())[-1] == "BadPins"


async def test_a_duress_pin_looks_like_any_other_and_raises_an_alarm_without_a_name(scene: GateScene) -> None:
    def everything_visible() -> object:
        lines = [msgspec.json.decode(encode_line(line)) for line in scene.technicians.lines]
        for line in lines:
            line.pop("at")
            line.pop("took_ms", None)
        scene.technicians.lines.clear()
        return scene.shown(), scene.unlocked(), lines

    scene.read(ANN)
    scene.type("5739")
    scene.walk()
    as_always = everything_visible()
    scene.read(ANN)
    scene.type("5793")
    scene.walk()
    assert everything_visible() == as_always
    seen = await scene.journaled()
    assert [type(event) for event in seen] == [AccessGranted, AccessTaken, AccessGranted, Duress, AccessTaken]
    assert seen[3] == Duress(seen[3].occurred_ns, AccessPointId("in"), 3)


async def test_two_persons_pass_together_and_are_two_grants(scene: GateScene) -> None:
    scene.read(ANN, "inner")
    assert (scene.shown("inner"), scene.unlocked("vault")) == (["second_person_wanted"], [])
    scene.read(BOB, "inner")
    assert scene.shown("inner") == ["granted", "granted"]
    assert len(scene.unlocked("vault")) == 1
    scene.walk("vault")
    seen = await scene.journaled()
    granted = [event for event in seen if isinstance(event, AccessGranted)]
    assert [event.holder for event in granted] == [ANN.holder, BOB.holder]
    assert [type(event) for event in seen[2:]] == [AccessTaken], "one opening shows that one of them went"


async def test_a_pair_that_does_not_go_is_two_that_did_not(scene: GateScene) -> None:
    scene.read(ANN, "inner")
    scene.read(BOB, "inner")
    scene.after(6)
    assert [type(e) for e in (await scene.journaled())[2:]] == [AccessNotTaken, AccessNotTaken]


async def test_one_person_is_no_pair_with_whichever_card(scene: GateScene) -> None:
    scene.read(ANN, "inner")
    scene.read(ANN, "inner", with_proof=True)
    assert scene.unlocked("vault") == []
    assert await scene.names() == ["same-person-twice"]
    scene.read(BOB, "inner")
    assert len(scene.unlocked("vault")) == 1, "the first still waits"


async def test_nobody_waits_for_a_second_person_for_ever(scene: GateScene) -> None:
    scene.read(ANN, "inner")
    scene.after(15)
    assert await scene.denials() == [(DenialReason.SECOND_PERSON_MISSING, ANN.holder)]
    scene.read(BOB, "inner")
    assert (scene.unlocked("vault"), scene.shown("inner")[-1]) == ([], "second_person_wanted")


async def test_a_second_person_who_is_refused_leaves_the_first_waiting(scene: GateScene) -> None:
    scene.read(ANN, "inner")
    scene.read(Person(77), "inner")
    scene.read(BOB, "inner")
    assert len(scene.unlocked("vault")) == 1
    assert (await scene.names())[0] == "unknown-credential"


async def test_two_persons_with_a_pin_each(both: GateScene) -> None:
    both.read(ANN)
    both.type("5739")
    assert both.shown()[-1] == "second_person_wanted"
    both.after(14)
    both.read(BOB)
    both.after(5)
    both.type("246810")
    assert both.unlocked() == [(5000, None)], "who types his PIN is there in time"
    assert await both.names() == ["AccessGranted", "AccessGranted"]


async def test_under_duress_the_pair_passes_and_the_alarm_is_raised(both: GateScene) -> None:
    both.read(BOB)
    both.type("246810")
    both.read(ANN)
    both.type("5793")
    assert len(both.unlocked()) == 1
    assert await both.names() == ["AccessGranted", "AccessGranted", "Duress"]


async def test_a_number_is_not_enough_where_proof_is_asked_for(proof: GateScene) -> None:
    proof.read(ANN)
    assert proof.unlocked() == []
    assert await proof.denials() == [(DenialReason.NOT_AUTHENTICATED, ANN.holder)]
    proof.read(ANN, "in-piv", with_proof=True)
    assert (proof.shown("in")[-1], proof.shown("in-piv")) == ("pin_wanted", ["pin_wanted"])
    proof.type("5739", "in")
    assert len(proof.unlocked()) == 1, "card at one reader, PIN at the other's keypad"
    granted = (await proof.journaled())[-1]
    assert isinstance(granted, AccessGranted)
    assert (granted.assurance, granted.credential) == (Assurance.AUTHENTICATED, ANN.proof.text)


async def test_who_needs_longer_gets_longer(scene: GateScene) -> None:
    scene.read(DAN)
    scene.type("8351")
    assert scene.unlocked() == [(12_000, None)]
    scene.after(11)
    scene.walk()
    assert await scene.names() == ["AccessGranted", "AccessTaken"]


async def test_technicians_see_decisions_and_no_person(scene: GateScene) -> None:
    scene.read(ANN)
    scene.type("5739")
    scene.read(Person(77))
    scene.read(CYD)
    told = b"".join(encode_line(line) for line in scene.technicians.lines)
    for secret in (b"h10301:", b"5739", b"5793", *(person.holder.encode() for person in EVERYBODY)):
        assert secret not in told
    granted, unknown = [x for x in scene.technicians.lines if isinstance(x, Decision) and x.outcome != "pin-wanted"][:2]
    assert (granted.format, granted.released, granted.assurance) == ("h10301", True, Assurance.IDENTIFIED)
    assert (unknown.reason, unknown.released) == (DenialReason.UNKNOWN_CREDENTIAL, None)


async def test_nothing_that_is_printed_has_a_pin_or_a_card(scene: GateScene) -> None:
    scene.read(ANN)
    shown = repr(list(scene.gate._presenting._wanting_pin._waiting.values()))
    assert "PinsOfPass(...)" in shown
    assert "h10301:1:1" not in shown
