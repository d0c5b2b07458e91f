"""The digits that somebody types at a reader's keypad. Pure: times are nanoseconds of CLOCK_BOOTTIME.

Digits are collected until #, or until nobody typed for a while; * begins anew. OSDP has ASCII for digits, 0x7F for *
and 0x0D for # (SIA OSDP 2.2, 6.14); some readers send the two signs themselves.

Belongs here: where a PIN begins and ends. Does not belong here: what it is worth (the edge).
"""

from collections import Counter
from typing import Final

PAUSE_NS: Final = 3_000_000_000
"""Whoever types slower than this has stopped."""
MOST_DIGITS: Final = 16
"""More than any PIN has: what goes on is no PIN."""
_DIGITS: Final = b"0123456789"
_CLEAR: Final = b"\x7f*"
_ENTER: Final = b"\x0d#"


class Keypad:
    """The keypad of one reader. `refused` counts keys that mean nothing, and entries that were too long."""

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self._digits = ""
        self._is_overlong = False
        self._last_ns = 0

    def __repr__(self) -> str:
        """Without the digits."""
        return "Keypad(...)"

    def press(self, keys: bytes, now_ns: int) -> list[str]:
        """Take keys; return the entries that they end. An entry without a digit is none."""
        ended = self.advance(now_ns)
        self._last_ns = now_ns
        for key in keys:
            if key in _DIGITS:
                self._add(chr(key))
            elif key in _ENTER:
                ended += self._end()
            elif key in _CLEAR:
                self.clear()
            else:
                self.refused["osdp-unknown-key"] += 1
        return ended

    def advance(self, now_ns: int) -> list[str]:
        """Return the entry that a pause has ended, if any."""
        due_ns = self.due_ns()
        return self._end() if due_ns is not None and now_ns >= due_ns else []

    def due_ns(self) -> int | None:
        """Return when `advance` ends what was typed so far, or None if nothing was."""
        return self._last_ns + PAUSE_NS if self._digits or self._is_overlong else None

    def clear(self) -> None:
        """Forget what was typed."""
        self._digits, self._is_overlong = "", False

    def _add(self, digit: str) -> None:
        if len(self._digits) == MOST_DIGITS:
            self._is_overlong = True
        else:
            self._digits += digit

    def _end(self) -> list[str]:
        digits, is_overlong = self._digits, self._is_overlong
        self.clear()
        if is_overlong:
            self.refused["osdp-overlong-entry"] += 1
            return []
        return [digits] if digits else []
