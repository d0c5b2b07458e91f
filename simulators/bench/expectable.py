"""The words that an expectation may use: closed sets, so that a misspelt one is refused before a scene is played.

Otherwise it would wait for what never comes, and with `never` it would pass. Belongs here: which words there are; a
test holds them equal to those of gate and controller, which the simulators do not import. Does not belong here: what
they look like to a person (words.py), or comparing (expecting.py).
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from simulators.bench import words

LIGHTS: Final = frozenset(words.LIGHTS)
SECURE: Final = frozenset({"secure", "not-secure"})
DENIALS: Final = frozenset(
    {
        "unknown-credential", "not-permitted-here", "outside-schedule", "pass-not-yet-valid", "pass-expired",
        "pass-blocked", "anti-passback", "no-policy", "policy-expired", "not-authenticated", "no-pin", "wrong-pin",
        "pin-timeout", "pin-locked", "second-person-missing", "same-person-twice", "lockdown",
        "interlocked", "no-vehicle", "vehicle-refused",
    }
)  # fmt: skip
ALARM_EVENTS: Final = frozenset(
    {
        "not-taken", "denied", "read-refused", "forced", "held", "closed", "rex", "tamper", "reader-lost",
        "reader-back", "restarted", "clock-doubted", "duress", "bad-pins", "passage-without-grant", "free-exit",
        "fire", "power", "key-rotated", "board-lost", "board-back", "controllers-changed", "signal", "signal-failed",
        "vehicle-turned-away", "vehicle-unseen", "occupants-differ", "people-crossed",
    }
)  # fmt: skip
"""Events of a gate that can stand as alarms."""
BY_PRESENCE: Final = frozenset({"in-twice", "inner-without-outer", "out-without-in", "replaced-in-use"})
"""Alarms that depend on who was inside before: a recording does not expect them again."""
ALARM_FAULTS: Final = BY_PRESENCE | {
    "addressee-unreachable", "alert-refused", "announcement-failed", "authorization-withdrawn", "break-glass",
    "broker-stuck", "camera-back", "camera-black", "camera-covered", "camera-frozen", "camera-lost", "camera-patchy",
    "canary-not-planted", "canary-scan-failed", "capacity", "clock-ahead", "clock-not-kept", "command-taken",
    "controller-away", "controller-clock-ahead", "controller-enrolled", "controller-silent", "controllers-differ",
    "copies-out", "core-dump-possible", "damaged-row", "deleted-rows-in-log", "entry-attempts", "exchange-failed",
    "expired", "file-unregistered", "gate-follows-newer-list", "gate-silent", "gate-store-failed",
    "hand-over-delayed", "hand-over-failed", "hand-over-prepared", "hand-over-to-nobody", "last-commander-kept",
    "late", "late-fire", "ledger-altered", "ledger-cut", "ledger-failed", "ledger-head-not-kept",
    "ledger-witness-damaged", "list-not-kept", "list-refused", "memory-may-be-swapped", "misdated", "not-sealed-here",
    "operation-by-itself", "operation-ends-soon", "operation-not-renewed", "page-certificate-ends", "pair-replaced",
    "passkey-copied", "photos-left-out", "plaintext-found", "plates-failed", "plates-not-served", "policy-failed",
    "reconfirmation-asked", "refused-message", "screen-failed", "screen-guessed", "sealed-roll-opened",
    "sessions-not-kept", "sign-in-attack", "snapshots-missing", "store-failed", "store-restored", "sweep-failed",
    "tablet-lists-out", "vault-not-rewritten", "vault-restored", "vault-token-gone", "video-cut-short",
    "video-failed", "video-not-deleted", "video-refused", "visitor-alone",
}  # fmt: skip
"""What the controller finds by itself."""

OF_EVENTS: Final = frozenset(
    {
        "controllers",
        "decision",
        "device",
        "portal",
        "read-refused",
        "missed",
        "order",
        "signal",
        "crossing",
        *words.DEVICE_EVENTS,
        *words.PORTAL_STATES,
        *words.SIGNAL_STATES,
    }
)
KNOWN: Final[Mapping[str, AbstractSet[str]]] = {
    "decision": frozenset(words.OUTCOMES),
    "event": OF_EVENTS,
    "received": ALARM_EVENTS | frozenset(words.EVENTS),
    "alarm": ALARM_EVENTS | ALARM_FAULTS,
}
"""What may be expected, by the field of an expectation."""


def reasons(subject: str) -> AbstractSet[str]:
    """Return the reasons that a `decision` can have, or else an `event`."""
    return DENIALS if subject == "decision" else frozenset({*words.REFUSALS, *words.DETAILS})


def shown_by(subject: str) -> AbstractSet[str]:
    """Return what a `portal` can show, or else a `reader`."""
    return frozenset(words.SHOWS) if subject == "portal" else LIGHTS | SECURE
