"""The controllers of a site, as its offline root lists them: numbered, whole, and signed.

Belongs here: the list's shape and the check of its signature. Does not belong here: the root's key (controller/pki), or
who keeps which list. Whoever holds the root's public key needs nobody's word beside it: a list may come from anywhere.
Only a list with a higher number takes the place of another one, so a removed controller does not come back by an old
list, and a gate whose keys are revoked stays out.
"""

import hashlib
from typing import Annotated, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contract.ids import ControllerId, SiteId
from contract.messages import VERSION
from contract.signing import BadMessageError, sign, verify

ROOT: Final = "root"
"""The signer's name on every list."""
_KEY_BYTES: Final = 32
Key = Annotated[bytes, msgspec.Meta(min_length=_KEY_BYTES, max_length=_KEY_BYTES)]
_Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class ControllerCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One controller: by what it is known, and where gates and other controllers find it.

    `verify_key` (Ed25519): what it signs. `exchange_key` (X25519): what is sealed to it alone. `authority_pem`: the
    authority that issues its certificates and those of the gates that it enrols; nothing else of the wire is believed.
    """

    controller: ControllerId
    verify_key: Key
    exchange_key: Key
    authority_pem: str
    broker_host: str
    broker_port: _Port
    policy_host: str
    policy_port: _Port


class ControllerList(msgspec.Struct, frozen=True):
    """All controllers of `site`, the one that keeps the reference data first.

    `number` rises with each list; `signed_at` is ISO 8601, UTC, by the clock of the machine on which the root signed.
    `root_exchange_key` (X25519): what is sealed to the root. `revoked_gates`: verify keys of gates that may not come
    back.
    """

    version: int
    site: SiteId
    number: Annotated[int, msgspec.Meta(ge=1)]
    signed_at: str
    root_exchange_key: Key
    controllers: list[ControllerCard]
    revoked_gates: list[Key] = []

    def card_of(self, controller: str) -> ControllerCard | None:
        """Return the card of one controller, or None if it is not on the list."""
        return next((card for card in self.controllers if card.controller == controller), None)

    def verify_keys(self) -> dict[str, Ed25519PublicKey]:
        """Return the keys with which the listed controllers sign."""
        return {card.controller: Ed25519PublicKey.from_public_bytes(card.verify_key) for card in self.controllers}

    def authorities_pem(self) -> str:
        """Return the authorities of all listed controllers, one after the other: whom a listener of the site trusts."""
        return "".join(f"{card.authority_pem.strip()}\n" for card in self.controllers)


def fingerprint(key: bytes) -> str:
    """Return what two people compare who must know that they have the same public key: 32 hex digits, in fours."""
    digits = hashlib.sha256(key).hexdigest()[:32]
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def sign_list(controllers: ControllerList, root: Ed25519PrivateKey) -> bytes:
    """Return the list as it is carried: encoded and signed by the root."""
    return sign(controllers, ROOT, root)


def open_list(data: bytes, root_key: bytes, site: SiteId) -> ControllerList:
    """Return the list in `data`, if the root with that public key (32 bytes, Ed25519) signed it for `site`.

    Raises contract.signing.SignatureError.
    """
    _, controllers = verify(data, ControllerList, {ROOT: Ed25519PublicKey.from_public_bytes(root_key)})
    if controllers.version != VERSION or controllers.site != site:
        message = f"a list of version {controllers.version} for site {controllers.site!r} is none for {site!r}"
        raise BadMessageError(message)
    names = [card.controller for card in controllers.controllers]
    if not names or len(set(names)) < len(names):
        raise BadMessageError("a list names at least one controller, and each once")
    return controllers
