"""The words for operations: reasons, what opened and ended them, how well it is known where somebody is, refusals.

Belongs here: one phrase a code. Does not belong here: names of operations, which the live page shows too (words.py).
"""

from typing import Final

from controller.console.words import CAUSES_SHORT, word

# Reason of controller.domain.operation.
REASONS: Final = {
    "fire": word("fire"),
    "armed-attack": word("armed attack"),
    "bomb-threat": word("bomb threat"),
    "hazardous-substance": word("hazardous substance"),
    "structure": word("damage to the building"),
    "natural-hazard": word("natural hazard"),
    "medical": word("medical emergency"),
    "other-danger": word("another danger"),
    "planned-drill": word("planned drill"),
    "unannounced-drill": word("unannounced drill"),
    "missing-person": word("missing person"),
    "intruder": word("intruder"),
    "person-at-risk": word("person at risk"),
}

# Plan of controller.domain.operation.
PLANS: Final = {
    "evacuate": word("Evacuate: everybody leaves"),
    "shelter": word("Shelter: everybody comes in and stays inside"),
    "lockdown": word("Lockdown: nobody comes in"),
    "relocate": word("Relocate: everybody moves to another place"),
}

# Trigger of controller.domain.operation.
TRIGGERS: Final = {
    "commander": word("opened by hand"),
    "fire-input": word("opened by a fire release"),
    "signed-alert": word("opened by a signed alert"),
}

# Ending of controller.domain.operation.
ENDINGS: Final = {
    "commander": word("ended by a commander"),
    "not-renewed": word("ended because nobody renewed it"),
    "emergency": word("ended because an emergency opened"),
}

# Step of controller.service.operating.operation_reports.
STEPS: Final = {
    "operation-confirmed": word("Confirmed by a commander: names open"),
    "command-taken": word("Command passed to another commander"),
    "command-taken-unoffered": word("Another commander took command without an offer"),
    "all-clear": word("All-clear given: people may go back"),
    "all-clear-taken-back": word("All-clear taken back"),
    "sirens-silenced": word("Sirens silenced at all gates"),
    "sirens-sound-again": word("Sirens sound again"),
}

# Known of controller.service.operating.roll.
KNOWN: Final = {
    "confirmed": word("passage seen"),
    "granted-only": word("let in, passage not seen"),
    "doubtful": word("doubtful"),
}

# Answer of controller.service.operating.roll.
FOUND: Final = {
    "yes": word("Yes, on the premises"),
    "no": word("No, not on the premises"),
    "unknown": word("Unknown"),
}

# Why nobody knows: causes of figures, and gates.
BECAUSE: Final = {
    **CAUSES_SHORT,
    "gates-not-heard": word("gates that are not heard"),
    "beside-drivers": word("persons without a name who came in vehicles"),
}

# What the authorizing office is told: kinds of entry of the ledger.
NOTICES: Final = {
    "operation-opened": word("opened"),
    "operation-renewed": word("renewed"),
    "operation-closed": word("ended"),
    "break-glass": word("glass broken: access without authorization"),
}

# Obstacle of controller.domain.operation, and what a search is refused for.
REFUSED: Final = {
    "second-commander": word("Another commander has to join, not the one who proposed it."),
    "one-suffices": word("An emergency needs one commander only: open it."),
    "no-such-reason": word("That is no reason for an operation of this kind."),
    "no-such-plan": word("Choose what people shall do."),
    "lockdown-after-fire": word("A lockdown never follows from a fire."),
    "alert": word("An alert opens an emergency only."),
    "operation-over": word("This operation is over."),
    "confirmed-already": word("A commander has confirmed it already."),
    "long-enough": word("A drill or search lasts a shift at most: two commanders open another one."),
    "not-leading": word("Another commander leads this operation: take command first."),
    "leads-already": word("You lead this operation already."),
    "all-clear-already": word("The all-clear was given already."),
    "no-all-clear": word("No all-clear was given that could be taken back."),
    "sirens-silent-already": word("The sirens were silenced already."),
    "sirens-not-silenced": word("Nobody has silenced the sirens of this operation here."),
    "joined-too-late": word("Nobody joined in time: propose it again."),
    "emergency-open": word("An emergency is open: no drill beside it."),
    "open-already": word("One of this kind is open already: renew that one."),
    "no-investigators": word("No search without investigators' keys: an authorizing officer sets them first."),
    "too-many-of-that-name": word("Too many persons have this name: search by the pass."),
    "no-such-area": word("The site has no such area."),
    "same-area": word("People pass between two areas: take another one for the other side."),
    "bad-amount": word("Say how many persons: a whole number from 1 on."),
    "no-key": word("The present period has no key, so nothing was counted: note it on paper and call a technician."),
    "no-such-alarm": word("There is no such alarm any more."),
    "ask-too-long": word("This is too long: ask for one name or one pass."),
}

DONE: Final = {
    "opened": word("The operation is open."),
    "renewed": word("It goes on for another hour from now."),
    "confirmed": word("Confirmed: names are open."),
    "ended": word("The operation has ended. Every open list of names is closed."),
    "command-taken": word("You lead this operation."),
    "command-offered": word("Command is offered; you lead until it is taken."),
    "all-clear": word("The all-clear is given: people may go back. The roll call goes on."),
    "resumed": word("The all-clear is taken back."),
    "silenced": word("The sirens of all gates are silent. Doors stay as they are."),
    "sounding": word("The sirens sound again."),
    "read": word("Noted as read."),
    "counted": word("Counted: it is in the figures now."),
    "alarm-acknowledged": word("Acknowledged in your name."),
}
