"""Others at the barrier of a lock that is open for one that was turned away: whoever passes there, the truth is within.

One that waits there drives in, makes room in time or late, or somebody walks through; the one that was turned away
stands, has set out, or goes. Belongs here: that. Does not belong here: all else that vehicles do there
(test_lock_count_machine.py), which goes on meanwhile.
"""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from contract.ids import LaneId
from drivers.ports import LaneInput
from edge.domain.vehicles.shown import Phase
from tests.conftest import EFFORT, Effort
from tests.property.edge.test_lock_count_machine import LOCK, OUTSIDE, PICK, Site, Vehicle


class Queue(Site):
    """See the module."""

    @rule(pick=PICK)
    def somebody_walks_through(self, pick: int) -> None:
        if self.opens_for(pick) is not None:
            self.tell("outer", LaneInput.CLEARANCE, active=True)
            self.wait(0.3)
            self.tell("outer", LaneInput.CLEARANCE, active=False)
            self.wait(1.5)

    @rule(pick=PICK, has_set_out=st.booleans())
    def the_next_one_drives_in(self, pick: int, has_set_out: bool) -> None:
        waiting = self.waits(pick)
        turned = None if waiting is None else self.opens_for(pick)
        if waiting is None or turned is None:
            return
        if has_set_out:
            self.sets_out(turned)
        waiting.way = ""
        self.tell("outer", LaneInput.CLEARANCE, active=True)
        self.wait(0.3)
        self.tell("outer", LaneInput.PRESENCE, active=False)
        self.wait(0.3)
        waiting.place = LOCK
        self.tell("outer", LaneInput.CLEARANCE, active=False)
        self.wait(5)

    @rule(pick=PICK, is_late=st.booleans())
    def the_next_one_makes_room(self, pick: int, is_late: bool) -> None:
        waiting = self.waits(pick)
        turned = None if waiting is None else self.opens_for(pick)
        if waiting is None or turned is None:
            return
        self.sets_out(turned)
        waiting.way, turned.place = "", OUTSIDE
        changes = [(LaneInput.PRESENCE, False), (LaneInput.CLEARANCE, True)]
        for where, active in changes[::-1] if is_late else changes:
            self.tell("outer", where, active=active)
            self.wait(0.3)
        self.tell("outer", LaneInput.PRESENCE, active=True)
        self.tell("outer", LaneInput.CLEARANCE, active=False)
        self.wait(0.3)
        self.tell("outer", LaneInput.PRESENCE, active=False)
        self.wait(5)

    def waits(self, pick: int) -> Vehicle | None:
        """Return who stands before the outer barrier, if somebody can."""
        idle = [each for each in self.vehicles if each.place == OUTSIDE and not each.way]
        if self.at("outer") is None and idle:
            self.comes(idle[pick % len(idle)])
            self.wait(6)
        waiting = self.at("outer")
        return None if waiting is None or waiting.is_under else waiting

    def opens_for(self, pick: int) -> Vehicle | None:
        """Turn away one that is in the lock; return it if the outer boom is open for it."""
        inside = [each for each in self.vehicles if each.place == LOCK and not each.is_under]
        outer = self.bodies["outer"]
        if not inside or self.lost or outer.under:
            return None
        vehicle = inside[pick % len(inside)]
        self.comes(vehicle)
        if vehicle.way != "inner" or self.gate.officer.lanes[LaneId("inner")].phase is Phase.OPENED:
            return None
        self.turns_away(vehicle)
        return vehicle if outer.is_up else None

    def sets_out(self, vehicle: Vehicle) -> None:
        vehicle.way = ""
        self.tell("inner", LaneInput.PRESENCE, active=False)


TestQueue = Queue.TestCase
TestQueue.settings = settings(
    max_examples=2000 if EFFORT is Effort.FULL else 40, stateful_step_count=40, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip
