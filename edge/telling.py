"""Where a gate's news go: events to its sealed journal, lines to technicians who watch, figures to its counters.

Belongs here: what all parts of a gate have for telling. Does not belong here: what they tell.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from contract.clock import to_datetime
from contract.events import AnyEvent
from edge.gate_time import GateTime
from edge.journal import Journal
from edge.technician import Line, Technicians


@dataclass(frozen=True, slots=True)
class Telling:
    """Made once for each gate and shared by its parts."""

    time: GateTime
    journal: Journal
    technicians: Technicians
    counters: Counter[str] = field(default_factory=Counter)

    def event(self, make: Callable[[int], AnyEvent]) -> int | None:
        """Journal what `make` makes of the stamp of now; return its number, None if there was no room for it."""
        return self.journal.append(make(self.time.stamp_ns()))

    def line(self, make: Callable[[str], Line]) -> None:
        """Tell technicians, if there are any, what `make` makes of the time of now."""
        if self.technicians.are_there:
            self.technicians.tell(make(self.now_text()))

    def now_text(self) -> str:
        """Return the gate's time, ISO 8601, UTC."""
        return to_datetime(self.time.now_ns()).isoformat()
