"""People who walk by their rhythm over a site without wires: who passes where, when, and whether a reader saw it.

Belongs here: from intents to moves, and the truth that they make. Does not belong here: what a move is written down as
(log.py, scenes/). Not simulated here: refusals and grants that nobody takes. The world with wires (world.py) has them.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Final, NamedTuple

from contract.clock import NS_PER_S
from contract.ids import AccessPointId
from contract.site import AccessPoint
from simulators.people import Person
from simulators.rhythm import Intent, rhythm_of
from simulators.routes import Routes
from simulators.scene import Scene, unread_rate
from simulators.truth import Truth

_BETWEEN_GATES_S: Final = (20.0, 90.0)
_PASSAGE_NS: Final = 2 * NS_PER_S
"""A turnstile lets one person through every two seconds."""
_NS_PER_MS: Final = 1_000_000

Missed = Callable[[int, AccessPoint], bool]
"""Tells whether the passage at that moment (ns since 1970 UTC) through that access point goes unread."""


class Move(NamedTuple):
    """One passage: `at_ns` in nanoseconds since 1970-01-01 UTC, whole milliseconds."""

    at_ns: int
    person: Person
    point: AccessPoint
    is_read: bool


class Walk:
    """Everybody's way through the days: a queue of who wants to do what next, and the truth so far.

    `seed` stands in for the scene's own, `chance` draws routes and what readers miss. Everybody begins outside.
    `also_missed` tells of passages that go unread beside those that the scene's own rates miss.
    """

    def __init__(
        self,
        scene: Scene,
        persons: Iterable[Person],
        seed: int | None,
        chance: Random,
        begin_ns: int,
        also_missed: Missed = lambda _at_ns, _point: False,
    ) -> None:
        self.truth: Final = Truth([area.id for area in scene.site.area])
        self._simulation = scene.simulation
        self._chance = chance
        self._also_missed = also_missed
        self._routes = Routes(scene.site)
        self._rhythm = rhythm_of(scene, self._routes, seed)
        self._free_at_ns: dict[AccessPointId, int] = {}
        self._waiting: set[int] = set()
        self._queue: list[tuple[int, int, Person, list[AccessPoint]]] = []
        for person in persons:
            if person.is_admitted:
                self._plan(person, self._rhythm.first(person, begin_ns))

    def until(self, until_ns: int) -> Iterator[Move]:
        """Walk everybody up to and including `until_ns`; the truth moves along with what is yielded."""
        queue = self._queue
        while queue and queue[0][0] <= until_ns:
            at_ns, _, person, route = heapq.heappop(queue)
            if not route:
                self._plan(person, self._rhythm.next(person, at_ns, self.truth.place(person.number)))
                continue
            point = route[0]
            if not self._has_his_turn(at_ns, person, route):
                continue
            is_missed = self._chance.random() < unread_rate(self._simulation, point) or self._also_missed(at_ns, point)
            self.truth.move(person.number, point.from_area, point.to_area, is_read=not is_missed)
            self._go_on(at_ns, person, route[1:])
            yield Move(at_ns, person, point, not is_missed)

    def _has_his_turn(self, at_ns: int, person: Person, route: list[AccessPoint]) -> bool:
        """Tell whether he can walk now; where somebody stands before the reader, he waits in line for his turn."""
        if person.number in self._waiting:
            self._waiting.remove(person.number)
            return True
        point = route[0].id
        turn_ns = max(at_ns, self._free_at_ns.get(point, 0))
        self._free_at_ns[point] = turn_ns + _PASSAGE_NS
        if turn_ns == at_ns:
            return True
        self._waiting.add(person.number)
        heapq.heappush(self._queue, (turn_ns, person.number, person, route))
        return False

    def _go_on(self, at_ns: int, person: Person, rest: list[AccessPoint]) -> None:
        if rest:
            there_ns = at_ns + round(self._chance.uniform(*_BETWEEN_GATES_S) * NS_PER_S)
            heapq.heappush(self._queue, (whole_ms(there_ns), person.number, person, rest))
        else:
            self._plan(person, self._rhythm.next(person, at_ns, self.truth.place(person.number)))

    def _plan(self, person: Person, intent: Intent) -> None:
        at_ns, to = intent
        route = self._routes.draw(person.access_points, self.truth.place(person.number), to, self._chance)
        heapq.heappush(self._queue, (whole_ms(at_ns), person.number, person, route))


def whole_ms(at_ns: int) -> int:
    """Round up to what a row of a log can say, so that a row and the truth agree on which side of an hour it lies."""
    return -(-at_ns // _NS_PER_MS) * _NS_PER_MS
