"""Entries about how a roll call went: figures of the whole premises over time, and what it amounted to; nobody's name.

Each controller enters what it saw itself. Belongs here: their kinds alone.
"""

from typing import Final

from controller.ledger.kinds.kind import EntryClass, kind_of, word

KINDS: Final = (
    kind_of(
        "operation-sampled",
        EntryClass.TRAIL,
        word("How the roll call of an operation stood"),
        "operation expected accounted missing gone lowest inside highest",
        "nameless",
    ),
    kind_of(
        "operation-figures",
        EntryClass.TRAIL,
        word("What the roll call of an operation amounted to"),
        "operation expected accounted missing figures",
    ),
)
