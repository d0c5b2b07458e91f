"""Which controllers have said nothing for a day: a gate seals to them all the same, and somebody has to know.

Belongs here: telling a long silence. Does not belong here: hearing (uplink.py), or raising the alarm (a controller that
is heard).
"""

from collections.abc import Mapping
from typing import Final

from contract.ids import ControllerId

_LIMIT_NS: Final = 24 * 3600 * 1_000_000_000


class Silence:
    """Looks at how often each controller has spoken."""

    def __init__(self) -> None:
        self._last: dict[ControllerId, tuple[int, int]] = {}

    def silent(self, words: Mapping[ControllerId, int], boottime_ns: int) -> int:
        """Return how many have said nothing for 24 hours; `words`: how often each has spoken by now.

        `boottime_ns`: of a counter that runs on while the machine sleeps. Who was never heard counts from the first
        look on; who is not in `words` any more is forgotten.
        """
        self._last = {
            name: last if (last := self._last.get(name)) is not None and last[0] == count else (count, boottime_ns)
            for name, count in words.items()
        }
        return sum(boottime_ns - since_ns >= _LIMIT_NS for _, since_ns in self._last.values())
