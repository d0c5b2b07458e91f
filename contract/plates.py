"""Number plates as all parts compare them: A-Z and 0-9 alone, however somebody wrote one; where they are looked for.

Belongs here: that one text, that part of a picture. Does not belong here: what countries write (edge/plates), or who
may come in with a plate (the policy, controller/service/site/vehicles.py).
"""

import re
import unicodedata
from typing import Final

Within = tuple[float, float, float, float]
"""The part of a picture in which plates are looked for: left, top, right, bottom as shares of its width and height."""
WHOLE: Final[Within] = (0.0, 0.0, 1.0, 1.0)
_LEAST: Final = 0.05
"""No side is shorter: nobody hits a plate with a narrower part."""
_NOT_A_PLATE: Final = re.compile(r"[^A-Z0-9]")
LOOK_ALIKE: Final = dict(zip("АВЕЗКМНОРСТУХІΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABE3KMHOPCTYXIABEZHIKMNOPTYX", strict=True))
"""Cyrillic and Greek letters that look like Latin ones: plates have them for that, and a font does not tell them."""


def is_within(part: Within) -> bool:
    """Tell whether these are left, top, right and bottom of a part that lies in a picture and is no mere line."""
    left, top, right, bottom = part
    return all(0 <= share <= 1 for share in part) and right - left >= _LEAST and bottom - top >= _LEAST


def plain_text(text: str) -> str:
    """Return a text in capitals without marks: an umlaut as its plain letter, digits of all scripts as 0-9."""
    bare = (c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return "".join(map(_plain, "".join(bare).upper()))


def canonical_plate(text: str) -> str:
    """Return a plate as policies digest it: what is A-Z and 0-9 of its plain text, and nothing else of it."""
    return _NOT_A_PLATE.sub("", plain_text(text))


def _plain(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return LOOK_ALIKE.get(character, character) if digit is None else str(digit)
