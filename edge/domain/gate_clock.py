"""What time it is at a gate, whom it believes about it, and stamps that only rise.

Which clocks there are, and what is assumed of each:

- the wall clock (CLOCK_REALTIME): anybody may set it, so it is asked once, at the start, and then only compared;
- CLOCK_BOOTTIME: nobody can set it, it runs on while the machine sleeps, and begins anew when the machine starts;
- signed time of the controllers: right when it was signed, then delayed by an unknown while, never early;
- the highest time that the gate ever used, kept on disk: after power-off the later of this and the wall clock counts.

Because delay only makes a signed time late, the best of the last few is the one that promises most. What is used, by a
record or a promise that left this machine's memory, is never gone back behind: a clock that was ahead stands still
until the others have caught up.

A wall clock may be days ahead at the start, and what was sealed to a key of that day would stay readable until then
(L4). So where it leads everything that is kept or was signed by more than `lead_ns`, it is not *confirmed*: its stamps
are provisional, nothing may be sealed or promised with them, and the first signed time begins the stamps anew.

Belongs here: the rules of architecture.md, "Time". Does not belong here: reading clocks, or keeping the highest.
"""

from collections import deque
from typing import Final

_SIGNED_KEPT: Final = 8
"""How many signed times the best is taken of: enough to pass over late ones, few enough to follow a crystal's drift."""
_LEAP_NS: Final = 1_000_000_000
"""A difference between wall clock and CLOCK_BOOTTIME that nobody's slewing makes between two looks."""
_NS_PER_MS: Final = 1_000_000


class GateClock:
    """The gate's time. All arguments are nanoseconds: `wall_ns` and `highest_ns` since 1970-01-01 UTC."""

    def __init__(self, *, wall_ns: int, boottime_ns: int, highest_ns: int = 0, lead_ns: int | None = None) -> None:
        """Start: after power-off the later of the wall clock and the highest time ever used is believed.

        `lead_ns`: by how much the wall clock may lead before it needs to be confirmed; None where it is trusted.
        """
        self._base_ns = max(wall_ns, highest_ns) - boottime_ns
        self._highest_ns = highest_ns
        self._stamped_ns = highest_ns
        self._lead_ns = lead_ns
        self._is_confirmed = lead_ns is None or wall_ns <= highest_ns + lead_ns
        self._signed_ns: deque[int] = deque(maxlen=_SIGNED_KEPT)
        self._last_signed_ns: dict[str, int] = {}
        self._wall_base_ns = wall_ns - boottime_ns

    @property
    def highest_ns(self) -> int:
        """The highest time that was used so far: what must be on disk before anybody else hears of it."""
        return self._highest_ns

    @property
    def is_signed(self) -> bool:
        """Whether the time comes from a controller rather than from the machine's own clock."""
        return bool(self._signed_ns)

    @property
    def is_confirmed(self) -> bool:
        """Whether something may be sealed with a stamp of this clock, or promised."""
        return self._is_confirmed

    def now_ns(self, boottime_ns: int) -> int:
        """Return the time of day; never less than the highest stamp."""
        return max(self._base_ns + boottime_ns, self._stamped_ns)

    def stamp_ns(self, boottime_ns: int) -> int:
        """Return the stamp of an event that happens now: greater than every stamp and watermark before it."""
        self._stamped_ns = max(self._base_ns + boottime_ns, self._stamped_ns + 1)
        return self._stamped_ns

    def used(self, at_ns: int) -> None:
        """Note that a record with the stamp `at_ns` was sealed."""
        self._highest_ns = max(self._highest_ns, at_ns)

    def watermark_ns(self, boottime_ns: int) -> int:
        """Return a time after which everything will be stamped that is not stamped yet; not while unconfirmed."""
        if self._is_confirmed:
            self._highest_ns = self._stamped_ns = self.now_ns(boottime_ns)
        return self._highest_ns

    def published(self, until_ns: int, boottime_ns: int) -> None:
        """Take note that a controller signed keys of which the first serves until `until_ns`: that confirms as well."""
        if self._lead_ns is not None and self.now_ns(boottime_ns) <= until_ns + self._lead_ns:
            self._is_confirmed = True

    def believe(self, controller: str, at_ns: int, boottime_ns: int) -> bool:
        """Take the time that `controller` signed; returns False for a repeated or older one, which is passed over.

        With the first one stamps begin anew, after the highest time used.
        """
        if at_ns <= self._last_signed_ns.get(controller, 0):
            return False
        self._last_signed_ns[controller] = at_ns
        if not self._signed_ns:
            self._stamped_ns = self._highest_ns
            self._is_confirmed = True
        self._signed_ns.append(at_ns - boottime_ns)
        self._base_ns = max(self._signed_ns)
        return True

    def doubt(self, wall_ns: int, boottime_ns: int) -> int | None:
        """Compare the wall clock with CLOCK_BOOTTIME; returns by how many ms it leapt since the last look, if it did.

        The leap is not believed: it changes nothing here.
        """
        base_ns = wall_ns - boottime_ns
        leap_ns = base_ns - self._wall_base_ns
        self._wall_base_ns = base_ns
        if abs(leap_ns) < _LEAP_NS:
            return None
        return leap_ns // _NS_PER_MS

    def offset_ms(self, wall_ns: int, boottime_ns: int) -> int:
        """Return the machine's wall clock minus the believed time, in ms."""
        return (wall_ns - self.now_ns(boottime_ns)) // _NS_PER_MS
