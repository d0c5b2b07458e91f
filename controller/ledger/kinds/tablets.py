"""Entries about tablets and the sealed rolls on them. Belongs here: their kinds alone."""

from typing import Final

from controller.ledger.kinds.kind import EntryClass, kind_of, word

KINDS: Final = (
    kind_of(
        "tablet-enrolled",
        EntryClass.CHANGE,
        word("A tablet was enrolled: sealed rolls are made for it from now on"),
        "tablet key by",
    ),
    kind_of(
        "tablet-revoked",
        EntryClass.CHANGE,
        word("A tablet was revoked: it gets nothing any more, and nothing of it is taken"),
        "tablet key by",
    ),
    kind_of(
        "roll-key-set",
        EntryClass.CHANGE,
        word("A commander set the key by which sealed rolls open"),
        "account roll_key signing_key",
    ),
    kind_of(
        "roll-key-removed", EntryClass.CHANGE, word("A commander's key for sealed rolls was removed"), "account by"
    ),
    kind_of(
        "sealed-roll-opened",
        EntryClass.DISCLOSURE,
        word("A commander opened the sealed roll of a tablet; it was reported now"),
        "operation tablet by plan reason opened",
    ),
)
