"""Vehicles through a lock, back out of it, and out of the premises: the count never says more than is known.

The gate is the real one, and so is the count that a controller makes of its events; vehicles here have people in them,
so the truth is kept beside. Whatever cards, officers, corrections, second thoughts and boards that are lost do to it,
the truth lies between lowest and highest whenever nobody is under a boom; and where every driver showed his card and
every board answered, all three figures are the truth as soon as nobody is on his way. Vehicles here pass one at a time
and do not reverse out of a passage (ADR 0040).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from typing import Final, cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contract.clock import NS_PER_S, ManualClock
from contract.events import AdmittedBecause, TurnedAway
from contract.ids import AccountId, EdgeId, Epoch, LaneId, PortalId, new_act_id
from contract.site import parse_site
from controller.domain.presence import intake
from controller.domain.presence.flows import Flows
from controller.domain.presence.fold import Presence
from controller.domain.presence.layout import WHOLE_SITE, Layout
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.unwatched import Outlook, Unwatched
from drivers import ports
from drivers.ports import LaneInput
from edge.domain.acting import EnterOccupants, LaneAct, PassVehicle, TurnAway
from edge.domain.vehicles.shown import Phase
from edge.gate_time import GateTime
from edge.journal import Journal
from tests.conftest import EFFORT, Effort
from tests.property.edge.lock_bodies import SITE
from tests.property.edge.test_presenting_properties import RememberingJournal
from tests.unit.edge.parts import NOON_NS
from tests.unit.edge.scene import Person, PlayedGate

MIRA: Final = AccountId("a" * 24)
OUTSIDE, LOCK, YARD = "outside", "lock", "yard"
WAYS: Final = {"outer": (OUTSIDE, LOCK), "inner": (LOCK, YARD), "out": (YARD, OUTSIDE)}
BOARDS: Final = {"outer": "io", "inner": "io", "out": "exit"}
EXIT: Final = """
reject_portal = "outer"
[[gate.board]]
id = "exit"
kind = "modbus"
device = "modbus-exit"
profile = "waveshare-rtu-relay-d-8ch"
[[gate.reader]]
id = "out"
kind = "serial"
access_point = "out"
device = "out"
[[gate.portal]]
id = "out"
kind = "barrier"
hardware = "exit"
access_points = ["out"]
dps_input = 0
rex_input = -1
unlock_ms = 700
passage_ms = 5000
stays_free = true
[[gate.lane]]
id = "out"
access_point = "out"
portal = "out"
hardware = "exit"
presence_input = 1
clearance_input = 2
"""
LOCK_SITE: Final = (
    SITE.replace('plate = "required"', 'plate = "off"')
    .replace("[[gate]]", '[[access_point]]\nid = "out"\nfrom = "yard"\nto = "outside"\n[[gate]]', 1)
    .rstrip()
    + EXIT
)
PEOPLE: Final = tuple(Person(number) for number in (1, 2, 3))
PICK: Final = st.integers(0, 11)
EPOCH: Final = Epoch(bytes(16))


@dataclass
class Vehicle:
    """Who is in it and where it stands; `way`: before whose boom, "" for none."""

    driver: Person
    beside: int
    place: str = OUTSIDE
    way: str = ""
    is_under: bool = False

    @property
    def persons(self) -> int:
        return 1 + self.beside


@dataclass
class Body:
    """What is at one barrier. `up_until`: when its boom comes down, by the orders that it heard."""

    on_loop: bool = False
    under: bool = False
    is_up: bool = False
    up_until: float = 0.0
    orders_heard: int = 0
    locks_heard: int = 0


class Site(RuleBasedStateMachine):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.journal = RememberingJournal()
        clock = ManualClock(NOON_NS)
        self.clock, self.now = clock, 0.0
        self.bodies = {way: Body() for way in WAYS}
        self.lost: set[str] = set()
        self.vehicles = [Vehicle(person, at) for at, person in enumerate(PEOPLE)]
        self.vehicles.append(Vehicle(Person(9), 3))
        self.is_exact = True
        site = parse_site(LOCK_SITE)
        self.presence = Presence(Layout.of(site))
        self.unwatched = Unwatched(site, Flows(UTC, 0))
        self.folded = 0

        async def make() -> PlayedGate:
            return PlayedGate(LOCK_SITE, PEOPLE, clock, GateTime(clock), cast("Journal", self.journal))

        self.gate = self.loop.run_until_complete(make())
        self.tell_all()
        self.wait(1)

    def teardown(self) -> None:
        """The gate stops; what is known of the count still holds."""
        lanes = self.gate.gate._lanes
        assert lanes is not None
        try:
            self.run(lanes.stop)
            self.truth_lies_within()
        finally:
            self.loop.run_until_complete(asyncio.sleep(0))
            self.loop.close()

    def run(self, act: Callable[[], object]) -> None:
        async def do() -> None:
            act()

        self.loop.run_until_complete(do())
        self.follow()

    def follow(self) -> None:
        """Booms rise and stay up by orders, and come down without."""
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
                self.contact(way)

    def contact(self, way: str) -> None:
        if BOARDS[way] not in self.lost:
            self.run(lambda: self.gate.door(way, is_open=self.bodies[way].is_up))

    def tell(self, way: str, where: LaneInput, *, active: bool) -> None:
        body = self.bodies[way]
        if where is LaneInput.PRESENCE:
            body.on_loop = active
        else:
            body.under = active
        if BOARDS[way] not in self.lost:
            self.run(lambda: self.gate.lane(way, where, active=active))

    def tell_all(self) -> None:
        for way, body in self.bodies.items():
            self.contact(way)
            self.tell(way, LaneInput.PRESENCE, active=body.on_loop)
            self.tell(way, LaneInput.CLEARANCE, active=body.under)

    def wait(self, seconds: float) -> None:
        left = seconds
        while left > 0:  # the gate looks after its booms each second
            step = min(0.5, left)
            self.now, left = self.now + step, left - step
            self.run(partial(self.gate.after, step))

    def at(self, way: str) -> Vehicle | None:
        return next((each for each in self.vehicles if each.way == way), None)

    def visit(self, way: str) -> int:
        shown = self.gate.officer.lanes.get(LaneId(way))
        return 0 if shown is None else shown.visit

    def act(self, act: LaneAct) -> None:
        self.run(lambda: self.gate.gate._acts.take(MIRA, act))

    @rule(seconds=st.sampled_from([0.8, 3.5, 6.0]))
    def time_passes(self, seconds: float) -> None:
        self.wait(seconds)

    @rule(pick=PICK)
    def rolls_on(self, pick: int) -> None:
        """One that stands nowhere comes up to the next barrier."""
        idle = [each for each in self.vehicles if not each.way]
        self.comes(idle[pick % len(idle)] if idle else self.vehicles[0])

    def comes(self, vehicle: Vehicle) -> None:
        way = next(way for way, (source, _) in WAYS.items() if source == vehicle.place)
        if not vehicle.way and self.at(way) is None:
            vehicle.way = way
            self.tell(way, LaneInput.PRESENCE, active=True)

    @precondition(lambda self: self.standing)
    @rule(pick=PICK)
    def rolls_back(self, pick: int) -> None:
        vehicle = self.standing[pick % len(self.standing)]
        way, vehicle.way = vehicle.way, ""
        self.tell(way, LaneInput.PRESENCE, active=False)
        self.wait(4)  # nobody else follows at once: who was it that went under then?

    @precondition(lambda self: self.standing)
    @rule(pick=PICK)
    def shows_his_card(self, pick: int) -> None:
        self.reads(self.standing[pick % len(self.standing)])

    def reads(self, vehicle: Vehicle) -> None:
        self.run(lambda: self.gate.read(vehicle.driver, vehicle.way))

    @precondition(lambda self: self.standing)
    @rule(pick=PICK)
    def officer_counts(self, pick: int) -> None:
        vehicle = self.standing[pick % len(self.standing)]
        self.enters(vehicle, vehicle.beside)

    def enters(self, vehicle: Vehicle, amount: int) -> None:
        way = vehicle.way
        self.act(EnterOccupants(new_act_id(), LaneId(way), self.visit(way), amount))

    @precondition(lambda self: self.standing)
    @rule(pick=PICK, more=st.sampled_from([0, 0, 2]))
    def officer_lets_pass(self, pick: int, more: int) -> None:
        """By his word; where the barrier is still shut he has first counted `more`, and corrects himself."""
        vehicle = self.standing[pick % len(self.standing)]
        way, self.is_exact = vehicle.way, False
        if self.is_held(way):
            said = vehicle.beside + more
            self.act(PassVehicle(new_act_id(), LaneId(way), self.visit(way), AdmittedBecause.MOTORCADE, said))
            self.enters(vehicle, vehicle.beside)
        else:
            said = vehicle.beside
            self.act(PassVehicle(new_act_id(), LaneId(way), self.visit(way), AdmittedBecause.MOTORCADE, said))

    def is_held(self, way: str) -> bool:
        """Whether the outer barrier waits, for somebody stands in the lock."""
        return way == "outer" and self.at("inner") is not None and not self.lost

    @precondition(lambda self: self.standing)
    @rule(pick=PICK)
    def officer_turns_away(self, pick: int) -> None:
        self.turns_away(self.standing[pick % len(self.standing)])

    def turns_away(self, vehicle: Vehicle) -> None:
        way, self.is_exact = vehicle.way, False
        self.act(TurnAway(new_act_id(), LaneId(way), self.visit(way), TurnedAway.OFFICER))

    @precondition(lambda self: self.standing)
    @rule(pick=PICK)
    def goes_under(self, pick: int) -> None:
        self.goes(self.standing[pick % len(self.standing)])

    def goes(self, vehicle: Vehicle) -> None:
        """Nobody takes what is not his: the boom is up for this vehicle."""
        way = vehicle.way
        shown, body = self.gate.officer.lanes[LaneId(way)], self.bodies[way]
        if shown.phase is Phase.OPENED and body.is_up and not body.under:
            vehicle.is_under = True
            self.tell(way, LaneInput.CLEARANCE, active=True)
            self.tell(way, LaneInput.PRESENCE, active=False)

    @precondition(lambda self: self.is_anybody_under)
    @rule()
    def comes_out(self) -> None:
        for vehicle in self.vehicles:
            if vehicle.is_under:
                way, vehicle.is_under, vehicle.way = vehicle.way, False, ""
                vehicle.place = WAYS[way][1]
                self.tell(way, LaneInput.CLEARANCE, active=False)
                self.wait(1.5)

    @rule(pick=PICK, stalls=st.booleans(), goes=st.booleans())
    def turned_away_in_the_lock(self, pick: int, stalls: bool, goes: bool) -> None:
        """One leaves the lock again under the outer boom, which is open for it; or only moves from its place."""
        inside = [each for each in self.vehicles if each.place == LOCK and not each.is_under]
        outer = self.bodies["outer"]
        if not inside or outer.under or outer.on_loop:
            return
        vehicle = inside[pick % len(inside)]
        self.comes(vehicle)
        if vehicle.way != "inner" or self.gate.officer.lanes[LaneId("inner")].phase is Phase.OPENED:
            return
        self.turns_away(vehicle)
        if not outer.is_up:
            return
        self.tell("inner", LaneInput.PRESENCE, active=False)
        vehicle.way = ""
        if goes:
            self.tell("outer", LaneInput.CLEARANCE, active=True)
            self.wait(8 if stalls else 0.3)
            self.tell("outer", LaneInput.PRESENCE, active=True)
            vehicle.place = OUTSIDE
            self.tell("outer", LaneInput.CLEARANCE, active=False)
            self.wait(0.3)
            self.tell("outer", LaneInput.PRESENCE, active=False)
        self.wait(4)

    @rule(pick=PICK, is_shown=st.booleans())
    def passes_with_everything(self, pick: int, is_shown: bool) -> None:
        """The usual vehicle; or its driver has no card, and it passes by an officer's word."""
        vehicle = self.vehicles[pick % len(self.vehicles)]
        self.comes(vehicle)
        if vehicle.way and not vehicle.is_under:
            if is_shown:
                self.reads(vehicle)
                self.enters(vehicle, vehicle.beside)
            else:
                self.officer_lets_pass(self.standing.index(vehicle), 0)
            self.goes(vehicle)
            if self.is_anybody_under and not self.lost:
                self.comes_out()

    @property
    def is_anybody_under(self) -> bool:
        return any(each.is_under for each in self.vehicles)

    @property
    def standing(self) -> list[Vehicle]:
        """Those before a boom, and not under it."""
        return [each for each in self.vehicles if each.way and not each.is_under]

    @precondition(lambda self: not self.lost)
    @rule(board=st.sampled_from(["io", "exit"]), stalls=st.booleans())
    def lose_board(self, board: str, stalls: bool) -> None:
        """Its inputs are gone; whoever was let through may go on unseen, and nobody else moves."""
        self.is_exact = False
        self.lost.add(board)
        self.run(lambda: self.gate.gate.take(ports.BoardLost(board, ports.LossReason.NO_ANSWER)))
        if not stalls:
            self.comes_out()

    @precondition(lambda self: self.lost)
    @rule()
    def find_board(self) -> None:
        self.lost.clear()
        self.tell_all()
        self.wait(1)

    def fold(self) -> None:
        for number, event in enumerate(self.journal.events[self.folded :], start=self.folded + 1):
            stamp = Stamp(event.occurred_ns, EdgeId("north"), EPOCH, number)
            if intake.fold(self.presence, stamp, event, 0) is None:
                self.unwatched.add(stamp, event, 0)
        self.folded = len(self.journal.events)

    @invariant()
    def truth_lies_within(self) -> None:
        if self.is_anybody_under:
            return
        self.fold()
        beside = self.unwatched.doubts(Outlook(self.clock.now_ns() + NS_PER_S, {}))
        count = self.presence.headcounts(beside)[WHOLE_SITE]
        truth = sum(vehicle.persons for vehicle in self.vehicles if vehicle.place != OUTSIDE)
        assert not count.unknown
        assert count.lowest <= truth <= count.highest, count
        if self.is_exact and all(shown.phase is not Phase.OPENED for shown in self.gate.officer.lanes.values()):
            assert count.lowest == count.best == count.highest == truth, count


TestSite = Site.TestCase
TestSite.settings = settings(
    max_examples=2000 if EFFORT is Effort.FULL else 40, stateful_step_count=40, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip
