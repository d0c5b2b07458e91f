"""What breaks a rule of the law, which rule, and who answers for it: a person, or the system (L6, para 27(d)).

A breach by a person is serious misconduct and has to be provable; a fault of the system has to be mended. They are two
classes, on every screen and in the ledger. Belongs here: this table. Does not belong here: finding one
(service/checks), words (console).
"""

import enum
from typing import Final


class Rule(enum.StrEnum):
    """The rules of A/RES/61/263, as the requirements number them."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"
    L5 = "L5"
    L6 = "L6"
    L7 = "L7"
    L8 = "L8"
    L9 = "L9"


class Blame(enum.StrEnum):
    """Who answers for it."""

    BREACH = "breach"
    FAULT = "fault"


class Violation(enum.StrEnum):
    """What a check can find; as an alarm it has the same word."""

    RECORD_OUTLIVED = "record-outlived"
    ROWS_OUTLIVED = "rows-outlived"
    KEY_OUTLIVED = "key-outlived"
    VIDEO_OUTLIVED = "video-outlived"
    GATE_OUTLIVED = "gate-outlived"
    SEEN_WITHOUT_RIGHT = "seen-without-right"
    LEDGER_TAMPERED = "ledger-tampered"
    CLOCK_STEPPED = "clock-stepped"
    GATE_CLOCK_OFF = "gate-clock-off"
    GATE_TWICE = "gate-twice"
    SCAN_OVERDUE = "scan-overdue"
    CHECK_FAILED = "check-failed"
    CHECK_OVERDUE = "check-overdue"


JUDGED: Final[dict[Violation, tuple[Rule, Blame]]] = {
    Violation.RECORD_OUTLIVED: (Rule.L4, Blame.FAULT),
    Violation.ROWS_OUTLIVED: (Rule.L4, Blame.FAULT),
    Violation.KEY_OUTLIVED: (Rule.L4, Blame.FAULT),
    Violation.VIDEO_OUTLIVED: (Rule.L5, Blame.FAULT),
    Violation.GATE_OUTLIVED: (Rule.L4, Blame.FAULT),
    Violation.SEEN_WITHOUT_RIGHT: (Rule.L2, Blame.BREACH),
    Violation.LEDGER_TAMPERED: (Rule.L6, Blame.BREACH),
    Violation.CLOCK_STEPPED: (Rule.L4, Blame.BREACH),
    Violation.GATE_CLOCK_OFF: (Rule.L4, Blame.FAULT),
    Violation.GATE_TWICE: (Rule.L6, Blame.BREACH),
    Violation.SCAN_OVERDUE: (Rule.L7, Blame.FAULT),
    Violation.CHECK_FAILED: (Rule.L6, Blame.FAULT),
    Violation.CHECK_OVERDUE: (Rule.L6, Blame.FAULT),
}
"""Which rule each breaks, and who answers for it. A clock is set by somebody; one that drifts is a device's fault."""

ALARMS: Final[dict[str, Blame]] = {
    **{violation.value: blame for violation, (_, blame) in JUDGED.items()},
    "access-refused": Blame.BREACH,
    "ledger-cut": Blame.BREACH,
    "ledger-altered": Blame.BREACH,
    "controller-enrolled": Blame.BREACH,
    "list-refused": Blame.BREACH,
    "vault-restored": Blame.BREACH,
    "alert-refused": Blame.BREACH,
    "sign-in-attack": Blame.BREACH,
    "passkey-copied": Blame.BREACH,
    "break-glass": Blame.BREACH,
    "plaintext-found": Blame.FAULT,
    "canary-scan-failed": Blame.FAULT,
    "sweep-failed": Blame.FAULT,
    "deleted-rows-in-log": Blame.FAULT,
    "vault-not-rewritten": Blame.FAULT,
    "vault-token-gone": Blame.FAULT,
    "ledger-failed": Blame.FAULT,
    "hand-over-failed": Blame.FAULT,
}
"""All alarms that the law cares about, with their class: a screen names it beside them.

A controller that was enrolled and a glass that was broken are acts that may be right; whoever did them answers for
them, so they stand with breaches.
"""
