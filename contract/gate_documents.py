"""Documents from a controller to one gate: signed by the controller, sealed to the gate's policy key.

Belongs here: signing and sealing of any such document. Does not belong here: what stands in one (policy.py, screen.py).
"""

from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.ids import ControllerId, EdgeId
from contract.sealing import open_sealed_to, seal_to
from contract.signing import BadMessageError, UnknownSignerError, check_signature, signature_of

_SIGNATURE_BYTES: Final = 64


def seal_document(
    kind: str, document: bytes, edge: EdgeId, gate_key: bytes, controller: ControllerId, signer: Ed25519PrivateKey
) -> bytes:
    """Sign `document`, of that `kind`, as `controller` and seal it to the gate's policy key (32 bytes, X25519)."""
    signature = signature_of(kind, controller, document, signer)
    name = controller.encode()
    return seal_to(gate_key, _info(kind, edge), bytes((len(name),)) + name + signature + document)


def open_document(
    kind: str, sealed: bytes, edge: EdgeId, gate_key: X25519PrivateKey, signers: Mapping[str, Ed25519PublicKey]
) -> bytes:
    """Return the document in `sealed`, if an enrolled controller signed it as of that `kind`.

    Raises contract.sealing.WrapRefusedError (sealed to another), contract.signing.SignatureError.
    """
    opened = open_sealed_to(gate_key, _info(kind, edge), sealed)
    if not opened or len(opened) < 1 + opened[0] + _SIGNATURE_BYTES:
        message = f"a {kind.lower()} that was cut off"
        raise BadMessageError(message)
    name, rest = opened[1 : 1 + opened[0]].decode(errors="replace"), opened[1 + opened[0] :]
    signature, document = rest[:_SIGNATURE_BYTES], rest[_SIGNATURE_BYTES:]
    if name not in signers:
        message = f"{name!r} is not enrolled here"
        raise UnknownSignerError(message)
    check_signature(kind, name, document, signature, signers[name])
    return document


def _info(kind: str, edge: EdgeId) -> bytes:
    return f"sacs/1/{kind.lower()}\0".encode() + edge.encode()
