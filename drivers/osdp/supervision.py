"""When to bring back what libosdp gave up. Pure: `now_s` is an argument.

libosdp leaves a device alone for 300 s after 8.3 s of silence, after any NAK (a reader that restarted answers
with one) and after a failed handshake. Taking it out and putting it in again begins anew at once. A reader
with a wrong key would so be tried without end: hence the pause grows, and stays short enough for a reader to
be back within 5 s of its return (figures.md).

A leap of the wall clock stops libosdp's timers for as long as it was set back; `ClockWatch` notices.

Belongs here: decisions. Does not belong here: libosdp.
"""

from typing import Final

RETRY_FIRST_S: Final = 0.1
RETRY_LAST_S: Final = 2.0
LEAP_S: Final = 0.5
"""More than a clock is ever slewed between two looks."""


class PdSupervisor:
    """Watches one device. Call `lost` and `online` as they happen; when `is_due`, revive it and call `revived`."""

    def __init__(self) -> None:
        self._pause_s = RETRY_FIRST_S
        self._due_s: float | None = None

    def lost(self, now_s: float) -> None:
        """The device was given up."""
        if self._due_s is None:
            self._due_s = now_s + self._pause_s
            self._pause_s = min(self._pause_s * 2, RETRY_LAST_S)

    def online(self) -> None:
        """The device works: the next loss is answered fast again."""
        self._pause_s = RETRY_FIRST_S
        self._due_s = None

    def is_due(self, now_s: float) -> bool:
        """Whether the device is to be taken out and put in again now."""
        return self._due_s is not None and now_s >= self._due_s

    def revived(self) -> None:
        """It was put in again."""
        self._due_s = None


class ClockWatch:
    """Notices leaps of the wall clock against the monotonic one. Both in seconds."""

    def __init__(self, wall_s: float, monotonic_s: float) -> None:
        self._offset_s = wall_s - monotonic_s

    def has_leapt(self, wall_s: float, monotonic_s: float) -> bool:
        """Whether the wall clock was set since the last look."""
        offset_s = wall_s - monotonic_s
        leap_s, self._offset_s = offset_s - self._offset_s, offset_s
        return abs(leap_s) > LEAP_S
