"""Several frames vote on one plate: blur, a shadow or a wiper in one of them is outvoted.

Belongs here: that arithmetic, pure. Does not belong here: where frames come from, or reading them.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import msgspec

_SETTLED: Final = 0.75
_AGREEING: Final = 2
_MOST_CANDIDATES: Final = 5
_LEAST: Final = 0.02


class Share(msgspec.Struct, frozen=True):
    """A plate and how sure it is, 0 to 1."""

    plate: str
    confidence: float

    def __repr__(self) -> str:
        """Without the plate."""
        return f"Share({self.confidence:.2f})"


class Vote:
    """What the frames of one vehicle say. The confidence of a plate is its mean over all frames that saw a plate."""

    def __init__(self) -> None:
        self._sums: Final[defaultdict[str, float]] = defaultdict(float)
        self._first: Final[defaultdict[str, int]] = defaultdict(int)
        self._frames = 0

    @property
    def frames(self) -> int:
        """How many frames saw a plate."""
        return self._frames

    def add(self, readings: Iterable[Share]) -> None:
        """Count one frame, the best of its readings first; a frame without any says nothing."""
        best = None
        for reading in readings:
            best = best or reading.plate
            self._sums[reading.plate] += reading.confidence
        if best is not None:
            self._frames += 1
            self._first[best] += 1

    def result(self) -> list[Share]:
        """Return the plates by how sure they are; none while no frame saw one."""
        shares = (Share(plate, total / self._frames) for plate, total in self._sums.items())
        ordered = sorted(shares, key=lambda share: (-share.confidence, share.plate))
        return [share for n, share in enumerate(ordered) if n == 0 or share.confidence >= _LEAST][:_MOST_CANDIDATES]

    @property
    def is_settled(self) -> bool:
        """Whether more frames would hardly change anything: two agree, and nothing speaks against it."""
        result = self.result()
        return bool(result) and self._first[result[0].plate] >= _AGREEING and result[0].confidence >= _SETTLED
