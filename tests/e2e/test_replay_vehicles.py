"""Vehicles of a nature preserve, many of which stay for days, through the whole pipeline.

The log (VAST 2017) lies beside the clone, in ../shared/data, and is not ours to copy; a made-up one in its format is
always played as well. Short: the first week; SACS_EFFORT=full: all thirteen months. What is expected is reckoned from
the source file alone: neither the converter nor the system is asked. Every passage of these logs is read, so the rules
leave no room: highest is one number at every hour, and so is best wherever all who are inside can be read.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

import pytest

from sacs.replay.convert_vehicles import main
from tests.conftest import EFFORT, Effort
from tests.e2e.replays import replay

SENSOR_LOG: Final = Path(__file__).parents[2].parent / "shared" / "data" / "vehicles" / "sensor.csv.gz"
SHORT_DAYS: Final = 7
_COLUMNS: Final = ("Timestamp", "car-id", "car-type", "gate-name")
_HOUR: Final = timedelta(hours=1)
Read = tuple[str, str, str, str]


def sensor_log() -> list[Read]:
    with gzip.open(SENSOR_LOG, "rt", newline="") as file:
        reads = [(row["Timestamp"], row["car-id"], row["car-type"], row["gate-name"]) for row in csv.DictReader(file)]
    if EFFORT is Effort.FULL:
        return reads
    end = datetime.fromisoformat(reads[0][0]) + timedelta(days=SHORT_DAYS)
    return [read for read in reads if datetime.fromisoformat(read[0]) < end]


def synthetic_log() -> list[Read]:
    """Half leave the same day, half camp for up to four days with days between their reads; some never leave."""
    chance = Random(11)
    reads: list[tuple[datetime, str, str, str]] = []
    for number in range(80):
        kind = "2P" if number % 4 == 3 else "1"
        door = "ranger-base" if kind == "2P" else f"entrance{chance.randrange(5)}"
        at = datetime(2015, 5, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(6 * 86400))
        end = at + timedelta(seconds=600 + chance.randrange(4 * 86400 if number % 2 else 8 * 3600))
        reads.append((at, f"vehicle-{number}", kind, door))
        while (at := at + timedelta(seconds=60 + chance.randrange(2 * 86400))) < end:
            reads.append((at, f"vehicle-{number}", kind, f"general-gate{chance.randrange(8)}"))
        if number % 20:
            reads.append((end, f"vehicle-{number}", kind, door))
    return [(f"{at:%Y-%m-%d %H:%M:%S}", *rest) for at, *rest in sorted(reads)]  # type: ignore[misc]


LONGEST_H: Final = 72
PLAYED: Final[dict[str, tuple[Callable[[], list[Read]], int | None]]] = {
    "a longest stay is declared": (synthetic_log, LONGEST_H),
    "none is declared": (sensor_log if SENSOR_LOG.exists() else synthetic_log, None),
}


@dataclass
class Expected:
    """What a log says by itself. `inside`: the last read of each vehicle that is there.

    `unnamed`: the last reads of those that became unnamed and were read again since. `exact`: hours at which every
    vehicle inside has a read whose key lives. `highest`: the upper bound at each hour, up to the first after the log.
    """

    inside: dict[str, datetime] = field(default_factory=dict)
    unnamed: list[datetime] = field(default_factory=list)
    exact: dict[str, int] = field(default_factory=dict)
    highest: dict[str, int] = field(default_factory=dict)

    def at_hour(self, hour: datetime, longest_h: int | None) -> None:
        """Note what the figures have to be.

        Without a declared longest stay whoever is read again is one unnamed less: highest is those inside. With one,
        all who became unnamed count whose last read is no longer ago, for who comes out may be another (rule 14).
        """
        readable = [last for last in self.inside.values() if key_dies(last) > hour]
        if self.inside and len(readable) == len(self.inside):
            self.exact[hour.isoformat()] = len(readable)
        highest = len(self.inside)
        if longest_h is not None:
            unnamed = [*self.unnamed, *(last for last in self.inside.values() if key_dies(last) <= hour)]
            highest = len(readable) + sum(last >= hour - longest_h * _HOUR for last in unnamed)
        self.highest[hour.isoformat()] = highest

    def overstays(self, end: datetime) -> int:
        """Return how many became unnamed up to `end`."""
        return len(self.unnamed) + sum(key_dies(last) <= end for last in self.inside.values())


def key_dies(read_at: datetime) -> datetime:
    """A minute before the hour of the read is a day old."""
    return read_at.replace(minute=0, second=0) + timedelta(hours=24) - timedelta(minutes=1)


def expected_of(reads: list[Read], longest_h: int | None) -> Expected:
    expected = Expected()
    doors: Counter[str] = Counter()
    hours = hours_between(reads[0][0], reads[-1][0])
    hour = next(hours)
    for text, vehicle, kind, gate in reads:
        at = datetime.fromisoformat(text).replace(tzinfo=UTC)
        while hour < at:
            expected.at_hour(hour, longest_h)
            hour = next(hours)
        last = expected.inside.pop(vehicle, None)
        if last is not None and key_dies(last) <= at:
            expected.unnamed.append(last)
        if gate == "ranger-base" if kind == "2P" else gate.startswith("entrance"):
            doors[vehicle] += 1
            if doors[vehicle] % 2 == 0:
                continue
        expected.inside[vehicle] = at
    expected.at_hour(hour, longest_h)
    return expected


def hours_between(first: str, last: str) -> Iterator[datetime]:
    hour = datetime.fromisoformat(first).replace(tzinfo=UTC, minute=0, second=0)
    while hour <= datetime.fromisoformat(last).replace(tzinfo=UTC) + _HOUR:
        yield hour
        hour += _HOUR


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("declared", PLAYED)
def test_the_count_is_honest_and_nothing_is_kept_too_long(tmp_path: Path, declared: str) -> None:
    log, longest_h = PLAYED[declared]
    reads = log()
    with gzip.open(tmp_path / "sensor.csv.gz", "wt", newline="") as file:
        csv.writer(file).writerows([_COLUMNS, *reads])
    assert main([str(tmp_path / "sensor.csv.gz"), str(tmp_path)]) == 0
    if longest_h is not None:
        site = (tmp_path / "site.toml").read_text(encoding="utf-8")
        site = site.replace("[site]\n", f"[site]\nlongest_stay_h = {longest_h}\n")
        (tmp_path / "site.toml").write_text(site, encoding="utf-8")
    expected = expected_of(reads, longest_h)
    asked = [argument for hour in expected.highest for argument in ("--at", hour)]

    carve = 4 if EFFORT is Effort.SHORT else 100
    report = replay(tmp_path, "--carve", carve, *asked, limit_s=390 if EFFORT is Effort.SHORT else 1700)

    assert report["events_journaled"] == report["events_stored"] == len(reads)
    assert report["oldest_readable_s_max"] < 86400
    assert report["readable_without_key"] == 0
    carved = report["carved"]
    assert carved["moments"] == carve
    assert carved["keys_opened"] > 0, "with the vault what is young opens"
    nothing = ("plants_found", "rows_readable", "keys_opened_past_limit")
    assert {name: carved[name] for name in nothing} == dict.fromkeys(nothing, 0)
    assert report["truth_present"] == len(expected.inside)
    assert report["overstays"] == expected.overstays(datetime.fromisoformat([*expected.highest][-1])) > 0
    assert report["anti_passback_violations"] == []
    assert report["bounds_missed"] == []
    figures = {hour: areas["preserve"] for hour, areas in report["at"].items()}
    assert expected.exact
    assert {hour: figures[hour]["best"] for hour in expected.exact} == expected.exact
    assert {hour: figure["highest"] for hour, figure in figures.items()} == expected.highest
    assert report["present"] == [*figures.values()][-1]
