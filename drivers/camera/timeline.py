"""Timestamps that always rise, made of those that a camera sends.

Why: the first packet after PLAY may have none (the RTP-Info header is optional, RFC 2326 section 12.33), cameras step
back when their clock is set, and a muxer refuses a timestamp that does not rise.

Belongs here: that arithmetic. Does not belong here: any library's packets, or the time of day.
"""

from typing import Final

_BACK_S: Final = 1
_AHEAD_S: Final = 10
"""A step by more than this, back or ahead, is a new beginning of the camera's counter; within it, unrest."""


class Timeline:
    """Decoding timestamps of one connection, from 0 upwards, in the ticks of the stream."""

    def __init__(self, ticks_per_s: int) -> None:
        """Start a new connection; `ticks_per_s` is the stream's clock rate, as a rule 90,000 (RFC 6184 section 8.1)."""
        self._back = -_BACK_S * ticks_per_s
        self._ahead = _AHEAD_S * ticks_per_s
        self._offset: int | None = None
        self._last = -1
        self._expected = 0

    def place(self, stamp: int | None, duration: int) -> int:
        """Return where a packet stands: later than every one before. `duration` (ticks) fills what is missing."""
        placed = self._expected
        if stamp is not None:
            if self._offset is None or not self._back <= stamp + self._offset - self._expected <= self._ahead:
                self._offset = self._expected - stamp
            placed = max(stamp + self._offset, self._last + 1)
        self._last = placed
        self._expected = placed + max(1, duration)
        return placed
