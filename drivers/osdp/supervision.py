"""When to try a device again, and which of its keys. Pure: `now_s` is an argument.

libosdp leaves a device alone for 300 s after any NAK (a reader that restarted answers with one) and after a failed
handshake. Taking it out and putting it in again begins anew at once. A reader with a wrong key would so be tried
without end: hence the pause grows, and stays short enough for a reader to be back within 5 s of its return
(figures.md).

A device that is being rotated to its next key has two: when it answers, and does not know the one, the other is tried
at once.

A leap of the wall clock stops libosdp's timers for as long as it was set back; `ClockWatch` notices.

Belongs here: decisions. Does not belong here: libosdp.
"""

from typing import Final

RETRY_FIRST_S: Final = 0.1
RETRY_LAST_S: Final = 2.0
LEAP_S: Final = 0.5
"""More than a clock is ever slewed between two looks."""


class PdSupervisor:
    """Watches one device with `keys` keys. Call `lost` and `online` as they happen. `key`: which one is tried."""

    def __init__(self, keys: int = 1) -> None:
        self.key = 0
        self.due_s = 0.0
        self._keys = keys
        self._untried = keys - 1
        self._pause_s = RETRY_FIRST_S

    def lost(self, now_s: float, *, knew_no_key: bool) -> None:
        """The device was given up. `knew_no_key`: it answered, but not to the handshake."""
        if knew_no_key and self._untried:
            self._untried -= 1
            self.key = (self.key + 1) % self._keys
            self.due_s = now_s
            return
        self._untried = self._keys - 1
        self.due_s = now_s + self._pause_s
        self._pause_s = min(self._pause_s * 2, RETRY_LAST_S)

    def line_lost(self) -> None:
        """The whole line is gone, through no fault of the device: try it as soon as the line is back."""
        self._pause_s = RETRY_FIRST_S
        self.due_s = 0.0

    def online(self) -> None:
        """The device works, under `key`: the next loss is answered fast again, and keys before this one are dropped."""
        self._pause_s = RETRY_FIRST_S
        self._keys -= self.key
        self.key = 0
        self._untried = self._keys - 1


class ClockWatch:
    """Notices leaps of the wall clock against the monotonic one. Both in seconds."""

    def __init__(self, wall_s: float, monotonic_s: float) -> None:
        self._offset_s = wall_s - monotonic_s

    def has_leapt(self, wall_s: float, monotonic_s: float) -> bool:
        """Whether the wall clock was set since the last look."""
        offset_s = wall_s - monotonic_s
        leap_s, self._offset_s = offset_s - self._offset_s, offset_s
        return abs(leap_s) > LEAP_S
