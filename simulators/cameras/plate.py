"""Number plates as pictures: in the manner of the European Union, or of the United States.

Belongs here: drawing a plate by itself. Does not belong here: the vehicle that wears it (lane.py), or what is a valid
plate in which country. Not simulated: the countries' own typefaces, seals, dirt and damage.
"""

import re
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from simulators.cameras.weather import Colour, Image

_HEIGHT: Final = 112
_EU_WIDTH: Final = 520
_US_HEIGHT: Final = 152
_US_WIDTH: Final = 305
_BAND: Final = 46
_INK: Final[Colour] = (24, 20, 20)


_LETTERS_OF: Final = {"at": "A", "cz": "CZ", "de": "D", "hu": "H", "sk": "SK"}
"""Code of a country -> the letters in the blue band; other codes stand there as they are."""
_US: Final = "us"
_GERMAN: Final = re.compile("([A-Z]{1,3}?)([A-Z]{1,2})([0-9]+)")


def is_american(country: str) -> bool:
    """Tell whether a country's plates measure 305 by 152 mm; the others measure 520 by 112 mm."""
    return country == _US


def printed(plate: str, country: str) -> str:
    """Return a canonical plate (capitals and digits alone) with the gaps that its country leaves."""
    german = _GERMAN.fullmatch(plate)
    if country == "de" and german is not None:
        return " ".join(german.groups())
    return re.sub("(?<=[A-Z])(?=[0-9])", " ", plate, count=1)


@lru_cache(maxsize=64)
def plate_picture(plate: str, country: str) -> Image:
    """Return the plate from the front: white, with a blue band at its left, or with the country's name above.

    A pixel is a millimetre; of an American one, half of one. Source of the band: Regulation (EC) 2411/98.
    """
    is_us = is_american(country)
    width, height = (_US_WIDTH * 2, _US_HEIGHT * 2) if is_us else (_EU_WIDTH, _HEIGHT)
    image: Image = np.full((height, width, 3), 242, np.uint8)
    left, top = 8, 0
    if is_us:
        top = height // 4
        _letters(image, "USA", (width // 4, 10, width * 3 // 4, top - 4), (140, 50, 20))
    else:
        image[:, :_BAND] = (150, 60, 10)
        letters = _LETTERS_OF.get(country, country.upper())
        _letters(image, letters, (4, height - 40, _BAND - 4, height - 8), (250, 250, 250))
        cv2.circle(image, (_BAND // 2, 30), 13, (40, 205, 245), 3, cv2.LINE_AA)
        left = _BAND + 10
    margin = height // 7
    _letters(image, printed(plate, country), (left, top + margin, width - 12, height - margin), _INK)
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
