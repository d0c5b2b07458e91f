"""Which controllers keep the reference data, or have kept it: the first on each list that the root has signed.

What such a controller has given counts also when another one keeps the data now. Belongs here: that memory, folded from
the ledger. Does not belong here: the list in force (pki/listed.py), or what counts (peer/entries.py).
"""

from typing import Final

from contract.ids import ControllerId
from controller.ledger import Entry, Ledger
from controller.pki.listed import Listed
from controller.service.site.colleagues import LISTED


class Keepers:
    """Remembers who has kept the reference data."""

    def __init__(self, listed: Listed, ledger: Ledger) -> None:
        self._listed: Final = listed
        self._before: Final[set[str]] = set()
        ledger.follow(self._note, self._note)

    def kept(self, controller: ControllerId) -> bool:
        """Whether that controller keeps the reference data, or has kept it."""
        return controller in self._before or controller == self._listed.keeper.controller

    def gives_rights(self, controller: ControllerId) -> bool:
        """Whether rights count that stand in the ledger as given by that controller.

        What others gave was looked at before it came to stand there; of its own, what it gave as keeper.
        """
        return controller != self._listed.controller or self.kept(controller)

    def _note(self, entry: Entry) -> None:
        if entry.kind == LISTED:
            names = str(entry.facts["controllers"]).split()
            self._before.update(names[:1])
