"""Where programs get the time from: a port, the machine's clock behind it, and one that is set by hand.

Belongs here: reading time, and nothing else reads it. Does not belong here: what a time means (periods.py), or
whom a gate believes (edge/domain/gate_clock.py).
"""

import time
from datetime import UTC, datetime
from typing import Final, Protocol

NS_PER_S: Final = 1_000_000_000


class Clock(Protocol):
    """Time as a program is given it."""

    def now_ns(self) -> int:
        """Return the time of day in nanoseconds since 1970-01-01 UTC."""
        ...

    def boottime_ns(self) -> int:
        """Return nanoseconds of a counter that nobody can set and that runs on while the machine sleeps."""
        ...


class SystemClock:
    """The machine's own clocks: CLOCK_REALTIME and CLOCK_BOOTTIME (Linux, clock_gettime(2))."""

    def now_ns(self) -> int:
        """See Clock."""
        return time.time_ns()

    def boottime_ns(self) -> int:
        """See Clock."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class ManualClock:
    """A clock that stands still until it is moved: a replay's, whose time is that of the log."""

    def __init__(self, now_ns: int) -> None:
        """Start at `now_ns`, nanoseconds since 1970-01-01 UTC."""
        self._now_ns = now_ns

    def now_ns(self) -> int:
        """See Clock."""
        return self._now_ns

    def boottime_ns(self) -> int:
        """See Clock; the same counter as the time of day, as nobody sets this one back."""
        return self._now_ns

    def advance_to(self, now_ns: int) -> None:
        """Move on to `now_ns`. Raises ValueError if that lies in the past."""
        if now_ns < self._now_ns:
            message = f"time does not go back: {now_ns} is before {self._now_ns}"
            raise ValueError(message)
        self._now_ns = now_ns


def to_datetime(at_ns: int) -> datetime:
    """Return `at_ns` (nanoseconds since 1970-01-01 UTC) as an aware UTC datetime, cut to microseconds."""
    seconds, rest_ns = divmod(at_ns, NS_PER_S)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest_ns // 1000)


def from_datetime(at: datetime) -> int:
    """Return aware `at` in nanoseconds since 1970-01-01 UTC. Raises ValueError if it has no time zone."""
    if at.tzinfo is None:
        message = f"{at.isoformat()} has no time zone: stored times are UTC"
        raise ValueError(message)
    whole = at.astimezone(UTC)
    return int(whole.replace(microsecond=0).timestamp()) * NS_PER_S + whole.microsecond * 1000
