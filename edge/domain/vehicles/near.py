"""Plates of the policy that look like one that was read: a hint for the officer, and never a reason to open.

The policy has digests alone, so what is near is tried: look-alikes in every place, and one character more, less,
different or swapped with its neighbour. Belongs here: which texts are tried. Does not belong here: reading plates
(edge/plates), or deciding (decide_vehicle.py).
"""

from collections.abc import Callable, Iterator
from itertools import islice, product
from string import ascii_uppercase, digits
from typing import Final

ALIKE: Final = ("0OQDU", "1ILJT", "2Z", "5S", "6G", "8B", "4A", "7T", "VUY", "MN", "EF", "CG", "PR", "KX")
"""Characters that cameras and eyes take for one another on plates."""
MOST_NEAR: Final = 3
MOST_TRIED: Final = 2000
"""So many texts are tried at most: a few milliseconds."""
_CHARACTERS: Final = ascii_uppercase + digits
_MOST_LONG: Final = 12

_LIKE: Final = {each: "".join(dict.fromkeys("".join(s for s in ALIKE if each in s))) for each in _CHARACTERS}


def near_plates(plate: str, is_known: Callable[[str], bool]) -> tuple[str, ...]:
    """Return up to MOST_NEAR plates near `plate` (canonical text) of which `is_known` knows, the likeliest first."""
    if not plate or len(plate) > _MOST_LONG:
        return ()
    tried: dict[str, None] = {}
    for text in islice(_tries(plate), MOST_TRIED):
        if text != plate:
            tried[text] = None
    return tuple(islice(filter(is_known, tried), MOST_NEAR))


def _tries(plate: str) -> Iterator[str]:
    yield from _replaced(plate, lambda character: _LIKE[character])
    yield from (plate[:at] + plate[at + 1] + plate[at] + plate[at + 2 :] for at in range(len(plate) - 1))
    yield from _replaced(plate, lambda _: _CHARACTERS)
    yield from (plate[:at] + plate[at + 1 :] for at in range(len(plate)) if len(plate) > 1)
    yield from (plate[:at] + more + plate[at:] for at in range(len(plate) + 1) for more in _CHARACTERS)
    yield from map("".join, product(*(_LIKE[character] or character for character in plate)))


def _replaced(plate: str, by: Callable[[str], str]) -> Iterator[str]:
    for at, character in enumerate(plate):
        for other in by(character):
            yield plate[:at] + other + plate[at + 1 :]
