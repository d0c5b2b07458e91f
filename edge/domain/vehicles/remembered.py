"""With how many persons a vehicle came in by this gate, for as long as the law lets the gate remember (L4).

In memory alone, by period, and gone after a restart: then the controller's count alone tells of a difference. A vehicle
is known again by its plate, or else by its driver: a lane may read no plates. Belongs here: that memory. Does not
belong here: what a difference means (events.OccupantsDiffer).
"""

from dataclasses import dataclass

from contract.clock import NS_PER_S
from contract.ids import HolderId
from contract.periods import Kind, Period, Retention


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Party:
    """Who came in one vehicle. `keys`: by which it is known again, the surest first."""

    keys: tuple[str, ...]
    beside: int


class CameWith:
    """Persons beside the driver, by vehicle. Times are nanoseconds since 1970-01-01 UTC."""

    def __init__(self, retention: Retention) -> None:
        self._retention = retention
        self._came: dict[Period, dict[str, _Party]] = {}

    def entered(self, plate: str, driver: HolderId, beside: int, at_ns: int) -> None:
        """Remember a vehicle that came in; of one that came in twice the later counts."""
        self.left(plate, driver)
        party = _Party(_keys(plate, driver), beside)
        period = self._retention.period_at(Kind.MOVEMENT, at_ns)
        self._came.setdefault(period, {}).update(dict.fromkeys(party.keys, party))

    def of(self, plate: str, driver: HolderId, now_ns: int) -> int | None:
        """Return beside how many the driver of this vehicle came in; None if this gate does not know."""
        self.forget(now_ns)
        party = self._find(plate, driver)
        return None if party is None else party.beside

    def left(self, plate: str, driver: HolderId) -> None:
        """Forget a vehicle that has left."""
        party = self._find(plate, driver)
        for came in self._came.values():
            for key in [key for key, other in came.items() if other is party]:
                del came[key]

    def forget(self, now_ns: int) -> None:
        """Drop every period whose key is dead at `now_ns`, and what a clock left that was ahead."""
        for period in [p for p in self._came if self._is_dead(p, now_ns) or p.start_s * NS_PER_S > now_ns]:
            del self._came[period]

    def __len__(self) -> int:
        """Return of how many vehicles something is remembered."""
        return len({id(party) for came in self._came.values() for party in came.values()})

    def _find(self, plate: str, driver: HolderId) -> _Party | None:
        known = (came[key] for key in _keys(plate, driver) for came in self._came.values() if key in came)
        return next(known, None)

    def _is_dead(self, period: Period, now_ns: int) -> bool:
        return now_ns >= self._retention.dies_at_s(period) * NS_PER_S


def _keys(plate: str, driver: HolderId) -> tuple[str, ...]:
    return (*([f"plate:{plate}"] if plate else []), *([f"holder:{driver}"] if driver else []))
