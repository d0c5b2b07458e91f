"""The words of the pages of law and trail, marked for translation.

Belongs here: one phrase a code. Does not belong here: what rules demand (controller/law/words.py) or entries say
(controller/ledger/kinds).
"""

from typing import Final

from controller.console.words import word

STATES: Final = {
    "kept": word("kept"),
    "attention": word("attention"),
    "broken": word("broken"),
}

CLASSES: Final = {
    "breach": word("Breaches by persons"),
    "fault": word("Faults of the system"),
    "receipt": word("Receipts of deletion"),
    "disclosure": word("Disclosures"),
    "trail": word("Looks and sign-ins"),
    "authorization": word("Authorizations"),
    "change": word("Changes"),
}
"""How an auditor sorts entries, in the order of the filter."""

CLASS_OF_ENTRY: Final = {
    "breach": word("breach"),
    "fault": word("fault"),
    "receipt": word("receipt"),
    "disclosure": word("disclosure"),
    "trail": word("look"),
    "authorization": word("authorization"),
    "change": word("change"),
}

CHECKS: Final = {
    "records": word("Readable records and keys"),
    "rows": word("Rows in the store"),
    "ledger-chain": word("The ledger's chain"),
    "clocks": word("Clocks"),
    "gates-twice": word("Cloned gates"),
    "gate-stores": word("What gates hold"),
    "canary-search": word("Search for canaries"),
    "access": word("Every look, judged again"),
}

VAULTS: Final = {
    "file": word("a plain file"),
    "token": word("a file under a token's key"),
}

YES_OR_NO: Final = {
    "1": word("yes"),
    "0": word("no"),
}

DONE: Final = {
    "noted": word("It is on record that you have taken note."),
    "investigators-set": word("Searches are sealed to these two keys from now on."),
}

REFUSED: Final = {
    "bad-investigator-keys": word("These are not two different public keys: each investigator makes one."),
    "nothing-to-note": word("Somebody has taken note of it already."),
}
