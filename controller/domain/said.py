"""What controllers entered in their ledgers about officers and operations, in one order for all of them.

Two controllers that know the same entries fold them alike, whichever reached them first: the order is that of time,
then of the controller's name; the entries of one controller stay in its own order. Belongs here: an entry as the
folds take it, and that order. Does not belong here: what an entry changes (rights/, operations_fold.py), or ledgers.
"""

from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from contract.ids import ControllerId

Facts = Mapping[str, str | int | float | bool]


@dataclass(frozen=True)
class Said:
    """One entry: which controller made it, when (ns since 1970 UTC), its kind and its facts."""

    controller: ControllerId
    at_ns: int
    kind: str
    facts: Facts

    @property
    def order(self) -> tuple[int, ControllerId]:
        """Where it stands among all."""
        return self.at_ns, self.controller


class InOrder:
    """Entries of all controllers, in the one order."""

    def __init__(self) -> None:
        self.all: Final[list[Said]] = []

    def put(self, said: Said) -> bool:
        """Take one in; return whether it came last, so that a fold needs not begin anew."""
        is_last = not self.all or self.all[-1].order <= said.order
        insort(self.all, said, key=lambda each: each.order)
        return is_last
