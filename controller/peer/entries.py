"""What controllers take over from each other's ledgers: rights, operations, copies with names (ledger/told.py).

Each gives its own entries and those that it has taken over, as they stand in its ledger, signed by it; so a controller
that has lost its ledger gets its own entries back from another one. What is taken over becomes an entry, and is told to
all that follow the ledger; what stands there already is not taken again. What is dated later than clocks may differ
waits until its time has come: a clock that is ahead opens, closes and withdraws nothing before. Belongs here: both
sides of that. Does not belong here: when it is asked (exchange.py), or what follows from an entry.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contract.clock import NS_PER_S, Clock
from contract.controllers import ControllerCard
from contract.ids import ControllerId
from controller.domain.rights.merged import GIVING
from controller.domain.said import Said
from controller.ledger import Entry, Fact, Ledger
from controller.ledger.entry import FIRST, decode_line, is_signed
from controller.ledger.kinds import UnknownEntryError, check
from controller.ledger.told import SHARED, TOLD, identity_of, said_of
from controller.peer.words import Entries, EntriesAsk
from controller.pki.listed import Listed

_OF_KEEPER: Final = GIVING | {"investigators-set"}
"""What the controllers alone enter for all that keep the reference data."""
_MOST: Final = 500
"""Most entries of one answer."""
AHEAD_S: Final = 300
"""So much another controller's clock may be ahead of this one's, as of records and sessions."""


class BadEntriesError(Exception):
    """Entries of another controller that can not be taken over: altered, or of another version of the program."""


@dataclass
class _Early:
    """An entry that waits for its time, its line, and which controllers gave it."""

    said: Said
    original: bytes
    given_by: set[ControllerId] = field(default_factory=set)


class SharedEntries:
    """Belongs to the event loop. `was_keeper`: whether a controller keeps the reference data, or has kept it."""

    def __init__(
        self, ledger: Ledger, listed: Listed, clock: Clock, was_keeper: Callable[[ControllerId], bool]
    ) -> None:
        self._ledger = ledger
        self._listed = listed
        self._clock = clock
        self._was_keeper = was_keeper
        self._known: set[bytes] = set()
        self._early: dict[bytes, _Early] = {}
        """What waits for its time, by its identity: asked for again after a restart, so it needs no disk."""
        self.last = 0
        """Number of the last entry that others take over."""
        ledger.follow(self._note, self._note)

    def give(self, ask: EntriesAsk) -> Entries:
        """Return what follows the entry that is known; from the first on where that is not in this ledger.

        Reads the file: call it on a thread of its own.
        """
        is_known = ask.after > 0 and self._ledger.hash_at(ask.after) == ask.line_hash
        after = ask.after if is_known else 0
        found: list[bytes] = []
        upto = after
        for number, line in enumerate(self._ledger.lines(), 1):
            if number > after and decode_line(line[:-1]).kind in SHARED | {TOLD}:
                if len(found) == _MOST:
                    return Entries(upto, self._ledger.hash_at(upto) or FIRST, found, more=True)
                found.append(line[:-1])
                upto = number
        return Entries(upto, self._ledger.hash_at(upto) or FIRST, found, more=False)

    async def take(self, card: ControllerCard, told: Entries) -> int:
        """Take over what another controller has entered; return how many entries are new here.

        Raises OSError where the disk refuses: what came before stands, ask again. Raises BadEntriesError, after all
        others were taken, if some can not be.
        """
        count, bad = 0, None
        for line in told.lines:
            try:
                said, original = self._read(card, line)
            except BadEntriesError as error:
                bad = error
                continue
            identity = identity_of(said)
            if identity in self._known or not self._counts(card, said):
                continue
            if self._is_early(said):
                self._early.setdefault(identity, _Early(said, original)).given_by.add(card.controller)
                continue
            self._append(said, original)
            count += 1
            await asyncio.sleep(0)  # each waits for the disk, and there may be thousands
        if bad is not None:
            raise bad
        return count

    def ahead(self) -> set[ControllerId]:
        """Return the controllers whose clocks are ahead: entries of theirs wait here for their time."""
        return {each.said.controller for each in self._early.values()}

    def take_due(self) -> None:
        """Take over what has waited for its time, in order. Raises OSError where the disk refuses: ask again.

        What nobody who is still on the list may give any more is dropped, whether its time has come or not.
        """
        self._early = {identity: each for identity, each in self._early.items() if self._still_counts(each)}
        due = [each for each in self._early.values() if not self._is_early(each.said)]
        for each in sorted(due, key=lambda each: each.said.order):
            self._append(each.said, each.original)

    def _still_counts(self, early: "_Early") -> bool:
        givers = map(self._listed.now.card_of, early.given_by)
        return any(giver is not None and self._counts(giver, early.said) for giver in givers)

    def _is_early(self, said: Said) -> bool:
        return said.at_ns > self._clock.now_ns() + AHEAD_S * NS_PER_S

    def _append(self, said: Said, original: bytes) -> None:
        facts: dict[str, Fact] = {
            "controller": said.controller,
            "number": decode_line(original).number,
            "entered": said.kind,
        }
        self._ledger.append(TOLD, self._clock.now_ns(), **facts, line=original.decode())

    def _read(self, card: ControllerCard, line: bytes) -> tuple[Said, bytes]:
        """Return what a line says and the line of whoever said it first. Raises BadEntriesError."""
        if not is_signed(line, card.controller, Ed25519PublicKey.from_public_bytes(card.verify_key)):
            raise BadEntriesError(f"{card.controller} gave an entry that it has not signed")
        entry = decode_line(line)
        said = _said_of(entry, card.controller)
        original = str(entry.facts["line"]).encode() if entry.kind == TOLD else line
        first = self._listed.now.card_of(said.controller)
        key = None if first is None else Ed25519PublicKey.from_public_bytes(first.verify_key)
        if key is not None and not is_signed(original, said.controller, key):
            raise BadEntriesError(f"{card.controller} gave an entry that {said.controller} has not signed")
        try:
            check(said.kind, said.facts)
        except UnknownEntryError as error:
            raise BadEntriesError(f"run the same version on both: {error}") from error
        if said.kind not in SHARED:
            raise BadEntriesError(f"{card.controller} gave an entry {said.kind!r}, which is its own alone")
        return said, original

    def _counts(self, card: ControllerCard, said: Said) -> bool:
        """Whether an entry is one for this ledger: rights are given by who keeps the reference data, or has kept it."""
        if said.kind not in _OF_KEEPER:
            return True
        if card.controller == self._listed.keeper.controller:
            return True
        # Of one that is off the list the key is not known: what others say it gave, they may have written themselves.
        return self._was_keeper(said.controller) and self._listed.now.card_of(said.controller) is not None

    def _note(self, entry: Entry) -> None:
        if entry.kind in SHARED or entry.kind == TOLD:
            identity = identity_of(said_of(entry, self._ledger.controller))
            self._known.add(identity)
            self._early.pop(identity, None)
            self.last = entry.number


def _said_of(entry: Entry, controller: ControllerId) -> Said:
    try:
        return said_of(entry, controller)
    except (KeyError, ValueError, msgspec.DecodeError) as error:
        raise BadEntriesError(f"{controller} gave an entry that can not be read") from error
