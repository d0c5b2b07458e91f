"""Vehicles of a nature preserve, many of which stay for days, through the whole pipeline.

The log (VAST 2017) lies beside the clone, in ../shared/data, and is not ours to copy; a made-up one in its format is
always played as well. Short: the first three days; SACS_EFFORT=full: all thirteen months. What is expected is reckoned
from the source file alone: neither the converter nor the system is asked.
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
SHORT_DAYS: Final = 3
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


LOGS: Final[dict[str, Callable[[], list[Read]]]] = {"synthetic": synthetic_log}
if SENSOR_LOG.exists():
    LOGS["sensor"] = sensor_log


@dataclass
class Expected:
    """What a log says by itself. `exact`: hours at which every vehicle inside has a read whose key lives."""

    inside: dict[str, datetime] = field(default_factory=dict)
    overstays: int = 0
    exact: dict[str, int] = field(default_factory=dict)


def key_dies(read_at: datetime) -> datetime:
    """A minute before the hour of the read is a day old."""
    return read_at.replace(minute=0, second=0) + timedelta(hours=24) - timedelta(minutes=1)


def expected_of(reads: list[Read]) -> Expected:
    expected = Expected()
    doors: Counter[str] = Counter()
    hours = hours_between(reads[0][0], reads[-1][0])
    hour = next(hours)
    for text, vehicle, kind, gate in reads:
        at = datetime.fromisoformat(text).replace(tzinfo=UTC)
        while hour < at:
            if expected.inside and all(key_dies(last) > hour for last in expected.inside.values()):
                expected.exact[hour.isoformat()] = len(expected.inside)
            hour = next(hours)
        last = expected.inside.pop(vehicle, None)
        expected.overstays += last is not None and key_dies(last) <= at
        if gate == "ranger-base" if kind == "2P" else gate.startswith("entrance"):
            doors[vehicle] += 1
            if doors[vehicle] % 2 == 0:
                continue
        expected.inside[vehicle] = at
    expected.overstays += sum(key_dies(last) <= at for last in expected.inside.values())
    return expected


def hours_between(first: str, last: str) -> Iterator[datetime]:
    hour = datetime.fromisoformat(first).replace(tzinfo=UTC, minute=0, second=0)
    while hour <= datetime.fromisoformat(last).replace(tzinfo=UTC) + _HOUR:
        yield hour
        hour += _HOUR


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("log", LOGS)
def test_the_count_is_honest_and_nothing_is_kept_too_long(tmp_path: Path, log: str) -> None:
    reads = LOGS[log]()
    with gzip.open(tmp_path / "sensor.csv.gz", "wt", newline="") as file:
        csv.writer(file).writerows([_COLUMNS, *reads])
    assert main([str(tmp_path / "sensor.csv.gz"), str(tmp_path)]) == 0
    expected = expected_of(reads)
    asked = [argument for hour in expected.exact for argument in ("--at", hour)]

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
    assert report["overstays"] == expected.overstays > 0
    assert report["anti_passback_violations"] == []
    assert report["bounds_missed"] == []
    assert expected.exact
    assert {at: areas["preserve"]["best"] for at, areas in report["at"].items()} == expected.exact
    # No longest stay is declared: besides those who can be read, whoever became unnamed and was not seen leaving may be
    # inside.
    end = datetime.fromisoformat(reads[-1][0]).replace(tzinfo=UTC)
    readable = sum(key_dies(last) > end for last in expected.inside.values())
    assert len(expected.inside) <= report["present"]["highest"] <= readable + report["overstays"]
