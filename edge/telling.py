"""Where a gate's news go: events to its sealed journal, lines to technicians and a screen, figures to its counters.

Belongs here: what all parts of a gate have for telling. Does not belong here: what they tell.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from contract.clock import to_datetime
from contract.events import AnyEvent, DenialReason
from contract.ids import AccessPointId
from edge.domain.vehicles.shown import LaneShown
from edge.gate_time import GateTime
from edge.journal import Journal
from edge.technician import Line, Outcome, Technicians


@dataclass(frozen=True, slots=True)
class SeenRead:
    """What was made of a card, for an onlooker. `id`: by which an officer's act names it (domain/last_reads.py).

    `objection`: why an officer may not let its holder through, a word of domain.acting.ActResult, "" if he may;
    `is_vehicle`: it was granted at a barrier.
    """

    id: int
    at_ns: int
    point: AccessPointId
    credential: str = field(repr=False)
    outcome: Outcome
    reason: DenialReason | None
    objection: str
    is_vehicle: bool


class Onlooker(Protocol):
    """Whoever stands at the gate and looks: an officer's screen."""

    def read(self, seen: "SeenRead") -> None:
        """Take what was made of a card; must not wait."""
        ...

    def line(self, line: Line) -> None:
        """Take news of a portal or device; must not wait."""
        ...

    def lane(self, shown: LaneShown) -> None:
        """Take how a lane stands now; must not wait."""
        ...


@dataclass(frozen=True, slots=True)
class Telling:
    """Made once for each gate and shared by its parts."""

    time: GateTime
    journal: Journal
    technicians: Technicians
    counters: Counter[str] = field(default_factory=Counter)
    onlooker: Onlooker | None = None

    def event(self, make: Callable[[int], AnyEvent]) -> int | None:
        """Journal what `make` makes of the stamp of now; return its number, None if there was no room for it."""
        return self.journal.append(make(self.time.stamp_ns()))

    def line(self, make: Callable[[str], Line]) -> None:
        """Tell technicians and onlooker, if there are any, what `make` makes of the time of now."""
        if self.technicians.are_there or self.onlooker is not None:
            line = make(self.now_text())
            self.technicians.tell(line)
            if self.onlooker is not None:
                self.onlooker.line(line)

    def now_text(self) -> str:
        """Return the gate's time, ISO 8601, UTC."""
        return to_datetime(self.time.now_ns()).isoformat()
