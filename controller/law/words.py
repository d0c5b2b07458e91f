"""What each rule demands and why one is not kept, in words of our own, marked for the catalogues.

Belongs here: sentences. Does not belong here: which of them holds (rows.py).
"""

from typing import Final

from controller.domain.violations import Rule, Violation


def word(text: str) -> str:
    """Mark `text` for the catalogues."""
    return text


CLAIMS: Final = {
    Rule.L1: word(
        "Data about persons serves one purpose: to know in an emergency, a drill or a search who is on the premises."
    ),
    Rule.L2: word(
        "Only members of the security department who are individually authorized and formally briefed can see it."
    ),
    Rule.L3: word("Nobody else is given it, except in an operation that needs it, as a recorded, numbered copy."),
    Rule.L4: word(
        "Movements are deleted when the person has left and all gates have reported, and within 24 hours in any case."
    ),
    Rule.L5: word("Video is deleted within 30 days; plate reads and snapshots of a passage count as movements."),
    Rule.L6: word(
        "Breaches by persons and faults of the system are found, alarmed, and kept in a record that shows tampering."
    ),
    Rule.L7: word("Wherever data about persons comes to lie, it is encrypted, and unreadable once its key is dead."),
    Rule.L8: word("Everybody is protected alike: no category and no setting makes a limit longer."),
    Rule.L9: word("Every site runs the same system with the same profile; what differs is a setting in plain sight."),
}

FOUND: Final = {
    Violation.RECORD_OUTLIVED: word("A record can be read past its limit."),
    Violation.ROWS_OUTLIVED: word("Rows stand in the store past their limit."),
    Violation.KEY_OUTLIVED: word("A key is alive past its limit."),
    Violation.VIDEO_OUTLIVED: word("A gate holds video past its limit."),
    Violation.GATE_OUTLIVED: word("A gate holds records past their limit."),
    Violation.SEEN_WITHOUT_RIGHT: word("Movement data was seen without authorization, briefing or operation."),
    Violation.LEDGER_TAMPERED: word("The ledger's file is not the chain of entries that was written."),
    Violation.CLOCK_STEPPED: word("The clock of the controller's machine was set; it is not believed."),
    Violation.GATE_CLOCK_OFF: word("A gate's clock is wrong by more than ten seconds."),
    Violation.GATE_TWICE: word("Two machines speak with the keys of one gate."),
    Violation.SCAN_OVERDUE: word("The search for canaries is overdue."),
    Violation.CHECK_FAILED: word("A check failed: nobody knows what it would find."),
    Violation.CHECK_OVERDUE: word("A check has not come back: nobody knows what it would find."),
}

STANDING: Final = word("A breach or fault is on record of which no auditor has taken note.")
NO_COMMANDER: Final = word("No commander is authorized and briefed: nobody could lead an operation.")
EXPIRING: Final = word("An authorization ends within 30 days.")
NO_INVESTIGATORS: Final = word("No investigators' keys are set: no search can be made.")
COPIES_OUT: Final = word("Copies with names are out although no operation is open.")
NO_STANDING_ORDER: Final = word("No standing order: if nobody decides, the names of those still missing are lost.")
DIED_LATE: Final = word("A key died later than planned.")
CANARY_HIT: Final = word("The last search found a canary in clear.")
NEVER_SCANNED: Final = word("Nothing has been searched for canaries yet.")
VAULT_IS_FILE: Final = word("The vault is no hardware token: a copy of it opens what its keys open until they die.")
EXPOSED: Final = word("Memory can reach a disk on this machine, by swap or by a core dump.")
GATES_SILENT: Final = word("Gates are silent: what lies there can not be told.")
ALWAYS: Final = word("An act shows who is on the premises outside any operation.")
LIMIT_TOO_LONG: Final = word("A limit is longer than the law allows.")

# What evidence is called.
OPEN_OPERATIONS: Final = word("open operations")
WAYS_TO_NAMES: Final = word("kinds of act that show who is on the premises")
WAYS_ALWAYS: Final = word("of them possible outside an operation or an expiry")
GATE_SCREENS: Final = word(
    "gates whose screen shows name and face of whoever presents a card, at that moment, at any time"
)
LOOKS: Final = word("times officers were shown who is on the premises")
ATTEMPTS: Final = word("attempts without the right to")
OFFICERS: Final = word("officers with a role that may see movements")
AUTHORIZED: Final = word("of them with an authorization in force")
FIT: Final = word("of them briefed on today's text as well")
GLASS: Final = word("accesses taken without authorization, ever")
COPIES: Final = word("copies with names, ever")
BACK: Final = word("of them returned or destroyed")
HANDED_OVER: Final = word("of them handed over before the limit, to stay with who goes on")
OUT: Final = word("of them still out")
ADDRESSEES: Final = word("addressees of the standing order")
OLDEST: Final = word("age of the oldest record that can be read, at most")
LIMIT: Final = word("limit")
DESTROYED: Final = word("keys destroyed")
LATEST: Final = word("most that a key died after its planned time")
DUE: Final = word("last key died: planned for")
DONE: Final = word("last key died: done")
EXPIRED: Final = word("records that came after their key's end and were never readable")
OLDEST_VIDEO: Final = word("age of the oldest video key")
SEGMENTS: Final = word("sealed video files at the gates")
ENTRIES: Final = word("entries in the ledger")
CHECKS: Final = word("checks running")
NOT_NOTED: Final = word("breaches and faults without an auditor's note")
INVESTIGATORS: Final = word("investigators' keys are set")
VAULT: Final = word("kind of vault")
SCANNED: Final = word("last search for canaries")
SCANNED_BYTES: Final = word("bytes read in it")
HITS: Final = word("canaries found in clear")
HOLDERS: Final = word("holders, whatever their category")
LEGAL_LIMIT: Final = word("limit that the law sets")
PROFILE: Final = word("SHA-256 of this site's settings")
SITE_FILE: Final = word("SHA-256 of the site file, as it was read at the start")
PROGRAM: Final = word("version of the program")
DIFFERENT: Final = word("settings that differ from the standard profile")
SILENT: Final = word("silent gates")
