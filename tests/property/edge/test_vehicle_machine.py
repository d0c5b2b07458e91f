"""Vehicles of all kinds at two interlocked barriers, an officer, a board that fails: whatever happens, nothing is hurt.

Vehicles here have bodies: each is on a loop, under a boom, or both, and the inputs follow that; a boom comes down as
soon as nobody holds it up. The account kept here is plain. No boom comes down on a body, and two barriers of a lock are
never open for vehicles at once. What is shown of a vehicle is of the one that stands there, from its coming to its end,
and so is what is granted: plate, cards, occupants. Every vehicle that truly went through was taken or told as one that
followed, and no other was. The gate is the real one, its clock set by hand.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final, cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contract.clock import ManualClock
from contract.events import (
    AccessGranted,
    AccessNotTaken,
    AccessTaken,
    Admitted,
    AdmittedBecause,
    AnyEvent,
    Occupants,
    PassageWithoutGrant,
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
from tests.property.edge.lock_bodies import CAR, OTHER, SITE, WAYS, Body, Place
from tests.property.edge.test_presenting_properties import RememberingJournal
from tests.unit.edge.parts import NOON_NS
from tests.unit.edge.scene import KEY, Person, PlayedGate

ANN, BOB = Person(1), Person(2)
MIRA: Final = AccountId("a" * 24)


class Lock(RuleBasedStateMachine):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.journal = RememberingJournal()
        clock = ManualClock(NOON_NS)
        self.places = {way: Place() for way in WAYS}
        self.now = 0.0
        self.is_lost = self.has_lost = False
        self.words: set[str] = set()
        self.whose: dict[tuple[str, int], Body] = {}
        self.cards: dict[tuple[str, str], Body | None] = {}
        self.bodies: list[Body] = []
        self.told = 0
        self.let_in: dict[str, Body] = {}

        async def make() -> PlayedGate:
            return PlayedGate(SITE, (ANN, BOB), clock, GateTime(clock), cast("Journal", self.journal))

        self.gate = self.loop.run_until_complete(make())
        self.gate.expect(VehicleRow(plate_digest(KEY, CAR), VehicleId("c" * 24), 0))
        self.tell_all()
        self.wait(1)

    def teardown(self) -> None:
        """Let everything come to an end, and settle the account."""
        if self.is_lost:
            self.find_board()
        for way, place in self.places.items():
            while place.under:
                self.comes_out(way)
            self.backs_out(way)
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
        self.look()
        self.follow()

    def follow(self) -> None:
        """Booms rise and stay up by orders, and come down at once without."""
        for way, place in self.places.items():
            strike = self.gate.strikes[PortalId(way)]
            for duration_ms, _ in strike.unlocked[place.orders_heard :]:
                place.up_until = max(place.up_until, self.now + duration_ms / 1000)
            place.orders_heard = len(strike.unlocked)
            if strike.locked > place.locks_heard:
                place.locks_heard, place.up_until = strike.locked, self.now
            is_up = self.now < place.up_until
            if is_up != place.is_up:
                place.is_up = is_up
                assert is_up or not place.is_under, "a boom came down on a vehicle"
                assert not is_up or place.loop is not None or place.under, "a boom rose for nobody"
                if not self.is_lost:
                    self.contact(way, is_up=is_up)

    def look(self) -> None:
        """Compare what is shown and journaled with the vehicles that are there."""
        for way in WAYS:
            shown, place = self.gate.officer.lanes.get(LaneId(way)), self.places[way]
            if shown is not None and shown.phase in {Phase.STANDS, Phase.TURNED_AWAY}:
                assert place.loop is not None, "what is shown has gone"
                of = self.whose.setdefault((way, shown.visit), place.loop)
                assert of is place.loop, "what is shown is of another vehicle"
                assert shown.plate in of.plates
                assert shown.occupants in {None, of.occupants}
        events, self.told = self.journal.events[self.told :], len(self.journal.events)
        for at, event in enumerate(events):
            self.compare(event, events[at + 1] if at + 1 < len(events) else None)

    def compare(self, event: AnyEvent, after: AnyEvent | None) -> None:
        match event:
            case VehicleGranted(lane=lane):
                body = self.places[lane].loop
                assert body is not None, "granted to nobody"
                assert event.plate == body.plates[-1]
                assert event.trailer is body.trailer
                self.let_in[lane] = body
            case AccessGranted(access_point=way):
                assert self.cards[way, event.holder] in {None, self.places[way].loop}, "a card of another vehicle"
            case Occupants(access_point=way):
                assert event.amount == self.let_in[way].occupants
            case Admitted(access_point=way):
                amount = self.let_in[way].occupants
                said = after.amount if isinstance(after, UnnamedPassed) else 0
                assert said == amount
            case _:
                pass

    def contact(self, way: str, *, is_up: bool) -> None:
        self.run(lambda: self.gate.door(way, is_open=is_up))

    def tell(self, way: str, where: LaneInput, *, active: bool) -> None:
        if not self.is_lost:
            self.run(lambda: self.gate.lane(way, where, active=active))

    def tell_beam(self, way: str) -> None:
        self.tell(way, LaneInput.CLEARANCE, active=self.places[way].is_under)

    def tell_all(self) -> None:
        for way, place in self.places.items():
            self.contact(way, is_up=place.is_up)
            self.tell(way, LaneInput.PRESENCE, active=place.loop is not None)
            self.tell_beam(way)

    def wait(self, seconds: float) -> None:
        left = seconds
        while left > 0:  # the gate looks after its booms each second
            step = min(1.0, left)
            self.now, left = self.now + step, left - step
            self.run(partial(self.gate.after, step))

    @rule(seconds=st.sampled_from([0.2, 0.8, 3.5, 6.0]))
    def time_passes(self, seconds: float) -> None:
        self.wait(seconds)

    @precondition(lambda self: not any(place.loop or place.under or place.is_up for place in self.places.values()))
    @rule()
    def nobody_comes_for_long(self) -> None:
        self.now += 150
        self.run(lambda: self.gate.after(150))

    @rule(way=st.sampled_from(WAYS), trailer=st.booleans())
    def rolls_on(self, way: str, trailer: bool) -> None:
        place = self.places[way]
        if place.loop is None:
            place.loop = Body(trailer)
            self.bodies.append(place.loop)
            self.tell(way, LaneInput.PRESENCE, active=True)

    @rule(way=st.sampled_from(WAYS))
    def backs_out(self, way: str) -> None:
        """Out from under the boom first, then off its loop; not behind another that is under it: loops can not tell."""
        place = self.places[way]
        if place.loop is None or place.under:
            return
        if place.front:
            place.front = False
            self.tell_beam(way)
        self.wait(3)  # the one ahead is seen to be through, with its trailer
        place.loop = None
        self.tell(way, LaneInput.PRESENCE, active=False)
        self.wait(3.5)  # until the next one is there

    @rule(way=st.sampled_from(WAYS))
    def goes_under(self, way: str) -> None:
        place = self.places[way]
        if place.is_up and place.loop is not None and not place.front:
            place.front = True
            self.tell_beam(way)

    @rule(way=st.sampled_from(WAYS))
    def rolls_off(self, way: str) -> None:
        """Forwards: with a trailer twice."""
        place = self.places[way]
        body = place.loop
        if body is None or not place.front:
            return
        shown = self.gate.officer.lanes[LaneId(way)]
        body.was_let = shown.phase is Phase.UNDER and self.let_in.get(way) is body
        place.front = False
        place.under.append(body)
        for on_loop in (None, body, None) if body.trailer else (None,):
            place.loop = on_loop
            self.tell(way, LaneInput.PRESENCE, active=on_loop is not None)

    @rule(way=st.sampled_from(WAYS))
    def shows_its_drawbar(self, way: str) -> None:
        """The beam looks past it for a moment."""
        place = self.places[way]
        if len(place.under) == 1 and not place.front:
            self.tell(way, LaneInput.CLEARANCE, active=False)
            self.wait(0.3)
            self.tell_beam(way)

    @rule(way=st.sampled_from(WAYS))
    def comes_out(self, way: str) -> None:
        place = self.places[way]
        if place.under:
            place.under.pop(0).is_through = True
            self.tell_beam(way)

    @rule(way=st.sampled_from(WAYS), person=st.sampled_from([ANN, BOB, Person(9)]))
    def card(self, way: str, person: Person) -> None:
        self.cards[way, person.holder] = self.shown_body(way)
        self.run(lambda: self.gate.read(person, way))

    def shown_body(self, way: str) -> Body | None:
        """Whose vehicle the officer sees undecided."""
        shown = self.gate.officer.lanes.get(LaneId(way))
        is_there = shown is not None and shown.phase in {Phase.STANDS, Phase.TURNED_AWAY}
        return self.whose[way, shown.visit] if shown is not None and is_there else None

    def visit(self, way: str) -> int:
        shown = self.gate.officer.lanes.get(LaneId(way))
        return 0 if shown is None else shown.visit

    def act(self, act: LaneAct) -> None:
        self.run(lambda: self.gate.gate._acts.take(MIRA, act))

    @rule(way=st.sampled_from(WAYS), amount=st.integers(0, 3))
    def occupants(self, way: str, amount: int) -> None:
        body = self.shown_body(way)
        if body is not None:
            body.occupants = amount
            self.act(EnterOccupants(new_act_id(), LaneId(way), self.visit(way), amount, body.trailer))

    @rule(way=st.sampled_from(WAYS), plate=st.sampled_from([CAR, CAR, OTHER]))
    def plate(self, way: str, plate: str) -> None:
        body = self.shown_body(way)
        if body is not None:
            body.plates.append(plate)
            self.act(EnterPlate(new_act_id(), LaneId(way), self.visit(way), plate))

    @rule(way=st.sampled_from(WAYS), amount=st.integers(0, 3))
    def let_pass(self, way: str, amount: int) -> None:
        body = self.shown_body(way)
        if body is not None:
            body.occupants = amount
            because = AdmittedBecause.MOTORCADE
            act = PassVehicle(new_act_id(), LaneId(way), self.visit(way), because, amount, body.trailer)
            self.words.add(act.id)
            self.act(act)

    @rule(
        way=st.sampled_from(WAYS), goes=st.booleans(), trailer=st.booleans(), seconds=st.sampled_from([0.2, 0.8, 6.0])
    )
    def comes_with_everything(self, way: str, goes: bool, trailer: bool, seconds: float) -> None:
        """The usual vehicle: plate, card and occupants; it goes on, or stays where it is for now."""
        self.rolls_on(way, trailer)
        self.plate(way, CAR)
        self.card(way, ANN)
        self.occupants(way, 1)
        if goes:
            self.goes_under(way)
            self.rolls_off(way)
            self.wait(seconds)

    @rule(way=st.sampled_from(WAYS), amount=st.integers(0, 3), corrected=st.integers(0, 3), goes=st.booleans())
    def comes_without_a_card(self, way: str, amount: int, corrected: int, goes: bool) -> None:
        """The officer lets it pass by his word, and may correct how many sit in it while it waits."""
        self.rolls_on(way, trailer=False)
        self.let_pass(way, amount)
        self.occupants(way, corrected)
        if goes:
            self.goes_under(way)
            self.rolls_off(way)
            self.comes_out(way)
            self.wait(1)

    @rule(way=st.sampled_from(WAYS), comes_after=st.booleans())
    def follows(self, way: str, comes_after: bool) -> None:
        """On the heels of whoever is under the boom, with a plate and a card; another one rolls up behind it."""
        self.comes_with_everything(way, goes=True, trailer=False, seconds=0.2)
        if comes_after:
            self.rolls_on(way, trailer=False)

    @rule(way=st.sampled_from(WAYS))
    def turn_away(self, way: str) -> None:
        self.act(TurnAway(new_act_id(), LaneId(way), self.visit(way), TurnedAway.OFFICER))

    @precondition(lambda self: not self.has_lost)
    @rule(way=st.sampled_from(WAYS), stalls=st.booleans())
    def lose_board(self, way: str, stalls: bool) -> None:
        """Its inputs are gone; its relays hold what they were told for their time. Once is enough."""
        if stalls:
            self.comes_with_everything(way, goes=False, trailer=False, seconds=0)
            self.goes_under(way)
        self.is_lost = self.has_lost = True
        self.run(lambda: self.gate.gate.take(ports.BoardLost("io", ports.LossReason.NO_ANSWER)))

    @precondition(lambda self: self.is_lost)
    @rule()
    def find_board(self) -> None:
        self.is_lost = False
        self.run(lambda: self.gate.gate.take(ports.BoardOnline("io")))
        self.tell_all()

    def seen(self, *kinds: type[AnyEvent]) -> list[AnyEvent]:
        return [event for event in self.journal.events if isinstance(event, kinds)]

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
        assert all(not place.is_up for place in self.places.values())
        by_word = sum(e.grant_number == 0 for e in self.journal.events if isinstance(e, VehicleGranted))
        through, away = len(self.seen(Admitted)), len(self.seen(VehicleTurnedAway))
        assert through <= by_word <= through + away, "an officer's word ends as counted, or as turned away"
        if not self.has_lost:
            self.settle_bodies()

    def settle_bodies(self) -> None:
        """Everybody was seen: who went through was let through, or followed somebody."""
        gone = [body for body in self.bodies if body.is_through]
        drivers = {e.grant_number for e in self.journal.events if isinstance(e, VehicleGranted)} - {0}
        taken = [e for e in self.journal.events if isinstance(e, AccessTaken) and e.grant_number in drivers]
        assert len(taken) + len(self.seen(Admitted)) == sum(body.was_let for body in gone)
        assert len(self.seen(PassageWithoutGrant)) == sum(1 + body.trailer for body in gone if not body.was_let)
        assert len(self.whose) <= len(self.bodies) + sum(body.trailer for body in self.bodies)


TestLock = Lock.TestCase
TestLock.settings = settings(
    max_examples=2000 if EFFORT is Effort.FULL else 25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
