"""What a kind of entry is, and to which class of the auditor's it belongs.

Belongs here: the type. Does not belong here: the kinds themselves (one module an area, beside this one).
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class EntryClass(enum.StrEnum):
    """How an auditor sorts entries; a breach by a person and a fault of the system are two things (L6)."""

    RECEIPT = "receipt"
    TRAIL = "trail"
    DISCLOSURE = "disclosure"
    AUTHORIZATION = "authorization"
    CHANGE = "change"
    BREACH = "breach"
    FAULT = "fault"


@dataclass(frozen=True)
class EntryKind:
    """One kind of entry.

    `word`: as it stands in the file, prefixed by its area. `says`: one sentence in English, marked with `word()` for
    the console's catalogues. `facts`: those that each entry has; `may_have`: those that it can have besides. Each fact
    is named in facts.py.
    """

    word: str
    entry_class: EntryClass
    says: str
    facts: frozenset[str] = field(default_factory=frozenset)
    may_have: frozenset[str] = field(default_factory=frozenset)


class UnknownEntryError(ValueError):
    """An entry that the register does not know: add its kind or fact in controller/ledger/kinds."""


def word(text: str) -> str:
    """Mark `text` for the console's catalogues."""
    return text


def kind_of(name: str, entry_class: EntryClass, says: str, facts: str = "", may_have: str = "") -> EntryKind:
    """Return a kind; `facts` and `may_have` as words with spaces between."""
    return EntryKind(name, entry_class, says, frozenset(facts.split()), frozenset(may_have.split()))


def by_word(*areas: tuple[EntryKind, ...]) -> Mapping[str, EntryKind]:
    """Return all kinds by their word. Raises ValueError for a word that two areas use."""
    found: dict[str, EntryKind] = {}
    for kind in (kind for area in areas for kind in area):
        if kind.word in found:
            raise ValueError(f"two kinds of entry are called {kind.word!r}")
        found[kind.word] = kind
    return found
