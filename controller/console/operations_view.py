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


class Report(msgspec.Struct, frozen=True):
    """One operation in figures."""

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


class Notice(msgspec.Struct, frozen=True):
    """What the authorizing office has not read yet."""

    number: int
    at: datetime
    kind: str
    operations: list[str]
    inside: Inside | None
    ending: str | None
