"""How many persons one blob is, by its size beside that of one person at its place.

Two who walk shoulder to shoulder look like one body that is too tall, too wide or too large. Without knowing how tall
a person looks there (the site file may say) a blob is one person.

Belongs here: that judgement. Does not belong here: where a person is how tall (line.py).
"""

from statistics import median
from typing import Final

from edge.domain.counting.blob import Blob

_TWO: Final = 1.88
"""Height times area, each as a share of one person's: what is more is more than one."""
_ONE: Final = 1.2
"""The same of each person in a crowd."""
AREA: Final = 0.135
"""Pixels of one walking person, as a share of the square of his height."""
_MOST_LOOKS: Final = 25


class Persons:
    """What was seen of one blob, look by look."""

    def __init__(self) -> None:
        self._taller: list[float] = []
        self._larger: list[float] = []

    def look(self, blob: Blob, person: float) -> None:
        """Take the blob as it looks now, at a place where a person looks `person` pixels tall."""
        self._taller = [*self._taller[-_MOST_LOOKS:], blob.height / person]
        self._larger = [*self._larger[-_MOST_LOOKS:], blob.area / (AREA * person * person)]

    @property
    def amount(self) -> int:
        """Return how many persons it is, 1 where nothing is known."""
        if not self._taller:
            return 1
        taller, larger = median(self._taller), median(self._larger)
        size = taller * larger
        return 1 if size < _TWO else max(2, round(size / _ONE))
