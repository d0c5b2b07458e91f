"""The words of the gate officer's screen, marked for translation.

Belongs here: one phrase a code. Does not belong here: where it stands on the page (templates).
"""

from collections.abc import Mapping
from typing import Final

from contract.events import AdmittedBecause, DenialReason
from edge.domain.acting import (
    Act,
    ActResult,
    Admit,
    CountOccupants,
    CountUnnamed,
    EnterOccupants,
    EnterPlate,
    PassVehicle,
    Silence,
    TurnAway,
)
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
    Outcome.VEHICLE_WAITS: word("Card read, the vehicle waits"),
    Outcome.COUNTED: word("Counted at the muster point"),
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
    DenialReason.NO_VEHICLE: word("no vehicle stands in the lane"),
    DenialReason.VEHICLE_REFUSED: word("the vehicle was turned away"),
}

BECAUSE: Final = {
    AdmittedBecause.KNOWN_PERSON_CARD_FAILS: word("I know the person, the card fails"),
    AdmittedBecause.PASS_FORGOTTEN: word("Pass forgotten"),
    AdmittedBecause.ESCORTED_VISITOR: word("Visitor with escort"),
    AdmittedBecause.RESPONDER: word("Responder"),
    AdmittedBecause.MOTORCADE: word("Motorcade"),
    AdmittedBecause.TOUR: word("Guided tour"),
    AdmittedBecause.MEDICAL: word("Medical emergency"),
    AdmittedBecause.READER_FAULT: word("The reader is out of order"),
    AdmittedBecause.VEHICLE_CHECKED: word("Checked: vehicle and driver"),
}

DONE: Final[Mapping[type[Act], str]] = {
    Admit: word("Let through: the door was released once, and one person is counted."),
    CountUnnamed: word("Counted: {count} without a card."),
    CountOccupants: word("Counted beside the driver: {count}."),
    EnterOccupants: word("Counted beside the driver: {count}."),
    EnterPlate: word("The plate was taken."),
    PassVehicle: word("Let pass, and beside the driver: {count}."),
    TurnAway: word("Turned away."),
    Silence: word("This gate's sirens are silent."),
}
RESULTS: Final = {
    ActResult.DONE_NOT_RELEASED: word("Recorded, but the door takes no command: open it by hand."),
    ActResult.DONE_NOT_SAFE: word("Done, but not yet safe on the disk: tell the control centre."),
    ActResult.LOCKDOWN: word("A lockdown is ordered: nobody comes in from outside."),
    ActResult.TWO_PERSONS: word("Two persons have to present themselves here."),
    ActResult.PASS_BLOCKED: word("This pass is blocked: call the control centre."),
    ActResult.VEHICLE_BLOCKED: word("This vehicle is blocked: compare the plate, and call the control centre."),
    ActResult.NAMELESS: word("Nobody without a name enters here."),
    ActResult.NO_WAY: word("Nobody passes there."),
    ActResult.INTERLOCKED: word("The other door is not shut: try again when it is."),
    ActResult.TOO_LATE: word("That was too long ago: let the card be presented again."),
    ActResult.COUNTED_ALREADY: word("Counted already. Correct it with people without a card."),
    ActResult.NOTHING_SOUNDS: word("No siren sounds here."),
    ActResult.NOT_RECORDED: word("The gate has no room for its records: call the control centre."),
    ActResult.NOT_ANSWERED: word("The gate did not answer: whether it was done is not known. Try again."),
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
