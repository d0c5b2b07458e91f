"""A log of many days without wires: what the readers of a site would have written, and the truth beside it.

Time runs as fast as the machine can. The log is CSV, `at,credential,access_point`, one row for each passage that was
read, in the order of time; the truth is CSV, `at,area,present`, for every area at every full hour after all moves up to
that moment. Times are ISO 8601 in UTC. The same scene, seed and start always give the same bytes.

Belongs here: from moves to rows. Does not belong here: walking (walk.py), playing a log into a system (`sacs replay`).
Not simulated here: refusals, passes that are blocked or expired, and grants that nobody takes; a row is a passage. The
world with wires (world.py) has them.
"""

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final, TextIO

from contract.clock import NS_PER_S, from_datetime, to_datetime
from contract.ids import AccessPointId
from contract.periods import HOUR_S
from contract.site import ReaderKind, Site
from simulators.people import people
from simulators.scene import Scene
from simulators.truth import Figures
from simulators.walk import Move, Walk

LOG_HEADER: Final = "at,credential,access_point\n"
TRUTH_HEADER: Final = "at,area,present\n"
HOLDERS_HEADER: Final = "credential,holder,replaces\n"

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
    chance = Random(f"log {scene.simulation.seed if seed is None else seed}")
    walk = Walk(scene, people(scene, seed), seed, chance, begin_ns)
    reads_em4100 = _ascii_access_points(scene.site)
    out.write(LOG_HEADER)
    truth_out.write(TRUTH_HEADER)
    hours = (end_ns - begin_ns) // (HOUR_S * NS_PER_S)
    for hour in range(1, hours + 1):
        boundary_ns = begin_ns + hour * HOUR_S * NS_PER_S
        out.writelines(_row(move, reads_em4100) for move in walk.until(boundary_ns) if move.is_read)
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


def _row(move: Move, reads_em4100: Collection[AccessPointId]) -> str:
    h10301, em4100 = move.person.card.texts
    credential = em4100 if move.point.id in reads_em4100 else h10301
    return f"{_text(move.at_ns)},{credential},{move.point.id}\n"


def _ascii_access_points(site: Site) -> frozenset[AccessPointId]:
    """The access points at which only the EM4100 name of a card is known."""
    kinds: dict[AccessPointId, set[ReaderKind]] = {}
    for gate in site.gate:
        for reader in gate.reader:
            kinds.setdefault(reader.access_point, set()).add(reader.kind)
    return frozenset(point for point, found in kinds.items() if found == {ReaderKind.SERIAL})


def _text(at_ns: int) -> str:
    return to_datetime(at_ns).isoformat(timespec="milliseconds").replace("+00:00", "Z")
