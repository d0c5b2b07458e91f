"""The words of the gate officer's screen, marked for translation.

Belongs here: one phrase a code. Does not belong here: where it stands on the page (templates).
"""

from typing import Final

from contract.events import DenialReason
from edge.screen.showing import Standing
from edge.technician import Outcome
from web.i18n import Language


def word(text: str) -> str:
    """Mark `text` for the catalogues."""
    return text


OUTCOMES: Final = {
    Outcome.GRANTED: word("Admitted"),
    Outcome.DENIED: word("Refused"),
    Outcome.PIN_WANTED: word("PIN expected"),
    Outcome.SECOND_PERSON_WANTED: word("Second person expected"),
}

REASONS: Final = {
    DenialReason.UNKNOWN_CREDENTIAL: word("unknown card"),
    DenialReason.NOT_PERMITTED_HERE: word("not permitted here"),
    DenialReason.OUTSIDE_SCHEDULE: word("outside the permitted hours"),
    DenialReason.PASS_NOT_YET_VALID: word("pass not valid yet"),
    DenialReason.PASS_EXPIRED: word("pass expired"),
    DenialReason.PASS_BLOCKED: word("pass blocked"),
    DenialReason.ANTI_PASSBACK: word("second entry without an exit"),
    DenialReason.NO_POLICY: word("the gate has no policy"),
    DenialReason.POLICY_EXPIRED: word("the gate's policy has expired"),
    DenialReason.NOT_AUTHENTICATED: word("the card proved nothing"),
    DenialReason.NO_PIN: word("the pass has no PIN"),
    DenialReason.WRONG_PIN: word("wrong PIN"),
    DenialReason.PIN_TIMEOUT: word("no PIN in time"),
    DenialReason.PIN_LOCKED: word("refused after wrong PINs"),
    DenialReason.SECOND_PERSON_MISSING: word("no second person in time"),
    DenialReason.SAME_PERSON_TWICE: word("the same person twice"),
    DenialReason.LOCKDOWN: word("lockdown: nobody passes here"),
    DenialReason.INTERLOCKED: word("the other door is not shut"),
}

TROUBLES: Final = {
    "forced": word("opened without a grant"),
    "held": word("held open too long"),
    "fire": word("opened by the fire release"),
    "lost": word("does not answer"),
    "tamper": word("tampered with"),
    "power-failed": word("supply failed"),
}

STANDINGS: Final = {
    Standing.READY: word("Nobody at the gate"),
    Standing.NO_ORDER: word("No word from a controller yet: nobody is shown. The gate decides all the same."),
    Standing.LEASE_OVER: word(
        "No word from a controller for 12 hours: nobody is shown any more. The gate decides all the same."
    ),
    Standing.GATE_SILENT: word(
        "The gate's program does not answer. Watch the gate yourself and call the control centre."
    ),
}


def say(text: str, language: Language) -> str:
    """Return `text` in a language."""
    return str(language.translations.gettext(text))
