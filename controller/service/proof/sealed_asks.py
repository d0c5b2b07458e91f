"""Whom searches asked for: put on record so that two investigators can read it, and nobody else (L6).

The two public keys are set by an authorizing officer, as an entry of the ledger that the auditor sees; their private
halves are made and kept elsewhere (`sacs investigator-key`). Without keys there is no search: an ask that can not be
proved later must not be answered. Belongs here: the keys that hold, and writing asks. Does not belong here: the
cryptography (domain/sealed_ask.py), or the search.
"""

import base64
from collections.abc import Callable
from typing import Final

from contract.clock import Clock
from contract.ids import AccountId, OperationId
from controller.domain.sealed_ask import InvestigatorKeys, seal_ask
from controller.ledger import Entry, Ledger
from controller.ledger.told import hearing

ASKED: Final = "search-asked"
KEYS_SET: Final = "investigators-set"


class NoInvestigatorsError(Exception):
    """Nobody could ever read whom a search asked for."""


class SealedAsks:
    """Writes asks into the ledger, sealed."""

    def __init__(self, clock: Clock, ledger: Ledger) -> None:
        self._clock: Final = clock
        self._ledger: Final = ledger
        self.must_keep: Callable[[], None] = lambda: None
        """Raises where another controller sets the keys: there they are set, and here they hold as well."""
        self._set: Entry | None = None
        ledger.follow(hearing(self._note), hearing(self._note))

    def keys(self) -> InvestigatorKeys | None:
        """Return the keys that hold, or None as long as nobody set any."""
        entry = self._set
        if entry is None:
            return None
        return InvestigatorKeys(
            bytes.fromhex(str(entry.facts["first_key"])), bytes.fromhex(str(entry.facts["second_key"]))
        )

    def set_keys(self, keys: InvestigatorKeys, by: AccountId) -> Entry:
        """Seal to `keys` from now on. Raises BadInvestigatorKeysError; OSError where the disk refuses."""
        self.must_keep()
        keys.check()
        return self._ledger.append(
            KEYS_SET, self._clock.now_ns(), by=by, first_key=keys.first.hex(), second_key=keys.second.hex()
        )

    def ask(self, operation: OperationId, by: AccountId, text: str) -> Entry:
        """Put on record what a search asks for; call it before the answer is looked up.

        Raises NoInvestigatorsError, controller.domain.sealed_ask.AskTooLongError; OSError where the disk refuses.
        """
        keys = self.keys()
        if keys is None:
            raise NoInvestigatorsError(
                "no investigators' keys are set, so a search could not be put on record: "
                "an authorizing officer sets them on the page of the law"
            )
        sealed = base64.b64encode(seal_ask(keys, operation, by, text)).decode()
        return self._ledger.append(ASKED, self._clock.now_ns(), operation=operation, by=by, sealed=sealed)

    def _note(self, entry: Entry) -> None:
        if entry.kind == KEYS_SET and (self._set is None or self._set.at <= entry.at):
            self._set = entry
