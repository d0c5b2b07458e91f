"""Vehicles of all kinds at two interlocked barriers, an officer, a board that fails: whatever happens, nothing is hurt.

Vehicles here have bodies: each knows whether it is on a loop and under a boom, and the inputs follow that; a boom comes
down as soon as nobody holds it up. The account kept here is plain: no boom comes down on a body, two barriers of a lock
are never open for vehicles at once, nothing is granted without an exact plate, and every vehicle that stood there ends
once: taken, not taken, turned away, followed, or lost with the board. The gate is the real one, its clock set by hand.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contract.clock import ManualClock
from contract.events import (
    AccessNotTaken,
    AccessTaken,
    Admitted,
    AdmittedBecause,
    AnyEvent,
    Occupants,
    TurnedAway,
    UnnamedPassed,
    VehicleGranted,
    VehicleTurnedAway,
)
from contract.ids import AccountId, LaneId, PortalId, VehicleId, new_act_id
from contract.policy import VehicleRow, plate_digest
from drivers import ports
from drivers.ports import LaneInput
from edge.domain.acting import EnterOccupants, EnterPlate, LaneAct, PassVehicle, TurnAway
from edge.domain.vehicles.shown import Phase
from edge.gate_time import GateTime
from edge.journal import Journal
from tests.conftest import EFFORT, Effort
from tests.property.edge.test_presenting_properties import RememberingJournal
from tests.unit.edge.parts import NOON_NS
from tests.unit.edge.scene import KEY, Person, PlayedGate

ANN, BOB = Person(1), Person(2)
MIRA: Final = AccountId("a" * 24)
CAR, OTHER = "W12345X", "W12345Y"
WAYS: Final = ("outer", "inner")
_PORTALS = "".join(
    f"""
[[gate.reader]]
id = "{way}"
kind = "serial"
access_point = "{way}"
device = "{way}"
[[gate.portal]]
id = "{way}"
kind = "barrier"
hardware = "io"
access_points = ["{way}"]
strike_output = {number}
dps_input = {number}
rex_input = -1
unlock_ms = 700
passage_ms = 5000
stays_free = true
[[gate.lane]]
id = "{way}"
access_point = "{way}"
portal = "{way}"
hardware = "io"
presence_input = {2 + 2 * number}
clearance_input = {3 + 2 * number}
camera = "eye"
plate = "required"
"""
    for number, way in enumerate(WAYS)
)
SITE = f"""
[[area]]
id = "lock"
[[area]]
id = "yard"
[[access_point]]
id = "outer"
from = "outside"
to = "lock"
[[access_point]]
id = "inner"
from = "lock"
to = "yard"
[[gate]]
id = "north"
[[gate.board]]
id = "io"
kind = "modbus"
device = "modbus"
profile = "waveshare-rtu-relay-d-8ch"
[[gate.camera]]
id = "eye"
[[gate.interlock]]
portals = ["outer", "inner"]
{_PORTALS}
"""


@dataclass
class Body:
    """What is at one barrier. `up_until`: when its boom comes down, by the orders that it heard."""

    on_loop: bool = False
    under: bool = False
    is_up: bool = False
    up_until: float = 0.0
    came: int = 0
    orders_heard: int = 0
    locks_heard: int = 0


class Lock(RuleBasedStateMachine):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.journal = RememberingJournal()
        clock = ManualClock(NOON_NS)
        self.bodies = {way: Body() for way in WAYS}
        self.now = 0.0
        self.is_lost = self.has_lost = False
        self.words: set[str] = set()

        async def make() -> PlayedGate:
            return PlayedGate(SITE, (ANN, BOB), clock, GateTime(clock), cast("Journal", self.journal))

        self.gate = self.loop.run_until_complete(make())
        self.gate.expect(VehicleRow(plate_digest(KEY, CAR), VehicleId("c" * 24), 0))
        self.tell_all()
        self.wait(1)

    def teardown(self) -> None:
        """Let everything come to an end, and settle the account."""
        for body in self.bodies.values():
            body.on_loop = body.under = False
        if self.is_lost:
            self.find_board()
        self.tell_all()
        for _ in range(12):
            self.wait(1)
        self.settle_account()
        lanes = self.gate.gate._lanes
        assert lanes is not None
        self.run(lanes.stop)
        self.loop.run_until_complete(asyncio.sleep(0))  # readers of plates end
        self.loop.close()

    def run(self, act: Callable[[], object]) -> None:
        """Do something as the gate's event loop would, and let the booms follow."""

        async def do() -> None:
            act()

        self.loop.run_until_complete(do())
        self.follow()

    def follow(self) -> None:
        """Booms rise and stay up by orders, and come down at once without."""
        for way, body in self.bodies.items():
            strike = self.gate.strikes[PortalId(way)]
            for duration_ms, _ in strike.unlocked[body.orders_heard :]:
                body.up_until = max(body.up_until, self.now + duration_ms / 1000)
            body.orders_heard = len(strike.unlocked)
            if strike.locked > body.locks_heard:
                body.locks_heard, body.up_until = strike.locked, self.now
            is_up = self.now < body.up_until
            if is_up != body.is_up:
                body.is_up = is_up
                assert is_up or not body.under, "a boom came down on a vehicle"
                if not self.is_lost:
                    self.contact(way, is_up=is_up)

    def contact(self, way: str, *, is_up: bool) -> None:
        self.run(lambda: self.gate.door(way, is_open=is_up))

    def tell(self, way: str, where: LaneInput, *, active: bool) -> None:
        if not self.is_lost:
            self.run(lambda: self.gate.lane(way, where, active=active))

    def tell_all(self) -> None:
        for way, body in self.bodies.items():
            self.contact(way, is_up=body.is_up)
            self.tell(way, LaneInput.PRESENCE, active=body.on_loop)
            self.tell(way, LaneInput.CLEARANCE, active=body.under)

    def wait(self, seconds: float) -> None:
        left = seconds
        while left > 0:  # the gate looks after its booms each second
            step = min(0.5, left)
            self.now, left = self.now + step, left - step
            self.run(partial(self.gate.after, step))

    @rule(seconds=st.sampled_from([0.2, 0.8, 3.5, 6.0]))
    def time_passes(self, seconds: float) -> None:
        self.wait(seconds)

    @rule(way=st.sampled_from(WAYS))
    def rolls_on(self, way: str) -> None:
        body = self.bodies[way]
        if not body.on_loop:
            body.on_loop, body.came = True, body.came + 1
            self.tell(way, LaneInput.PRESENCE, active=True)

    @rule(way=st.sampled_from(WAYS))
    def rolls_off(self, way: str) -> None:
        """Forwards or backwards: that shows at the beam alone."""
        body = self.bodies[way]
        if body.on_loop:
            body.on_loop = False
            self.tell(way, LaneInput.PRESENCE, active=False)

    @rule(way=st.sampled_from(WAYS))
    def goes_under(self, way: str) -> None:
        body = self.bodies[way]
        if body.is_up and not body.under:
            body.under = True
            self.tell(way, LaneInput.CLEARANCE, active=True)

    @rule(way=st.sampled_from(WAYS))
    def comes_out(self, way: str) -> None:
        body = self.bodies[way]
        if body.under:
            body.under = False
            self.tell(way, LaneInput.CLEARANCE, active=False)

    @rule(way=st.sampled_from(WAYS), person=st.sampled_from([ANN, BOB, Person(9)]))
    def card(self, way: str, person: Person) -> None:
        self.run(lambda: self.gate.read(person, way))

    def act(self, act: LaneAct) -> None:
        self.run(lambda: self.gate.gate._acts.take(MIRA, act))

    def visit(self, way: str) -> int:
        shown = self.gate.officer.lanes.get(LaneId(way))
        return 0 if shown is None else shown.visit

    @rule(way=st.sampled_from(WAYS), amount=st.integers(0, 3), trailer=st.booleans())
    def occupants(self, way: str, amount: int, trailer: bool) -> None:
        self.act(EnterOccupants(new_act_id(), LaneId(way), self.visit(way), amount, trailer))

    @rule(way=st.sampled_from(WAYS), plate=st.sampled_from([CAR, CAR, OTHER]))
    def plate(self, way: str, plate: str) -> None:
        self.act(EnterPlate(new_act_id(), LaneId(way), self.visit(way), plate))

    @rule(way=st.sampled_from(WAYS), amount=st.integers(0, 3))
    def let_pass(self, way: str, amount: int) -> None:
        act = PassVehicle(new_act_id(), LaneId(way), self.visit(way), AdmittedBecause.MOTORCADE, amount)
        self.words.add(act.id)
        self.act(act)

    @rule(way=st.sampled_from(WAYS), goes=st.booleans(), seconds=st.sampled_from([0.2, 0.8, 6.0]))
    def comes_with_everything(self, way: str, goes: bool, seconds: float) -> None:
        """The usual vehicle: plate, card and occupants; it goes on, or stays where it is for now."""
        self.rolls_on(way)
        self.plate(way, CAR)
        self.card(way, ANN)
        self.occupants(way, 1, trailer=False)
        if goes:
            self.goes_under(way)
            self.rolls_off(way)
            self.wait(seconds)

    @rule(way=st.sampled_from(WAYS))
    def turn_away(self, way: str) -> None:
        self.act(TurnAway(new_act_id(), LaneId(way), self.visit(way), TurnedAway.OFFICER))

    @precondition(lambda self: not self.has_lost)
    @rule(way=st.sampled_from(WAYS), stalls=st.booleans())
    def lose_board(self, way: str, stalls: bool) -> None:
        """Its inputs are gone; its relays hold what they were told for their time. Once is enough."""
        if stalls:
            self.comes_with_everything(way, goes=False, seconds=0)
            self.goes_under(way)
        self.is_lost = self.has_lost = True
        self.run(lambda: self.gate.gate.take(ports.BoardLost("io", ports.LossReason.NO_ANSWER)))

    @precondition(lambda self: self.is_lost)
    @rule()
    def find_board(self) -> None:
        self.is_lost = False
        self.tell_all()

    def seen(self, *kinds: type[AnyEvent]) -> list[AnyEvent]:
        return [event for event in self.journal.events if isinstance(event, kinds)]

    @invariant()
    def nothing_falls_on_anybody(self) -> None:
        assert all(body.is_up or not body.under for body in self.bodies.values())

    @invariant()
    def a_lock_opens_one_barrier_at_a_time(self) -> None:
        opened = [way for way, shown in self.gate.officer.lanes.items() if shown.phase in {Phase.OPENED, Phase.UNDER}]
        assert len(opened) < len(WAYS)

    @invariant()
    def no_grant_without_an_exact_plate_or_an_officer(self) -> None:
        for event in self.seen(VehicleGranted):
            assert isinstance(event, VehicleGranted)
            by_word = any(o.grant_number == event.grant_number and o.act_id in self.words for o in self.beside)
            assert event.plate == CAR or by_word or event.grant_number == 0

    @property
    def beside(self) -> list[Occupants]:
        return [event for event in self.journal.events if isinstance(event, Occupants)]

    @invariant()
    def occupants_go_with_a_grant_of_a_vehicle(self) -> None:
        numbers = {e.grant_number for e in self.journal.events if isinstance(e, VehicleGranted)}
        assert {event.grant_number for event in self.beside} <= numbers - {0}
        assert len({event.act_id for event in self.beside}) == len(self.beside)

    @invariant()
    def no_grant_ends_twice(self) -> None:
        ended = [e.grant_number for e in self.journal.events if isinstance(e, AccessTaken | AccessNotTaken)]
        assert len(ended) == len(set(ended))

    def settle_account(self) -> None:
        """Everybody has gone: each grant has ended, unless the board was away, and every card left a trace."""
        shown = self.gate.officer.lanes.values()
        assert all(lane.phase is Phase.EMPTY for lane in shown)
        assert all(not body.is_up for body in self.bodies.values())
        by_word = sum(e.grant_number == 0 for e in self.journal.events if isinstance(e, VehicleGranted))
        through = len(self.seen(Admitted))
        away = len(self.seen(VehicleTurnedAway))
        assert through <= by_word <= through + away, "an officer's word ends as counted, or as turned away"
        assert len(self.seen(UnnamedPassed)) <= through


TestLock = Lock.TestCase
TestLock.settings = settings(
    max_examples=3000 if EFFORT is Effort.FULL else 40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
