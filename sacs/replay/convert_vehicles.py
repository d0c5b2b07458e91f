"""Makes a replay of a public data set: 171,477 gate passages of 18,708 vehicles in a nature preserve (VAST 2017).

`python -m sacs.replay.convert_vehicles SENSOR.csv.gz FOLDER` writes `log.csv` and `site.toml` into FOLDER; the guide
docs/guide/replay-a-published-log.md says what to do with them. The data set does not say which way a vehicle drives:

- an entrance has no direction: a vehicle's odd entrance reads are in, its even ones out;
- ranger-base is where the preserve's own vehicles (type `2P`) start and end: odd reads there are in, even ones out;
- every other gate stands inside, and only says "now here".

Belongs here: that reading of the data. Does not belong here: playing it.
"""

import csv
import gzip
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

AREA: Final = "preserve"
_COLUMNS: Final = ("Timestamp", "car-id", "gate-name")
_HEADER: Final = """\
# Made by sacs.replay.convert_vehicles: one area; entrances and the ranger base lead into it and out of it, all other
# gates only say "now here".

[site]
name = "Preserve"

[[area]]
id = "preserve"
name = "Preserve"
"""


class Read(NamedTuple):
    """One row of the data set."""

    at: str
    vehicle: str
    gate: str


class Row(NamedTuple):
    """One row of the replay's log."""

    at: str
    credential: str
    access_point: str


def has_direction(gate: str) -> bool:
    """Tell whether a vehicle's reads at `gate` alternate between in and out."""
    return gate.startswith("entrance") or gate == "ranger-base"


def with_direction(reads: Iterable[Read]) -> Iterator[Row]:
    """Yield each read, in the order of time, with the access point that it stands for."""
    crossings: Counter[str] = Counter()
    for read in reads:
        point = read.gate
        if has_direction(read.gate):
            crossings[read.vehicle] += 1
            point = f"{read.gate}-{'in' if crossings[read.vehicle] % 2 else 'out'}"
        yield Row(read.at, read.vehicle, point)


def site_text(gates: Iterable[str]) -> str:
    """Return the site file: one area, and each gate with its one or two readers."""
    parts = [_HEADER]
    for gate in sorted(gates):
        if has_direction(gate):
            points = {f"{gate}-in": ("outside", AREA), f"{gate}-out": (AREA, "outside")}
        else:
            points = {gate: ("any", AREA)}
        parts += [f'[[access_point]]\nid = "{point}"\nfrom = "{a}"\nto = "{b}"\n' for point, (a, b) in points.items()]
        parts.append(f'[[gate]]\nid = "{gate}"\n')
        parts += [f'[[gate.reader]]\nid = "{p}"\nkind = "log"\naccess_point = "{p}"\n' for p in points]
    return "\n".join(parts)


def convert(source: Path, folder: Path) -> int:
    """Write `log.csv` and `site.toml` into `folder`, made where missing; return the number of rows.

    Raises OSError, and ValueError for a file that is not that data set.
    """
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        if missing := set(_COLUMNS) - set(table.fieldnames or ()):
            raise ValueError(f"{source} has no column {', '.join(sorted(missing))}: it is another data set")
        reads = sorted((Read(*(row[name] for name in _COLUMNS)) for row in table), key=lambda read: read.at)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("at", "credential", "access_point"))
        writer.writerows(with_direction(reads))
    (folder / "site.toml").write_text(site_text({read.gate for read in reads}), encoding="utf-8")
    return len(reads)


def main(arguments: list[str]) -> int:
    """Run from the command line; returns the exit code."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m sacs.replay.convert_vehicles SENSOR.csv.gz FOLDER\n")
        return 2
    source, folder = map(Path, arguments)
    try:
        rows = convert(source, folder)
    except (OSError, ValueError, EOFError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{rows:,} passages: {folder / 'log.csv'}, {folder / 'site.toml'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
