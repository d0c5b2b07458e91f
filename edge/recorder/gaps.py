"""The gap of the present: from the last frame that was recorded to the first one that is again.

It is kept in memory first and written when the disk takes it: a full disk is itself a reason for a gap.

Belongs here: when a gap begins, changes its reason and ends. Does not belong here: rows (gap_rows.py), or why.
"""

from dataclasses import dataclass
from typing import Final

from contract.camera_trouble import GapReason
from edge.recorder.gap_rows import GapRows


@dataclass(slots=True)
class _Gap:
    from_ns: int
    why: GapReason
    number: int | None = None
    until_ns: int | None = None


class Gaps:
    """The gaps of one camera. All times in nanoseconds since 1970-01-01 UTC."""

    def __init__(self, rows: GapRows) -> None:
        """Go on with a gap that lasted when the recorder ended. Raises sqlite3.Error."""
        self._rows: Final = rows
        lasting = rows.lasting()
        self._now = _Gap(lasting.from_ns, lasting.why, lasting.number) if lasting else None
        self._over: list[_Gap] = []

    @property
    def since_ns(self) -> int | None:
        """Since when nothing is recorded, None while something is."""
        return None if self._now is None else self._now.from_ns

    @property
    def why(self) -> GapReason | None:
        """Why nothing is recorded now, None while something is."""
        return None if self._now is None else self._now.why

    def missing(self, why: GapReason, since_ns: int, now_ns: int) -> None:
        """Nothing is recorded since `since_ns`. Another reason than before is another gap, from `now_ns` on."""
        if self._now is None:
            self._now = _Gap(since_ns, why)
        elif self._now.why is not why:
            self._end(now_ns)
            self._now = _Gap(now_ns, why)

    def recorded(self, from_ns: int) -> None:
        """Something is recorded again, from that time on."""
        self._end(from_ns)

    def skipped(self, from_ns: int, until_ns: int) -> None:
        """The stream skipped a span."""
        self._over.append(_Gap(from_ns, GapReason.STALLED, until_ns=until_ns))

    def write(self) -> None:
        """Write what is not written yet. Raises sqlite3.Error; the next call tries again."""
        while self._over:
            gap = self._over[0]
            until_ns = gap.until_ns or gap.from_ns
            if gap.number is not None:
                self._rows.end(gap.number, until_ns)
            elif until_ns > gap.from_ns:
                self._rows.add(gap.from_ns, until_ns, gap.why)
            del self._over[0]
        if self._now is not None and self._now.number is None:
            self._now.number = self._rows.begin(self._now.from_ns, self._now.why)

    def _end(self, until_ns: int) -> None:
        gap, self._now = self._now, None
        if gap is not None:
            gap.until_ns = until_ns
            self._over.append(gap)
