"""The running world: people who walk through gates in real time, and the truth of where they are.

A person goes to an access point, waits for his turn, holds his card before the reader and waits for the strike. If it
is released he walks through, or now and then does not; if it is not he stays where he is and tries again later. Some
follow on another's heels instead, unread. When a siren sounds everybody drops what he is about (evacuation.py). The
truth follows bodies and not reads.

Belongs here: behaviour at gates. Does not belong here: when people want to go where (rhythm.py), hardware (gate.py),
and commands (main.py). Not simulated: groups, forced and wedged doors, two people who push through one reader at once,
and people who leave by the request-to-exit button.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from contract.clock import NS_PER_S, Clock
from contract.ids import OUTSIDE, AccessPointId, AreaId
from contract.site import AccessPoint, PortalKind
from simulators.cards import ProximityCard
from simulators.doing import Doing
from simulators.evacuation import Evacuations
from simulators.gate import Follower, Present, SimulatedGate, Way, WiringError
from simulators.people import Person, people, unknown_card
from simulators.rhythm import Intent, rhythm_of
from simulators.routes import Routes
from simulators.scene import Scene, unread_rate
from simulators.siren import Ears, SimulatedSiren
from simulators.traffic import Traffic
from simulators.truth import Truth

PATIENCE_S: Final = 3.0
"""How long somebody waits for a strike before it counts as a refusal; cards take 300 ms (figures.md, P4)."""
_WALKS_UP_S: Final = 1.7
"""From where somebody comes into sight to the reader, while others may still be passing."""
_REACTION_S: Final = (0.2, 0.7)
_FOLLOW_AFTER_S: Final = 0.6
_FOLLOW_PATIENCE_S: Final = 30.0
"""Whoever finds nobody to follow for so long presents his card after all."""
_NOT_TAKEN_PAUSE_S: Final = 1.6
"""After an unused grant nobody steps up at once: a contact is believed for a second after the strike has engaged."""
_BETWEEN_GATES_S: Final = (1.0, 6.0)
_RETRY_S: Final = (5.0, 15.0)


@dataclass(slots=True)
class Tries:
    """What happened at readers, in counts. `refused`: no strike within patience, unknown cards included."""

    presented: int = 0
    refused: int = 0
    not_taken: int = 0


class World:
    """People on the gates of one scene. `truth` is where they are, `tries` what they did at readers."""

    def __init__(self, scene: Scene, gates: Iterable[SimulatedGate], clock: Clock, seed: int | None = None) -> None:
        """`seed` stands in for the scene's own. Raises WiringError if an access point of the site has no gate."""
        self.truth = Truth([area.id for area in scene.site.area])
        self.tries = Tries()
        self.people: list[Person] = people(scene, seed)
        self._simulation = scene.simulation
        self._chance = Random(f"world {scene.simulation.seed if seed is None else seed}")
        self._clock = clock
        self._points = scene.site.access_point
        self._routes = Routes(scene.site)
        self._rhythm = rhythm_of(scene, self._routes, seed)
        self._ways: dict[AccessPointId, Way] = {}
        stands: dict[AccessPointId, Present] = {}
        sirens: list[SimulatedSiren] = []
        gates = list(gates)
        for gate in gates:
            self._ways.update(gate.ways)
            stands.update(gate.stands)
            sirens.extend(gate.sirens.values())
        self._ears = Ears(sirens)
        self.traffic = Traffic(
            scene, self.people, gates, self.truth, clock, self._chance, self._passage, lambda: self.is_paused
        )
        missing = [point for point in self._routes.access_points if point not in self._ways]
        if missing:
            message = f"no gate has a reader and a portal for access point {', '.join(missing)}"
            raise WiringError(message)
        self._evacuations = Evacuations(
            scene, self._ways, stands, self._routes, self.truth, self._ears, self._passage, self._chance
        )
        self._may_start = asyncio.Event()
        self._in_progress = 0
        self._ended = asyncio.Event()

    @property
    def is_paused(self) -> bool:
        """Whether nobody may start a passage."""
        return not self._may_start.is_set()

    def resume(self) -> None:
        """Let people start passages. A new world is paused."""
        self._may_start.set()

    async def pause(self) -> None:
        """Let nobody start; return when every passage in progress has ended and its door is at rest."""
        self._may_start.clear()
        while self._in_progress:
            await self._ended.wait()

    async def run(self) -> None:
        """Let everybody live, from the first `resume` until cancelled."""
        await self._may_start.wait()  # else everybody would stand in line by then
        async with asyncio.TaskGroup() as lives:
            for person in self.people:
                lives.create_task(self._live(person), name=f"person {person.number}")
            if self._simulation.unknown_card_every_s and self._ways:
                lives.create_task(self._try_unknown_cards(), name="unknown cards")
            lives.create_task(self.traffic.strangers(), name="strangers")

    async def _live(self, person: Person) -> None:
        intent = self._rhythm.first(person, self._clock.now_ns())
        while True:
            is_alarmed = await self._hears_alarm_within((intent.at_ns - self._clock.now_ns()) / NS_PER_S)
            arrived = not is_alarmed and await self._go(person, intent.to)
            if self._ears.hear:
                await self._evacuations.live_through(self._on_foot(person))
                if person.number in self.traffic.drivers and self.truth.place(person.number) == OUTSIDE:
                    self.traffic.walk_beside(person)
                intent = self._rhythm.next(person, self._clock.now_ns(), self.truth.place(person.number))
                continue
            place, now_ns = self.truth.place(person.number), self._clock.now_ns()
            if arrived or place == OUTSIDE:
                intent = self._rhythm.next(person, now_ns, place)
            else:  # refused on the way: tries again later
                intent = Intent(now_ns + round(self._chance.uniform(*_RETRY_S) * NS_PER_S), intent.to)

    async def _hears_alarm_within(self, seconds: float) -> bool:
        """Let time pass; return early, and True, if a siren sounds."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._ears.until(sounding=True)
        except TimeoutError:
            return False
        return True

    async def _go(self, person: Person, target: AreaId) -> bool:
        """Walk to `target`; return whether the person arrived."""
        ways = self._allowed(person)
        route = self._routes.draw(ways, self.truth.place(person.number), target, self._chance)
        for step, point in enumerate(route):
            if step:
                await asyncio.sleep(self._chance.uniform(*_BETWEEN_GATES_S))
            if self._ears.hear or not await self._step(person, point):
                return False
        return True

    async def _step(self, person: Person, point: AccessPoint) -> bool:
        """Get through one access point, by card or on somebody's heels; return whether the person did."""
        if point.id in self.traffic.points:
            return await self._drive(person, point)
        way = self._ways[point.id]
        wants_to_follow = person.is_admitted and self._chance.random() < unread_rate(self._simulation, point)
        if wants_to_follow and await self._follow(person, way):
            return True
        way.show(person.number, Doing.COMES)
        await asyncio.sleep(_WALKS_UP_S)
        async with way.portal.turn, self._passage():
            went = not self._ears.hear and await self._pass(person, point, way)
            if not went:
                way.show(person.number, Doing.LEAVES)
            return went

    async def _drive(self, person: Person, point: AccessPoint) -> bool:
        self.tries.presented += 1
        went = await self.traffic.drive(person, point)
        self.tries.refused += not went
        return went

    def _allowed(self, person: Person) -> tuple[AccessPointId, ...]:
        """Where somebody goes: through lanes in his vehicle, or through doors on foot."""
        if person.number not in self.traffic.drivers:
            return self._on_foot(person).access_points
        return tuple(
            point.id
            for point in self._points
            if point.id in person.access_points
            and (point.id in self.traffic.points or OUTSIDE not in (point.from_area, point.to_area))
        )

    def _on_foot(self, person: Person) -> Person:
        points = tuple(point for point in person.access_points if point not in self.traffic.points)
        return replace(person, access_points=points)

    async def _follow(self, person: Person, way: Way) -> bool:
        follower = Follower(person.number, asyncio.get_running_loop().create_future())
        way.followers.append(follower)
        way.show(person.number, Doing.WAITS)
        with suppress(TimeoutError):
            async with asyncio.timeout(_FOLLOW_PATIENCE_S):
                await self._unless_alarmed(asyncio.shield(follower.went))
        if follower.went.done():
            return True
        way.followers.remove(follower)
        return False

    async def _pass(self, person: Person, point: AccessPoint, way: Way) -> bool:
        if not await self._is_granted(person.card, way):
            return False
        # At a barrier the beam that rises is the passage: whoever has called it drives through.
        may_stay = way.portal.config.kind is not PortalKind.BARRIER
        if self._chance.random() < self._simulation.not_taken_rate and may_stay:
            self.tries.not_taken += 1
            await self._unless_alarmed(way.portal.at_rest())
            await asyncio.sleep(_NOT_TAKEN_PAUSE_S)
            return False
        await asyncio.sleep(self._chance.uniform(*_REACTION_S))
        went = way.walk_through()
        if went:
            self.truth.move(person.number, point.from_area, point.to_area, is_read=True)
            way.show(person.number, Doing.CROSSES)
            await self._let_follow(point, way)
        await self._unless_alarmed(way.portal.at_rest())
        return went

    async def _is_granted(self, card: ProximityCard, way: Way) -> bool:
        if not await self._unless_alarmed(way.portal.at_rest()):
            return False
        self.tries.presented += 1
        way.present(card)
        if await way.released_within(PATIENCE_S):
            return True
        self.tries.refused += 1
        return False

    async def _unless_alarmed(self, awaited: Awaitable[None]) -> bool:
        """Wait for something that an alarm interrupts, for a door that is held free never comes to rest."""
        waiting = asyncio.ensure_future(awaited)
        alarm = asyncio.ensure_future(self._ears.until(sounding=True))
        try:
            await asyncio.wait([waiting, alarm], return_when=asyncio.FIRST_COMPLETED)
            return waiting.done()
        finally:
            waiting.cancel()
            alarm.cancel()

    async def _let_follow(self, point: AccessPoint, way: Way) -> None:
        """Let one who waits walk through behind the person who has just opened."""
        if not way.followers:
            return
        way.show(way.followers[0].person, Doing.COMES)
        await asyncio.sleep(_FOLLOW_AFTER_S)
        if way.followers and way.walk_through():
            follower = way.followers.popleft()
            self.truth.move(follower.person, point.from_area, point.to_area, is_read=False)
            way.show(follower.person, Doing.CROSSES)
            follower.went.set_result(None)

    async def _try_unknown_cards(self) -> None:
        while True:
            await asyncio.sleep(self._chance.expovariate(1 / self._simulation.unknown_card_every_s))
            way = self._ways[self._chance.choice(sorted(set(self._ways) - self.traffic.points))]
            async with way.portal.turn, self._passage():
                await self._is_granted(unknown_card(self.people, self._chance), way)

    @asynccontextmanager
    async def _passage(self) -> AsyncIterator[None]:
        """What nobody starts while the world is paused, and what ends before it is."""
        await self._may_start.wait()
        self._in_progress += 1
        try:
            yield
        finally:
            self._in_progress -= 1
            self._ended.set()
            self._ended.clear()
