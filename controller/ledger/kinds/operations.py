"""Entries about operations: the only time at which names can be seen. Belongs here: their kinds alone."""

from typing import Final

from controller.ledger.kinds.kind import EntryClass, kind_of, word

_FIGURES: Final = "inside named unnamed"

KINDS: Final = (
    kind_of(
        "operation-proposed",
        EntryClass.TRAIL,
        word("A commander proposed a drill or search"),
        "operation what reason by",
        "plan",
    ),
    kind_of(
        "operation-opened",
        EntryClass.TRAIL,
        word("An operation was opened"),
        f"operation what reason trigger source by {_FIGURES}",
        "plan",
    ),
    kind_of(
        "operation-confirmed",
        EntryClass.TRAIL,
        word("A commander confirmed an operation that had opened by itself, and so opened its names"),
        "operation by",
    ),
    kind_of(
        "operation-renewed", EntryClass.TRAIL, word("An operation goes on for another hour"), f"operation by {_FIGURES}"
    ),
    kind_of(
        "command-offered",
        EntryClass.TRAIL,
        word("Command of an operation was offered to another commander"),
        "operation to by",
    ),
    kind_of(
        "command-taken", EntryClass.TRAIL, word("Another commander leads an operation"), "operation by before offered"
    ),
    kind_of(
        "all-clear", EntryClass.TRAIL, word("The all-clear was given: people may go back"), f"operation by {_FIGURES}"
    ),
    kind_of("all-clear-taken-back", EntryClass.TRAIL, word("The all-clear was taken back"), f"operation by {_FIGURES}"),
    kind_of(
        "sirens-silenced",
        EntryClass.TRAIL,
        word("The sirens of an operation were silenced at all gates"),
        "operation by",
    ),
    kind_of("sirens-sound-again", EntryClass.TRAIL, word("The sirens of an operation sound again"), "operation by"),
    kind_of("operation-closed", EntryClass.TRAIL, word("An operation ended"), f"operation ending by {_FIGURES}"),
    kind_of(
        "alert-taken",
        EntryClass.TRAIL,
        word("A signed alert came from another system"),
        "source alert plan",
    ),
    kind_of("announced", EntryClass.TRAIL, word("Another system took what was announced"), "system operation said"),
    kind_of(
        "notice-acknowledged",
        EntryClass.TRAIL,
        word("The authorizing office has read what was reported to it"),
        "notice by",
    ),
)
