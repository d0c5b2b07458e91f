"""The last read at each access point, as long as an officer may act on it.

He compares a face, hears a story and decides: that takes longer than a door stays released. Kept in memory alone, one
read an access point, and gone after that time (L1). Times are nanoseconds of any counter that never goes back.

Belongs here: that memory. Does not belong here: what an officer may do about a read (acting.py).
"""

from dataclasses import dataclass, field
from typing import Final

from contract.clock import NS_PER_S
from contract.events import DenialReason
from contract.ids import AccessPointId, HolderId

ACTED_ON_NS: Final = 45 * NS_PER_S


@dataclass(slots=True)
class LastRead:
    """One read. `id` counts from 1 in this run. `reason`: why it was refused, None where it was not.

    `grant_number`: the number of its grant, 0 where there is none. `is_used`: an officer has acted on it.
    """

    id: int
    point: AccessPointId
    holder: HolderId | None = field(repr=False)
    reason: DenialReason | None
    grant_number: int
    until_ns: int
    is_used: bool = False


class LastReads:
    """One gate's. `note` returns the id of what it notes."""

    def __init__(self) -> None:
        self._last_id = 0
        self._reads: dict[AccessPointId, LastRead] = {}

    def note(
        self,
        point: AccessPointId,
        holder: HolderId | None,
        reason: DenialReason | None,
        grant_number: int,
        now_ns: int,
    ) -> int:
        """Remember a read instead of the one before it at that access point."""
        self._last_id += 1
        until_ns = now_ns + ACTED_ON_NS
        self._reads[point] = LastRead(self._last_id, point, holder, reason, grant_number, until_ns)
        return self._last_id

    def find(self, id_: int, now_ns: int) -> LastRead | None:
        """Return a read by its id, if it is still the last one at its access point and not too old."""
        return next((read for read in self._reads.values() if read.id == id_ and now_ns < read.until_ns), None)

    def forget(self, now_ns: int) -> None:
        """Drop what is too old to be acted on."""
        for point in [point for point, read in self._reads.items() if now_ns >= read.until_ns]:
            del self._reads[point]

    def __len__(self) -> int:
        """Return how many reads are remembered."""
        return len(self._reads)
