"""Anti-passback at one gate: where this gate saw a holder go last, for as long as the law lets it remember.

The memory is kept by period and forgotten with the period's key, and it is gone after a restart. Until everything
that could have been forgotten would have been forgotten anyway, `hard` then acts as `soft`, and says so. Across gates
the controller reports and never refuses (architecture.md); this memory never leaves the gate.

Belongs here: the memory and the judgement. Does not belong here: the decision as a whole (decide.py).
"""

import enum
from typing import Final

from contract.ids import ANYWHERE, AreaId, HolderId
from contract.periods import Kind, Period, Retention
from contract.site import AccessPoint, AntiPassback

_NS_PER_S = 1_000_000_000


class Verdict(enum.Enum):
    """What anti-passback says about a read."""

    FINE = "fine"
    OVERRIDDEN = "overridden"
    """A second entry without an exit, granted and reported."""
    REFUSED = "refused"


class AntiPassbackMemory:
    """Who went where through this gate. Times are nanoseconds since 1970-01-01 UTC.

    `forgotten_until_ns`: when the gate had run before, the last instant of which that run could have known.
    """

    def __init__(self, retention: Retention, forgotten_until_ns: int | None = None) -> None:
        self.retention: Final = retention
        """What bounds how long a gate may remember anything of somebody."""
        self._areas: dict[Period, dict[HolderId, AreaId]] = {}
        self._soft_until_ns = (
            0 if forgotten_until_ns is None else forgotten_until_ns + retention.keep_s(Kind.MOVEMENT) * _NS_PER_S
        )

    def is_softened(self, now_ns: int) -> bool:
        """Tell whether `hard` acts as `soft` at `now_ns`, because a restart took the memory."""
        return now_ns < self._soft_until_ns

    def judge(self, mode: AntiPassback, holder: HolderId, point: AccessPoint, now_ns: int) -> Verdict:
        """Say what `mode` makes of `holder` at `point`."""
        if mode is AntiPassback.OFF or point.from_area == ANYWHERE or self._where(holder, now_ns) != point.to_area:
            return Verdict.FINE
        if mode is AntiPassback.HARD and not self.is_softened(now_ns):
            return Verdict.REFUSED
        return Verdict.OVERRIDDEN

    def passed(self, holder: HolderId, point: AccessPoint, at_ns: int) -> None:
        """Remember that `holder` went through `point` at `at_ns`."""
        self.unseen(holder)
        self._areas.setdefault(self.retention.period_at(Kind.MOVEMENT, at_ns), {})[holder] = point.to_area

    def unseen(self, holder: HolderId) -> None:
        """Forget where `holder` is, for nobody saw whether he went: no read of his is held against him."""
        for areas in self._areas.values():
            areas.pop(holder, None)

    def forget(self, now_ns: int) -> None:
        """Drop every period whose key is dead at `now_ns`, and what a clock left that was ahead."""
        for period in [p for p in self._areas if self._is_dead(p, now_ns) or p.start_s * _NS_PER_S > now_ns]:
            del self._areas[period]

    def __len__(self) -> int:
        """Return of how many holders something is remembered."""
        return sum(len(areas) for areas in self._areas.values())

    def _where(self, holder: HolderId, now_ns: int) -> AreaId | None:
        for period, areas in self._areas.items():
            if holder in areas:
                return None if self._is_dead(period, now_ns) else areas[holder]
        return None

    def _is_dead(self, period: Period, now_ns: int) -> bool:
        return now_ns >= self.retention.dies_at_s(period) * _NS_PER_S
