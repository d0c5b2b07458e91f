"""What the pages of operations take from the API: shapes, and the little that is worked out of them.

Belongs here: that, pure. Does not belong here: words (operation_words.py), requests (operations_pages.py).
"""

from datetime import datetime
from typing import Final

import msgspec

from controller.domain.operation import REASONS, OperationKind, Plan, Reason

PLANS_OF: Final = [plan.value for plan in Plan]
REASONS_OF: Final = {kind.value: sorted(reason.value for reason in reasons) for kind, reasons in REASONS.items()}
PLANNED: Final = [OperationKind.DRILL.value, OperationKind.SEARCH.value]
"""What is proposed and joined."""
_FIRST: Final = {
    Reason.ARMED_ATTACK: Plan.LOCKDOWN,
    Reason.HAZARDOUS_SUBSTANCE: Plan.SHELTER,
    Reason.NATURAL_HAZARD: Plan.SHELTER,
}
_OF_AN_EMERGENCY: Final = [reason for reason in Reason if reason in REASONS[OperationKind.EMERGENCY]]
EMERGENCIES: Final = [
    (reason.value, [first.value, *(plan.value for plan in Plan if plan != first)])
    for reason, first in ((each, _FIRST.get(each, Plan.EVACUATE)) for each in _OF_AN_EMERGENCY)
]
"""Each reason of an emergency with all plans, the one that most likely fits it first: one touch less in a hurry."""


class Operation(msgspec.Struct, frozen=True):
    """An open operation; see OperationBody of the API."""

    id: str
    kind: str
    plan: str | None
    reason: str
    trigger: str
    opened_at: datetime
    confirmed: bool
    names_open: bool
    names_at: datetime
    ends_at: datetime
    ends_soon: bool
    led_by: str | None
    offered_to: str | None
    all_clear_at: datetime | None
    silenced_at: datetime | None

    def left_s(self, at: datetime) -> float:
        """How long it lasts still, unless it is renewed."""
        return max(0.0, (self.ends_at - at).total_seconds())

    def names_in_s(self, at: datetime) -> float:
        """How long until its names open by themselves."""
        return max(0.0, (self.names_at - at).total_seconds())


class Proposal(msgspec.Struct, frozen=True):
    """What waits for a second commander; see ProposalBody of the API."""

    id: str
    kind: str
    plan: str | None
    reason: str
    until: datetime
    mine: bool


class Operations(msgspec.Struct, frozen=True):
    """What is open and proposed."""

    at: datetime
    open: list[Operation]
    proposals: list[Proposal]

    def operation(self, id_: str) -> Operation | None:
        """Return the operation with that id, if it is open."""
        return next((each for each in self.open if each.id == id_), None)


class Begun(msgspec.Struct, frozen=True):
    """What became of opening one."""

    operation: Operation | None
    proposal: Proposal | None


class Match(msgspec.Struct, frozen=True):
    """One person whom a search means, with the answer."""

    name: str
    category: str
    answer: str
    area: str | None
    known: str | None
    because: list[str]

    def __repr__(self) -> str:
        """Name nobody."""
        return "Match(...)"


class Found(msgspec.Struct, frozen=True):
    """What a search found."""

    matches: list[Match]


class Inside(msgspec.Struct, frozen=True):
    """How many were inside."""

    persons: int | None
    named: int
    unnamed: int


class CurvePoint(msgspec.Struct, frozen=True):
    """So many were accounted for that long after the opening."""

    after_s: int
    accounted: int
    missing: int


class AreaCalled(msgspec.Struct, frozen=True):
    """One area of a roll call."""

    area: str
    expected: int
    accounted: int
    missing: int
    swept_s: int | None


class PointCalled(msgspec.Struct, frozen=True):
    """One muster point of a roll call."""

    point: str
    accounted: int
    wrong_point: int
    unnamed_seen: int


class GateLeft(msgspec.Struct, frozen=True):
    """How many left by one gate, and when nine in ten of them had."""

    gate: str
    left: int
    nine_in_ten_s: int


class RollCall(msgspec.Struct, frozen=True):
    """What a roll call amounted to; see OutcomeBody of the API."""

    expected: int
    accounted: int
    missing: int
    contradicted: int
    staying: int
    left: int
    entered: int
    found: int
    unnamed_expected: int
    unnamed_seen: int
    withdrawn: int
    reached_s: dict[int, int | None]
    curve: list[CurvePoint]
    areas: list[AreaCalled]
    muster_points: list[PointCalled]
    gates: list[GateLeft]
    means: dict[str, int]
    nameless: int

    def stairs(self, width: float, height: float) -> str:
        """Return the points of a polyline that is as high as there are persons accounted for, moment by moment."""
        last_s, top = self.curve[-1].after_s or 1, self.expected or 1
        points, level = [], height
        for each in self.curve:
            at = width * each.after_s / last_s
            points.append((at, level))
            level = height * (1 - min(1.0, each.accounted / top))
            points.append((at, level))
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


class Bounds(msgspec.Struct, frozen=True):
    """How many were inside that long after the opening; None where that was unknown."""

    after_s: int
    lowest: int | None
    best: int | None
    highest: int | None


class Step(msgspec.Struct, frozen=True):
    """A turn of an operation."""

    at: datetime
    what: str


class Report(msgspec.Struct, frozen=True):
    """One operation in figures. `roll_call`: when it is over."""

    operation: str
    kind: str
    plan: str | None
    reason: str
    trigger: str
    opened_at: datetime
    closed_at: datetime | None
    lasted_s: float | None
    ending: str | None
    renewals: int
    looks: int
    searches: int
    disclosures: int
    at_opening: Inside
    at_close: Inside | None
    bounds: list[Bounds]
    steps: list[Step]
    roll_call: RollCall | None

    def some_bounds(self, most: int) -> list[Bounds]:
        """Return at most so many moments, from the first to the last."""
        step = -(-len(self.bounds) // most) or 1
        return self.bounds[::step]


class Notice(msgspec.Struct, frozen=True):
    """What the authorizing office has not read yet."""

    number: int
    at: datetime
    kind: str
    operations: list[str]
    inside: Inside | None
    ending: str | None
