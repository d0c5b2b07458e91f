"""What a controller asks the root to sign: its card, signed by itself.

Belongs here: making and reading the request. Does not belong here: signing it (root.py).
"""

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contract.controllers import ControllerCard
from contract.ids import ControllerId
from contract.signing import SignatureError, Signed, sign, verify
from controller.identity import Identity
from controller.pki.folder import Authority
from controller.pki.root import RootError
from controller.ports import Ports


def own_card(
    identity: Identity, authority: Authority, controller: ControllerId, host: str, ports: Ports
) -> ControllerCard:
    """Return the card of the controller with these keys. `host`: the address at which gates reach it."""
    return ControllerCard(
        controller,
        identity.signer.public_key().public_bytes_raw(),
        identity.exchange.public_key().public_bytes_raw(),
        authority.certificate_pem,
        host,
        ports.broker,
        host,
        ports.policy,
    )


def make_request(card: ControllerCard, identity: Identity) -> bytes:
    """Return the request for `card`, signed by the controller itself."""
    return sign(card, card.controller, identity.signer)


def read_request(data: bytes) -> ControllerCard:
    """Return the card in a request, after checking that whoever made it has the key that it names. Raises RootError."""
    try:
        signed = msgspec.msgpack.decode(data, type=Signed)
        claimed = msgspec.msgpack.decode(signed.body, type=ControllerCard)
        key = Ed25519PublicKey.from_public_bytes(claimed.verify_key)
        signer, card = verify(data, ControllerCard, {claimed.controller: key})
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, SignatureError) as error:
        raise RootError(f"not a controller's request, or altered on its way: {error}") from error
    if signer != card.controller:
        raise RootError(f"a request of {signer} for {card.controller}: each controller asks for itself")
    return card
