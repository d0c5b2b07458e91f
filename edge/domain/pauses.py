"""How long to wait after failed sign-ins at one place.

Belongs here: that rule. Does not belong here: passwords.
"""

from typing import Final

from contract.clock import NS_PER_S

FREE: Final = 3
"""So many failures in a row cost nothing: people mistype."""
_LONGEST_S: Final = 60


class Pauses:
    """Counts failures in a row; each one after the first few doubles the wait, up to a minute."""

    def __init__(self) -> None:
        self._failures = 0
        self._until_ns = 0

    def wait_s(self, now_ns: int) -> int:
        """Return how many seconds nobody may try, 0 for none."""
        return max(0, -(-(self._until_ns - now_ns) // NS_PER_S))

    def failed(self, now_ns: int) -> None:
        """Count a failure."""
        self._failures += 1
        if self._failures > FREE:
            wait_s = min(2 ** (self._failures - FREE), _LONGEST_S)
            self._until_ns = now_ns + wait_s * NS_PER_S

    def succeeded(self) -> None:
        """Forget failures."""
        self._failures = 0
