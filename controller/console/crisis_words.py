"""The words for those who stay longer than the limit, and for copies with names: kinds, reasons, refusals.

Belongs here: one phrase a code. Does not belong here: where it stands (templates).
"""

from typing import Final

from controller.console.words import word

# Form of controller.domain.disclosure.
FORMS: Final = {
    "print": word("Printed list"),
    "file": word("Encrypted file"),
    "wardens-list": word("Warden's list"),
    "tablet": word("Shown by a tablet"),
    "hand-over": word("Hand-over before the limit"),
}

# Recipient of controller.domain.disclosure.
RECIPIENTS: Final = {
    "warden": word("wardens of the site"),
    "fire-service": word("fire service"),
    "police": word("police"),
    "medical-service": word("medical service"),
    "search-team": word("search team"),
    "crisis-team": word("crisis team"),
    "host-country": word("host country's authorities"),
}

# DisclosureReason of controller.domain.disclosure.
REASONS: Final = {
    "account-for": word("to account for people"),
    "rescue": word("to rescue people"),
    "care": word("to care for people"),
    "search": word("to search for a person"),
    "exercise": word("to exercise"),
    "before-limit": word("because the system deletes the names"),
}

# Ending of controller.domain.disclosure.
ENDINGS: Final = {
    "returned": word("returned"),
    "destroyed": word("destroyed"),
}

# Declined of controller.domain.hand_over.
DECLINED: Final = {
    "all-safe": word("They are all known to be safe"),
    "handed-over-otherwise": word("Their names were handed over in another way"),
}

# Phase of controller.domain.hand_over.
PHASES: Final = {
    "prepared": word("Prepared: a commander decides"),
    "decided": word("Decided"),
    "due": word("The standing order is being carried out"),
}

# Way of controller.domain.standing_order.
WAYS: Final = {
    "folder": word("outbox, taken by the site's transport"),
    "mail": word("mail"),
}

# Codes of ObstacleError, and what other services of this area refuse.
REFUSED: Final = {
    "copy-ended": word("What became of this copy is recorded already."),
    "reason-not-allowed": word("That is no reason in an operation of this kind."),
    "for-wardens-only": word("A warden's list, and all lists of a drill, are for the site's wardens."),
    "no-copy": word("There is no such copy."),
    "hand-over-gone": word("There is no such list, or its records are gone."),
    "too-late-to-decline": word("It is too late to decline: the standing order is being carried out."),
    "nobody-waits": word("Nobody waits for a commander."),
    "same-officer": word("You answered the last cards yourself: another commander must release the next."),
    "two-in-a-row": word("Two in a row: another officer, or a commander other than you, must go on."),
    "card-gone": word("This card is no longer yours: take the next one."),
    "not-recorded": word("This could not be recorded: call a technician, and note the person on paper."),
    "not-an-addressee": word("Only a crisis team, a search team or the host country can go on with such a list."),
    "bad-name": word("Give a short name of a-z, 0-9 and hyphens."),
    "bad-address": word("A mail needs one address, the outbox needs none."),
    "no-certificate": word("A file, and nothing else, needs one X.509 certificate in PEM."),
    "no-rsa-key": word("The certificate has no RSA key: ask the recipient for an encryption certificate."),
    "weak-key": word("The certificate's key is too short: at least 2048 bits are needed."),
    "certificate-not-valid": word("The certificate has expired, or is not valid yet: ask for the present one."),
    "certificate-not-for-encryption": word("The certificate does not allow encryption: ask for another one."),
    "own-page": word("A hand-over is decided on its own page, when records are about to expire."),
    "no-area": word("There is no such area."),
    "nobody-there": word("Nobody is placed there by name: there is nothing to give."),
    "note-too-long": word("The note is too long: write less."),
    "no-paper": word("The list could not be put on paper: try again, and call a technician."),
    "no-relay": word("This controller has no mail relay: choose the outbox."),
    "no-addressee": word("There is no such addressee."),
}

DONE: Final = {
    "seen": word("Recorded: a new cycle has begun for that person."),
    "not-seen": word("Noted. Without a new sight the name goes on time, and one unnamed person is counted."),
    "released": word("The officer may go on."),
    "ended-copy": word("Recorded."),
    "declined": word("Nobody gets this list: its names go with their records."),
    "addressee-set": word("The standing order is changed."),
}
