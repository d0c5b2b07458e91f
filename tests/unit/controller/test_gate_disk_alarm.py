"""What a gate says by its counters and the controller alarms: a full disk, ways out of memory, guesses."""

from collections import Counter

import pytest

from contract.clock import ManualClock
from contract.ids import EdgeId, Epoch
from contract.messages import RING_MADE_ROOM, RING_REFUSED, SCREEN_REFUSED, VERSION, Health, RingExtent
from contract.part_trouble import PartTrouble
from contract.site import parse_site
from controller.service.alarms import Alarms
from controller.service.records.gates import GateWatch
from edge import snapshots
from edge.plates import plate_process, reader
from edge.recorder import old_shelves
from edge.video import beside, serving
from process.exposure import Exposure

NORTH = EdgeId("north")
ONE, OTHER = Epoch(bytes(16)), Epoch(bytes(15) + b"\1")
SITE = parse_site('area = []\naccess_point = []\ngate = [{id = "north"}]')


def health(at_ns: int, epoch: Epoch = ONE, **counters: int) -> Health:
    named = Counter({name.replace("_", "-"): count for name, count in counters.items()})
    return Health(VERSION, NORTH, epoch, at_ns, [RingExtent(epoch, 1, 0)], delivered=True, policy_version=1,
        clock_offset_ms=0, readers=[], cameras=[], counters=dict(named), journaled=0)  # fmt: skip


def test_each_spell_of_a_full_disk_is_one_alarm() -> None:
    assert (RING_REFUSED, RING_MADE_ROOM) == ("ring-refused", "ring-made-room")
    alarms = Alarms()
    gates = GateWatch(ManualClock(1), SITE, {}, alarms, {})
    spells = (
        (health(1), 0),
        (health(2, ring_refused=3), 1),
        (health(3, ring_refused=9), 1),
        (health(4, ring_refused=9), 1),  # room again
        (health(5, ring_refused=9, ring_made_room=1000), 2),
        (health(6, OTHER), 2),  # a new process counts from the beginning
        (health(7, OTHER, ring_refused=1), 3),
    )
    for said, count in spells:
        gates.hear(said)
        assert [(line.kind, line.gate) for line in alarms.lines()] == [("gate-store-failed", "north")] * count


def test_a_gate_whose_memory_could_reach_a_disk_is_one_alarm_until_it_can_not() -> None:
    alarms = Alarms()
    gates = GateWatch(ManualClock(1), SITE, {}, alarms, {})
    for at, (counters, count) in enumerate(
        [({}, 0), ({"memory_may_be_swapped": 1}, 1), ({"memory_may_be_swapped": 1}, 1), ({}, 1),
         ({"memory_may_be_swapped": 1, "core_dump_possible": 1}, 3)], 1,
    ):  # fmt: skip
        gates.hear(health(at, ONE, **counters))
        assert len(alarms.lines()) == count
    assert {line.kind for line in alarms.lines()} == {way.value for way in Exposure}


def test_guesses_at_a_gates_screen_are_an_alarm_and_a_slip_is_none() -> None:
    alarms, clock = Alarms(), ManualClock(1)
    gates = GateWatch(clock, SITE, {}, alarms, {})
    for at, (refused, count) in enumerate([(0, 0), (2, 0), (4, 0), (5, 1), (5, 1), (9, 1)], 1):
        gates.hear(health(at, screen_sign_in_refused=refused))
        assert [line.kind for line in alarms.lines()] == ["screen-guessed"] * count
    assert SCREEN_REFUSED == "screen-sign-in-refused"


@pytest.mark.parametrize("trouble", PartTrouble)
def test_a_part_of_a_gate_that_fails_is_an_alarm_when_it_does_and_not_while_it_works(trouble: PartTrouble) -> None:
    alarms, clock = Alarms(), ManualClock(1)
    gates = GateWatch(clock, SITE, {}, alarms, {})
    name = trouble.replace("-", "_")
    for at, (count, lines) in enumerate([(0, 0), (1, 1), (2, 1)], 1):
        gates.hear(health(at, ONE, **{name: count}))
        assert [line.kind for line in alarms.lines()] == [trouble] * lines
    clock.advance_to(3600 * 10**9)
    gates.hear(health(4, ONE, **{name: 2}))
    stands = trouble is PartTrouble.PLATES_NOT_SERVED
    assert len(alarms.lines()) == 1 + stands
    gates.hear(health(5, ONE, **{name: 3}))
    assert len(alarms.lines()) == 2


def test_gates_count_what_controllers_alarm() -> None:
    counted = {old_shelves.NOT_DELETED, beside.FAILED, serving.REFUSED, plate_process.FAILED, reader.NOT_SERVED}
    assert counted | {snapshots.MISSING} == set(PartTrouble)
