"""What the camera of a pedestrian gate looks at: a paved way from left to right through a gate in the middle.

A place on the way is `along` (0: left edge of the picture, 1: right edge, 0.5: the gate) and `depth` (0: at the far
side, 1: at the near one). The gate's line is the picture's vertical centre line at any depth.

Belongs here: drawing people who stand and walk there. Does not belong here: who they are and where they go (story.py).
Not simulated: a lens that bends, doors that swing, and anything that hides people but other people.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Final

import cv2
import numpy as np

from simulators.cameras.weather import Colour, Image, Light, Weather, lit

LINE: Final = 0.5
"""Where along the way the gate is."""
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom are outside."""

_FAR_GROUND: Final = 0.52
_GROUND_DEPTH: Final = 0.36
_FAR_SIZE: Final = 0.29
_SIZE_GAIN: Final = 0.15
_STEPS_PER_WIDTH: Final = 9.0
_COATS: Final[tuple[Colour, ...]] = (
    (150, 60, 40), (50, 60, 190), (60, 130, 60), (40, 40, 45), (200, 200, 205),
    (60, 170, 210), (120, 60, 120), (110, 115, 120), (90, 70, 60),
)  # fmt: skip
_SKINS: Final[tuple[Colour, ...]] = ((150, 180, 220), (120, 150, 200), (80, 110, 160), (60, 80, 120))


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody looks. `height_m`: metres."""

    height_m: float
    coat: Colour
    skin: Colour
    has_bag: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """Somebody at a place of the way. `stride`: how far along he has walked, for his legs."""

    person: int
    along: float
    depth: float
    look: Look
    stride: float


def look_of(person: int) -> Look:
    """Return how person `number` looks, always the same."""
    chance = Random(f"look {person}")
    return Look(chance.uniform(1.55, 1.95), chance.choice(_COATS), chance.choice(_SKINS), chance.random() < 0.3)


class Gateway:
    """The gate in one weather; `draw` gives pictures of it."""

    def __init__(self, width: int, height: int, weather: Weather) -> None:
        self._weather = weather
        self._width, self._height = width, height
        self._empty = lit(_background(width, height), weather)
        if weather.light is Light.NIGHT:
            _lamp(self._empty)

    def draw(self, figures: Iterable[Figure]) -> tuple[Image, dict[int, Box]]:
        """Return the picture, and which pixels each person is within (shadows left out), hidden by others or not."""
        image = self._empty.copy()
        drawn = sorted(figures, key=lambda each: each.depth)
        if self._weather.has_shadows:
            for figure in drawn:
                self._shadow(image, figure)
        return image, {figure.person: self._body(image, figure) for figure in drawn}

    def _foot(self, figure: Figure) -> tuple[int, int, float]:
        """Return where somebody stands, and how many pixels he is tall."""
        spread = 0.9 + 0.2 * figure.depth
        x = (LINE + (figure.along - LINE) * spread) * self._width
        y = (_FAR_GROUND + _GROUND_DEPTH * figure.depth) * self._height
        size = (_FAR_SIZE + _SIZE_GAIN * figure.depth) * self._height * figure.look.height_m / 1.75
        return round(x), round(y), size

    def _shadow(self, image: Image, figure: Figure) -> None:
        x, y, size = self._foot(figure)
        is_night = self._weather.light is Light.NIGHT
        # By day the sun stands at the left behind the camera; at night shadows point away from the lamp.
        lean = (figure.along - LINE) * 1.2 if is_night else 0.55
        reach = size * (0.35 + abs(lean) * 0.5)
        centre = (round(x + lean * size * 0.5), round(y - size * 0.02))
        left, right = round(centre[0] - reach - 2), round(centre[0] + reach + 2)
        top, bottom = round(centre[1] - size * 0.12), round(centre[1] + size * 0.12)
        left, top = max(0, left), max(0, top)
        ground = image[top : max(0, bottom), left : max(0, right)]
        if not ground.size:
            return
        mask = np.zeros(ground.shape[:2], np.uint8)
        axes = (max(1, round(reach)), max(1, round(size * 0.06)))
        cv2.ellipse(mask, (centre[0] - left, centre[1] - top), axes, 0, 0, 360, 255, -1, cv2.LINE_AA)
        dark = 0.3 if is_night else 0.45
        ground[:] = (ground * (1 - dark * (mask[..., None] / np.float32(255)))).astype(np.uint8)

    def _body(self, image: Image, figure: Figure) -> Box:
        x, foot, size = self._foot(figure)
        coat, skin, trousers = (
            self._weather.tone(each, figure.along) for each in (figure.look.coat, figure.look.skin, (55, 50, 48))
        )
        hip, shoulder, head = foot - size * 0.48, foot - size * 0.82, foot - size * 0.92
        thick = max(2, round(size * 0.075))
        swing = math.sin(figure.stride * _STEPS_PER_WIDTH * math.tau)
        reach = size * 0.15 * swing
        for side in (reach, -reach):
            cv2.line(image, (x, round(hip)), (round(x + side), foot - thick // 2), trousers, thick, cv2.LINE_AA)
        half = size * 0.115
        torso = [(x - half * 0.8, hip), (x - half, shoulder), (x + half, shoulder), (x + half * 0.8, hip + size * 0.04)]
        cv2.fillPoly(image, [np.array(torso).round().astype(np.int32)], coat, cv2.LINE_AA)
        arm = max(2, round(size * 0.055))
        for side in (-1, 1):
            hand = (round(x - side * reach * 0.8), round(hip + size * 0.02))
            cv2.line(image, (round(x + side * half * 0.7), round(shoulder + arm / 2)), hand, coat, arm, cv2.LINE_AA)
        cv2.circle(image, (x, round(head)), max(2, round(size * 0.075)), skin, -1, cv2.LINE_AA)
        if figure.look.has_bag:
            bag = self._weather.tone((40, 60, 90), figure.along)
            corner = (round(x - half * 1.3), round(hip - size * 0.12))
            cv2.rectangle(image, corner, (round(x - half * 0.3), round(hip + size * 0.03)), bag, -1)
        wide = max(half * 1.3, abs(reach) + thick / 2, size * 0.08)
        return round(x - wide), round(foot - size), round(x + wide), foot


def _background(width: int, height: int) -> Image:
    """Paint the place as it looks by day with nobody there."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:] = np.linspace(225, 150, height, dtype=np.uint8)[:, None, None]
    ground = round(height * (_FAR_GROUND - 0.05))
    cv2.rectangle(image, (0, height // 5), (width, ground), (132, 148, 168), -1)
    for x in range(0, width, max(8, width // 10)):
        cv2.line(image, (x, height // 5), (x, ground), (118, 134, 156), max(1, width // 640))
    image[ground:] = (104, 110, 114)
    for row in range(8):
        y = ground + round((height - ground) * (row / 8) ** 1.4)
        cv2.line(image, (0, y), (width, y), (92, 98, 102), max(1, height // 360))
    for x in range(-width, 2 * width, max(16, width // 8)):
        near = round(width / 2 + (x - width / 2) * 1.25)
        cv2.line(image, (x, ground), (near, height), (92, 98, 102), max(1, width // 640))
    _portal(image, ground)
    return image


def _portal(image: Image, ground: int) -> None:
    """Paint the gate at the far side of the way, its line on the ground, and a reader at either side."""
    height, width = image.shape[:2]
    centre, half, lintel = width // 2, width // 24, height // 7
    cv2.rectangle(image, (centre - half, lintel), (centre + half, ground), (70, 74, 80), -1)
    post = max(2, width // 120)
    for x in (centre - half, centre + half):
        cv2.rectangle(image, (x - post, lintel), (x + post, ground + post), (150, 90, 30), -1)
    left, right = centre - half - post, centre + half + post
    cv2.rectangle(image, (left, lintel - height // 30), (right, lintel), (150, 90, 30), -1)
    cv2.line(image, (centre, ground), (centre, height), (170, 200, 205), max(1, width // 320))
    for x in (centre - width // 9, centre + width // 9):
        cv2.line(image, (x, ground + height // 60), (x, ground - height // 7), (60, 60, 62), max(2, width // 160))
        cv2.circle(image, (x, ground - height // 7), max(2, width // 110), (60, 190, 60), -1)


def _lamp(image: Image) -> None:
    height, width = image.shape[:2]
    cv2.circle(image, (width // 2, height // 12), max(3, width // 60), (210, 245, 255), -1, cv2.LINE_AA)
