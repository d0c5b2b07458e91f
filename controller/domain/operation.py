"""An operation: the only time at which names can be seen (L1, C2).

An emergency needs one commander; a drill or a search two, with a reason from a closed list. A fire input or a signed
alert opens an emergency by itself: counts and doors at once, names on a commander's confirmation or after 60 s. Each
operation is renewed within the hour or ends. Belongs here: one operation and its rules. Does not belong here: what is
done in it (service), or who may open one (rights/).
"""

import enum
from dataclasses import dataclass, replace
from typing import Final

from contract.clock import NS_PER_S
from contract.ids import AccountId, OperationId

RENEWED_FOR_S: Final = 3600
"""An operation that nobody renews ends so long after it was opened or last renewed."""
NAMES_AFTER_S: Final = 60
"""Names open so long after a trigger, if no commander confirmed or ended it before."""


class OperationKind(enum.StrEnum):
    """What it is for."""

    EMERGENCY = "emergency"
    DRILL = "drill"
    SEARCH = "search"


class Plan(enum.StrEnum):
    """What people are told to do in an emergency, or practise in a drill."""

    EVACUATE = "evacuate"
    SHELTER = "shelter"
    LOCKDOWN = "lockdown"
    RELOCATE = "relocate"


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


class OperationError(ValueError):
    """An operation that can not be opened, renewed or closed like that; the message says what would do."""


@dataclass(frozen=True)
class Operation:
    """One operation. Times in ns since 1970 UTC.

    `plan`: of an emergency or drill, None of a search. `opened_by`: one commander, two, or nobody after a trigger.
    `names_ns`: from when on names may be seen.
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
    closed_ns: int | None = None

    @property
    def ends_ns(self) -> int:
        """When it ends by itself."""
        return self.renewed_ns + RENEWED_FOR_S * NS_PER_S

    def is_open(self, now_ns: int) -> bool:
        """Whether it is open."""
        return self.closed_ns is None and now_ns < self.ends_ns

    def names_open(self, now_ns: int) -> bool:
        """Whether names may be seen in it."""
        return self.is_open(now_ns) and self.names_ns <= now_ns

    def confirmed(self, now_ns: int) -> "Operation":
        """Names at once: a commander has confirmed it. Raises OperationError."""
        self._must_be_open(now_ns)
        return replace(self, names_ns=min(self.names_ns, now_ns))

    def renewed(self, now_ns: int) -> "Operation":
        """Another hour. Raises OperationError."""
        self._must_be_open(now_ns)
        return replace(self, renewed_ns=now_ns)

    def closed(self, now_ns: int) -> "Operation":
        """End it. Raises OperationError."""
        self._must_be_open(now_ns)
        return replace(self, closed_ns=now_ns)

    def _must_be_open(self, now_ns: int) -> None:
        if not self.is_open(now_ns):
            raise OperationError("this operation is over: open another one")


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
            raise OperationError(f"a {kind} needs {needed} commanders: ask another one to join")
    elif kind is not OperationKind.EMERGENCY or by:
        raise OperationError("a fire input or an alert opens an emergency, and names nobody as its opener")
    if reason not in REASONS[kind]:
        raise OperationError(f"{reason} is no reason for a {kind}: use {', '.join(sorted(REASONS[kind]))}")
    if (plan is None) is not (kind is OperationKind.SEARCH):
        raise OperationError(f"a {kind} {'has no plan' if plan else 'needs a plan: ' + ', '.join(Plan)}")
    if trigger is Trigger.FIRE_INPUT and plan is Plan.LOCKDOWN:
        raise OperationError("a lockdown never follows from a fire input (G5)")
    wait_s = 0 if trigger is Trigger.COMMANDER else NAMES_AFTER_S
    return Operation(id_, kind, plan, reason, trigger, by, now_ns, now_ns + wait_s * NS_PER_S, now_ns)
