"""Entries about who looked at movement data, who tried to, and what checks found. Belongs here: their kinds alone."""

from typing import Final

from controller.ledger.kinds.kind import EntryClass, kind_of, word

KINDS: Final = (
    kind_of(
        "movement-seen",
        EntryClass.TRAIL,
        word("An officer was shown who is on the premises"),
        "by deed operation persons",
    ),
    kind_of(
        "access-refused",
        EntryClass.BREACH,
        word("Somebody tried to see movement data without the right to"),
        "by deed refusal attempts",
    ),
    kind_of(
        "access-untimely",
        EntryClass.TRAIL,
        word("An officer asked for movement data too early, or just after his right to it ended, and was refused"),
        "by deed refusal attempts",
    ),
    kind_of(
        "search-asked",
        EntryClass.TRAIL,
        word("A search asked for somebody; for whom, two investigators together can read"),
        "operation by sealed",
    ),
    kind_of(
        "gate-screen-opened",
        EntryClass.TRAIL,
        word("A gate officer signed in at a gate's screen"),
        "account gate",
    ),
    kind_of(
        "gate-screen-closed",
        EntryClass.TRAIL,
        word("A gate officer looks at a gate's screen no more"),
        "account gate",
    ),
    kind_of(
        "video-viewed",
        EntryClass.TRAIL,
        word("An officer looked at the recording of a camera"),
        "operation gate camera from until reason by",
    ),
    kind_of(
        "live-viewed",
        EntryClass.TRAIL,
        word("An officer looked at what a camera sees now"),
        "gate camera by",
    ),
    kind_of(
        "investigators-set",
        EntryClass.CHANGE,
        word("The keys of the two investigators were set"),
        "by first_key second_key",
    ),
    kind_of(
        "breach-found",
        EntryClass.BREACH,
        word("A check found a breach"),
        "violation rule place",
    ),
    kind_of(
        "fault-found",
        EntryClass.FAULT,
        word("A check found a fault of the system"),
        "violation rule place",
    ),
    kind_of(
        "finding-over",
        EntryClass.CHANGE,
        word("What a check had found is over"),
        "violation number",
    ),
    kind_of(
        "violation-noted",
        EntryClass.TRAIL,
        word("An auditor took note of a breach or fault"),
        "number by",
    ),
)
