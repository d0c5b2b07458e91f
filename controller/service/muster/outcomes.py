"""Figures of roll calls kept in the ledger: samples while an operation is open, its outcome when it ends.

Belongs here: when, and what is owed where the disk refuses. Does not belong here: the figures (domain/muster), or
reading them again (service/operating/operation_reports.py).
"""

from collections import deque
from typing import Final

import msgspec

from contract.clock import NS_PER_S, Clock
from contract.ids import OperationId
from controller.domain.muster.board import Gone
from controller.domain.muster.grounds import Grounds
from controller.domain.muster.outcome import outcome
from controller.domain.operation_fold import CLOSED
from controller.ledger import Entry, Fact, Ledger
from controller.service.alarms import Alarms
from controller.service.muster.open_board import OpenBoard
from controller.service.operating.operations import at_ns_of

SAMPLED: Final = "operation-sampled"
FIGURES: Final = "operation-figures"
UNKNOWN: Final = -1
"""Stands in an entry for a figure that is unknown."""
FIRST_AFTER_NS: Final = 15 * NS_PER_S
FINER: Final = 40
"""A sample is taken whenever a fortieth of the time since the opening has passed since the last: 300 in a whole day."""
PLACE: Final = "roll-call"


class Outcomes:
    """Belongs to the event loop. `smallest_shown`: groups of fewer persons are not told apart."""

    def __init__(self, clock: Clock, ledger: Ledger, alarms: Alarms, grounds: Grounds, smallest_shown: int) -> None:
        self._clock: Final = clock
        self._ledger: Final = ledger
        self._alarms: Final = alarms
        self._grounds: Final = grounds
        self._smallest_shown: Final = smallest_shown
        self._next_ns: dict[OperationId, int] = {}
        self._gone: dict[OperationId, Gone] = {}
        self._owed: deque[tuple[str, int, dict[str, Fact]]] = deque()
        ledger.follow(self._take_past)

    def gone(self, operation: OperationId) -> Gone:
        """Return how many of an open operation were accounted for whose names have died, as it was entered last."""
        return self._gone.get(operation, Gone())

    def look(self, board: OpenBoard) -> None:
        """Take a sample of an open board, if it is time for one."""
        now_ns, operation = self._clock.now_ns(), board.operation
        told, lost = self.gone(operation.id), board.board.lost.total()
        is_told = (board.board.gone, lost) == (told.persons, told.missing)
        if is_told and now_ns < self._next_ns.get(operation.id, 0):
            return
        self._next_ns[operation.id] = now_ns + max(FIRST_AFTER_NS, (now_ns - operation.opened_ns) // FINER)
        figures, premises = board.figures(), board.premises
        facts: dict[str, Fact] = {
            "operation": operation.id,
            "expected": figures.expected,
            "accounted": figures.accounted,
            "missing": figures.missing,
            "lowest": UNKNOWN if premises is None or premises.lowest is None else premises.lowest,
            "inside": UNKNOWN if premises is None or premises.best is None else premises.best,
            "gone": board.board.gone,
            "nameless": lost,
            "highest": UNKNOWN if premises is None or premises.highest is None else premises.highest,
        }
        self._gone[operation.id] = Gone(board.board.gone, now_ns, lost)
        self._owed.append((SAMPLED, now_ns, facts))

    def ended(self, board: OpenBoard) -> None:
        """Work out what the roll call of an operation amounted to that has just ended; `settle` enters it."""
        self._next_ns.pop(board.operation.id, None)
        self._gone.pop(board.operation.id, None)
        unnamed = board.figures().unnamed_expected
        found = outcome(board.board, board.marks, self._grounds, unnamed, self._smallest_shown)
        facts: dict[str, Fact] = {
            "operation": board.operation.id,
            "expected": found.expected,
            "accounted": found.accounted,
            "missing": found.missing,
            "figures": msgspec.json.encode(found).decode(),
        }
        self._owed.append((FIGURES, self._clock.now_ns(), facts))

    def _take_past(self, entry: Entry) -> None:
        id_ = OperationId(str(entry.facts.get("operation", "")))
        if entry.kind == SAMPLED:
            self._gone[id_] = Gone(int(entry.facts["gone"]), at_ns_of(entry), int(entry.facts.get("nameless", 0)))
        elif entry.kind in {FIGURES, CLOSED}:
            self._gone.pop(id_, None)

    def settle(self) -> None:
        """Enter what is owed; call it now and then, and from no follower of the ledger."""
        try:
            while self._owed:
                kind, at_ns, facts = self._owed[0]
                self._ledger.append(kind, at_ns, **facts)
                self._owed.popleft()
        except OSError:
            self._alarms.of_system(self._clock.now_ns(), "ledger-failed", place=PLACE)
        else:
            self._alarms.settled("ledger-failed", place=PLACE)
