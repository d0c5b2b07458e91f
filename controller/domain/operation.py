"""An operation: the only time at which names can be seen (L1, C2).

An emergency needs one commander; a drill or a search two, with a reason from a closed list. A fire input or a signed
alert opens an emergency by itself: counts and doors at once, names on a commander's confirmation or after 60 s. Each
operation is renewed within the hour or ends. One commander leads: he declares the all-clear and ends it; another one
takes command when it is offered to him, or when he has to. Belongs here: one operation and its rules. Does not belong
here: what is done in it (service), or who may open one (rights/).
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from contract import plans
from contract.clock import NS_PER_S
from contract.ids import AccountId, OperationId

RENEWED_FOR_S: Final = 3600
"""An operation that nobody renews ends so long after it was opened or last renewed."""
PLANNED_FOR_AT_MOST_S: Final = 12 * 3600
"""A drill or search ends so long after two commanders opened it, however often one renews it: one shift. What shall go
on longer two open anew. An emergency lasts as long as the danger does."""
NAMES_AFTER_S: Final = 60
"""Names open so long after a trigger, if no commander confirmed or ended it before."""
JOIN_WITHIN_S: Final = 600
"""So long a drill or search that one commander proposed waits for the second."""
REMIND_BEFORE_S: Final = 600
"""So long before an operation ends by itself its commanders are reminded."""


class OperationKind(enum.StrEnum):
    """What it is for."""

    EMERGENCY = "emergency"
    DRILL = "drill"
    SEARCH = "search"


Plan = plans.Plan
"""What people are told to do in an emergency, or practise in a drill; the site file names plans as well."""


class Reason(enum.StrEnum):
    """Why a search, a drill or an emergency was opened: a closed list, for free text could hold a name."""

    FIRE = "fire"
    ARMED_ATTACK = "armed-attack"
    BOMB_THREAT = "bomb-threat"
    HAZARDOUS_SUBSTANCE = "hazardous-substance"
    STRUCTURE = "structure"
    NATURAL_HAZARD = "natural-hazard"
    MEDICAL = "medical"
    OTHER_DANGER = "other-danger"
    PLANNED_DRILL = "planned-drill"
    UNANNOUNCED_DRILL = "unannounced-drill"
    MISSING_PERSON = "missing-person"
    INTRUDER = "intruder"
    PERSON_AT_RISK = "person-at-risk"


REASONS: Final[dict[OperationKind, frozenset[Reason]]] = {
    OperationKind.EMERGENCY: frozenset(
        {
            Reason.FIRE,
            Reason.ARMED_ATTACK,
            Reason.BOMB_THREAT,
            Reason.HAZARDOUS_SUBSTANCE,
            Reason.STRUCTURE,
            Reason.NATURAL_HAZARD,
            Reason.MEDICAL,
            Reason.OTHER_DANGER,
        }
    ),
    OperationKind.DRILL: frozenset({Reason.PLANNED_DRILL, Reason.UNANNOUNCED_DRILL}),
    OperationKind.SEARCH: frozenset({Reason.MISSING_PERSON, Reason.INTRUDER, Reason.PERSON_AT_RISK}),
}


class Trigger(enum.StrEnum):
    """What opened it."""

    COMMANDER = "commander"
    FIRE_INPUT = "fire-input"
    SIGNED_ALERT = "signed-alert"


class Ending(enum.StrEnum):
    """Why an operation ended."""

    COMMANDER = "commander"
    NOT_RENEWED = "not-renewed"
    EMERGENCY = "emergency"
    """A drill ends when an emergency opens: nobody must take one for the other."""


class Obstacle(enum.StrEnum):
    """Why an operation can not be opened, renewed or closed like that. A screen says it in words."""

    SECOND_COMMANDER = "second-commander"
    ONE_SUFFICES = "one-suffices"
    REASON = "no-such-reason"
    PLAN = "no-such-plan"
    LOCKDOWN_AFTER_FIRE = "lockdown-after-fire"
    ALERT = "alert"
    OVER = "operation-over"
    CONFIRMED = "confirmed-already"
    TOO_LATE = "joined-too-late"
    EMERGENCY_OPEN = "emergency-open"
    OPEN_ALREADY = "open-already"
    LONG_ENOUGH = "long-enough"
    NOT_LEADING = "not-leading"
    LEADS_ALREADY = "leads-already"
    ALL_CLEAR = "all-clear-already"
    NO_ALL_CLEAR = "no-all-clear"
    SILENT = "sirens-silent-already"
    NOT_SILENT = "sirens-not-silenced"


class OperationError(ValueError):
    """An operation that can not be opened, renewed or closed like that; the message says what would do."""

    def __init__(self, obstacle: Obstacle, message: str) -> None:
        super().__init__(message)
        self.obstacle: Final = obstacle


@dataclass(frozen=True)
class Operation:
    """One operation. Times in ns since 1970 UTC.

    `plan`: of an emergency or drill, None of a search. `opened_by`: one commander, two, or nobody after a trigger.
    `names_ns`: from when on names may be seen. `confirmed_by`: the commander who confirmed what a trigger had opened.
    `led_by`: the commander who leads, None while nobody stands behind it; `offered_to`: to whom he has offered command.
    `all_clear_ns`: since when people may go back, None while the danger lasts; the roll goes on until it is closed.
    `silenced_ns`: since when the sirens are silent for it all the same, None: they sound, where the site has any.
    """

    id: OperationId
    kind: OperationKind
    plan: Plan | None
    reason: Reason
    trigger: Trigger
    opened_by: tuple[AccountId, ...]
    opened_ns: int
    names_ns: int
    renewed_ns: int
    confirmed_by: AccountId | None = None
    closed_ns: int | None = None
    led_by: AccountId | None = None
    offered_to: AccountId | None = None
    all_clear_ns: int | None = None
    silenced_ns: int | None = None

    @property
    def ends_ns(self) -> int:
        """When it ends by itself."""
        ends_ns = self.renewed_ns + RENEWED_FOR_S * NS_PER_S
        if self.kind is OperationKind.EMERGENCY:
            return ends_ns
        return min(ends_ns, self.opened_ns + PLANNED_FOR_AT_MOST_S * NS_PER_S)

    @property
    def is_confirmed(self) -> bool:
        """Whether a commander stands behind it: he opened it, or confirmed what a trigger had opened."""
        return self.trigger is Trigger.COMMANDER or self.confirmed_by is not None

    def ends_soon(self, now_ns: int) -> bool:
        """Whether it is time to remind its commanders: open, and not for long."""
        return self.is_open(now_ns) and now_ns >= self.ends_ns - REMIND_BEFORE_S * NS_PER_S

    def is_open(self, now_ns: int) -> bool:
        """Whether it is open."""
        return self.closed_ns is None and now_ns < self.ends_ns

    def names_open(self, now_ns: int) -> bool:
        """Whether names may be seen in it."""
        return self.is_open(now_ns) and self.names_ns <= now_ns

    def confirmed(self, by: AccountId, now_ns: int) -> "Operation":
        """Names at once: a commander has confirmed what a trigger opened. Raises OperationError."""
        self._must_be_open(now_ns)
        if self.is_confirmed:
            raise OperationError(Obstacle.CONFIRMED, "a commander stands behind this operation already")
        return self.was_confirmed(by, now_ns)

    def renewed(self, now_ns: int) -> "Operation":
        """Another hour, or what is left of the time that a drill or search may last. Raises OperationError."""
        self._must_be_open(now_ns)
        renewed = self.was_renewed(now_ns)
        if now_ns > self.renewed_ns and renewed.ends_ns == self.ends_ns:
            raise OperationError(
                Obstacle.LONG_ENOUGH, "a drill or search lasts a shift at most: two commanders open another one"
            )
        return renewed

    def was_confirmed(self, by: AccountId, at_ns: int) -> "Operation":
        """As `confirmed`, told by the ledger: not judged again, for an entry before it may be lost."""
        return replace(self, names_ns=min(self.names_ns, at_ns), confirmed_by=by, led_by=by)

    def was_renewed(self, at_ns: int) -> "Operation":
        """As `renewed`, told by the ledger: not judged again, for an entry before it may be lost."""
        return replace(self, renewed_ns=at_ns)

    def offered(self, to: AccountId, by: AccountId, now_ns: int) -> "Operation":
        """Offer command to another commander, who leads from the moment at which he takes it. Raises OperationError."""
        self._must_lead(by, now_ns)
        if to == by:
            raise OperationError(
                Obstacle.LEADS_ALREADY, "you lead this operation already: offer it to another commander"
            )
        return self.was_offered(to)

    def taken_over(self, by: AccountId, now_ns: int) -> "Operation":
        """Let `by` lead from now on, whether it was offered to him or not: whoever leads may be hurt.

        Raises OperationError.
        """
        self._must_be_open(now_ns)
        if by == self.led_by:
            raise OperationError(Obstacle.LEADS_ALREADY, "you lead this operation already")
        return self.was_taken_over(by)

    def all_clear(self, by: AccountId, now_ns: int) -> "Operation":
        """Say that the danger is over and people may go back: doors and sirens are as always. Raises OperationError."""
        self._must_lead(by, now_ns)
        if self.kind is OperationKind.SEARCH:
            raise OperationError(Obstacle.PLAN, "a search has no all-clear: close it")
        if self.all_clear_ns is not None:
            raise OperationError(Obstacle.ALL_CLEAR, "the all-clear was given already")
        return self.was_all_clear(now_ns)

    def resumed(self, by: AccountId, now_ns: int) -> "Operation":
        """Take the all-clear back: the danger is there again. Raises OperationError."""
        self._must_lead(by, now_ns)
        if self.all_clear_ns is None:
            raise OperationError(Obstacle.NO_ALL_CLEAR, "no all-clear was given that could be taken back")
        return self.was_all_clear(None)

    def silenced(self, by: AccountId, now_ns: int) -> "Operation":
        """Silence the sirens of all gates; doors stay as they are, and the danger lasts. Raises OperationError."""
        self._must_lead(by, now_ns)
        if self.plan is None:
            raise OperationError(Obstacle.PLAN, "a search sounds no siren")
        if self.all_clear_ns is not None:
            raise OperationError(Obstacle.ALL_CLEAR, "the all-clear was given already: no siren sounds")
        if self.silenced_ns is not None:
            raise OperationError(Obstacle.SILENT, "the sirens were silenced already")
        return self.was_silenced(now_ns)

    def sounded_again(self, by: AccountId, now_ns: int) -> "Operation":
        """Let the sirens sound again. Raises OperationError."""
        self._must_lead(by, now_ns)
        if self.silenced_ns is None:
            raise OperationError(Obstacle.NOT_SILENT, "nobody has silenced the sirens here")
        return self.was_silenced(None)

    def closed(self, by: AccountId, now_ns: int) -> "Operation":
        """End it. Raises OperationError."""
        self._must_lead(by, now_ns)
        return replace(self, closed_ns=now_ns)

    def was_offered(self, to: AccountId) -> "Operation":
        """As `offered`, told by the ledger."""
        return replace(self, offered_to=to)

    def was_taken_over(self, by: AccountId) -> "Operation":
        """As `taken_over`, told by the ledger."""
        return replace(self, led_by=by, offered_to=None)

    def was_all_clear(self, at_ns: int | None) -> "Operation":
        """As `all_clear`, or `resumed` (None), told by the ledger: a danger that is there again sounds again."""
        return replace(self, all_clear_ns=at_ns, silenced_ns=None)

    def was_silenced(self, at_ns: int | None) -> "Operation":
        """As `silenced`, or `sounded_again` (None), told by the ledger."""
        return replace(self, silenced_ns=at_ns)

    def _must_lead(self, by: AccountId, now_ns: int) -> None:
        """Refuse whoever does not lead. Where nobody leads yet, any commander may end a false alarm."""
        self._must_be_open(now_ns)
        if self.led_by not in {None, by}:
            raise OperationError(Obstacle.NOT_LEADING, "another commander leads this operation: take command first")

    def _must_be_open(self, now_ns: int) -> None:
        if not self.is_open(now_ns):
            raise OperationError(Obstacle.OVER, "this operation is over: open another one")


@dataclass(frozen=True)
class Proposal:
    """A drill or search that one commander proposed and a second has not joined yet. `proposed_ns`: since 1970 UTC.

    It keeps its `id` when it becomes an operation.
    """

    id: OperationId
    kind: OperationKind
    plan: Plan | None
    reason: Reason
    by: AccountId
    proposed_ns: int

    @property
    def until_ns(self) -> int:
        """Until when it may be joined."""
        return self.proposed_ns + JOIN_WITHIN_S * NS_PER_S

    def waits(self, now_ns: int) -> bool:
        """Whether it may be joined still."""
        return now_ns < self.until_ns

    def joined(self, by: AccountId, now_ns: int) -> Operation:
        """Return the operation that the second commander opens. Raises OperationError."""
        if not self.waits(now_ns):
            raise OperationError(Obstacle.TOO_LATE, "nobody joined in time: propose it again")
        return opened(self.id, self.kind, self.plan, self.reason, (self.by, by), now_ns)


def proposed(
    id_: OperationId, kind: OperationKind, plan: Plan | None, reason: Reason, by: AccountId, now_ns: int
) -> Proposal:
    """Return a drill or search that waits for a second commander. Raises OperationError."""
    if kind is OperationKind.EMERGENCY:
        raise OperationError(Obstacle.ONE_SUFFICES, "an emergency needs one commander only: open it")
    _check(kind, plan, reason)
    return Proposal(id_, kind, plan, reason, by, now_ns)


def opened(
    id_: OperationId,
    kind: OperationKind,
    plan: Plan | None,
    reason: Reason,
    by: tuple[AccountId, ...],
    now_ns: int,
    trigger: Trigger = Trigger.COMMANDER,
) -> Operation:
    """Return an operation that opens now. Raises OperationError where the rules of its kind are not met."""
    needed = 1 if kind is OperationKind.EMERGENCY else 2
    if trigger is Trigger.COMMANDER:
        if len(set(by)) < needed:
            raise OperationError(
                Obstacle.SECOND_COMMANDER, f"a {kind} needs {needed} commanders: ask another one to join"
            )
    elif kind is not OperationKind.EMERGENCY or by:
        raise OperationError(
            Obstacle.ALERT, "a fire input or an alert opens an emergency, and names nobody as its opener"
        )
    _check(kind, plan, reason)
    if trigger is Trigger.FIRE_INPUT and plan is Plan.LOCKDOWN:
        raise OperationError(Obstacle.LOCKDOWN_AFTER_FIRE, "a lockdown never follows from a fire input (G5)")
    wait_s = 0 if trigger is Trigger.COMMANDER else NAMES_AFTER_S
    leads = by[0] if by else None
    return Operation(id_, kind, plan, reason, trigger, by, now_ns, now_ns + wait_s * NS_PER_S, now_ns, led_by=leads)


def may_stand_beside(kind: OperationKind, plan: Plan | None, others: Iterable[Operation]) -> None:
    """Raise OperationError if what is open forbids to open another one of that kind and plan.

    Searches may be several; of an emergency or drill one of each plan; and no drill beside an emergency.
    """
    for other in others:
        if kind is OperationKind.DRILL and other.kind is OperationKind.EMERGENCY:
            raise OperationError(Obstacle.EMERGENCY_OPEN, "an emergency is open: no drill beside it")
        if kind is not OperationKind.SEARCH and (other.kind, other.plan) == (kind, plan):
            raise OperationError(
                Obstacle.OPEN_ALREADY, f"a {kind} with the plan {plan} is open already: renew that one"
            )


def ends_with(opening: Operation, other: Operation) -> bool:
    """Whether `other` ends because `opening` opens: a drill, when it becomes serious."""
    return opening.kind is OperationKind.EMERGENCY and other.kind is OperationKind.DRILL


def _check(kind: OperationKind, plan: Plan | None, reason: Reason) -> None:
    if reason not in REASONS[kind]:
        raise OperationError(
            Obstacle.REASON, f"{reason} is no reason for a {kind}: use {', '.join(sorted(REASONS[kind]))}"
        )
    if (plan is None) is not (kind is OperationKind.SEARCH):
        raise OperationError(Obstacle.PLAN, f"a {kind} {'has no plan' if plan else 'needs a plan: ' + ', '.join(Plan)}")
