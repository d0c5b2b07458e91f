"""The search for canaries as a process of its own, at the lowest priority: the controller goes on at its own pace.

Standard input: a Search as JSON; standard output: Found as JSON. Texts never stand on a command line. Belongs here:
that process. Does not belong here: how a search is made (plants.py), when one is due (service/canary_scan.py).
"""

import os
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import msgspec

from controller.audit.places import place_of, survey
from controller.audit.plants import IN_NAME, PlantSearch

UNREGISTERED: Final = "unregistered"
"""Stands for the place of a file that the register does not know."""
_LOWEST: Final = 19


class Search(msgspec.Struct):
    """What to look for, and where."""

    texts: list[str]
    folders: list[str]


class PlaceHit(msgspec.Struct, frozen=True, order=True):
    """How often canaries were found in one place, in one form."""

    place: str
    form: str
    hits: int


class Found(msgspec.Struct):
    """What was read, and what was found; `unregistered` counts files that no place covers."""

    files: int
    scanned_bytes: int
    places: int
    not_read: int
    vanished: int
    unregistered: int
    hits: list[PlaceHit]


def search(asked: Search) -> Found:
    """Make the search. Raises OSError for what can not be read: nothing is passed over in silence."""
    folders = [Path(folder) for folder in asked.folders]
    scan = PlantSearch(asked.texts).scan(folders)
    counted = Counter((_place(hit.file), hit.form) for hit in scan.hits)
    met, unknown = survey(folders)
    return Found(
        scan.files,
        scan.bytes_read,
        len(met),
        len(scan.not_read),
        scan.vanished,
        len(unknown),
        sorted(PlaceHit(place, form, hits) for (place, form), hits in counted.items()),
    )


def _place(file: str) -> str:
    place = place_of(file.removesuffix(IN_NAME))
    return place.name if place else UNREGISTERED


def main() -> None:
    """Read the search from standard input, make it, print what was found."""
    os.nice(_LOWEST)
    found = search(msgspec.json.decode(sys.stdin.buffer.read(), type=Search))
    sys.stdout.buffer.write(msgspec.json.encode(found))


if __name__ == "__main__":
    main()
