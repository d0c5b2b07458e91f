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
from controller.service.records.truth import Truth


def open_announcing(truth: Truth, ledger: Ledger, signer: Ed25519PrivateKey, authority: Path | None) -> Announcing:
    """Return it. `authority`: who certified the other systems (PEM), None for those whom the machine trusts."""
    site = truth.site

    def figures(_: OperationId) -> Figures:
        count = truth.movements.presence.headcount()
        if count.unknown:
            return {}
        return {Counted.LOWEST: count.lowest, Counted.BEST: count.best, Counted.HIGHEST: count.highest}

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
