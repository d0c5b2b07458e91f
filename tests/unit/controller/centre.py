"""A control centre's operations on a clock that is set by hand, with a ledger in memory."""

from contract.clock import NS_PER_S, ManualClock
from contract.ids import OperationId
from controller.service.alarms import Alarms
from controller.service.operating.operations import Figures, Operations
from tests.unit.controller.written import Written

START_S = 1_800_000_000


class Centre:
    """Make it; `start` begins another run."""

    def __init__(self) -> None:
        self.clock = ManualClock(START_S * NS_PER_S + 123_456_789)
        self.ledger = Written()
        self.alarms = Alarms()
        self.inside = Figures(7, 5, 2)
        self.changes = 0
        self.operations = self.start()

    def start(self) -> Operations:
        """Begin a run with what the ledger holds."""
        operations = Operations(self.clock, self.ledger, self.alarms, lambda: self.inside)
        operations.on_change.append(self._changed)
        self.operations = operations
        return operations

    def wait(self, seconds: float) -> None:
        self.clock.advance_to(self.clock.now_ns() + int(seconds * NS_PER_S))

    def open(self) -> list[OperationId]:
        return [operation.id for operation in self.operations.open_now(self.clock.now_ns())]

    def alarm_kinds(self) -> list[str]:
        return [line.kind for line in self.alarms.lines()]

    def _changed(self) -> None:
        self.changes += 1
