"""What people do when a siren sounds.

Most walk out by the ways they know and hold their card before the reader of their muster point; some do not hear it,
some leave by an open door without a card, some go to the wrong point or to none.

A siren is heard, and nothing else is known of the order behind it: drills and emergencies are alike.

Belongs here: that behaviour. Does not belong here: sirens (siren.py), everyday walking (world.py), doors (portal.py).
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from random import Random
from typing import Final

from contract.ids import OUTSIDE, AccessPointId, AreaId, MusterPointId, PortalId
from contract.site import AccessPoint
from simulators.doing import Doing
from simulators.gate import Present, Way
from simulators.people import Person
from simulators.routes import Routes
from simulators.scene import Scene
from simulators.siren import Ears
from simulators.truth import Truth

_STEP_S: Final = (0.2, 0.7)
_BETWEEN_GATES_S: Final = (0.5, 3.0)
_RETURN_S: Final = (2.0, 20.0)
_PATIENCE_S: Final = 3.0
_SETTLES_S: Final = 4.0
"""So long somebody waits until the door has shut behind the one before; one that has not by then is held free."""
_TURN_S: Final = 0.8


class Evacuations:
    """Everybody's way out on one site. `truth` is told of each body."""

    def __init__(
        self,
        scene: Scene,
        ways: Mapping[AccessPointId, Way],
        stands: Mapping[AccessPointId, Present],
        routes: Routes,
        truth: Truth,
        ears: Ears,
        passage: Callable[[], AbstractAsyncContextManager[None]],
        chance: Random,
    ) -> None:
        """`passage`: what nobody starts while the world is paused (world.py)."""
        site, self._rates = scene.site, scene.simulation.evacuation
        self._passage = passage
        self._ways = ways
        self._routes = routes
        self._truth = truth
        self._ears = ears
        self._chance = chance
        self._held_free: set[PortalId] = set()
        self._readers: dict[MusterPointId, Present] = {
            point.muster_point: stands[point.id]
            for point in site.access_point
            if point.muster_point and point.id in stands
        }
        self._areas = {muster.id: set(muster.areas) for muster in site.muster_point if muster.id in self._readers}
        self._queues = {muster: asyncio.Lock() for muster in self._readers}

    async def live_through(self, person: Person) -> None:
        """Let a person do what he does while sirens sound; return a while after they are silent."""
        place = self._truth.place(person.number)
        if place != OUTSIDE and self._chance.random() >= self._rates.stays_rate:
            await asyncio.sleep(self._chance.uniform(*self._rates.reaction_s))
            if await self._leave(person) and self._chance.random() < self._rates.muster_rate:
                await asyncio.sleep(self._chance.uniform(*self._rates.to_muster_s))
                await self._muster(person, place)
        await self._ears.until(sounding=False)
        self._held_free.clear()
        await asyncio.sleep(self._chance.uniform(*_RETURN_S))

    async def _leave(self, person: Person) -> bool:
        """Walk out as long as sirens sound; return whether the person is outside."""
        while self._ears.hear and (place := self._truth.place(person.number)) != OUTSIDE:
            route = self._routes.draw(person.access_points, place, OUTSIDE, self._chance)
            for point in route:
                if not await self._step(person, point):
                    break
                await asyncio.sleep(self._chance.uniform(*_BETWEEN_GATES_S))
            if not route:
                return False
        return self._truth.place(person.number) == OUTSIDE

    async def _step(self, person: Person, point: AccessPoint) -> bool:
        way = self._ways[point.id]
        async with way.portal.turn, self._passage():
            await self._settled(way)
            is_read = not way.portal.is_released or self._chance.random() < self._rates.badge_rate
            if is_read:
                way.present(person.card)
            if not await way.released_within(_PATIENCE_S):
                return False
            await asyncio.sleep(self._chance.uniform(*_STEP_S))
            went = way.walk_through()
            if went:
                self._truth.move(person.number, point.from_area, point.to_area, is_read=is_read)
                way.show(person.number, Doing.CROSSES)
                await asyncio.sleep(_TURN_S)
            return went

    async def _settled(self, way: Way) -> None:
        """Wait until the door has shut, unless it was found to be held free since the sirens sound."""
        if way.portal.id in self._held_free:
            return
        try:
            async with asyncio.timeout(_SETTLES_S):
                await way.portal.at_rest()
        except TimeoutError:
            self._held_free.add(way.portal.id)

    async def _muster(self, person: Person, came_from: AreaId) -> None:
        if not self._readers:
            return
        own = [muster for muster, areas in self._areas.items() if not areas or came_from in areas]
        is_wrong = self._chance.random() < self._rates.wrong_point_rate
        there = sorted(set(self._readers) - set(own) if is_wrong else own) or sorted(self._readers)
        muster = self._chance.choice(there)
        async with self._queues[muster], self._passage():
            self._readers[muster](person.card)
            await asyncio.sleep(_TURN_S)
