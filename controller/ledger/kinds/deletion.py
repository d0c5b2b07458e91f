"""Entries about the death of keys and the deletion of what they opened. Belongs here: their kinds alone."""

from typing import Final

from controller.ledger.kinds.kind import EntryClass, kind_of, word

KINDS: Final = (
    kind_of(
        "key-destroyed",
        EntryClass.RECEIPT,
        word("A period's key was destroyed, and its rows removed"),
        "period_kind period_start period_s planned key_gone rows_gone records rows_before rows became_unnamed vault",
    ),
    kind_of(
        "key-replaced",
        EntryClass.FAULT,
        word("A gate used a key before its time; another took its place"),
        "period_kind period_start period_s",
    ),
    kind_of(
        "rows-came-back",
        EntryClass.FAULT,
        word("An older copy of the store was put back: rows whose key was gone already were removed"),
        "period_kind period_start period_s rows",
    ),
    kind_of(
        "key-came-back",
        EntryClass.BREACH,
        word("An older copy of the vault was put back: a key that had died before was destroyed again"),
        "period_kind period_start period_s",
    ),
)
