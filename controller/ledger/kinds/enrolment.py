"""Entries about who belongs to the site: controllers and gates. Belongs here: their kinds alone."""

from typing import Final

from controller.ledger.kinds.kind import EntryClass, kind_of, word

KINDS: Final = (
    kind_of(
        "controllers-listed",
        EntryClass.CHANGE,
        word("The root listed the controllers of the site"),
        "list_number signed_at controllers",
    ),
    kind_of(
        "controller-enrolled",
        EntryClass.CHANGE,
        word("The root enrolled a controller: gates seal to it from now on"),
        "controller list_number fingerprint",
    ),
    kind_of(
        "controller-removed",
        EntryClass.CHANGE,
        word("The root removed a controller: gates seal nothing to it any more"),
        "controller list_number",
    ),
    kind_of(
        "reference-key-given",
        EntryClass.CHANGE,
        word("The reference key was given to another controller of the list"),
        "controller",
    ),
    kind_of(
        "told-by-colleague",
        EntryClass.CHANGE,
        word("Another controller has entered this, and it is in force here as well"),
        "controller number entered line",
    ),
    kind_of(
        "gate-revoked",
        EntryClass.CHANGE,
        word("The root revoked a gate's keys"),
        "fingerprint list_number",
    ),
    kind_of(
        "gate-enrolled",
        EntryClass.CHANGE,
        word("A gate was enrolled"),
        "gate fingerprint",
    ),
)
