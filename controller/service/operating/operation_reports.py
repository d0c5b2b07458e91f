"""What became of each operation, in figures, and what the authorizing office has not read yet: folded from the ledger.

No report names anybody: how many were inside, how long it took, how often somebody looked. Belongs here: that fold.
Does not belong here: writing entries (operations.py and others), or paper (operation_paper.py).
"""

import contextlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec

from contract.clock import Clock, from_datetime
from contract.ids import AccountId, OperationId
from controller.domain.muster.outcome import Outcome
from controller.domain.operation_fold import (
    ALL_CLEAR,
    CLOSED,
    CONFIRMED,
    OPENED,
    RENEWED,
    RESUMED,
    SILENCED,
    SOUNDED,
    TAKEN,
)
from controller.ledger import Entry, Ledger
from controller.ledger.told import hearing
from controller.service.operating.operations import UNKNOWN

ACKNOWLEDGED: Final = "notice-acknowledged"
REPORTED: Final = frozenset({OPENED, RENEWED, CLOSED, "break-glass"})
"""Kinds of entry that the authorizing office is told of."""
STEPS: Final = frozenset({CONFIRMED, TAKEN, ALL_CLEAR, RESUMED, SILENCED, SOUNDED})
"""Kinds of entry that a report tells with their times, besides opening and ending."""
UNOFFERED: Final = "command-taken-unoffered"


class NoSuchNoticeError(LookupError):
    """No entry with that number waits to be read."""


@dataclass(frozen=True)
class Inside:
    """How many were inside: best estimate (None: unknown), of them with a name and without."""

    persons: int | None
    named: int
    unnamed: int


@dataclass(frozen=True)
class Bounds:
    """How many were inside `after_s` seconds after the opening: None where that was unknown."""

    after_s: int
    lowest: int | None
    best: int | None
    highest: int | None


@dataclass(frozen=True)
class Step:
    """A turn of an operation: when (ISO 8601, UTC), and the kind of its entry, or that command was not offered."""

    at: str
    what: str


@dataclass(frozen=True)
class OperationReport:
    """One operation in figures. Times ISO 8601, UTC; what has not happened yet is None.

    `looks`: how often somebody was shown names; `searches`, `disclosures`: how many there were. `bounds`: over time.
    `steps`: its turns in order. `outcome`: of its roll call, when it is over; None as well where the controller did not
    run when it ended.
    """

    operation: OperationId
    kind: str
    plan: str | None
    reason: str
    trigger: str
    opened_at: str
    at_opening: Inside
    renewals: int = 0
    looks: int = 0
    searches: int = 0
    disclosures: int = 0
    closed_at: str | None = None
    ending: str | None = None
    at_close: Inside | None = None
    bounds: tuple[Bounds, ...] = ()
    steps: tuple[Step, ...] = ()
    outcome: Outcome | None = None

    @property
    def span_ns(self) -> tuple[int, int | None]:
        """From when to when it was open, in ns since 1970-01-01 UTC; None: it is."""
        closed_ns = None if self.closed_at is None else from_datetime(datetime.fromisoformat(self.closed_at))
        return from_datetime(datetime.fromisoformat(self.opened_at)), closed_ns

    @property
    def lasted_s(self) -> float | None:
        """How long it lasted."""
        if self.closed_at is None:
            return None
        return (datetime.fromisoformat(self.closed_at) - datetime.fromisoformat(self.opened_at)).total_seconds()


@dataclass(frozen=True)
class Notice:
    """One thing that the authorizing office is told: the entry's number, when (ISO 8601, UTC), kind and operations."""

    number: int
    at: str
    kind: str
    operations: list[OperationId]
    inside: Inside | None
    ending: str | None


class OperationReports:
    """Follows the ledger."""

    def __init__(self, clock: Clock, ledger: Ledger) -> None:
        self._clock = clock
        self._ledger = ledger
        self._reports: dict[OperationId, OperationReport] = {}
        self._notices: dict[int, Notice] = {}
        ledger.follow(hearing(self._take), hearing(self._take))

    def all(self) -> list[OperationReport]:
        """Return the report of each operation, the last one first."""
        reports = tuple(self._reports.values())  # at once: entries may come from another thread meanwhile
        return sorted(reports, key=lambda report: report.opened_at, reverse=True)

    def of(self, operation: OperationId) -> OperationReport | None:
        """Return the report of an operation, open or closed."""
        return self._reports.get(operation)

    def notices(self) -> list[Notice]:
        """Return what nobody of the authorizing office has acknowledged yet, oldest first."""
        return list(self._notices.values())

    def acknowledge(self, number: int, by: AccountId) -> None:
        """Take note that somebody of the authorizing office has read it. Raises NoSuchNoticeError, OSError."""
        if number not in self._notices:
            raise NoSuchNoticeError("that was read already, or never reported")
        self._ledger.append(ACKNOWLEDGED, self._clock.now_ns(), notice=number, by=by)

    def _take(self, entry: Entry) -> None:
        facts = entry.facts
        if entry.kind == ACKNOWLEDGED:
            self._notices.pop(int(facts["notice"]), None)
            return
        if entry.kind in REPORTED:
            self._notices[entry.number] = Notice(
                entry.number, entry.at, entry.kind, _operations(entry), _inside(entry), _ending(entry)
            )
        id_ = OperationId(str(facts.get("operation", "")))
        if entry.kind == OPENED:
            plan = facts.get("plan")
            self._reports[id_] = OperationReport(
                id_, str(facts["what"]), str(plan) if plan else None, str(facts["reason"]), str(facts["trigger"]),
                entry.at, _inside(entry) or Inside(None, 0, 0),
            )  # fmt: skip
        elif id_ in self._reports:
            self._reports[id_] = _after(self._reports[id_], entry)


def _after(report: OperationReport, entry: Entry) -> OperationReport:
    match entry.kind:
        case "operation-renewed":
            return replace(report, renewals=report.renewals + 1)
        case "operation-closed":
            return replace(report, closed_at=entry.at, ending=_ending(entry), at_close=_inside(entry))
        case "movement-seen":
            return replace(report, looks=report.looks + 1)
        case "search-asked":
            return replace(report, searches=report.searches + 1)
        case "disclosure-made":
            return replace(report, disclosures=report.disclosures + 1)
        case "operation-sampled":
            return replace(report, bounds=(*report.bounds, _bounds(report, entry)))
        case "operation-figures":
            with contextlib.suppress(msgspec.DecodeError):  # of another version
                return replace(report, outcome=msgspec.json.decode(str(entry.facts["figures"]), type=Outcome))
            return report
        case kind if kind in STEPS:
            return replace(report, steps=(*report.steps, _step(entry)))
        case _:
            return report


def _step(entry: Entry) -> Step:
    is_seized = entry.kind == TAKEN and entry.facts["before"] and not entry.facts["offered"]
    return Step(entry.at, UNOFFERED if is_seized else entry.kind)


def _bounds(report: OperationReport, entry: Entry) -> Bounds:
    passed = datetime.fromisoformat(entry.at) - datetime.fromisoformat(report.opened_at)
    lowest, best, highest = (
        None if entry.facts[name] == UNKNOWN else int(entry.facts[name]) for name in ("lowest", "inside", "highest")
    )
    return Bounds(round(passed.total_seconds()), lowest, best, highest)


def _operations(entry: Entry) -> list[OperationId]:
    ids = str(entry.facts.get("operation") or entry.facts.get("operations") or "")
    return [OperationId(id_) for id_ in ids.split()]


def _inside(entry: Entry) -> Inside | None:
    facts = entry.facts
    if "inside" not in facts:
        return None
    persons = int(facts["inside"])
    return Inside(None if persons == UNKNOWN else persons, int(facts["named"]), int(facts["unnamed"]))


def _ending(entry: Entry) -> str | None:
    ending = entry.facts.get("ending")
    return None if ending is None else str(ending)
