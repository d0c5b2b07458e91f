"""What the pages of reconfirmation, hand-over and copies take from the API: shapes, and the little worked out of them.

Belongs here: that, pure. Does not belong here: words (crisis_words.py), requests (the page modules).
"""

from datetime import datetime
from typing import Final

import msgspec

from controller.domain.disclosure import EXERCISED_BY, REASONS, DisclosureReason, Form, Recipient
from controller.domain.hand_over import Phase
from controller.domain.operation import OperationKind
from controller.domain.standing_order import HAND_OVER_TO

FORMS: Final = [form.value for form in Form if form is not Form.HAND_OVER]
HANDED_TO: Final = sorted(recipient.value for recipient in HAND_OVER_TO)


def reasons_of(kind: str) -> list[str]:
    """Return the reasons for a copy in an operation of that kind, without that of a hand-over."""
    return sorted(reason.value for reason in REASONS[OperationKind(kind)] - {DisclosureReason.BEFORE_LIMIT})


def recipients_of(kind: str) -> list[str]:
    """Return who may be given a copy in an operation of that kind."""
    allowed = EXERCISED_BY if kind == OperationKind.DRILL else Recipient
    return [recipient.value for recipient in Recipient if recipient in allowed]


class Outlook(msgspec.Struct, frozen=True):
    """How many are about to expire; see OutlookBody of the API."""

    at: datetime
    due: int
    next_at: datetime | None
    must_wait: bool
    may_release: bool


class Card(msgspec.Struct, frozen=True):
    """One person; see CardBody of the API."""

    id: str
    name: str
    category: str
    area: str
    has_photo: bool
    dies_at: datetime
    until: datetime

    def __repr__(self) -> str:
        """Name nobody."""
        return "Card(...)"


class Waiting(msgspec.Struct, frozen=True):
    """One list before its end; see WaitingBody of the API."""

    operation: str
    period: int
    persons: int
    due_at: datetime
    dies_at: datetime
    phase: str

    @property
    def key(self) -> str:
        """What names it on the page."""
        return f"{self.operation}-{self.period}"

    def due_in_s(self, at: datetime) -> float:
        """How long until the standing order decides."""
        return max(0.0, (self.due_at - at).total_seconds())

    def left_s(self, at: datetime) -> float:
        """How long until the names are gone."""
        return max(0.0, (self.dies_at - at).total_seconds())


class HandOvers(msgspec.Struct, frozen=True):
    """All lists before their end."""

    at: datetime
    waiting: list[Waiting]
    standing_order_holds: bool

    def undecided(self, operation: str) -> list[Waiting]:
        """Return the lists of an operation that nobody has decided."""
        return [each for each in self.waiting if each.operation == operation and each.phase != Phase.DECIDED]


class Standing(msgspec.Struct, frozen=True):
    """One addressee; see StandingBody of the API."""

    id: str
    recipient: str
    way: str
    address: str
    certificate_ends_at: datetime | None
    ends_soon: bool
    trouble: str


class StandingOrder(msgspec.Struct, frozen=True):
    """The standing order."""

    holds: bool
    ways: list[str]
    addressees: list[Standing]


class Copy(msgspec.Struct, frozen=True):
    """One numbered copy; see CopyBody of the API."""

    number: int
    operation: str
    mark: str
    form: str
    recipient: str
    reason: str
    areas: list[str]
    persons: int
    officer: str | None
    made_at: datetime
    to_whom: str
    out: bool
    ending: str | None
    ended_at: datetime | None


class Area(msgspec.Struct, frozen=True):
    """One area of the site."""

    id: str
    name: str
