"""Enrolment of a gate: the one file that is carried to it, and by which both sides know each other.

Belongs here: the file's shape. Does not belong here: who may enrol (the controller), or where the file is kept.
"""

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.ids import ControllerId, EdgeId, SiteId


class EnrolmentError(ValueError):
    """An enrolment file that can not be used."""


class ControllerCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One controller as a gate knows it. `verify_key`: 32 bytes, Ed25519."""

    controller: ControllerId
    verify_key: bytes
    broker_host: str
    broker_port: int
    policy_host: str
    policy_port: int


class Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes a machine a gate of a site. Secret: a file of mode 0600, for this gate only.

    `signing_key`: 32 bytes, Ed25519; `policy_key`: 32 bytes, X25519; the rest is PEM for mutual TLS.
    """

    site: SiteId
    edge: EdgeId
    signing_key: bytes
    policy_key: bytes
    tls_certificate_pem: str
    tls_key_pem: str
    tls_ca_pem: str
    controllers: list[ControllerCard]

    def signer(self) -> Ed25519PrivateKey:
        """Return the gate's identity key for signatures."""
        return Ed25519PrivateKey.from_private_bytes(self.signing_key)

    def policy_private(self) -> X25519PrivateKey:
        """Return the key that opens this gate's policies."""
        return X25519PrivateKey.from_private_bytes(self.policy_key)

    def controller_keys(self) -> dict[str, Ed25519PublicKey]:
        """Return the keys of the controllers that this gate believes."""
        return {c.controller: Ed25519PublicKey.from_public_bytes(c.verify_key) for c in self.controllers}


def encode_enrolment(enrolment: Enrolment) -> bytes:
    """Return the file's bytes (JSON)."""
    return msgspec.json.format(msgspec.json.encode(enrolment), indent=2)


def decode_enrolment(data: bytes) -> Enrolment:
    """Return the enrolment in a file's bytes. Raises EnrolmentError."""
    try:
        return msgspec.json.decode(data, type=Enrolment)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"not an enrolment file: {error}; let the controller enrol this gate again"
        raise EnrolmentError(message) from error
