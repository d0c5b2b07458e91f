"""What the camera of a lane looks at: the front of the vehicle that stands there, its plate, who sits in it.

A vehicle's `nearness` is 1 where it stands at the barrier, less while it drives up, more while it passes the camera.
Standing, its plate is 0.21 of the picture's width: 134 pixels of 640, 269 of 1280.

Belongs here: drawing vehicles. Does not belong here: when they come and go (story.py). Not simulated: their sides and
backs, the boom (it closes behind the camera), two vehicles at once.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

import cv2
import numpy as np

from simulators.cameras.gateway import Box
from simulators.cameras.plate import is_american, plate_picture
from simulators.cameras.weather import Colour, Image, Light, Weather, lit
from simulators.vehicles import Vehicle, VehicleKind

_WIDE: Final = 0.72
_PLATE_SHARE: Final = 0.29
"""Of a vehicle's width: 520 mm of 1,800 mm."""
_US_SHARE: Final = 0.20
_HORIZON: Final = 0.30
_STAND: Final = 0.86
_REFLECTS: Final = 0.9
"""A plate throws light back to where it came from: at night it is the brightest thing there."""
_PAINTS: Final[tuple[Colour, ...]] = (
    (60, 60, 64), (205, 208, 210), (150, 90, 40), (40, 45, 160), (110, 112, 115), (70, 110, 70), (235, 235, 235),
)  # fmt: skip


_ROOF: Final = {VehicleKind.CAR: 0.80, VehicleKind.VAN: 1.12, VehicleKind.LORRY: 1.35}
"""Height of a vehicle as a share of its width."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Where things of a vehicle are in a picture; a plate that is not wholly inside has no box."""

    vehicle: Box
    plate: Box | None


class Lane:
    """The lane in one weather; `draw` gives pictures of it."""

    def __init__(self, width: int, height: int, weather: Weather) -> None:
        self._weather = weather
        self._width, self._height = width, height
        self._empty = lit(_background(width, height), weather)

    def draw(self, vehicle: Vehicle | None, nearness: float = 1.0) -> tuple[Image, Seen | None]:
        """Return the picture with that vehicle, if any, and where it is."""
        image = self._empty.copy()
        if vehicle is None:
            return image, None
        body = _Body(image, self._weather, vehicle, nearness)
        body.draw()
        return image, Seen(body.box, body.plate())


class _Body:
    """One vehicle in one picture."""

    def __init__(self, image: Image, weather: Weather, vehicle: Vehicle, nearness: float) -> None:
        self._image, self._weather, self._vehicle = image, weather, vehicle
        width: int = image.shape[1]
        self._height: int = image.shape[0]
        # What comes nearer grows, sinks and, once it passes the camera at its left, drifts to the right.
        self._wide: float = _WIDE * width * nearness
        self._centre: float = width * (0.5 + max(0.0, nearness - 1) * 0.9)
        self._foot: float = self._height * (_HORIZON + (_STAND - _HORIZON) * nearness)
        self._roof: float = self._foot - self._wide * _ROOF[vehicle.kind] * self._height / width * 1.25
        self._is_night = weather.light is Light.NIGHT

    @property
    def box(self) -> Box:
        """Which pixels the vehicle is within; they may lie outside the picture."""
        half = self._wide / 2
        return round(self._centre - half), round(self._roof), round(self._centre + half), round(self._foot)

    def draw(self) -> None:
        """Draw everything but the plate."""
        paint = Random(f"paint {self._vehicle.plate}").choice(_PAINTS)
        if self._vehicle.trailer:
            self._quad(-0.52, 0.62, 0.18, -0.12, (150, 150, 155))
        for side in (-1, 1):
            self._rectangle(side * 0.47 - 0.07, 0.80, side * 0.47 + 0.07, 1.03, (25, 25, 25))
        self._quad(-0.42, 0.42, 0.0, 0.5, paint, lower=0.5)
        self._rectangle(-0.5, 0.42, 0.5, 0.92, paint)
        self._windscreen()
        self._rectangle(-0.28, 0.52, 0.28, 0.66, (35, 35, 38))
        self._rectangle(-0.5, 0.84, 0.5, 0.95, (45, 45, 48))
        for side in (-1, 1):
            self._headlight(side)

    def plate(self) -> Box | None:
        """Draw the plate; return its box if it is wholly inside the picture."""
        picture = plate_picture(self._vehicle.plate, self._vehicle.country)
        wide = round(self._wide * (_US_SHARE if is_american(self._vehicle.country) else _PLATE_SHARE))
        high = round(wide * picture.shape[0] / picture.shape[1])
        left, top = round(self._centre - wide / 2), round(self._y(0.76) - high / 2)
        if min(left, top, wide - 8) < 0 or left + wide > self._image.shape[1] or top + high > self._height:
            return None
        small = cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA)
        share = _REFLECTS if self._is_night else self._weather.brightness(0.5)
        self._image[top : top + high, left : left + wide] = (small * share).astype(np.uint8)
        return left, top, left + wide, top + high

    def _windscreen(self) -> None:
        self._quad(-0.37, 0.37, 0.06, 0.40, (92, 84, 76), lower=0.45)
        # The driver sits at the left of his vehicle: at the right of this picture.
        seats = (0.2, -0.2, 0.0, -0.1, 0.1)
        for seat in seats[: min(self._vehicle.persons, len(seats))]:
            at = (round(self._x(seat)), round(self._y(0.26)))
            size = max(2, round(self._wide * 0.045))
            cv2.circle(self._image, at, size, self._weather.tone((120, 150, 190), 0.5), -1, cv2.LINE_AA)
            self._rectangle(seat - 0.08, 0.33, seat + 0.08, 0.40, (70, 60, 60))

    def _headlight(self, side: int) -> None:
        at = (round(self._x(side * 0.40)), round(self._y(0.58)))
        axes = (max(2, round(self._wide * 0.07)), max(2, round(self._wide * 0.04)))
        if self._is_night:
            for step in (2.6, 2.0, 1.5):
                self._glow(at, round(axes[0] * step), 30)
        colour = (245, 252, 255) if self._is_night else self._weather.tone((215, 220, 222), 0.5)
        cv2.ellipse(self._image, at, axes, 0, 0, 360, colour, -1, cv2.LINE_AA)

    def _glow(self, at: tuple[int, int], radius: int, level: int) -> None:
        left, top = max(0, at[0] - radius), max(0, at[1] - radius)
        part = self._image[top : max(0, at[1] + radius), left : max(0, at[0] + radius)]
        if part.size:
            glow = np.zeros_like(part)
            cv2.circle(glow, (at[0] - left, at[1] - top), radius, (level, level, level), -1, cv2.LINE_AA)
            cv2.add(part, glow, dst=part)

    def _x(self, share: float) -> float:
        return self._centre + share * self._wide

    def _y(self, share: float) -> float:
        return self._roof + share * (self._foot - self._roof)

    def _rectangle(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        first = (round(self._x(left)), round(self._y(top)))
        cv2.rectangle(
            self._image, first, (round(self._x(right)), round(self._y(bottom))), self._weather.tone(colour, 0.5), -1
        )

    def _quad(self, left: float, right: float, top: float, bottom: float, colour: Colour, lower: float = 0.0) -> None:
        """Fill a trapezoid; `lower`: half the width of its lower edge, 0 for the same as above."""
        below_left, below_right = (-lower, lower) if lower else (left, right)
        corners = [(left, top), (right, top), (below_right, bottom), (below_left, bottom)]
        points = np.array([(self._x(x), self._y(y)) for x, y in corners]).round().astype(np.int32)
        cv2.fillPoly(self._image, [points], self._weather.tone(colour, 0.5), cv2.LINE_AA)


def _background(width: int, height: int) -> Image:
    """Paint the lane as it looks by day with nobody there."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:] = np.linspace(222, 170, height, dtype=np.uint8)[:, None, None]
    ground = round(height * _HORIZON)
    cv2.rectangle(image, (0, ground - height // 8), (width, ground), (96, 128, 104), -1)
    image[ground:] = (118, 120, 122)
    road = np.array([(width * 0.38, ground), (width * 0.62, ground), (width * 1.25, height), (-width * 0.25, height)])
    cv2.fillPoly(image, [road.astype(np.int32)], (92, 92, 94))
    for side in (0.38, 0.62):
        far = -0.25 if side < 0.5 else 1.25
        edge = (round(width * side), ground), (round(width * far), height)
        cv2.line(image, *edge, (205, 210, 212), max(2, width // 200), cv2.LINE_AA)
    # The loop that tells that a vehicle stands there.
    loop = np.array([(0.30, 0.62), (0.70, 0.62), (0.82, 0.90), (0.18, 0.90)]) * (width, height)
    cv2.polylines(image, [loop.astype(np.int32)], isClosed=True, color=(60, 60, 62), thickness=max(1, width // 320))
    return image
