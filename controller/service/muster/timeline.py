"""What happened in an open operation, in order of time: its steps, searched zones, how the roll call stood. No names.

Belongs here: putting that together from ledger and board. Does not belong here: words (console).
"""

from datetime import datetime
from typing import Final

import msgspec

from contract.clock import to_datetime
from contract.events import AreaSwept, UnnamedSeen
from contract.ids import OperationId
from controller.domain.muster.curve import SHARES, reached_ns
from controller.domain.operation_fold import (
    ALL_CLEAR,
    CLOSED,
    CONFIRMED,
    OFFERED,
    OPENED,
    RENEWED,
    RESUMED,
    SILENCED,
    SOUNDED,
    TAKEN,
)
from controller.ledger import Entry, Ledger
from controller.ledger.told import hearing
from controller.service.disclosing.entries import DESTROYED, MADE, RETURNED
from controller.service.muster.open_board import OpenBoard
from controller.service.muster.outcomes import SAMPLED

_COMMAND: Final = frozenset({OPENED, CONFIRMED, RENEWED, OFFERED, TAKEN, ALL_CLEAR, RESUMED, SILENCED, SOUNDED})
_STEPS: Final = _COMMAND | {MADE, RETURNED, DESTROYED}


class TimelineEntry(msgspec.Struct, frozen=True):
    """One thing that happened. `what`: a kind of entry of the ledger, a kind of mark, or `reached-N` per cent.

    `by`: the officer's account, "" for none. `area`, `muster_point`, `amount`: of a mark. The figures: of a sample.
    """

    at: datetime
    what: str
    by: str = ""
    area: str = ""
    muster_point: str = ""
    amount: int | None = None
    expected: int | None = None
    accounted: int | None = None
    missing: int | None = None


class Timeline(msgspec.Struct, frozen=True):
    """All that happened. `sequence`: of the board; whoever has that one has all of it."""

    sequence: int
    entries: list[TimelineEntry]


class Timelines:
    """Follows the ledger, for as long as an operation is open."""

    def __init__(self, ledger: Ledger) -> None:
        self._entries: dict[OperationId, list[TimelineEntry]] = {}
        ledger.follow(hearing(self._take), hearing(self._take))

    def of(self, board: OpenBoard) -> list[TimelineEntry]:
        """Return what happened in an open operation, the first first."""
        steps = [entry for opening in board.openings for entry in self._entries.get(opening, ())]
        return sorted([*steps, *_marks(board), *_reached(board)], key=lambda entry: (entry.at, entry.what))

    def _take(self, entry: Entry) -> None:
        id_ = OperationId(str(entry.facts.get("operation", "")))
        if entry.kind == CLOSED:
            self._entries.pop(id_, None)
        elif entry.kind == OPENED or (id_ in self._entries and entry.kind in _STEPS | {SAMPLED}):
            self._entries.setdefault(id_, []).append(_entry(entry))


def _entry(entry: Entry) -> TimelineEntry:
    facts, at = entry.facts, datetime.fromisoformat(entry.at)
    if entry.kind != SAMPLED:
        return TimelineEntry(at, entry.kind, str(facts.get("by") or facts.get("officer") or ""))
    expected, accounted, missing = (int(facts[name]) for name in ("expected", "accounted", "missing"))
    return TimelineEntry(at, entry.kind, expected=expected, accounted=accounted, missing=missing)


def _marks(board: OpenBoard) -> list[TimelineEntry]:
    found = []
    for mark in board.marks.standing():
        at, what = to_datetime(mark.occurred_ns), str(type(mark).__struct_config__.tag)
        match mark:
            case AreaSwept():
                found.append(TimelineEntry(at, what, mark.by, mark.area, amount=mark.unnamed))
            case UnnamedSeen():
                found.append(TimelineEntry(at, what, mark.by, mark.area, mark.muster_point, mark.amount))
    return found


def _reached(board: OpenBoard) -> list[TimelineEntry]:
    moments, expected = board.moments_ns(), board.figures().expected
    reached = {share: reached_ns(moments, expected, share) for share in SHARES}
    return [
        TimelineEntry(to_datetime(at_ns), f"reached-{share}", expected=expected)
        for share, at_ns in reached.items()
        if at_ns is not None
    ]
