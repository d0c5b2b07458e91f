"""Who sits in the vehicles that were let into an area from which some are turned away again, a lock for one.

In memory alone, by period, and gone after a restart: then nobody knows who goes back. Belongs here: that memory. Does
not belong here: what follows from it for the count (edge/vehicles/turned_back.py).
"""

from dataclasses import dataclass

from contract.clock import NS_PER_S
from contract.ids import AreaId, HolderId
from contract.periods import Kind, Period, Retention


@dataclass(frozen=True, slots=True, repr=False)
class Party:
    """Who is in one vehicle: `holders` by name, and so many without."""

    holders: tuple[HolderId, ...]
    unnamed: int

    @property
    def persons(self) -> int:
        """How many they are."""
        return len(self.holders) + self.unnamed


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Inside:
    number: int
    plate: str
    party: Party | None
    period: Period

    def is_of(self, plate: str, driver: HolderId) -> bool:
        is_driver = self.party is not None and driver in self.party.holders
        return is_driver or bool(plate and plate == self.plate)


class Parties:
    """Parties by area. Times are nanoseconds since 1970-01-01 UTC."""

    def __init__(self, retention: Retention) -> None:
        self._retention = retention
        self._inside: dict[AreaId, list[_Inside]] = {}
        self._came = 0

    def entered(self, area: AreaId, plate: str, party: Party | None, at_ns: int) -> None:
        """Remember a vehicle that came into `area`; `plate`: "" for none; no `party`: nobody knows who is in it."""
        self._came += 1
        period = self._retention.period_at(Kind.MOVEMENT, at_ns)
        self._inside.setdefault(area, []).append(_Inside(self._came, plate, party, period))

    def find(self, area: AreaId, plate: str, driver: HolderId, now_ns: int) -> int | None:
        """Return the number of a vehicle in `area`; None if nobody knows which one it is.

        It is known by its plate or its driver, of several the last one, or as the only one that is there.
        """
        self.forget(now_ns)
        inside = self._inside.get(area, [])
        found = next(
            (each for each in reversed(inside) if each.is_of(plate, driver)), inside[0] if len(inside) == 1 else None
        )
        return None if found is None else found.number

    def take(self, area: AreaId, number: int | None, now_ns: int) -> Party | None:
        """Forget the vehicle of that number, which leaves `area`, and return who was in it, if that is known."""
        self.forget(now_ns)
        inside = self._inside.get(area, [])
        found = next((each for each in inside if each.number == number), None)
        if found is None:
            return None
        inside.remove(found)
        return found.party

    def forget_all(self, area: AreaId) -> None:
        """One has left `area`, and nobody knows which: of those who stay nobody knows who they are."""
        self._inside.pop(area, None)

    def forget(self, now_ns: int) -> None:
        """Drop every period whose key is dead at `now_ns`, and what a clock left that was ahead."""
        for area, inside in self._inside.items():
            self._inside[area] = [each for each in inside if self._lives(each.period, now_ns)]

    def __len__(self) -> int:
        """Return of how many vehicles something is remembered."""
        return sum(map(len, self._inside.values()))

    def _lives(self, period: Period, now_ns: int) -> bool:
        return period.start_s * NS_PER_S <= now_ns < self._retention.dies_at_s(period) * NS_PER_S
