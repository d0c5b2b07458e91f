"""Entries of other controllers, taken over into this one's ledger: the line as the other one signed it, in one of ours.

So the ledger holds all that what is folded rests on, restart or not, and whoever checks it can check theirs as well.
Belongs here: which kinds are taken over, and reading them. Does not belong here: asking for them (peer/entries.py).
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from contract.clock import from_datetime
from contract.ids import ControllerId
from controller.domain.said import Said
from controller.ledger.entry import Entry, Fact, decode_line
from controller.ledger.kinds import disclosures, operations, rights, tablets

TOLD: Final = "told-by-colleague"
_OWN: Final = frozenset(
    {
        "notice-acknowledged",  # by the number of an entry, which is another one in each ledger
        "password-set",
        "passkey-added",
        "passkey-removed",
        "passkey-copied",
        "sign-in-reset",
        "sign-in-attack",
        "session-opened",
        "withdrawal-without-effect",  # each finds it by itself, from the same entries
        "session-ended",
    }
)
_AREAS: Final = (rights, operations, disclosures, tablets)
SHARED: Final = frozenset(kind.word for area in _AREAS for kind in area.KINDS) - _OWN | {
    "investigators-set",
    "alarm-acknowledged",
}
"""The kinds that controllers take over from each other."""


def entry_of(entry: Entry) -> Entry:
    """Return what an entry says, with its own number: one that was taken over says what the other controller said."""
    if entry.kind != TOLD:
        return entry
    told = decode_line(str(entry.facts["line"]).encode())
    return msgspec.structs.replace(told, number=entry.number)


def said_of(entry: Entry, own: ControllerId) -> Said:
    """Return what an entry of the ledger of `own` says, and which controller said it first."""
    said_by = ControllerId(str(entry.facts["controller"])) if entry.kind == TOLD else own
    told = entry_of(entry)
    return Said(said_by, from_datetime(datetime.fromisoformat(told.at)), told.kind, told.facts)


def shown_facts(entry: Entry) -> dict[str, Fact]:
    """Return the facts of an entry for a reader: in the place of another controller's line, what that line says."""
    if entry.kind != TOLD:
        return dict(entry.facts)
    about = {name: value for name, value in entry.facts.items() if name != "line"}
    return {**entry_of(entry).facts, **about}


def hearing(follower: Callable[[Entry], None]) -> Callable[[Entry], None]:
    """Return a follower of a ledger that takes what other controllers said as it takes what this one says."""
    return lambda entry: follower(entry_of(entry))


def identity_of(said: Said) -> bytes:
    """Return what tells an entry from all others, in whichever ledger and under whichever number it stands."""
    content = (said.controller, said.at_ns, said.kind, sorted(said.facts.items()))
    return hashlib.sha256(msgspec.msgpack.encode(content)).digest()
