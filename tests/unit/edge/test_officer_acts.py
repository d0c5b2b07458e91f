"""What an officer at the gate's screen does: what he may, what it opens, what is journaled, and each act once."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from contract import events
from contract.clock import NS_PER_S
from contract.events import AdmittedBecause, AnyEvent, DenialReason
from contract.ids import OUTSIDE, AccessPointId, AccountId, AreaId, ControllerId, EdgeId, new_act_id
from contract.messages import DoorOrder
from contract.site import AccessPoint, Assurance
from edge.domain.acting import Act, ActResult, Admit, CountOccupants, CountUnnamed, objection
from edge.domain.last_reads import ACTED_ON_NS
from edge.technician import PortalLine, PortalState
from tests.unit.edge.scene import GateScene, Person, gate_scene
from tests.unit.edge.test_portals import HALL, TURNSTILE

MIRA = AccountId("a" * 24)
ANN, STRANGER = Person(1), Person(9)
IN, OUT = AccessPointId("in"), AccessPointId("out")
FORGOTTEN, FAILS = AdmittedBecause.PASS_FORGOTTEN, AdmittedBecause.KNOWN_PERSON_CARD_FAILS
HALL_AREA, VAULT = AreaId("hall"), AreaId("vault")
ACTS = (events.Admitted, events.UnnamedPassed, events.Occupants)


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[GateScene]:
    async with gate_scene(tmp_path, HALL, (ANN,)) as made:
        yield made


@pytest.fixture
async def drive(tmp_path: Path) -> AsyncIterator[GateScene]:
    async with gate_scene(tmp_path, HALL.replace('id = "door"', 'id = "door"\nkind = "barrier"'), (ANN,)) as made:
        yield made


def lock_down(scene: GateScene) -> None:
    now_ns = scene.time.now_ns()
    scene.gate.order(DoorOrder(1, ControllerId("main"), EdgeId("north"), now_ns, now_ns + 10**12, False, True))


def admit(read: int = 0, point: AccessPointId = IN, because: AdmittedBecause = FORGOTTEN) -> Admit:
    return Admit(new_act_id(), point, because, read)


def last_read(scene: GateScene) -> int:
    return scene.officer.seen[-1].id


async def acts(scene: GateScene) -> list[AnyEvent]:
    return [event for event in await scene.journaled() if isinstance(event, ACTS)]


async def test_somebody_without_a_card_is_let_through_unnamed_and_the_door_accuses_nobody(hall: GateScene) -> None:
    act = admit()
    assert await hall.gate.act(MIRA, act) is ActResult.DONE
    assert hall.unlocked("door") == [(5000, None)]
    hall.walk()
    (made,) = await hall.journaled()
    assert isinstance(made, events.Admitted)
    assert (made.act_id, made.access_point, made.holder, made.because, made.by) == (act.id, IN, "", FORGOTTEN, MIRA)


async def test_whoever_the_gate_refused_is_let_through_by_name(hall: GateScene) -> None:
    hall.replace_policy([ANN])
    lock_down(hall)
    hall.read(ANN)
    hall.gate.order(DoorOrder(1, ControllerId("main"), EdgeId("north"), hall.time.now_ns() + 1, 0, False, False))
    assert await hall.gate.act(MIRA, admit(last_read(hall), because=FAILS)) is ActResult.DONE
    assert [made.holder for made in await acts(hall) if isinstance(made, events.Admitted)] == [ANN.holder]
    assert await hall.gate.act(MIRA, admit(last_read(hall))) is ActResult.TOO_LATE, "a refusal is overruled once"


async def test_an_act_that_comes_twice_is_one_act(hall: GateScene) -> None:
    for act in (admit(), CountUnnamed(new_act_id(), IN, 3)):
        assert [await hall.gate.act(MIRA, act) for _ in range(2)] == [ActResult.DONE] * 2
    assert len(await acts(hall)) == 2
    assert len(hall.unlocked("door")) == 1


async def test_a_lockdown_is_not_overruled_from_outside_and_keeps_nobody_inside(hall: GateScene) -> None:
    lock_down(hall)
    hall.read(ANN)
    assert hall.officer.seen[-1].objection == "lockdown"
    assert await hall.gate.act(MIRA, admit()) is ActResult.LOCKDOWN
    assert await hall.gate.act(MIRA, admit(last_read(hall))) is ActResult.LOCKDOWN
    assert hall.unlocked("door") == []
    assert await hall.gate.act(MIRA, admit(point=OUT)) is ActResult.DONE
    assert len(await acts(hall)) == 1


async def test_a_read_can_be_acted_on_for_a_while_and_is_then_forgotten(hall: GateScene) -> None:
    hall.read(STRANGER)
    unknown = last_read(hall)
    hall.read(STRANGER)
    assert await hall.gate.act(MIRA, admit(unknown)) is ActResult.TOO_LATE, "another read since"
    hall.after(ACTED_ON_NS // NS_PER_S)
    assert await hall.gate.act(MIRA, admit(last_read(hall))) is ActResult.TOO_LATE
    hall.gate._presenting.forget()
    assert len(hall.gate._acts._reads) == 0
    assert await acts(hall) == []


async def test_a_granted_read_and_another_place_are_no_refusal_to_overrule(hall: GateScene) -> None:
    hall.read(ANN)
    assert await hall.gate.act(MIRA, admit(last_read(hall))) is ActResult.TOO_LATE
    hall.read(STRANGER)
    assert await hall.gate.act(MIRA, admit(last_read(hall), OUT)) is ActResult.TOO_LATE
    assert await hall.gate.act(MIRA, admit(point=AccessPointId("nowhere"))) is ActResult.NO_WAY


async def test_an_act_is_recorded_though_the_strike_takes_no_command(hall: GateScene) -> None:
    hall.strikes["door"].is_online = False  # type: ignore[index]
    assert await hall.gate.act(MIRA, admit()) is ActResult.DONE_NOT_RELEASED
    assert len(await acts(hall)) == 1


async def test_people_without_cards_are_counted_in_and_out(hall: GateScene) -> None:
    assert await hall.gate.act(MIRA, CountUnnamed(new_act_id(), IN, 4)) is ActResult.DONE
    assert await hall.gate.act(MIRA, CountUnnamed(new_act_id(), OUT, 2)) is ActResult.DONE
    made = [event for event in await acts(hall) if isinstance(event, events.UnnamedPassed)]
    assert [(each.amount, each.area, each.other, each.access_point, each.by) for each in made] == [
        (4, "hall", OUTSIDE, IN, MIRA),
        (-2, "hall", OUTSIDE, OUT, MIRA),
    ]
    assert hall.unlocked("door") == []


async def test_occupants_belong_to_the_drivers_grant_once(drive: GateScene) -> None:
    drive.read(ANN)
    seen = drive.officer.seen[-1]
    assert seen.is_vehicle
    assert await drive.gate.act(MIRA, CountOccupants(new_act_id(), seen.id, 3)) is ActResult.DONE
    assert await drive.gate.act(MIRA, CountOccupants(new_act_id(), seen.id, 1)) is ActResult.COUNTED_ALREADY
    (made,) = await acts(drive)
    assert isinstance(made, events.Occupants)
    assert (made.grant_number, made.amount, made.access_point) == (1, 3, IN)
    drive.read(STRANGER)
    assert await drive.gate.act(MIRA, CountOccupants(new_act_id(), last_read(drive), 1)) is ActResult.TOO_LATE


async def test_a_door_for_pedestrians_has_no_occupants(hall: GateScene) -> None:
    hall.read(ANN)
    assert not hall.officer.seen[-1].is_vehicle
    assert await hall.gate.act(MIRA, CountOccupants(new_act_id(), last_read(hall), 1)) is ActResult.TOO_LATE


async def test_an_open_mantrap_opens_its_other_door_to_no_officer(hall: GateScene) -> None:
    hall.gate._portals.may_release = lambda point: point != IN  # type: ignore[method-assign]
    assert await hall.gate.act(MIRA, admit()) is ActResult.INTERLOCKED
    assert await acts(hall) == []


async def test_what_there_is_no_room_for_is_not_said_to_be_done(hall: GateScene) -> None:
    hall.journal.append = lambda _: None  # type: ignore[method-assign, assignment]
    made: list[Callable[[], Act]] = [admit, lambda: CountUnnamed(new_act_id(), IN, 1)]
    assert [await hall.gate.act(MIRA, make()) for make in made] == [ActResult.NOT_RECORDED] * 2


def point(to: AreaId = HALL_AREA, origin: AreaId = OUTSIDE, persons: int = 1, *, proof: bool = False) -> AccessPoint:
    requires = Assurance.AUTHENTICATED if proof else Assurance.IDENTIFIED
    return AccessPoint(IN, origin, to, requires=requires, persons=persons)


@pytest.mark.parametrize(
    ("where", "is_named", "reason", "denied", "expected"),
    [
        (point(), False, None, False, None),
        (point(), False, None, True, ActResult.LOCKDOWN),
        (point(VAULT, HALL_AREA), False, None, True, None),
        (point(VAULT, HALL_AREA, proof=True), False, DenialReason.UNKNOWN_CREDENTIAL, False, ActResult.NAMELESS),
        (point(VAULT, HALL_AREA, proof=True), True, DenialReason.NOT_AUTHENTICATED, False, None),
        (point(VAULT, HALL_AREA, persons=2), True, DenialReason.SECOND_PERSON_MISSING, False, ActResult.TWO_PERSONS),
        (point(), True, DenialReason.PASS_BLOCKED, False, ActResult.PASS_BLOCKED),
        (point(), True, DenialReason.PASS_EXPIRED, False, None),
        (point(OUTSIDE, HALL_AREA, persons=2, proof=True), False, DenialReason.PASS_BLOCKED, True, None),
        (point(OUTSIDE, AreaId("any")), True, None, False, ActResult.NO_WAY),
    ],
)
def test_what_an_officer_may_overrule(
    where: AccessPoint, is_named: bool, reason: DenialReason | None, denied: bool, expected: ActResult | None
) -> None:
    assert objection(where, is_named=is_named, reason=reason, entries_denied=denied) is expected


async def test_freed_machines_stay_free_only_if_they_can(tmp_path: Path) -> None:
    barrier = HALL.replace('id = "door"', 'id = "door"\nkind = "barrier"\npassage_ms = 15000\nstays_free = true')
    async with gate_scene(tmp_path, barrier, ()) as scene:
        now_ns = scene.time.now_ns()
        scene.gate.order(DoorOrder(1, ControllerId("main"), EdgeId("north"), now_ns, now_ns + 10**12, True, False))
        assert scene.unlocked("door") == [(5000, None)]
        lines = [line.state for line in scene.technicians.lines if isinstance(line, PortalLine)]
        assert PortalState.FREED in lines


async def test_a_turnstile_that_stays_free_is_held_towards_the_outside_alone(tmp_path: Path) -> None:
    async with gate_scene(tmp_path, TURNSTILE + "stays_free = true\n", ()) as scene:
        now_ns = scene.time.now_ns()
        scene.gate.order(DoorOrder(1, ControllerId("main"), EdgeId("north"), now_ns, now_ns + 10**12, True, False))
        assert scene.unlocked("arm") == [(5000, OUT)]
