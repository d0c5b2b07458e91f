"""Gaps in the table of a shelf: the one that lasts, those that are over, and what had to go for want of room.

Belongs here: those rows. Does not belong here: when a gap begins and ends (gaps.py), or segments (shelf.py).
"""

import sqlite3
from typing import Final, NamedTuple

from contract.camera_trouble import GapReason

LONG_NS: Final = 60_000_000_000
"""An outage of this length is told while it lasts."""
_NEVER_NS: Final = 2**62
_TOUCHING_NS: Final = 2_000_000_000
"""Spans that were deleted for want of room and lie no further apart are one."""


class OpenGap(NamedTuple):
    """A gap that lasts. `from_ns`: ns since 1970-01-01 UTC."""

    number: int
    from_ns: int
    why: GapReason


class GapRows:
    """The gaps of one shelf. Raises sqlite3.Error if the disk does."""

    def __init__(self, rows: sqlite3.Connection) -> None:
        self._rows = rows

    def lasting(self) -> OpenGap | None:
        """Return the gap that has no end yet."""
        row = self._rows.execute("SELECT number, from_ns, why FROM gap WHERE until_ns IS NULL").fetchone()
        return OpenGap(row[0], row[1], GapReason(row[2])) if row else None

    def begin(self, from_ns: int, why: GapReason) -> int:
        """Write that a gap has begun; returns its number."""
        number = self._rows.execute("INSERT INTO gap (from_ns, why) VALUES (?, ?)", (from_ns, why)).lastrowid
        assert number is not None  # noqa: S101  an INSERT has one
        return number

    def end(self, number: int, until_ns: int) -> None:
        """Write when a gap ended; no earlier than it began."""
        self._rows.execute("UPDATE gap SET until_ns = max(from_ns, ?) WHERE number = ?", (until_ns, number))

    def add(self, from_ns: int, until_ns: int, why: GapReason) -> None:
        """Write a gap that is over."""
        self._rows.execute("INSERT INTO gap (from_ns, until_ns, why) VALUES (?, ?, ?)", (from_ns, until_ns, why))

    def made_room(self, from_ns: int, until_ns: int) -> None:
        """Write that what was recorded in a span had to go, as one gap with those that it touches."""
        found = self._rows.execute(
            "UPDATE gap SET from_ns = min(from_ns, ?), until_ns = max(until_ns, ?)"
            " WHERE why = ? AND from_ns <= ? AND until_ns >= ?",
            (from_ns, until_ns, GapReason.MADE_ROOM, until_ns + _TOUCHING_NS, from_ns - _TOUCHING_NS),
        )
        if not found.rowcount:
            self.add(from_ns, until_ns, GapReason.MADE_ROOM)

    def has_made_room(self) -> bool:
        """Return whether something that was not dead yet had to go, and would still be there."""
        query = "SELECT 1 FROM gap WHERE why = ? LIMIT 1"
        return self._rows.execute(query, (GapReason.MADE_ROOM,)).fetchone() is not None

    def short_ns(self, since_ns: int, now_ns: int) -> int:
        """Return how much is missing since then of what was not recorded for less than LONG_NS at a time."""
        short_ns, outage = 0, (0, 0)
        for from_ns, until_ns in self._rows.execute(
            "SELECT from_ns, coalesce(until_ns, ?1) FROM gap WHERE why != ?2 AND (until_ns IS NULL OR until_ns > ?3)"
            " UNION ALL SELECT ?4, ?4 ORDER BY 1, 2",
            (now_ns, GapReason.MADE_ROOM, since_ns, _NEVER_NS),
        ):
            if from_ns <= outage[1]:  # the same outage, for another reason
                outage = (outage[0], max(outage[1], until_ns))
                continue
            if outage[1] - outage[0] < LONG_NS:
                short_ns += max(0, outage[1] - max(outage[0], since_ns))
            outage = (from_ns, until_ns)
        return short_ns

    def forget(self, before_ns: int) -> None:
        """Drop the gaps that ended before that time: they live no longer than video does."""
        if self._rows.execute("SELECT 1 FROM gap WHERE until_ns < ? LIMIT 1", (before_ns,)).fetchone():
            self._rows.execute("DELETE FROM gap WHERE until_ns < ?", (before_ns,))
