"""Reading the trail: entries of the ledger, newest first, by class, kind and time. No names: there are none in it.

Belongs here: filters and pages. Does not belong here: who may read (api), or words (ledger/kinds, console).
"""

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import msgspec

from controller.ledger import Entry, LedgerError
from controller.ledger.kinds import KINDS, EntryClass
from controller.ledger.told import shown_facts

MOST: Final = 200
"""Entries of one page at most."""


class TrailLine(msgspec.Struct, frozen=True):
    """One entry for a reader. `says`: its kind in a sentence of English; `entry_class`: how an auditor sorts it."""

    number: int
    at: str
    kind: str
    entry_class: str
    says: str
    facts: dict[str, str | int | float | bool]


class TrailPage(msgspec.Struct, frozen=True):
    """Some entries, newest first. `more`: whether older ones fit as well; ask with `before` the last number.

    `damaged`: why entries after those could not be read, if the ledger was altered; else empty.
    """

    lines: list[TrailLine]
    more: bool
    damaged: str = ""


class Filter(msgspec.Struct, frozen=True):
    """Which entries are wanted; None and empty ask for all. `since`, `until`: aware; `before`: numbers below it."""

    classes: frozenset[EntryClass] = frozenset()
    kinds: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


def read_trail(entries: Iterable[Entry], wanted: Filter, most: int) -> TrailPage:
    """Return the newest `most` (up to MOST) entries that fit."""
    count = max(1, min(most, MOST))
    damages: list[str] = []

    def fitting() -> Iterator[Entry]:
        try:
            yield from (entry for entry in entries if _fits(entry, wanted))
        except LedgerError as error:  # what is sound must be seen all the same
            damages.append(str(error))

    newest = heapq.nlargest(count + 1, fitting(), key=lambda entry: entry.number)
    return TrailPage([line_of(entry) for entry in newest[:count]], len(newest) > count, " ".join(damages))


def line_of(entry: Entry) -> TrailLine:
    """Return an entry as a line; one of a kind that this version does not know says its kind."""
    kind = KINDS.get(entry.kind)
    entry_class, says = (kind.entry_class.value, kind.says) if kind else ("", entry.kind)
    return TrailLine(entry.number, entry.at, entry.kind, entry_class, says, shown_facts(entry))


def _fits(entry: Entry, wanted: Filter) -> bool:
    if wanted.before is not None and entry.number >= wanted.before:
        return False
    if wanted.kinds and entry.kind not in wanted.kinds:
        return False
    kind = KINDS.get(entry.kind)
    if wanted.classes and (kind is None or kind.entry_class not in wanted.classes):
        return False
    if wanted.since is None and wanted.until is None:
        return True
    at = datetime.fromisoformat(entry.at)
    return not (wanted.since and at < wanted.since) and not (wanted.until and at >= wanted.until)
