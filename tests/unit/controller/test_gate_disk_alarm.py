"""A gate whose disk is full says so by its counters: one alarm for as long as it lasts."""

from collections import Counter

from contract.clock import ManualClock
from contract.ids import EdgeId, Epoch
from contract.messages import RING_MADE_ROOM, RING_REFUSED, VERSION, Health, RingExtent
from contract.site import parse_site
from controller.service.alarms import Alarms
from controller.service.gates import GateWatch

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
