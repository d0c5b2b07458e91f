"""What light and rain do to a picture: how bright things are, how a lamp falls off, streaks, noise of the sensor.

Belongs here: whatever concerns the picture as a whole. Does not belong here: things in it (gateway.py, lane.py).
Not simulated: fog, snow, drops on the lens, blinding sun.
"""

import math
from enum import StrEnum
from typing import Final

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""Rows of pixels, blue-green-red."""
Colour = tuple[int, int, int]
"""Blue, green, red."""

NIGHT_NOISE: Final = 10
"""Grey levels: a sensor at night."""
_NIGHT: Final = 0.22
_LAMP: Final = 0.5
_LAMP_WIDTH: Final = 0.3
_LAYERS: Final = 8
_STREAKS_PER_PIXEL: Final = 1 / 900


class Light(StrEnum):
    """What a scene is lit by."""

    DAY = "day"
    NIGHT = "night"
    """One lamp above the middle of the picture, and what vehicles bring along."""


class Weather(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Light and rain of a scene."""

    light: Light = Light.DAY
    rain: bool = False

    @property
    def has_shadows(self) -> bool:
        """Whether things throw a shadow: in rain by day the sky is overcast."""
        return self.light is Light.NIGHT or not self.rain

    def brightness(self, across: float) -> float:
        """Return how bright things are at a place across the picture (0: left edge, 1: right edge); 1 is full light."""
        if self.light is Light.DAY:
            return 0.8 if self.rain else 1.0
        return _NIGHT + _LAMP * math.exp(-(((across - 0.5) / _LAMP_WIDTH) ** 2))

    def tone(self, colour: Colour, across: float) -> Colour:
        """Return a colour as it looks at that place."""
        share = self.brightness(across)
        blue, green, red = (round(level * share) for level in colour)
        return blue, green, red


class Sky:
    """What falls between a scene and its lens; drawn once, laid over each picture with another shift."""

    def __init__(self, width: int, height: int, weather: Weather, noise: int = 0) -> None:
        """`noise`: grey levels of the sensor by day."""
        chance = np.random.default_rng(1)
        self._height = height
        self._noise: Image | None = None
        levels = max(noise, NIGHT_NOISE if weather.light is Light.NIGHT else 0)
        if levels:
            self._noise = chance.integers(0, levels + 1, (2 * height, width, 3), dtype=np.uint8)
        self._rain = [_streaks(width, height, weather, chance) for _ in range(_LAYERS)] if weather.rain else []

    def fall(self, image: Image, number: int) -> None:
        """Lay the rain and the noise of picture `number` over it."""
        if self._rain:
            cv2.add(image, self._rain[number * 5 % _LAYERS], dst=image)
        if self._noise is not None:
            top = number * 97 % self._height
            cv2.add(image, self._noise[top : top + self._height], dst=image)


def lit(image: Image, weather: Weather) -> Image:
    """Return a background, painted as it looks by day, in that weather."""
    width = image.shape[1]
    share = np.array([weather.brightness(x / width) for x in range(width)], np.float32)
    return (image.astype(np.float32) * share[None, :, None]).astype(np.uint8)


def _streaks(width: int, height: int, weather: Weather, chance: np.random.Generator) -> Image:
    layer = np.zeros((height, width, 3), np.uint8)
    level = 60 if weather.light is Light.NIGHT else 80
    length = height // 14
    for _ in range(round(width * height * _STREAKS_PER_PIXEL * 360 / height)):
        x, y = int(chance.integers(0, width)), int(chance.integers(-length, height))
        end = (x - length // 6, y + length)
        cv2.line(layer, (x, y), end, (level, level, level), max(1, height // 540), cv2.LINE_AA)
    return layer
