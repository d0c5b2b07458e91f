"""Telling other systems, put together.

Belongs here: which parts it is made of, and where its figures come from. Does not belong here: the rest (assembly.py).
"""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.ids import OperationId
from controller.domain.announcement import Counted, Figures
from controller.ledger import Ledger
from controller.service.announcing.announcing import Announcing
from controller.service.announcing.cap import Sender
from controller.service.muster.boards import Boards
from controller.service.records.truth import Truth


def open_announcing(
    truth: Truth, ledger: Ledger, signer: Ed25519PrivateKey, boards: Boards, authority: Path | None
) -> Announcing:
    """Return it. `authority`: who certified the other systems (PEM), None for those whom the machine trusts."""
    site = truth.site

    def figures(operation: OperationId) -> Figures:
        inside, _ = truth.headcounts()
        board = boards.of(operation).figures()
        counted = {
            Counted.LOWEST: inside.lowest,
            Counted.BEST: inside.best,
            Counted.HIGHEST: inside.highest,
            Counted.EXPECTED: board.expected,
            Counted.ACCOUNTED: board.accounted,
            Counted.MISSING: board.missing,
        }
        return {name: amount for name, amount in counted.items() if amount is not None}

    return Announcing(
        truth.clock,
        ledger,
        truth.alarms,
        truth.operations,
        site.announce_to,
        Sender(site.site.id, site.site.name or site.site.id, truth.controller),
        signer,
        figures,
        authority,
    )
