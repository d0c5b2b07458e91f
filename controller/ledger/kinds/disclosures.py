"""Entries about names that leave the system, and about those who stay longer than the limit.

Belongs here: their kinds alone. How many, by whom and why; never who.
"""

from typing import Final

from controller.ledger.kinds.kind import EntryClass, kind_of, word

KINDS: Final = (
    kind_of(
        "disclosure-made",
        EntryClass.DISCLOSURE,
        word("A numbered copy with names was given out of the system"),
        "operation copy form recipient reason areas persons by",
        "note addressee period_start sha256",
    ),
    kind_of("disclosure-returned", EntryClass.DISCLOSURE, word("A copy with names came back"), "operation copy by"),
    kind_of(
        "disclosure-destroyed", EntryClass.DISCLOSURE, word("A copy with names was destroyed"), "operation copy by"
    ),
    kind_of(
        "hand-over-declined",
        EntryClass.DISCLOSURE,
        word("A commander decided to hand the names of a period over to nobody"),
        "operation period_start reason by",
    ),
    kind_of(
        "hand-over-delivered",
        EntryClass.DISCLOSURE,
        word("A copy of the standing order is on its way to its addressee"),
        "operation copy addressee",
    ),
    kind_of(
        "hand-over-failed",
        EntryClass.FAULT,
        word("A copy of the standing order could not be given before its records died: the names are lost"),
        "operation copy addressee",
    ),
    kind_of(
        "clip-handed-over",
        EntryClass.DISCLOSURE,
        word("A clip of a recording was handed over, encrypted to its recipient"),
        "operation gate camera from until recipient reason sha256 by",
        "lacks",
    ),
    kind_of(
        "addressee-set",
        EntryClass.AUTHORIZATION,
        word("An addressee was put into the standing order"),
        "addressee recipient way address certificate by",
    ),
    kind_of(
        "addressee-removed",
        EntryClass.AUTHORIZATION,
        word("An addressee was taken out of the standing order"),
        "addressee by",
    ),
    kind_of(
        "reconfirmed",
        EntryClass.TRAIL,
        word("An officer has seen a person whose record was about to expire"),
        "by in_a_row",
    ),
    kind_of(
        "not-reconfirmed",
        EntryClass.TRAIL,
        word("An officer was shown a person whose record was about to expire, and has not seen that person"),
        "by in_a_row",
    ),
    kind_of(
        "reconfirmation-released",
        EntryClass.TRAIL,
        word("A commander let an officer go on who had reconfirmed twice in a row"),
        "by account",
    ),
)
