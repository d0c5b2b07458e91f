"""Entries about the ledger itself and about the search for what should be gone. Belongs here: their kinds alone."""

from typing import Final

from controller.ledger.kinds.kind import EntryClass, kind_of, word

KINDS: Final = (
    kind_of(
        "ledger-cut",
        EntryClass.BREACH,
        word("A witness has seen a later end of this ledger than it had: entries were cut off or replaced"),
        "witness known_number known_hash known_at found_number",
    ),
    kind_of(
        "ledger-witness-damaged",
        EntryClass.BREACH,
        word("What a witness kept of this ledger's end was damaged, or is another identity's"),
        "witness",
    ),
    kind_of(
        "ledger-altered",
        EntryClass.BREACH,
        word("The ledger's file was altered: it was set aside, and only what is still vouched for was kept"),
        "line set_aside sha256",
        "kept",
    ),
    kind_of(
        "entry-lost",
        EntryClass.CHANGE,
        word("Here stood an entry that was altered or removed: what it said is lost"),
    ),
    kind_of(
        "canary-scan",
        EntryClass.RECEIPT,
        word("All that was written was searched for canaries"),
        "places files scanned_bytes canaries hits not_read vanished unregistered",
    ),
    kind_of(
        "canary-found",
        EntryClass.FAULT,
        word("A canary that must lie sealed was found in clear"),
        "place form hits",
    ),
)
