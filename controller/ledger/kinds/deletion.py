"""Entries about the death of keys and the deletion of what they opened. Belongs here: their kinds alone."""

from typing import Final

from controller.ledger.kinds.kind import EntryClass, kind_of, word

KINDS: Final = (
    kind_of(
        "key-destroyed",
        EntryClass.RECEIPT,
        word("A period's key was destroyed, and its rows removed"),
        "period_kind period_start period_s planned rows became_unnamed vault",
    ),
)
