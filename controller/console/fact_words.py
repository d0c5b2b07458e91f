"""How the facts of an entry are said: codes in words, officers by name for whoever may see accounts, links.

Belongs here: turning the facts of an entry into what a page shows. Does not belong here: the page (law_pages.py), or
what facts are called (controller/ledger/kinds/facts.py).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from controller.console import crisis_words, operation_words, video_words, words
from controller.console.frame import Visitor
from controller.console.law_words import CLASS_OF_ENTRY, VAULTS
from controller.console.office_words import REFUSALS, ROLES
from controller.console.words import say, word
from controller.ledger.kinds import FACTS, KINDS

DEEDS: Final = {
    "see-counts": word("the headcount"),
    "acknowledge-alarm": word("acknowledging an alarm"),
    "count-unnamed": word("counting people who do not badge"),
    "see-places": word("places, gates and devices"),
    "see-metrics": word("metrics"),
    "see-reference": word("who holds which pass"),
    "write-reference": word("to change who holds which pass"),
    "write-access-levels": word("to change access levels"),
    "see-own-account": word("the own account"),
    "acknowledge-briefing": word("to acknowledge the briefing"),
    "see-accounts": word("accounts"),
    "manage-accounts": word("to manage accounts"),
    "name-authorizing-officer": word("to name an authorizing officer"),
    "authorize": word("to authorize an officer"),
    "withdraw": word("to withdraw an authorization"),
    "break-glass": word("to break the glass"),
    "see-operations": word("operations"),
    "open-operation": word("to open an operation"),
    "lead-operation": word("to lead an operation"),
    "read-notices": word("what is reported to the authorizing office"),
    "see-roll": word("the names of those inside"),
    "mark": word("marks of a roll call"),
    "see-live": word("what cameras see now"),
    "see-video": word("recordings of cameras"),
    "hand-over-clip": word("a clip of a recording"),
    "search-person": word("whether a person is inside"),
    "reconfirm": word("a person whose record is about to expire"),
    "disclose": word("a copy with names"),
    "record-return": word("to record what became of a copy"),
    "decide-hand-over": word("names to be handed over"),
    "set-standing-order": word("to change the standing order"),
    "see-tablets": word("tablets"),
    "manage-tablets": word("enrolling and revoking tablets"),
    "set-roll-key": word("one's own key for sealed rolls"),
    "see-trail": word("the trail"),
    "note-violation": word("to take note of a violation"),
    "see-law": word("the report of the law"),
    "set-investigators": word("to set the investigators' keys"),
}
WAYS_IN: Final = {"password": word("password"), "passkey": word("passkey"), "code": word("one-time code")}
GUESSED: Final = {"name": word("one sign-in name"), "address": word("from one address")}
KINDS_OF_OPERATION: Final = {"emergency": word("emergency"), "drill": word("drill"), "search": word("search")}
_WORDS: Final[Mapping[str, dict[str, str]]] = {
    "violation": words.ALARMS,
    "role": ROLES,
    "refusal": REFUSALS,
    "period_kind": words.KEY_KINDS,
    "deed": DEEDS,
    "how": WAYS_IN,
    "guessed": GUESSED,
    "what": KINDS_OF_OPERATION,
    "plan": operation_words.PLANS,
    "trigger": operation_words.TRIGGERS,
    "reason": operation_words.REASONS | crisis_words.REASONS | crisis_words.DECLINED | video_words.REASONS,
    "ending": operation_words.ENDINGS,
    "form": crisis_words.FORMS,
    "recipient": crisis_words.RECIPIENTS,
    "way": crisis_words.WAYS,
    "vault": VAULTS,
    "entry_class": CLASS_OF_ENTRY,
    "entered": {kind.word: kind.says for kind in KINDS.values()},
}
"""Facts whose values are codes that have words."""
_OFFICERS: Final = frozenset({"account", "by", "first", "second"})
_OPERATIONS: Final = frozenset({"operation", "operations"})
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$")
_ID: Final = re.compile(r"[0-9a-f]{24}$")


@dataclass(frozen=True)
class Part:
    """One value. `link`: where more of it stands, else empty; `id`: the id of what has a name, else empty."""

    text: str
    link: str = ""
    id: str = ""


@dataclass(frozen=True)
class FactLine:
    """One fact: what it is called, and its value or values."""

    name: str
    parts: list[Part]


def say_facts(
    facts: Mapping[str, str | float], visitor: Visitor, officers: Mapping[str, str], *, sees_operations: bool
) -> list[FactLine]:
    """Return the facts of an entry. `officers`: names of open accounts by id, empty for who may not see accounts."""
    translated = visitor.language.translations.gettext
    return [
        FactLine(
            translated(FACTS.get(name, name)),
            list(_parts(name, value, visitor, officers, sees_operations=sees_operations)),
        )
        for name, value in facts.items()
        if value != ""
    ]


def moment(text: str, visitor: Visitor) -> str:
    """Return a moment (ISO 8601) as a page shows it."""
    at = datetime.fromisoformat(text)
    return f"{visitor.formats.day(at)} {visitor.formats.clock(at)}"


def _parts(
    name: str, value: str | float, visitor: Visitor, officers: Mapping[str, str], *, sees_operations: bool
) -> list[Part]:
    if not isinstance(value, str):
        return [Part(visitor.formats.number(value))]
    if _MOMENT.match(value):
        return [Part(moment(value, visitor))]
    if name in _OFFICERS:
        return [Part(officers[id_], f"/persons/{id_}", id_) if id_ in officers else Part(id_) for id_ in value.split()]
    if name in _OPERATIONS and sees_operations:
        ids = value.split()
        return [Part(id_, f"/operations/{id_}/report" if _ID.match(id_) else "") for id_ in ids]
    return [Part(say(_WORDS.get(name, {}), value, visitor.language))]
