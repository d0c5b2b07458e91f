"""Interlock, turnstile, free exit, fire and lost boards at a gate: what opens, and what is said of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract.events import AccessTaken, DenialReason, PassageWithoutGrant
from contract.ids import AccessPointId, PortalId, ReaderId
from contract.messages import Identity
from contract.site import BoardKind
from drivers import ports
from edge.technician import DeviceLine, PortalLine, PortalState
from tests.unit.edge.scene import GateScene, Person, gate_scene, site_text

IN, OUT = AccessPointId("in"), AccessPointId("out")
ANN, BOB = Person(1), Person(2, extended_time=True)
READERS = """
reader = [
    {id = "in", kind = "osdp", access_point = "in"},
    {id = "out", kind = "osdp", access_point = "out"},
    {id = "inner", kind = "osdp", access_point = "inner"},
]
board = [{id = "board", kind = "modbus", device = "line", profile = "generic"}]
"""
MANTRAP = site_text(
    {},
    READERS
    + """
portal = [
    {id = "door", hardware = "in", access_points = ["in", "out"], unlock_ms = 5000},
    {id = "vault", hardware = "board", access_points = ["inner"], unlock_ms = 5000},
]
interlock = [{portals = ["door", "vault"]}]
""",
)
TURNSTILE = site_text(
    {},
    READERS
    + """
[[gate.portal]]
id = "arm"
kind = "turnstile"
hardware = "board"
access_points = ["in", "out"]
outputs = {in = 0, out = 1}
passed_inputs = {in = 0, out = 1}
unlock_ms = 5000
""",
)
FREE = TURNSTILE + "free_exit = true\n"
HALL = site_text(
    {},
    READERS
    + """
[[gate.portal]]
id = "door"
hardware = "in"
contacts = "board"
access_points = ["in", "out"]
free_exit = true
fire_input = 3
unlock_ms = 5000
extended_unlock_ms = 12000
held_after_ms = 15000
warn_before_ms = 4000
rex_unlocks = false
[[gate.portal]]
id = "vault"
hardware = "inner"
access_points = ["inner"]
unlock_ms = 5000
fire_input = 2
""",
)


@pytest.fixture
async def mantrap(tmp_path: Path) -> AsyncIterator[GateScene]:
    async with gate_scene(tmp_path, MANTRAP, (ANN, BOB)) as made:
        yield made


@pytest.fixture
async def turnstile(tmp_path: Path) -> AsyncIterator[GateScene]:
    async with gate_scene(tmp_path, TURNSTILE, (ANN, BOB)) as made:
        yield made


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[GateScene]:
    async with gate_scene(tmp_path, HALL, (ANN, BOB)) as made:
        yield made


def turned(scene: GateScene, point: AccessPointId) -> None:
    scene.gate.take(ports.PassageCounted(PortalId("arm"), point))


def fire(scene: GateScene, portal: str, *, is_active: bool) -> None:
    scene.gate.take(ports.FireInputChanged(PortalId(portal), is_active))


def states(scene: GateScene, portal: str) -> list[PortalState]:
    lines = scene.technicians.lines
    return [line.state for line in lines if isinstance(line, PortalLine) and line.portal == portal]


# The interlock.


async def test_while_one_portal_is_released_the_other_stays_shut(mantrap: GateScene) -> None:
    mantrap.read(ANN)
    mantrap.read(BOB, "inner")
    assert (len(mantrap.unlocked()), mantrap.unlocked("vault")) == (1, [])
    assert mantrap.shown("inner") == ["denied"]
    assert await mantrap.denials() == [(DenialReason.INTERLOCKED, BOB.holder)]


async def test_while_one_portal_is_open_the_other_stays_shut_and_then_opens(mantrap: GateScene) -> None:
    mantrap.read(ANN)
    mantrap.door("door", is_open=True)
    mantrap.after(6)
    mantrap.read(ANN, "inner")
    assert mantrap.unlocked("vault") == []
    mantrap.door("door", is_open=False)
    mantrap.read(ANN, "inner")
    assert len(mantrap.unlocked("vault")) == 1
    assert "DoorForced" not in await mantrap.names()


async def test_a_door_that_nobody_can_see_counts_as_open_until_it_is_seen(mantrap: GateScene) -> None:
    mantrap.gate.take(ports.BoardLost("board", ports.LossReason.NO_ANSWER))
    mantrap.read(ANN)
    assert mantrap.unlocked() == []
    mantrap.gate.take(ports.BoardOnline("board"))
    mantrap.read(ANN)
    assert mantrap.unlocked() == [], "it is back and has not said how the door stands"
    mantrap.door("vault", is_open=False)
    mantrap.read(ANN)
    assert len(mantrap.unlocked()) == 1


async def test_a_dead_board_keeps_nobody_between_two_doors(mantrap: GateScene) -> None:
    mantrap.gate.take(ports.BoardLost("board", ports.LossReason.NO_ANSWER))
    mantrap.gate.take(ports.RequestToExit(PortalId("door")))
    assert len(mantrap.unlocked()) == 1
    mantrap.walk()
    assert await mantrap.names() == ["BoardLost", "ExitRequested"]


async def test_an_open_door_holds_a_request_to_exit_and_says_so(mantrap: GateScene) -> None:
    mantrap.door("vault", is_open=True)
    mantrap.gate.take(ports.RequestToExit(PortalId("door")))
    assert (mantrap.unlocked(), mantrap.shown()) == ([], ["denied"])
    assert mantrap.gate.counters["exit-interlocked"] == 1
    assert await mantrap.names() == ["DoorForced", "ExitRequested"]


async def test_a_fire_release_lifts_the_interlock(mantrap: GateScene) -> None:
    mantrap.door("vault", is_open=True)
    fire(mantrap, "vault", is_active=True)
    mantrap.read(ANN)
    assert len(mantrap.unlocked()) == 1
    fire(mantrap, "vault", is_active=False)
    mantrap.after(10)
    mantrap.read(ANN)
    assert mantrap.unlocked() == []


async def test_a_strike_that_takes_no_command_is_not_released(mantrap: GateScene) -> None:
    mantrap.strikes[PortalId("door")].is_online = False
    mantrap.read(ANN)
    mantrap.read(BOB, "inner")
    assert len(mantrap.unlocked("vault")) == 1
    assert await mantrap.names() == ["AccessGranted", "AccessNotTaken", "AccessGranted"]


# The turnstile.


async def test_each_turn_takes_the_oldest_grant_of_its_direction(turnstile: GateScene) -> None:
    turnstile.read(ANN)
    turnstile.read(BOB)
    turnstile.read(ANN, "out")
    assert turnstile.unlocked("arm") == [(5000, IN), (15_000, IN), (5000, OUT)]
    turned(turnstile, IN)
    turned(turnstile, OUT)
    turned(turnstile, IN)
    seen = await turnstile.journaled()
    taken = [(event.access_point, event.grant_number) for event in seen if isinstance(event, AccessTaken)]
    assert taken == [("in", 1), ("out", 3), ("in", 2)]
    assert states(turnstile, "arm")[-3:] == [PortalState.TURNED] * 3


async def test_a_turn_without_a_grant_is_an_alarm(turnstile: GateScene) -> None:
    turnstile.read(ANN)
    turned(turnstile, OUT)
    turned(turnstile, IN)
    turned(turnstile, IN)
    assert await turnstile.names() == ["AccessGranted", "PassageWithoutGrant", "AccessTaken", "PassageWithoutGrant"]
    alarm = (await turnstile.journaled())[1]
    assert alarm == PassageWithoutGrant(alarm.occurred_ns, PortalId("arm"), OUT)
    assert turnstile.shown("out") == ["warning"]


async def test_a_grant_that_nobody_turns_for_is_not_taken(turnstile: GateScene) -> None:
    turnstile.read(ANN)
    turnstile.after(6)
    assert await turnstile.names() == ["AccessGranted", "AccessNotTaken"]
    turned(turnstile, IN)
    assert (await turnstile.names())[-1] == "PassageWithoutGrant"


async def test_thirty_persons_a_minute_pass_one_after_the_other(turnstile: GateScene) -> None:
    for _ in range(30):
        turnstile.read(ANN)
        turnstile.after(1)
        turned(turnstile, IN)
        turnstile.after(1)
    assert await turnstile.names() == ["AccessGranted", "AccessTaken"] * 30


async def test_people_who_present_while_others_still_turn_each_pass(tmp_path: Path) -> None:
    crowd = [Person(number) for number in range(1, 11)]
    async with gate_scene(tmp_path, TURNSTILE, crowd) as scene:
        for person in crowd[:3]:
            scene.read(person)
        for person in crowd[3:]:
            scene.after(1)
            turned(scene, IN)
            scene.read(person)
        for _ in range(3):
            turned(scene, IN)
        names = await scene.names()
        assert (names.count("AccessGranted"), names.count("AccessTaken"), len(names)) == (10, 10, 20)


async def test_a_request_to_exit_releases_the_way_out_for_one_turn(turnstile: GateScene) -> None:
    turnstile.gate.take(ports.RequestToExit(PortalId("arm")))
    assert turnstile.unlocked("arm") == [(5000, OUT)]
    turned(turnstile, OUT)
    turned(turnstile, OUT)
    assert await turnstile.names() == ["ExitRequested", "PassageWithoutGrant"]


async def test_a_request_to_exit_at_a_turnstile_that_leads_nowhere_outside_is_counted(tmp_path: Path) -> None:
    both = 'access_points = ["in", "out"]\noutputs = {in = 0, out = 1}\npassed_inputs = {in = 0, out = 1}'
    assert both in TURNSTILE
    inward = TURNSTILE.replace(both, 'access_points = ["in"]\noutputs = {in = 0}')
    async with gate_scene(tmp_path, inward, (ANN,)) as scene:
        scene.gate.take(ports.RequestToExit(PortalId("arm")))
        scene.read(ANN)
        scene.after(60)
        assert scene.unlocked("arm") == [(5000, IN)]
        assert scene.gate.counters["exit-without-way"] == 1
        assert await scene.names() == ["ExitRequested", "AccessGranted"], "nobody sees whether he went"


async def test_a_free_exit_at_a_turnstile_is_free_one_way_only(tmp_path: Path) -> None:
    async with gate_scene(tmp_path, FREE, (ANN,)) as scene:
        turned(scene, OUT)
        turned(scene, IN)
        assert await scene.names() == ["FreeExit", "PassageWithoutGrant"]


async def test_in_a_fire_the_arm_turns_for_everybody(turnstile: GateScene) -> None:
    turnstile.read(ANN)
    fire(turnstile, "arm", is_active=True)
    turned(turnstile, OUT)
    turned(turnstile, IN)
    turnstile.after(60)
    fire(turnstile, "arm", is_active=False)
    turned(turnstile, IN)
    assert await turnstile.names() == ["AccessGranted", "FireRelease", "FireRelease", "PassageWithoutGrant"]


# The door.


async def test_whoever_leaves_through_a_free_exit_has_not_forced_it(hall: GateScene) -> None:
    hall.walk()
    hall.walk("vault")
    assert await hall.names() == ["FreeExit", "DoorForced", "DoorClosed"]
    assert PortalState.FREE_EXIT in states(hall, "door")


async def test_a_free_exit_that_stands_open_is_warned_of_and_held(hall: GateScene) -> None:
    hall.door("door", is_open=True)
    hall.after(10.9)
    assert hall.shown() == []
    hall.after(0.1)
    assert (hall.shown("in"), hall.shown("out"), hall.shown("inner")) == (["warning"], ["warning"], [])
    hall.after(4)
    hall.door("door", is_open=False)
    assert await hall.names() == ["FreeExit", "DoorHeld", "DoorClosed"]


async def test_who_needs_longer_may_keep_the_door_open_for_that_much_longer(hall: GateScene) -> None:
    hall.read(BOB)
    assert hall.unlocked() == [(12_000, None)]
    hall.after(12)
    hall.door("door", is_open=True)
    hall.after(21.9)
    assert "DoorHeld" not in await hall.names()
    hall.after(0.1)
    assert (await hall.names())[-1] == "DoorHeld"


async def test_a_request_to_exit_that_does_not_unlock_excuses_the_opening(tmp_path: Path) -> None:
    site = HALL.replace("free_exit = true\n", "")
    async with gate_scene(tmp_path, site, (ANN,)) as scene:
        scene.gate.take(ports.RequestToExit(PortalId("door")))
        assert scene.unlocked() == []
        scene.walk()
        assert await scene.names() == ["ExitRequested"]


async def test_in_a_fire_no_door_is_forced_or_held(hall: GateScene) -> None:
    fire(hall, "vault", is_active=False)
    fire(hall, "vault", is_active=True)
    fire(hall, "vault", is_active=True)
    hall.door("vault", is_open=True)
    hall.after(3600)
    fire(hall, "vault", is_active=False)
    assert await hall.names() == ["FireRelease", "FireRelease"]
    hall.after(14.9)
    assert await hall.names() == ["FireRelease", "FireRelease"], "it has its whole time from the reset on"
    hall.after(0.1)
    assert (await hall.names())[2:] == ["DoorHeld"]
    assert [s for s in states(hall, "vault") if "fire" in s] == [PortalState.FIRE, PortalState.FIRE_OVER]


# Readers and boards.


async def test_a_portal_belongs_to_whoever_watches_its_contacts(hall: GateScene) -> None:
    hall.read(ANN)
    hall.gate.take(ports.ReaderLost(ReaderId("in"), ports.LossReason.NO_ANSWER))
    hall.walk()
    assert await hall.names() == ["AccessGranted", "ReaderLost", "AccessTaken"], "the board still sees it"
    hall.gate.take(ports.BoardLost("board", ports.LossReason.NO_ANSWER))
    hall.door("door", is_open=True)
    assert (await hall.names())[3:] == ["BoardLost"], "the first state after a loss accuses nobody"


async def test_power_keys_and_identities_are_told_once_each(hall: GateScene) -> None:
    reader = ReaderId("in")
    for failed in (False, True, True, False):
        hall.gate.take(ports.PowerChanged(reader, failed))
    hall.gate.take(ports.KeyRotated(reader))
    for device in ("in", "board"):
        hall.gate.take(ports.DeviceIdentified(device, "Vendor", "Model", "1", "42", "2.3.4", ("LED",)))
    assert await hall.names() == ["PowerTrouble", "PowerTrouble", "KeyRotated"]
    identity = Identity("Vendor", "Model", "1", "42", "2.3.4")
    assert hall.gate.reader_states()[0].identity == identity
    assert [(b.board, b.kind, b.online, b.identity) for b in hall.gate.board_states()] == [
        ("board", BoardKind.MODBUS, False, identity)
    ]
    told = [(line.device, line.event) for line in hall.technicians.lines if isinstance(line, DeviceLine)]
    assert told == [
        ("in", "power-failed"), ("in", "power-back"), ("in", "key-rotated"), ("in", "identified"),
        ("board", "identified"),
    ]  # fmt: skip


async def test_a_lost_board_is_told_and_shown_until_it_is_back(hall: GateScene) -> None:
    hall.gate.take(ports.BoardOnline("board"))
    assert hall.gate.board_states()[0].online
    hall.gate.take(ports.BoardLost("board", ports.LossReason.LINE_LOST))
    assert not hall.gate.board_states()[0].online
    hall.gate.take(ports.BoardOnline("board"))
    assert await hall.names() == ["BoardLost", "BoardBack"]


async def test_bits_that_fit_no_format_go_to_technicians_and_nowhere_else(hall: GateScene) -> None:
    bits = "1011001110001111000011111"
    refused = ports.ReadRefused(ReaderId("in"), ports.ReadRefusal.UNKNOWN_FORMAT, len(bits), bits)
    hall.gate.take(refused)
    assert hall.technicians.lines[-1].raw == bits  # type: ignore[union-attr]
    assert bits not in repr(await hall.journaled())
    assert bits not in repr(refused)


async def test_whoever_begins_to_watch_is_told_how_things_stand(hall: GateScene) -> None:
    hall.gate.take(ports.ReaderOnline(ReaderId("in"), secure=True))
    hall.gate.take(ports.TamperChanged(ReaderId("in"), tampered=True))
    hall.door("door", is_open=True)
    fire(hall, "vault", is_active=True)
    standing = list(hall.technicians.standing())
    devices = [(line.device, line.event, line.detail) for line in standing if isinstance(line, DeviceLine)]
    assert devices == [
        ("in", "online", "secure"), ("in", "tamper", ""), ("out", "lost", ""), ("inner", "lost", ""),
        ("board", "lost", ""),
    ]  # fmt: skip
    portals = [(line.portal, line.state.value) for line in standing if isinstance(line, PortalLine)]
    assert portals == [("door", "open"), ("vault", "shut"), ("vault", "fire")]
