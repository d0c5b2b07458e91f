"""The register of all kinds of entry: nothing else can be appended, so nothing else is ever said.

To add a kind: give it to the module of your area here (a module holds `KINDS`; a new one is named below), name its
facts in facts.py, and translate both in the console's catalogues, where a test looks for them. A kind or fact of which
entries were made is never renamed. Belongs here: what may be said. Does not belong here: saying it.
"""

from collections.abc import Mapping
from typing import Final

from controller.ledger.kinds import (
    alarms,
    deletion,
    disclosures,
    enrolment,
    operations,
    proof,
    rights,
    roll_calls,
    tablets,
    trail,
)
from controller.ledger.kinds.facts import FACTS
from controller.ledger.kinds.kind import EntryClass, EntryKind, UnknownEntryError, by_word

__all__ = ["FACTS", "KINDS", "EntryClass", "EntryKind", "UnknownEntryError", "check"]

KINDS: Final[Mapping[str, EntryKind]] = by_word(
    alarms.KINDS,
    deletion.KINDS,
    disclosures.KINDS,
    enrolment.KINDS,
    operations.KINDS,
    proof.KINDS,
    rights.KINDS,
    roll_calls.KINDS,
    tablets.KINDS,
    trail.KINDS,
)
"""Every kind by its word."""


def check(word: str, facts: Mapping[str, object]) -> None:
    """Raise UnknownEntryError unless there is such a kind, with these facts."""
    kind = KINDS.get(word)
    if kind is None:
        raise UnknownEntryError(f"no kind of entry is called {word!r}: register it in controller/ledger/kinds")
    missing, unknown = kind.facts - facts.keys(), facts.keys() - kind.facts - kind.may_have
    if missing or unknown:
        raise UnknownEntryError(
            f"an entry {word!r} lacks {sorted(missing)} and must not have {sorted(unknown)}: see its kind's register"
        )
