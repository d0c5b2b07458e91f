"""A counting line in a picture, in pixels: on which side of it something is, and how tall a person looks near it.

Belongs here: that geometry. Does not belong here: the line's shape in the site file (contract/site/camera.py), or who
moves (tracks.py).
"""

import enum
from dataclasses import dataclass
from math import hypot
from typing import Final, Self

from contract.site.camera import CountingLine

_OVERSHOOT: Final = 0.02
"""By this share of its length a line is longer than it was drawn: nobody slips by its very end."""


class Side(enum.StrEnum):
    """A side of the line, seen from its beginning to its end; whoever crosses goes to one of them."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the picture: pixels from its left and from its upper edge."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """From `begin` to `end`. `person_begin` and `person_end`: how many pixels tall somebody is who stands there.

    0 where that is not known.
    """

    begin: Point
    end: Point
    person_begin: float = 0.0
    person_end: float = 0.0

    @classmethod
    def of(cls, line: CountingLine, width: int, height: int) -> Self:
        """Return the line of a site file in a picture of that size."""
        begin, end = line.person or (0.0, 0.0)
        return cls(
            Point(line.begin[0] * width, line.begin[1] * height),
            Point(line.end[0] * width, line.end[1] * height),
            begin * height,
            end * height,
        )

    def distance(self, at: Point) -> float:
        """Return how far `at` is from the line drawn on and on, in pixels: above 0 on its right."""
        dx, dy = self.end.x - self.begin.x, self.end.y - self.begin.y
        return (dx * (at.y - self.begin.y) - dy * (at.x - self.begin.x)) / hypot(dx, dy)

    def share(self, at: Point) -> float:
        """Return where along the line `at` is: 0 at its beginning, 1 at its end, beyond it less or more."""
        dx, dy = self.end.x - self.begin.x, self.end.y - self.begin.y
        return (dx * (at.x - self.begin.x) + dy * (at.y - self.begin.y)) / (dx * dx + dy * dy)

    def is_passed(self, before: Point, after: Point) -> bool:
        """Tell whether whoever goes straight from `before` to `after` passes between the line's ends."""
        first, then = self.distance(before), self.distance(after)
        if (first < 0) is (then < 0):
            return False
        part = first / (first - then)
        where = self.share(before) * (1 - part) + self.share(after) * part
        return -_OVERSHOOT <= where <= 1 + _OVERSHOOT

    def person(self, at: Point) -> float:
        """Return how many pixels tall somebody looks whose feet are at `at`; 0 where that is not known."""
        share = min(max(self.share(at), 0.0), 1.0)
        return self.person_begin + share * (self.person_end - self.person_begin)
