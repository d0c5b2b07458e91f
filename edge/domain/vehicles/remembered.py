"""With how many persons a vehicle came in by this gate, for as long as the law lets the gate remember (L4).

In memory alone, by period, and gone after a restart: then the controller's count alone tells of a difference. A vehicle
is known again by its plate, and one without a plate by its driver. Belongs here: that memory. Does not belong here:
what a difference means (events.OccupantsDiffer).
"""

from contract.clock import NS_PER_S
from contract.ids import HolderId
from contract.periods import Kind, Period, Retention


class CameWith:
    """Persons beside the driver, by vehicle. Times are nanoseconds since 1970-01-01 UTC."""

    def __init__(self, retention: Retention) -> None:
        self._retention = retention
        self._beside: dict[Period, dict[str, int]] = {}

    def entered(self, plate: str, driver: HolderId, beside: int, at_ns: int) -> None:
        """Remember a vehicle that came in; of one that came in twice the later counts."""
        key = _key(plate, driver)
        if key:
            self._forget(key)
            self._beside.setdefault(self._retention.period_at(Kind.MOVEMENT, at_ns), {})[key] = beside

    def of(self, plate: str, driver: HolderId, now_ns: int) -> int | None:
        """Return beside how many the driver of this vehicle came in; None if this gate does not know."""
        key = _key(plate, driver)
        for period, beside in self._beside.items():
            if key in beside and not self._is_dead(period, now_ns):
                return beside[key]
        return None

    def left(self, plate: str, driver: HolderId) -> None:
        """Forget a vehicle that has left."""
        self._forget(_key(plate, driver))

    def forget(self, now_ns: int) -> None:
        """Drop every period whose key is dead at `now_ns`, and what a clock left that was ahead."""
        for period in [p for p in self._beside if self._is_dead(p, now_ns) or p.start_s * NS_PER_S > now_ns]:
            del self._beside[period]

    def __len__(self) -> int:
        """Return of how many vehicles something is remembered."""
        return sum(len(beside) for beside in self._beside.values())

    def _forget(self, key: str) -> None:
        for beside in self._beside.values():
            beside.pop(key, None)

    def _is_dead(self, period: Period, now_ns: int) -> bool:
        return now_ns >= self._retention.dies_at_s(period) * NS_PER_S


def _key(plate: str, driver: HolderId) -> str:
    return f"plate:{plate}" if plate else str(driver)
