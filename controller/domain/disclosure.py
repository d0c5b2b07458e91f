"""Disclosure: names that leave the system, as numbered copies, each tied to an open operation (L3).

Printing a roll, giving a file, a warden's list and the hand-over before the limit are one act: a copy with a number, an
operation, a kind of recipient, a reason from a closed list, its extent and its officer; what becomes of it is recorded.
No name stands here: of whom a copy tells is on the paper alone.

Belongs here: a copy, what is allowed, and which copies are still out. Does not belong here: making the document, or the
ledger (service).
"""

import enum
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Final

from contract.ids import AccountId, AreaId, OperationId
from controller.domain.obstacle import ObstacleError
from controller.domain.operation import Operation, OperationKind

_CODE_LENGTH: Final = 6
TABLETS_REPORT_WITHIN_S: Final = 60
"""So long after the end of an operation a tablet may take to destroy its list and to report that it did."""


class Form(enum.StrEnum):
    """What left the system."""

    PRINT = "print"
    FILE = "file"
    """Encrypted to the recipient's certificate."""
    WARDENS_LIST = "wardens-list"
    TABLET = "tablet"
    """A zone's or muster point's list, shown by an enrolled tablet until the operation ends."""
    HAND_OVER = "hand-over"
    """Of those whose records expire in a long operation: it goes on where the system must stop."""


class Recipient(enum.StrEnum):
    """Who gets it, by kind: a closed list. Whom exactly is a note, sealed with its period."""

    WARDEN = "warden"
    FIRE_SERVICE = "fire-service"
    POLICE = "police"
    MEDICAL_SERVICE = "medical-service"
    SEARCH_TEAM = "search-team"
    CRISIS_TEAM = "crisis-team"
    HOST_COUNTRY = "host-country"


class DisclosureReason(enum.StrEnum):
    """Why: a closed list, for free text could hold a name."""

    ACCOUNT_FOR = "account-for"
    RESCUE = "rescue"
    CARE = "care"
    SEARCH = "search"
    EXERCISE = "exercise"
    BEFORE_LIMIT = "before-limit"


REASONS: Final[dict[OperationKind, frozenset[DisclosureReason]]] = {
    OperationKind.EMERGENCY: frozenset(
        {
            DisclosureReason.ACCOUNT_FOR,
            DisclosureReason.RESCUE,
            DisclosureReason.CARE,
            DisclosureReason.BEFORE_LIMIT,
        }
    ),
    OperationKind.DRILL: frozenset({DisclosureReason.EXERCISE}),
    OperationKind.SEARCH: frozenset({DisclosureReason.SEARCH, DisclosureReason.BEFORE_LIMIT}),
}
EXERCISED_BY: Final = frozenset({Recipient.WARDEN})
"""Who gets names in a drill: the site's own wardens, and nobody from outside."""


class Ending(enum.StrEnum):
    """What became of a copy."""

    RETURNED = "returned"
    DESTROYED = "destroyed"


class DisclosureError(ObstacleError):
    """A disclosure that is not allowed, or a copy that can not be ended like that; the message says what would do."""


@dataclass(frozen=True)
class Copy:
    """One numbered copy. Times in ns since 1970 UTC.

    `areas`: its extent, none for the whole premises; `persons`: how many it names. `officer`: None where the standing
    order gave it. `note`: id of the sealed note that says to whom, if one was written. `addressee`: of the standing
    order, or the tablet. `period_s`: of which records, for hand-overs alone. `ended_by`: who recorded the ending.
    """

    number: int
    operation: OperationId
    form: Form
    recipient: Recipient
    reason: DisclosureReason
    areas: tuple[AreaId, ...]
    persons: int
    officer: AccountId | None
    made_ns: int
    note: str = ""
    addressee: str = ""
    period_s: int = 0
    ending: Ending | None = None
    ended_ns: int = 0
    ended_by: AccountId | None = None

    @property
    def is_out(self) -> bool:
        """Whether it must still come back or be destroyed. A hand-over stays with who goes on with it."""
        return self.form is not Form.HAND_OVER and self.ending is None

    def ended(self, ending: Ending, by: AccountId, now_ns: int) -> "Copy":
        """Return it with what became of it. Raises DisclosureError if that is on record already."""
        if self.ending is not None:
            raise DisclosureError("copy-ended", f"copy {self.number} is recorded as {self.ending} already")
        return replace(self, ending=ending, ended_ns=now_ns, ended_by=by)


def check(
    operation: Operation | None, form: Form, recipient: Recipient, reason: DisclosureReason, now_ns: int
) -> Operation:
    """Return the operation in which this may leave the system. Raises DisclosureError if it may not."""
    if operation is None or not operation.is_open(now_ns):
        raise DisclosureError("no-operation", "nothing leaves the system outside an open operation: open one")
    if not operation.names_open(now_ns):
        raise DisclosureError("names-closed", "names are not open in this operation yet: a commander can confirm it")
    if reason not in REASONS[operation.kind]:
        allowed = ", ".join(sorted(REASONS[operation.kind]))
        raise DisclosureError("reason-not-allowed", f"{reason} is no reason in a {operation.kind}: use {allowed}")
    if (form is Form.HAND_OVER) is not (reason is DisclosureReason.BEFORE_LIMIT):
        raise DisclosureError("reason-not-allowed", "a hand-over, and nothing else, has the reason before-limit")
    if form in {Form.WARDENS_LIST, Form.TABLET} and recipient is not Recipient.WARDEN:
        raise DisclosureError("for-wardens-only", "a warden's list is for a warden")
    if operation.kind is OperationKind.DRILL and recipient not in EXERCISED_BY:
        raise DisclosureError("for-wardens-only", "in a drill names go to the site's own wardens only")
    return operation


def short_code(id_: str) -> str:
    """Return what a watermark shows of an account or operation: enough to find it in the ledger, and no name."""
    return id_[:_CODE_LENGTH].upper()


class Register:
    """All copies, by number; folded from the ledger."""

    def __init__(self) -> None:
        self._copies: dict[int, Copy] = {}
        self.turn: Callable[[], tuple[int, int]] = lambda: (0, 1)
        """Which of how many controllers gives numbers here: they take turns, so that two never give the same one."""

    @property
    def next_number(self) -> int:
        """The number of the next copy; a number is given once."""
        turn, controllers = self.turn()
        last = max(self._copies, default=0)
        return last + 1 + (turn - last) % controllers

    def put(self, copy: Copy) -> None:
        """Take note of a copy, or of what became of it."""
        self._copies[copy.number] = copy

    def copy(self, number: int) -> Copy:
        """Return the copy with that number. Raises DisclosureError."""
        if number not in self._copies:
            raise DisclosureError("no-copy", f"there is no copy {number}")
        return self._copies[number]

    def copies(self, operation: OperationId | None = None) -> list[Copy]:
        """Return all copies, of one operation or of all, in order."""
        return [each for each in self._copies.values() if operation is None or each.operation == operation]

    def out(self, open_operations: Collection[OperationId]) -> list[Copy]:
        """Return the copies that are still out though their operation is over."""
        return [copy for copy in self._copies.values() if copy.is_out and copy.operation not in open_operations]
