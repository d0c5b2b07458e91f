"""Acts that need two officers: the first has asked, the second has some minutes to join.

In memory alone: after a restart the first asks again. Belongs here: who asked for what. Does not belong here: which
acts need two (domain/rights/acts.py).
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from contract.clock import NS_PER_S, Clock
from contract.ids import AccountId

WAIT_S: Final = 10 * 60
"""A second officer joins within this time, or the first asks again."""


class Ask(NamedTuple):
    """What is asked for, and whom it concerns."""

    act: str
    subject: AccountId


@dataclass(frozen=True)
class Asked:
    """An act that waits for its second officer. `until_ns`: for how long (ns since 1970 UTC)."""

    ask: Ask
    by: AccountId
    until_ns: int


class Seconds:
    """What waits for a second officer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._asked: dict[Ask, Asked] = {}

    def of(self, ask: Ask) -> Asked | None:
        """Return who asked for this, if it still waits."""
        asked = self._asked.get(ask)
        return asked if asked is not None and self._clock.now_ns() < asked.until_ns else None

    def ask(self, ask: Ask, by: AccountId) -> None:
        """Let an act wait for its second officer; asked again, it waits from now on."""
        self._asked[ask] = Asked(ask, by, self._clock.now_ns() + WAIT_S * NS_PER_S)

    def done(self, ask: Ask) -> None:
        """Forget an act that is done."""
        self._asked.pop(ask, None)

    def waiting(self) -> list[Asked]:
        """Return all that waits, the oldest first."""
        now_ns = self._clock.now_ns()
        return sorted((each for each in self._asked.values() if now_ns < each.until_ns), key=lambda each: each.until_ns)
