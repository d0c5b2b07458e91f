"""A head: the controller's signed word where its ledger ended at some time; whoever keeps one is a witness.

A chain can not tell that its last lines are gone. So heads are kept where the ledger is not: in the vault's folder, at
every gate, on paper. Belongs here: reading one, and comparing it with a ledger. Does not belong here: keeping them
(service/witness.py, edge/ledger_heads.py).
"""

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contract.ids import ControllerId
from contract.messages import VERSION, LedgerHead
from contract.signing import BadMessageError, verify


def read_head(data: bytes, controller: ControllerId, key: Ed25519PublicKey) -> LedgerHead:
    """Return the head in `data`, if that controller signed it. Raises contract.signing.SignatureError."""
    _, head = verify(data, LedgerHead, {controller: key})
    if head.controller != controller or head.version != VERSION:
        raise BadMessageError("a head of another controller or version")
    return head


def fits(head: LedgerHead, hash_at: Callable[[int], str | None]) -> bool:
    """Return whether a ledger still has what a head saw; `hash_at`: the hash (hex) of its line with that number."""
    return head.number == 0 or hash_at(head.number) == head.line_hash.hex()
