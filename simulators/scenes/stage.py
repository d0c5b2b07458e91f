"""Enacting a scene: people walk, gates journal, officers act, and the truth of each moment is written beside it.

Belongs here: the order of time, and what gates write of those who pass. Does not belong here: what officers and
vehicles do (acts.py, emergency.py), when something arrives (links.py). Not simulated: what a gate decides (everybody
here may pass), and what only a driver can get wrong.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from functools import partial
from random import Random
from typing import Final

from contract.clock import NS_PER_S, from_datetime
from contract.ids import OUTSIDE, AccessPointId, AreaId
from contract.periods import Kind
from contract.site import AccessPoint
from simulators.people import Person
from simulators.scenes.file import ScoredScene
from simulators.scenes.links import Links
from simulators.scenes.mishaps import ClockWrong, Dead, Emergency, Restarted
from simulators.scenes.story import Arrival, Moment, Order, Record, Restart, Statement, Story
from simulators.truth import Truth
from simulators.walk import Move, Walk

MINUTE_NS: Final = 60 * NS_PER_S
_TURNED_AWAY_S: Final = (60, 65)
"""Somebody who went presents his card again, does not walk, and the door reports so five seconds later."""
_FINER_IN_OPERATION: Final = 10
_HEALTH_EVERY_NS: Final = 2 * NS_PER_S


class Stage:
    """One scene with one seed, while it is enacted."""

    def __init__(self, scored: ScoredScene, seed: int) -> None:
        about, site = scored.about, scored.site
        self.scored: Final = scored
        self.site: Final = site
        self.chance: Final = Random(f"stage {scored.name} {seed}")
        midnight = datetime.combine(about.start, time.min, site.time_zone())
        self.begin_ns: Final = from_datetime(midnight.astimezone(UTC))
        self.end_ns = from_datetime((midnight + timedelta(about.days)).astimezone(UTC))
        gates = [gate.id for gate in site.gate]
        self.links: Final = Links(about, list(gates), self.begin_ns, self.chance)
        self.points: Final = {point.id: point for point in site.access_point}
        self._gate_of = {reader.access_point: gate.id for gate in site.gate for reader in gate.reader}
        self._ahead_ns = {
            each.gate: round(each.ahead_s * NS_PER_S) for each in about.mishap if isinstance(each, ClockWrong)
        }
        self._dead = [each for each in about.mishap if isinstance(each, Dead)]
        self._numbers: dict[str, int] = dict.fromkeys(gates, 0)
        self._rings: dict[str, deque[tuple[int, int]]] = {}
        self._arrivals: list[Arrival] = []
        self._agenda: list[tuple[int, int, Callable[[int], object]]] = []
        self._entries = 0
        self._within = {area.id: area.within for area in site.area}
        self._seen_at: dict[int, tuple[int, AreaId]] = {}
        self.orders: Final[list[Order]] = []
        self.walks = True
        """Whether people follow their rhythm; in an emergency they do not."""
        chance = Random(f"walk {scored.name} {seed}")
        self._walk = Walk(
            scored.scene, scored.persons, seed, chance, self.begin_ns, lambda at, point: self.is_dead(at, point.id)
        )
        self._unnamed = 0
        for dead in self._dead:
            for gate in dead.gates:
                self.at(self.links.at(dead.to_h), partial(self._comes_back, gate, self.links.at(dead.from_h)))

    def _comes_back(self, gate: str, since_ns: int, at_ns: int) -> None:
        self.say(gate, at_ns, "restarted", doubtful_from_ns=since_ns)

    @property
    def truth(self) -> Truth:
        """Where everybody is."""
        return self._walk.truth

    def at(self, at_ns: int, act: Callable[[int], object]) -> None:
        """Let something happen at a moment; it is told when that is."""
        self._entries += 1
        heapq.heappush(self._agenda, (at_ns, self._entries, act))

    def nobody_with_a_pass(self) -> int:
        """Return the number of one more person who holds no pass."""
        self._unnamed -= 1
        return self._unnamed

    def say(self, source: str, at_ns: int, what: str, **said: object) -> int:
        """Journal a record of gate or controller `source`, and send it to every controller; return its number."""
        return self._send(source, at_ns, at_ns, what, said)

    def _send(self, source: str, at_ns: int, sent_ns: int, what: str, said: dict[str, object]) -> int:
        number = self._numbers[source] = self._numbers.get(source, 0) + 1
        record = Record(source, number, at_ns + self._ahead_ns.get(source, 0), what, said)
        dies_ns = self._dies_ns(record.stamped_ns)
        self._rings.setdefault(source, deque()).append((dies_ns, number))
        for controller in range(self.links.controllers):
            for arrives_ns in self.links.arrivals(controller, source, sent_ns):
                if arrives_ns < dies_ns:
                    self._arrivals.append(Arrival(arrives_ns, controller, record))
        return number

    def _dies_ns(self, stamped_ns: int) -> int:
        """Return when a record's key dies: what has not arrived by then never does."""
        retention = self.site.retention
        return retention.dies_at_s(retention.period_at(Kind.MOVEMENT, stamped_ns)) * NS_PER_S

    def act(self, at_ns: int, what: str, said: dict[str, object], *, later_ns: int = 0) -> None:
        """Journal an officer's act at the control centre. `later_ns`: his tablet is offline so long."""
        self._send(self.control_centre(at_ns), at_ns, at_ns + later_ns, what, self._acted(said))

    def control_centre(self, at_ns: int) -> str:
        """Return the controller that officers work with: the first one that is up."""
        up = (controller for controller in range(self.links.controllers) if self.links.is_up(controller, at_ns))
        return f"controller-{next(up, 0)}"

    def act_at(self, gate: str, at_ns: int, what: str, said: dict[str, object]) -> None:
        """Journal an officer's act at a gate."""
        self._send(gate, at_ns, at_ns, what, self._acted(said))

    def _acted(self, said: dict[str, object]) -> dict[str, object]:
        return {"act_id": f"{self.chance.getrandbits(96):024x}", "by": "officer", **said}

    def gate_of(self, point: AccessPointId) -> str:
        """Return the gate that stands at an access point."""
        return self._gate_of[point]

    def is_dead(self, at_ns: int, point: AccessPointId) -> bool:
        """Tell whether nobody is read at that access point at that moment, because its gate is dead."""
        gate = self._gate_of[point]
        return any(
            gate in dead.gates and self.links.at(dead.from_h) <= at_ns < self.links.at(dead.to_h) for dead in self._dead
        )

    def passes(self, at_ns: int, person: int, point: AccessPoint) -> int:
        """Journal that somebody was read and went through; return the number of his grant."""
        gate = self._gate_of[point.id]
        grant = self.say(gate, at_ns, "granted", access_point=point.id, person=person)
        self.say(gate, at_ns, "taken", access_point=point.id, grant_number=grant)
        self._seen_at[person] = at_ns, point.to_area
        return grant

    def seen(self, at_ns: int, person: int, area: AreaId) -> None:
        """Take note that an officer wrote down where somebody is."""
        self._seen_at[person] = at_ns, area

    def last_seen(self, person: int) -> tuple[int, AreaId]:
        """Return when and where a record last placed somebody; never and outside, if none did."""
        return self._seen_at.get(person, (0, OUTSIDE))

    def has_readable_name(self, person: int, area: AreaId, at_ns: int) -> bool:
        """Tell whether a record that can still be read places somebody in that area."""
        seen_ns, place = self.last_seen(person)
        return place == area and self._dies_ns(seen_ns) > at_ns

    def play(self) -> Story:
        """Enact the scene from beginning to end."""
        moments: list[Moment] = []
        at_ns = self.begin_ns
        while (at_ns := self._next_moment(at_ns)) <= self.end_ns:
            self._go_on(at_ns)
            is_judged = at_ns >= self.links.at(self.scored.about.judged_from_h)
            moments.append(Moment(at_ns, self._inside(), self._statements(at_ns), is_judged))
        self._arrivals.sort(key=lambda arrival: arrival.at_ns)
        restarts = [
            Restart(self.links.at(each.at_h), each.controller)
            for each in self.scored.about.mishap
            if isinstance(each, Restarted)
        ]
        return Story(
            site=self.site,
            begin_ns=self.begin_ns,
            end_ns=self.end_ns,
            controllers=self.links.controllers,
            arrivals=self._arrivals,
            moments=moments,
            restarts=sorted(restarts),
            orders=self.orders,
        )

    def _next_moment(self, at_ns: int) -> int:
        """Return when figures are looked at next: in an operation ten times as often, and at once when it opens.

        And when a gate tells the last before it dies: gates tell at each look alone, a real one every two seconds.
        """
        step_ns = self.scored.about.moment_every_min * MINUTE_NS * self.chance.uniform(0.8, 1.2)
        opens_ns = [self.links.at(each.at_h) for each in self.scored.about.mishap if isinstance(each, Emergency)]
        if any(opened_ns <= at_ns for opened_ns in opens_ns):
            step_ns /= _FINER_IN_OPERATION
        last_words_ns = (self.links.at(dead.from_h) - _HEALTH_EVERY_NS for dead in self._dead)
        turns_ns = [turn_ns for turn_ns in (*opens_ns, *last_words_ns) if turn_ns > at_ns]
        return min([at_ns + round(step_ns), *turns_ns])

    def _go_on(self, until_ns: int) -> None:
        """Let everything happen up to that moment, each at its time."""
        while self._agenda and self._agenda[0][0] <= until_ns:
            at_ns, _, act = heapq.heappop(self._agenda)
            self._walk_until(at_ns)
            act(at_ns)
        self._walk_until(until_ns)

    def _walk_until(self, until_ns: int) -> None:
        if self.walks:
            for move in self._walk.until(until_ns):
                if move.is_read:
                    self._read(move)

    def _read(self, move: Move) -> None:
        self.passes(move.at_ns, move.person.number, move.point)
        rate = self.scored.scene.simulation.not_taken_rate
        if rate and move.point.to_area == OUTSIDE and self.chance.random() < rate:
            way_in = self.chance.choice(list(self._ways_in(self._gate_of[move.point.id])))
            self.at(move.at_ns + _TURNED_AWAY_S[0] * NS_PER_S, lambda at: self._turns_away(at, move.person, way_in))

    def _ways_in(self, gate: str) -> Iterable[AccessPoint]:
        here = (point for point in self.points.values() if self._gate_of[point.id] == gate)
        return (point for point in here if point.from_area == OUTSIDE)

    def _turns_away(self, at_ns: int, person: Person, point: AccessPoint) -> None:
        if self.truth.place(person.number) == OUTSIDE:
            gate = self._gate_of[point.id]
            grant = self.say(gate, at_ns, "granted", access_point=point.id, person=person.number)
            after_ns = (_TURNED_AWAY_S[1] - _TURNED_AWAY_S[0]) * NS_PER_S
            said = {"access_point": point.id, "grant_number": grant}
            self.at(at_ns + after_ns, lambda at: self.say(gate, at, "not-taken", **said))

    def _inside(self) -> dict[AreaId, int]:
        figures = self.truth.figures()
        inside = dict.fromkeys(figures.by_area, 0) | {AreaId(""): figures.present}
        for area, bodies in figures.by_area.items():
            for around in self.around(area):
                inside[around] += bodies
        return inside

    def around(self, area: AreaId) -> Iterator[AreaId]:
        """Yield an area and those that it lies in."""
        while area:
            yield area
            area = self._within[area]

    def _ring(self, gate: str, at_ns: int) -> tuple[int, int]:
        """Return the first and the last number that a gate still holds; first is one more than last for none."""
        ring = self._rings.get(gate, deque())
        while ring and ring[0][0] <= at_ns:
            ring.popleft()
        last = self._numbers[gate]
        return ring[0][1] if ring else last + 1, last

    def _statements(self, at_ns: int) -> dict[int, list[Statement]]:
        return {
            controller: [
                Statement(gate.id, at_ns + self._ahead_ns.get(gate.id, 0), *self._ring(gate.id, at_ns))
                for gate in self.site.gate
                if self.links.hears(controller, gate.id, at_ns)
            ]
            for controller in range(self.links.controllers)
            if self.links.is_up(controller, at_ns)
        }
