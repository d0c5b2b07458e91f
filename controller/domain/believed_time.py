"""What time it is for a controller, which nobody signs the time to: the law counts the hours that have passed.

Which clocks there are, and what is assumed of each:

- the wall clock (CLOCK_REALTIME): anybody may set it; believed at the start, then only as long as it does not leap;
- CLOCK_BOOTTIME: nobody can set it, it runs on while the machine sleeps, and begins anew when the machine starts;
- the highest time that was ever used, kept on disk: after power-off the later of this and the wall clock counts.

A wall clock that is set back would let keys live longer than the law allows, and one that is set forward would take
all names away at once; so neither is believed while the program runs, in one leap or in many small steps: what is
followed is a second an hour at most, as daemons step a clock that they keep right. Nothing here goes back or stands
still. A wall clock that starts behind the highest time was set back while the machine was off, and is told as a leap.

Belongs here: these rules (architecture.md, "Time"). Does not belong here: reading clocks, or keeping the highest.
"""

from typing import Final

_LEAP_NS: Final = 1_000_000_000
"""A difference between wall clock and CLOCK_BOOTTIME that nobody's slewing makes within _FOLLOWED_EVERY_NS."""
_FOLLOWED_EVERY_NS: Final = 3600 * 1_000_000_000
_NS_PER_MS: Final = 1_000_000


class BelievedTime:
    """The controller's time. All arguments are nanoseconds: `wall_ns` and `highest_ns` since 1970-01-01 UTC."""

    def __init__(self, *, wall_ns: int, boottime_ns: int, highest_ns: int = 0) -> None:
        """Start: the later of the wall clock and the highest time ever used is believed."""
        self._base_ns = max(wall_ns, highest_ns) - boottime_ns
        self._wall_base_ns = wall_ns - boottime_ns
        self._highest_ns = max(wall_ns, highest_ns)
        self._from_base_ns = self._wall_base_ns
        self._from_boottime_ns = boottime_ns
        behind_ns = wall_ns - self._highest_ns
        self._leaps_ms: list[int] = [] if -behind_ns < _LEAP_NS else [behind_ns // _NS_PER_MS]

    def now_ns(self, *, wall_ns: int, boottime_ns: int) -> int:
        """Return the time of day: it follows small steps of the wall clock, and never goes back."""
        wall_base_ns = wall_ns - boottime_ns
        step_ns = wall_base_ns - self._wall_base_ns
        if boottime_ns - self._from_boottime_ns >= _FOLLOWED_EVERY_NS:
            self._from_base_ns, self._from_boottime_ns = self._wall_base_ns, boottime_ns
        self._wall_base_ns = wall_base_ns
        if abs(wall_base_ns - self._from_base_ns) < _LEAP_NS:
            self._base_ns += step_ns
        else:
            self._from_base_ns += step_ns
            self._leaps_ms.append(step_ns // _NS_PER_MS)
        self._highest_ns = max(self._highest_ns, self._base_ns + boottime_ns)
        return self._highest_ns

    def leaps_ms(self) -> list[int]:
        """Return by how many ms the wall clock leapt, each time since this was last asked."""
        leaps_ms, self._leaps_ms = self._leaps_ms, []
        return leaps_ms
