"""What open operations ask of the doors: exits free to leave, nobody in during a lockdown, nothing from a drill."""

import pytest

from contract.clock import NS_PER_S
from contract.ids import AccountId, ControllerId, EdgeId, OperationId, SignalId
from contract.site import Gate, SignalConfig
from controller.domain.door_plan import AS_ALWAYS, DoorPlan, door_plan
from controller.domain.operation import Operation, OperationKind, Plan, Reason, Trigger, opened
from controller.service.operating.door_orders import DoorOrders
from tests.unit.controller.centre import Centre

START_NS = 1_800_000_000 * NS_PER_S
HOUR_NS = 3600 * NS_PER_S
HORN = SignalConfig(SignalId("horn"), "board", 0, [Plan.EVACUATE])
BELL = SignalConfig(SignalId("bell"), "board", 1, [Plan.EVACUATE, Plan.SHELTER], in_drills=True)
SITE_GATE = Gate(EdgeId("north"), signal=[HORN, BELL])
ONE, TWO = AccountId("1" * 24), AccountId("2" * 24)
NORTH, SOUTH, MAIN = EdgeId("north"), EdgeId("south"), ControllerId("main")


def doors(plan: DoorPlan) -> tuple[bool, bool]:
    return plan.exits_free, plan.entries_denied


def emergency(plan: Plan, trigger: Trigger = Trigger.COMMANDER, at_ns: int = START_NS) -> Operation:
    by = (ONE,) if trigger is Trigger.COMMANDER else ()
    return opened(OperationId(plan.value), OperationKind.EMERGENCY, plan, Reason.OTHER_DANGER, by, at_ns, trigger)


@pytest.mark.parametrize(
    ("plan", "exits_free", "entries_denied"),
    [(Plan.EVACUATE, True, False), (Plan.RELOCATE, True, False), (Plan.LOCKDOWN, False, True)],
)
def test_each_plan_asks_for_its_own(plan: Plan, exits_free: bool, entries_denied: bool) -> None:
    asked = door_plan([emergency(plan)])
    assert asked[:3] == (exits_free, entries_denied, START_NS + HOUR_NS)
    assert asked.sounding == {(plan, False)}


def test_whoever_is_outside_shall_come_in_to_shelter() -> None:
    assert doors(door_plan([emergency(Plan.SHELTER)])) == doors(AS_ALWAYS)
    assert door_plan([]) == AS_ALWAYS


@pytest.mark.parametrize("plan", Plan)
def test_neither_drill_nor_search_moves_a_door(plan: Plan) -> None:
    drill = opened(OperationId("d"), OperationKind.DRILL, plan, Reason.PLANNED_DRILL, (ONE, TWO), START_NS)
    search = opened(OperationId("s"), OperationKind.SEARCH, None, Reason.INTRUDER, (ONE, TWO), START_NS)
    assert doors(door_plan([drill, search])) == doors(AS_ALWAYS)
    assert door_plan([search]) == AS_ALWAYS


def test_both_at_once_free_the_exits_and_close_the_entries_until_the_later_end() -> None:
    later = emergency(Plan.LOCKDOWN, at_ns=START_NS + 5)
    assert door_plan([emergency(Plan.EVACUATE), later])[:3] == (True, True, START_NS + 5 + HOUR_NS)


def test_after_the_all_clear_doors_are_as_always_until_it_is_taken_back() -> None:
    clear = emergency(Plan.EVACUATE).all_clear(ONE, START_NS + 1)
    assert door_plan([clear]) == AS_ALWAYS
    assert door_plan([clear.resumed(ONE, START_NS + 2)]).exits_free


def test_a_fire_input_opens_no_door_to_an_attacker_until_a_commander_confirms_it() -> None:
    fire, lockdown = emergency(Plan.EVACUATE, Trigger.FIRE_INPUT), emergency(Plan.LOCKDOWN)
    assert door_plan([fire]).exits_free
    assert not door_plan([fire, lockdown]).exits_free
    assert door_plan([fire.confirmed(ONE, START_NS), lockdown]).exits_free


def test_sirens_sound_for_their_plans_and_in_drills_only_where_the_site_says_so() -> None:
    drill = opened(OperationId("d"), OperationKind.DRILL, Plan.EVACUATE, Reason.PLANNED_DRILL, (ONE, TWO), START_NS)
    assert door_plan([drill]).signals(SITE_GATE) == ["bell"]
    assert door_plan([emergency(Plan.EVACUATE, at_ns=START_NS + 7)]).signals(SITE_GATE) == ["horn", "bell"]
    assert door_plan([emergency(Plan.EVACUATE, at_ns=START_NS + 7), drill]).sounding_since_ns == START_NS + 7
    assert door_plan([emergency(Plan.SHELTER)]).signals(SITE_GATE) == ["bell"]
    assert door_plan([emergency(Plan.LOCKDOWN)]).signals(SITE_GATE) == []


def test_a_siren_drives_nobody_out_to_an_attacker_who_pulled_the_fire_alarm() -> None:
    fire, lockdown = emergency(Plan.EVACUATE, Trigger.FIRE_INPUT), emergency(Plan.LOCKDOWN)
    assert door_plan([fire, lockdown]).signals(SITE_GATE) == []
    assert door_plan([fire.confirmed(ONE, START_NS), lockdown]).signals(SITE_GATE) == ["horn", "bell"]


def test_the_all_clear_silences_sirens() -> None:
    evacuation = emergency(Plan.EVACUATE)
    assert door_plan([evacuation.all_clear(ONE, START_NS + 1)]) == AS_ALWAYS


def test_whoever_leads_silences_all_sirens_and_moves_no_door_until_another_operation_asks() -> None:
    evacuation = emergency(Plan.EVACUATE)
    silent = door_plan([evacuation.silenced(ONE, START_NS + 1)])
    assert silent == door_plan([evacuation])._replace(sounding=frozenset(), sounding_since_ns=0)
    assert silent.exits_free
    later = door_plan([evacuation.silenced(ONE, START_NS + 1), emergency(Plan.SHELTER, at_ns=START_NS + 5)])
    assert (later.signals(SITE_GATE), later.sounding_since_ns) == (["bell"], START_NS + 5)
    again = evacuation.silenced(ONE, START_NS + 1).sounded_again(ONE, START_NS + 2)
    assert door_plan([again]) == door_plan([evacuation])


def test_gates_hear_of_a_silence_and_of_its_end() -> None:
    centre = Centre()
    doors = DoorOrders(centre.clock, MAIN, (SITE_GATE,), centre.operations)
    operation = centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, ONE)
    sounding = doors.due()[0]
    assert sounding.signals == ["horn", "bell"]
    centre.operations.silence(operation.id, ONE)
    silent = doors.due()[0]
    assert (silent.signals, silent.exits_free, silent.until_ns) == ([], True, sounding.until_ns)
    assert centre.ledger.last["sirens-silenced"].facts["by"] == ONE
    centre.operations.sound(operation.id, ONE)
    assert doors.due()[0].signals == ["horn", "bell"]


def test_gates_hear_of_each_change_once() -> None:
    centre = Centre()
    doors = DoorOrders(centre.clock, MAIN, (Gate(NORTH), Gate(SOUTH)), centre.operations)
    first = doors.due()
    assert [(order.edge, order.exits_free, order.entries_denied) for order in first] == [
        (NORTH, False, False),
        (SOUTH, False, False),
    ], "a gate that missed the end of an operation hears of it from the next run"
    assert doors.due() == []
    operation = centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, ONE)
    centre.wait(1)
    order = doors.due()[0]
    assert order.exits_free
    assert order.until_ns == operation.ends_ns
    centre.wait(60)
    renewed = centre.operations.renew(operation.id, ONE)
    assert doors.due()[0].until_ns == renewed.ends_ns
    centre.wait(60)
    centre.operations.close(operation.id, ONE)
    over = doors.due()[0]
    assert not over.exits_free
    assert over.issued_ns > order.issued_ns
