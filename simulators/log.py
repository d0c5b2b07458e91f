"""A log of many days without wires: what the readers of a site would have written, and the truth beside it.

Time runs as fast as the machine can. The log is CSV, `at,credential,access_point`, one row for each passage that was
read, in the order of time; the truth is CSV, `at,area,present`, for every area at every full hour after all moves up to
that moment. Times are ISO 8601 in UTC. The same scene, seed and start always give the same bytes.

Belongs here: from intents to rows. Does not belong here: playing a log into a system (`sacs replay`). Not simulated
here: refusals, passes that are blocked or expired, and grants that nobody takes; a row is a passage. The world with
wires (world.py) has them.
"""

import heapq
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final, TextIO

from contract.clock import NS_PER_S, from_datetime, to_datetime
from contract.ids import AccessPointId
from contract.periods import HOUR_S
from contract.site import AccessPoint, ReaderKind, Site
from simulators.people import Person, people
from simulators.rhythm import Intent, rhythm_of
from simulators.routes import Routes
from simulators.scene import Scene, Simulation, unread_rate
from simulators.truth import Figures, Truth

LOG_HEADER: Final = "at,credential,access_point\n"
TRUTH_HEADER: Final = "at,area,present\n"
HOLDERS_HEADER: Final = "credential,holder,replaces\n"
_BETWEEN_GATES_S: Final = (20.0, 90.0)
_PASSAGE_NS: Final = 2 * NS_PER_S
"""A turnstile lets one person through every two seconds."""
_NS_PER_MS: Final = 1_000_000

Progress = Callable[[int, int], None]
"""Is told hours done and hours in all."""


def write_log(
    scene: Scene,
    out: TextIO,
    truth_out: TextIO,
    *,
    days: int,
    start: date,
    seed: int | None = None,
    progress: Progress = lambda _done, _all: None,
) -> Figures:
    """Write the log of `days` days from midnight of `start` in the site's time zone, and the truth of each full hour.

    `seed` stands in for the scene's own. Returns the truth at the end. Everybody begins outside; whoever is still
    inside at the end stays there.
    """
    zone = scene.site.time_zone()
    begin_ns = from_datetime(datetime.combine(start, time.min, zone).astimezone(UTC))
    end_ns = from_datetime(datetime.combine(start + timedelta(days), time.min, zone).astimezone(UTC))
    walk = _Walk(scene, seed, begin_ns)
    out.write(LOG_HEADER)
    truth_out.write(TRUTH_HEADER)
    hours = (end_ns - begin_ns) // (HOUR_S * NS_PER_S)
    for hour in range(1, hours + 1):
        boundary_ns = begin_ns + hour * HOUR_S * NS_PER_S
        out.writelines(walk.rows_until(boundary_ns))
        at = _text(boundary_ns)
        by_area = walk.truth.figures().by_area
        truth_out.writelines(f"{at},{area},{present}\n" for area, present in by_area.items())
        progress(hour, hours)
    return walk.truth.figures()


def write_holders(scene: Scene, out: TextIO, *, seed: int | None = None) -> None:
    """Write CSV `credential,holder,replaces`: whose credentials are whose. Holders are called `p00001` and so on."""
    out.write(HOLDERS_HEADER)
    for person in people(scene, seed):
        out.writelines(f"{credential},p{person.number:05},\n" for credential in person.card.texts)


class _Walk:
    """Everybody's way through the days: a queue of who wants to do what next, and the truth so far."""

    def __init__(self, scene: Scene, seed: int | None, begin_ns: int) -> None:
        self.truth = Truth([area.id for area in scene.site.area])
        self._simulation: Simulation = scene.simulation
        self._chance = Random(f"log {scene.simulation.seed if seed is None else seed}")
        self._routes = Routes(scene.site)
        self._rhythm = rhythm_of(scene, self._routes, seed)
        self._reads_em4100 = _ascii_access_points(scene.site)
        self._free_at_ns: dict[AccessPointId, int] = {}
        self._queue: list[tuple[int, int, Person, list[AccessPoint]]] = []
        for person in people(scene, seed):
            if person.is_admitted:
                self._plan(person, self._rhythm.first(person, begin_ns))

    def rows_until(self, until_ns: int) -> list[str]:
        """Walk everybody up to and including `until_ns`, and return the rows that were read meanwhile."""
        rows: list[str] = []
        queue = self._queue
        while queue and queue[0][0] <= until_ns:
            at_ns, _, person, route = heapq.heappop(queue)
            if not route:
                self._plan(person, self._rhythm.next(person, at_ns, self.truth.place(person.number)))
                continue
            point = route[0]
            free_at_ns = self._free_at_ns.get(point.id, 0)
            if free_at_ns > at_ns:  # somebody stands before the reader: wait in line
                heapq.heappush(queue, (free_at_ns, person.number, person, route))
                continue
            self._free_at_ns[point.id] = at_ns + _PASSAGE_NS
            rows.extend(self._pass(at_ns, person, point))
            self._go_on(at_ns, person, route[1:])
        return rows

    def _pass(self, at_ns: int, person: Person, point: AccessPoint) -> list[str]:
        is_read = self._chance.random() >= unread_rate(self._simulation, point)
        self.truth.move(person.number, point.from_area, point.to_area, is_read=is_read)
        if not is_read:
            return []
        h10301, em4100 = person.card.texts
        credential = em4100 if point.id in self._reads_em4100 else h10301
        return [f"{_text(at_ns)},{credential},{point.id}\n"]

    def _go_on(self, at_ns: int, person: Person, rest: list[AccessPoint]) -> None:
        if rest:
            there_ns = at_ns + round(self._chance.uniform(*_BETWEEN_GATES_S) * NS_PER_S)
            heapq.heappush(self._queue, (_whole_ms(there_ns), person.number, person, rest))
        else:
            self._plan(person, self._rhythm.next(person, at_ns, self.truth.place(person.number)))

    def _plan(self, person: Person, intent: Intent) -> None:
        at_ns, to = intent
        route = self._routes.draw(person.access_points, self.truth.place(person.number), to, self._chance)
        heapq.heappush(self._queue, (_whole_ms(at_ns), person.number, person, route))


def _ascii_access_points(site: Site) -> frozenset[AccessPointId]:
    """The access points at which only the EM4100 name of a card is known."""
    kinds: dict[AccessPointId, set[ReaderKind]] = {}
    for gate in site.gate:
        for reader in gate.reader:
            kinds.setdefault(reader.access_point, set()).add(reader.kind)
    return frozenset(point for point, found in kinds.items() if found == {ReaderKind.SERIAL})


def _whole_ms(at_ns: int) -> int:
    """Round up to what a row can say, so that a row and the truth agree on which side of an hour it lies."""
    return -(-at_ns // _NS_PER_MS) * _NS_PER_MS


def _text(at_ns: int) -> str:
    return to_datetime(at_ns).isoformat(timespec="milliseconds").replace("+00:00", "Z")
