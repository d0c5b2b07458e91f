"""Something that stands out from the empty place: one person, several at once, a cart, a dog, a shadow.

Belongs here: its shape. Does not belong here: how it is found in a picture (edge/counting/foreground.py).
"""

from dataclasses import dataclass

from edge.domain.counting.line import Point


@dataclass(frozen=True, slots=True)
class Blob:
    """Pixels that hang together: within left, top, right and bottom, `area` of them, their mean at `x`."""

    left: float
    top: float
    right: float
    bottom: float
    area: float
    x: float

    @property
    def width(self) -> float:
        """Pixels across."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Pixels from top to bottom."""
        return self.bottom - self.top

    @property
    def ground(self) -> Point:
        """Return where it stands: below its mass."""
        return Point(self.x, self.bottom)

    def moved(self, dx: float, dy: float) -> "Blob":
        """Return it at another place."""
        return Blob(self.left + dx, self.top + dy, self.right + dx, self.bottom + dy, self.area, self.x + dx)

    def overlap(self, other: "Blob") -> float:
        """Return which share of the smaller one's box lies within the other's."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        least = min(self.width * self.height, other.width * other.height)
        return across * down / least if across > 0 and down > 0 and least > 0 else 0.0
