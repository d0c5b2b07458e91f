"""The words for officers: roles, why something was refused, what came of a form; marked for translation.

Belongs here: one phrase a code. Does not belong here: where it stands (templates), or the live page's (words.py).
"""

from typing import Final

from controller.console import crisis_words, law_words, operation_words, tablet_words, vehicle_words, video_refusals
from controller.console.words import say, word
from web.i18n import Language

ROLES: Final = {
    "gate-officer": word("gate officer"),
    "pass-officer": word("pass officer"),
    "visitor-desk": word("visitor desk"),
    "operator": word("operator"),
    "commander": word("commander"),
    "administrator": word("administrator"),
    "technician": word("technician"),
    "auditor": word("auditor"),
    "authorizing-officer": word("authorizing officer"),
}

# Why somebody may not: Refusal of controller.domain.rights.judge.
REFUSALS: Final = {
    "role": word("None of your roles is for this."),
    "no-member": word("Only members of the security department see this."),
    "not-authorized": word("You hold no authorization that is in force: ask an authorizing officer."),
    "not-briefed": word("Read and acknowledge the briefing first."),
    "no-operation": word("Only while an operation is open that this belongs to."),
    "names-closed": word("Names are not open yet in this operation."),
}

# Why an act about rights can not be done: Objection of controller.domain.rights.acts.
OBJECTIONS: Final = {
    "oneself": word("Nobody gives or takes rights of his own: ask a colleague who may."),
    "excluding": word("This role does not go together with one that the person has: take that one first."),
    "last-administrator": word("This is the last administrator: make another one first."),
    "last-authorizing-officer": word("This is the last authorizing officer: name another one first."),
    "last-commander": word("This is the last commander with authorization and briefing: authorize another one first."),
    "in-operation": word("An operation is open: only a withdrawal by two officers ends this person's access."),
    "not-entitled": word("Your role is not one that this act needs."),
    "second-officer": word("This act needs a second officer, who must be another person."),
    "bad-instrument": word("Give the symbol of the signed act: capitals, digits and / . ( ) -, one digit at least."),
    "bad-span": word("An authorization ends later than now and within a year."),
    "no-member": REFUSALS["no-member"],
    "no-authorization": word("There is no authorization in force."),
    "no-operation": REFUSALS["no-operation"],
    "withdrawn-before": word("Access of one of you was withdrawn: only a new authorization gives it again."),
    "other-version": word("This is not the text of today: read the present one."),
    "kept-elsewhere": word("Accounts and rights are given at the controller that keeps the passes: go to its page."),
}

# Other answers of the API about signing in and accounts.
FAILURES: Final = {
    "wrong": word("This is not right: check what you typed, and whether the account or code still works."),
    "too-many": word("Too many wrong tries: wait some minutes, or sign in with a passkey."),
    "password": word(
        "Take another password: 12 characters at least, several words that have nothing to do with you or this work."
    ),
    "account": word("That staff number or sign-in name has an account already, or a field is empty."),
    "passkey": word("The passkey was refused: try again, or use another one."),
    "no-account": word("There is no such account any more."),
    "refused": word("The controller refused this: check what you entered."),
}

# What a form did.
DONE: Final = {
    "waits": word("Done so far: a second officer has to join within ten minutes, by doing the same."),
    "changed": word("Done."),
    "acknowledged": word("You have acknowledged the briefing."),
    "signed-out": word("You have signed out."),
    "glass-broken": word("You have access until the operation ends. The authorizing office has been told."),
    "withdrawn": word("The authorization is withdrawn: open pages close at once."),
}

ANSWERS: Final = {
    **OBJECTIONS,
    **REFUSALS,
    **FAILURES,
    **operation_words.REFUSED,
    **operation_words.DONE,
    **crisis_words.REFUSED,
    **crisis_words.DONE,
    **law_words.REFUSED,
    **law_words.DONE,
    **tablet_words.REFUSED,
    **video_refusals.REFUSED,
    **tablet_words.DONE,
    **vehicle_words.REFUSED,
    **vehicle_words.DONE,
    **DONE,
}

# Acts that wait for a second officer: controller.service.officers.officers.
ACTS: Final = {
    "new-way-in": word("A code for a new password"),
    "naming": word("Naming an authorizing officer"),
    "unnaming": word("Taking the role of an authorizing officer"),
    "withdrawal": word("Withdrawing an authorization"),
    "break-glass": word("Break-glass"),
}


def say_answer(code: str, language: Language) -> str:
    """Return the words for what came of a form, "" for a code that is none of ours."""
    return say(ANSWERS, code, language) if code in ANSWERS else ""
