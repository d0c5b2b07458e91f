"""Enrolment of a gate: the one file that is carried to it, and by which both sides know each other.

Belongs here: the file's shape. Does not belong here: who may enrol (the controller), where the file is kept, or the
list of controllers in it (controllers.py).
"""

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.controllers import ControllerCard, ControllerList, open_list
from contract.ids import EdgeId, SiteId
from contract.signing import SignatureError


class EnrolmentError(ValueError):
    """An enrolment file that can not be used."""


class Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes a machine a gate of a site. Secret: a file of mode 0600, for this gate only.

    `signing_key`: 32 bytes, Ed25519; `policy_key`: 32 bytes, X25519; certificate and key are PEM for mutual TLS.
    `root_key`: the site's root (32 bytes, Ed25519), the only one whose lists of controllers this gate believes;
    `controller_list`: the list in force when the gate was enrolled, as the root signed it.
    """

    site: SiteId
    edge: EdgeId
    signing_key: bytes
    policy_key: bytes
    tls_certificate_pem: str
    tls_key_pem: str
    root_key: bytes
    controller_list: bytes

    def __repr__(self) -> str:
        return f"Enrolment(site={self.site!r}, edge={self.edge!r})"  # the rest is secret

    def signer(self) -> Ed25519PrivateKey:
        """Return the gate's identity key for signatures."""
        return Ed25519PrivateKey.from_private_bytes(self.signing_key)

    def policy_private(self) -> X25519PrivateKey:
        """Return the key that opens this gate's policies."""
        return X25519PrivateKey.from_private_bytes(self.policy_key)

    def listed(self) -> ControllerList:
        """Return the list that the file carries, checked. Raises EnrolmentError."""
        try:
            return open_list(self.controller_list, self.root_key, self.site)
        except (SignatureError, ValueError) as error:
            message = (
                f"the enrolment's list of controllers is refused: {error}; let the controller enrol this gate again"
            )
            raise EnrolmentError(message) from error

    @property
    def controllers(self) -> list[ControllerCard]:
        """The controllers of the list that the file carries. Raises EnrolmentError."""
        return self.listed().controllers

    @property
    def tls_ca_pem(self) -> str:
        """The authorities of those controllers. Raises EnrolmentError."""
        return self.listed().authorities_pem()

    def controller_keys(self) -> dict[str, Ed25519PublicKey]:
        """Return the keys of those controllers. Raises EnrolmentError."""
        return self.listed().verify_keys()


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
