"""The words for tablets: what can not be done, and what was done.

Belongs here: one phrase a code. Does not belong here: texts of one page (templates).
"""

from typing import Final

from controller.console.words import word

# Codes of TabletError in controller.domain.tablets and controller.service.tablets.
REFUSED: Final = {
    "tablet-name": word("A tablet's name is 1 to 32 of a-z, 0-9 and hyphens, and no person's."),
    "tablet-code": word("This code is not right, was used, or is too old: ask for another one."),
    "tablet-key": word("The tablet's keys are not as they should be: enrol it anew."),
    "no-tablet": word("No tablet of that name is enrolled."),
    "roll-key": word("This is no key for sealed rolls: make it anew."),
    "no-place": word("There is no such area or muster point."),
}

DONE: Final = {
    "tablet-revoked": word("The tablet is revoked: it gets nothing any more."),
    "roll-key-set": word("Your key is set: sealed rolls are made for it from now on."),
    "roll-key-removed": word("Your key is removed."),
    "list-handed": word("The tablet shows the list now."),
}
