"""Number plates as pictures: what stands on them, in the manner of the European Union or of the United States.

Belongs here: drawing a plate by itself. Does not belong here: the vehicle that wears it (lane.py), or what is a valid
plate in which country. Not simulated: the countries' own typefaces, seals, dirt and damage.
"""

from enum import StrEnum
from functools import lru_cache
from typing import Final

import cv2
import msgspec
import numpy as np

from simulators.cameras.weather import Colour, Image

_HEIGHT: Final = 112
_EU_WIDTH: Final = 520
_US_HEIGHT: Final = 152
_US_WIDTH: Final = 305
_BAND: Final = 46
_INK: Final[Colour] = (24, 20, 20)


class PlateStyle(StrEnum):
    """How a plate looks."""

    EU = "eu"
    """White, 520 by 112 mm, a blue band with the country's letters at the left (Regulation (EC) 2411/98)."""
    US = "us"
    """White, 305 by 152 mm, the state's name above."""


class Plate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One plate. `text`: what is to be read, capitals, digits, blanks and hyphens; `country`: the letters beside it."""

    text: str
    country: str = "A"
    style: PlateStyle = PlateStyle.EU


@lru_cache(maxsize=64)
def plate_picture(plate: Plate) -> Image:
    """Return the plate from the front, a pixel a millimetre (of one from the United States, half of one)."""
    is_eu = plate.style is PlateStyle.EU
    scale = 1 if is_eu else 2
    width, height = (_EU_WIDTH, _HEIGHT) if is_eu else (_US_WIDTH * scale, _US_HEIGHT * scale)
    image: Image = np.full((height, width, 3), 242, np.uint8)
    left, top = 8, 0
    if is_eu:
        image[:, :_BAND] = (150, 60, 10)
        _letters(image, plate.country, (4, height - 40, _BAND - 4, height - 8), (250, 250, 250))
        cv2.circle(image, (_BAND // 2, 30), 13, (40, 205, 245), 3, cv2.LINE_AA)
        left = _BAND + 10
    else:
        top = height // 4
        _letters(image, plate.country.upper(), (width // 4, 10, width * 3 // 4, top - 4), (140, 50, 20))
    margin = height // 7
    _letters(image, plate.text, (left, top + margin, width - 12, height - margin), _INK)
    cv2.rectangle(image, (0, 0), (width - 1, height - 1), (40, 40, 40), 3)
    return image


def _letters(image: Image, text: str, box: tuple[int, int, int, int], colour: Colour) -> None:
    """Write `text` into a box, as large as fits, in its middle."""
    left, top, right, bottom = box
    face = cv2.FontFace("sans")
    size = round((bottom - top) * 1.4)  # capitals are 0.7 of a typeface's size
    wide = cv2.getTextSize((0, 0), text, (0, 0), face, size, 700)[2]
    if wide > right - left:
        size = size * (right - left) // wide
        wide = right - left
    baseline = (top + bottom) // 2 + round(size * 0.35)
    cv2.putText(image, text, ((left + right - wide) // 2, baseline), colour, face, size, 700)
