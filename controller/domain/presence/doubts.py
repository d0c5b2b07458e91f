"""Passages whose moment is in doubt: a gate's clock was ahead, so a controller gave them a time of its own.

When somebody passed decides where he is by now, so each of them widens the bounds by one. Belongs here: which they are.
Does not belong here: deciding that a record is doubtful (service/records/ingest.py), or the bounds (bounds.py).
"""

from typing import Final, NamedTuple

from controller.domain.presence.chain import Evidence, Passage
from controller.domain.presence.layout import Layout


class Doubtful(NamedTuple):
    """How many may not be in an area although a doubtful passage led there, and may be though one led out of it."""

    in_by: int
    out_by: int


NO_DOUBT: Final = Doubtful(0, 0)


class Doubts:
    """The doubtful passages that can be read."""

    def __init__(self, layout: Layout) -> None:
        self._layout: Final = layout
        self._passages: Final[set[Passage]] = set()

    def add(self, passage: Passage) -> None:
        """Take note that the moment of `passage` is in doubt."""
        self._passages.add(passage)

    def drop(self, passage: Passage) -> None:
        """Forget a passage, doubtful or not."""
        self._passages.discard(passage)

    def __contains__(self, passage: Passage) -> bool:
        return passage in self._passages

    def of(self, scope: int) -> Doubtful:
        """Return how the doubtful passages concern the area with that index; 0 is the whole site."""
        if not self._passages:
            return NO_DOUBT
        moved = [passage for passage in self._passages if passage.evidence is not Evidence.NOT_TAKEN]
        if scope == 0:
            led_in = sum(bool(passage.way.to) for passage in moved)
            return Doubtful(led_in, len(moved) - led_in)
        area = self._layout.areas[scope]
        return Doubtful(
            sum(passage.way.to == scope for passage in moved), sum(passage.way.source == area for passage in moved)
        )
