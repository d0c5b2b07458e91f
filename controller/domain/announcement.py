"""What other systems are told of an emergency or drill, and when: figures, and no person.

Told at once: that it opened, that people may go back, that the danger is there again, that it ended; and every five
minutes how it stands. A search is told to nobody. Belongs here: when something is to be said, and what. Does not
belong here: its form (service/announcing/cap.py, webhook.py), or sending it.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from contract.clock import NS_PER_S
from contract.ids import OperationId
from controller.domain.operation import Operation, OperationKind, Plan, Reason

UPDATE_EVERY_S: Final = 300


class Turn(enum.StrEnum):
    """What an announcement says."""

    OPENED = "opened"
    STANDS = "stands"
    """It goes on: new figures, or a commander has confirmed it."""
    ALL_CLEAR = "all-clear"
    RESUMED = "resumed"
    """The all-clear is taken back."""
    ENDED = "ended"


class Counted(enum.StrEnum):
    """The figures that are told, all of the whole site."""

    LOWEST = "inside-lowest"
    BEST = "inside-best"
    HIGHEST = "inside-highest"
    EXPECTED = "on-the-roll"
    ACCOUNTED = "accounted-for"
    MISSING = "missing"


Figures = dict[Counted, int]
"""What is known of them: a figure that is unknown is not in it."""


@dataclass(frozen=True)
class Announcement:
    """One announcement. Times in ns since 1970 UTC; no two of one operation have the same `at_ns`."""

    operation: OperationId
    turn: Turn
    kind: OperationKind
    plan: Plan
    reason: Reason
    is_confirmed: bool
    at_ns: int
    opened_ns: int
    ends_ns: int
    figures: Figures


@dataclass(frozen=True)
class _Told:
    """What was said last of an operation."""

    operation: Operation
    at_ns: int


class Announcer:
    """Knows what was said in this run. After a restart all that is open is said again, as `STANDS`."""

    def __init__(self, already_open: Iterable[Operation]) -> None:
        """`already_open`: what was open when this run began."""
        self._before = {each.id for each in already_open}
        self._told: dict[OperationId, _Told] = {}

    def due(self, operations: Iterable[Operation], now_ns: int) -> list[tuple[Turn, Operation]]:
        """Return what is to be said now, of which operation; it counts as said."""
        opened = {each.id: each for each in operations if each.kind is not OperationKind.SEARCH}
        found = [(turn, each) for each in opened.values() if (turn := self._news(each, now_ns)) is not None]
        found += [(Turn.ENDED, told.operation) for id_, told in self._told.items() if id_ not in opened]
        for turn, operation in found:
            if turn is Turn.ENDED:
                del self._told[operation.id]
            else:
                self._told[operation.id] = _Told(operation, now_ns)
        return found

    def _news(self, operation: Operation, now_ns: int) -> Turn | None:
        told = self._told.get(operation.id)
        if told is None:
            return Turn.STANDS if operation.id in self._before else Turn.OPENED
        before = told.operation
        if (before.all_clear_ns is None) is not (operation.all_clear_ns is None):
            return Turn.RESUMED if operation.all_clear_ns is None else Turn.ALL_CLEAR
        if operation.is_confirmed is not before.is_confirmed or now_ns - told.at_ns >= UPDATE_EVERY_S * NS_PER_S:
            return Turn.STANDS
        return None


def announcement(turn: Turn, operation: Operation, now_ns: int, figures: Figures) -> Announcement:
    """Return what is said of an emergency or drill. Raises ValueError for a search: it has no plan."""
    if operation.plan is None:
        raise ValueError("a search is announced to nobody")
    return Announcement(
        operation.id,
        turn,
        operation.kind,
        operation.plan,
        operation.reason,
        operation.is_confirmed,
        now_ns,
        operation.opened_ns,
        operation.ends_ns,
        figures,
    )
