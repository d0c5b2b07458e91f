"""A detached signature as CMS SignedData (RFC 5652), as far as a CHUID has one (FIPS 201-3, 4.2.1).

One signer, its certificate beside it, SHA-256 or longer, RSA (PKCS#1 v1.5 or PSS) or ECDSA. DER is a part of BER, so
the parser of card data reads it.

Belongs here: taking such a signature apart and checking it against its content. Does not belong here: whether the
signer is trusted (trust.py).
"""

from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from drivers.pcsc import tlv
from drivers.pcsc.certificates import UNREADABLE, load_certificate
from drivers.pcsc.tlv import Tlv, TlvError

_SIGNED_DATA: Final = bytes.fromhex("2a864886f70d010702")
_CONTENT_TYPE: Final = bytes.fromhex("2a864886f70d010903")
_MESSAGE_DIGEST: Final = bytes.fromhex("2a864886f70d010904")
_CONTENT_TYPES: Final = (bytes.fromhex("6086480165030601"), bytes.fromhex("2a864886f70d010701"))
"""id-PIV-CHUIDSecurityObject (2.16.840.1.101.3.6.1), and id-data of issuers whose tools know no other."""
_PSS: Final = bytes.fromhex("2a864886f70d01010a")
_HASHES: Final[dict[bytes, type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]]] = {
    bytes.fromhex("608648016503040201"): hashes.SHA256,
    bytes.fromhex("608648016503040202"): hashes.SHA384,
    bytes.fromhex("608648016503040203"): hashes.SHA512,
}
_INTEGER: Final = 0x02
_OCTETS: Final = 0x04
_OID: Final = 0x06
_SEQUENCE: Final = 0x30
_SET: Final = 0x31
_FIRST: Final = 0xA0
"""[0], constructed: the content, the certificates, the signed attributes, each in its place."""
_KEY_ID: Final = 0x80


class CmsError(ValueError):
    """Data that is no signature of this kind; the message says what is wrong."""


class BadSignatureError(Exception):
    """The signature is not that of this content by this signer."""


@dataclass(frozen=True, slots=True, repr=False)
class Signature:
    """A detached signature. `attributes`: what was signed in place of the content, as a SET, if there are any."""

    signer: x509.Certificate
    digest: type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]
    is_pss: bool
    attributes: bytes | None
    message_digest: bytes | None
    value: bytes

    def check(self, contents: tuple[bytes, ...]) -> None:
        """Check that this is the signer's signature of one of `contents`. Raises BadSignatureError."""
        for content in contents:
            hashed = hashes.Hash(self.digest())
            hashed.update(content)
            if self.attributes is None:
                if self._is_by_signer(content):
                    return
            elif hashed.finalize() == self.message_digest:
                if self._is_by_signer(self.attributes):
                    return
                raise BadSignatureError("the signature is not its signer's")
        raise BadSignatureError("the content was changed after it was signed")

    def _is_by_signer(self, signed: bytes) -> bool:
        try:
            key = self.signer.public_key()
            if isinstance(key, rsa.RSAPublicKey):
                pss = padding.PSS(padding.MGF1(self.digest()), padding.PSS.AUTO)
                key.verify(self.value, signed, pss if self.is_pss else padding.PKCS1v15(), self.digest())
            elif isinstance(key, ec.EllipticCurvePublicKey):
                key.verify(self.value, signed, ec.ECDSA(self.digest()))
            else:
                return False
        except (InvalidSignature, *UNREADABLE):
            return False
        return True


def decode(data: bytes) -> Signature:
    """Return the signature in `data`. Raises CmsError."""
    try:
        return _signed_data(data)
    except TlvError as error:
        raise CmsError(f"the signature can not be read: {error}") from error


def _signed_data(data: bytes) -> Signature:
    kind, wrapped = _items(tlv.single(data, _SEQUENCE), (_OID, _FIRST))
    if kind.value != _SIGNED_DATA:
        raise CmsError("it is no SignedData")
    fields = tlv.parse(tlv.single(wrapped.value, _SEQUENCE))
    if len(fields) < 5 or [field.tag for field in fields[:4]] != [_INTEGER, _SET, _SEQUENCE, _FIRST]:
        raise CmsError("the signature brings no certificate of its signer")
    content = tlv.parse(fields[2].value)
    if not content or content[0].tag != _OID or content[0].value not in _CONTENT_TYPES:
        raise CmsError("it is a signature of something else")
    signers = tlv.parse(fields[-1].value)
    if fields[-1].tag != _SET or len(signers) != 1 or signers[0].tag != _SEQUENCE:
        raise CmsError("it has not exactly one signer")
    return _signer(signers[0].value, content[0].value, [item.raw for item in tlv.parse(fields[3].value)])


def _signer(data: bytes, content_type: bytes, certificates: list[bytes]) -> Signature:
    fields = list(tlv.parse(data))
    attributes = next((field for field in fields if field.tag == _FIRST), None)
    fields = [field for field in fields if field.tag not in (_FIRST, 0xA1)]
    if [field.tag for field in fields[2:]] != [_SEQUENCE, _SEQUENCE, _OCTETS]:
        raise CmsError("its signer is described in no known way")
    _version, identifier, digest, algorithm, value = fields
    try:
        hashed_with = _HASHES[_algorithm(digest)]
    except KeyError:
        raise CmsError("it is made with a hash that is not SHA-256, SHA-384 or SHA-512") from None
    message_digest = None
    if attributes is not None:
        said = dict(_attribute(item) for item in tlv.parse(attributes.value))
        message_digest = tlv.single(said.get(_MESSAGE_DIGEST, b""), _OCTETS)
        if tlv.single(said.get(_CONTENT_TYPE, b""), _OID) != content_type:
            raise CmsError("it says of its content two different things")
    return Signature(
        signer=_certificate_of(identifier, certificates),
        digest=hashed_with,
        is_pss=_algorithm(algorithm) == _PSS,
        # RFC 5652, 5.4: what is signed has the tag of a SET, and not that of its place.
        attributes=None if attributes is None else tlv.encode(_SET, attributes.value),
        message_digest=message_digest,
        value=value.value,
    )


def _certificate_of(identifier: Tlv, certificates: list[bytes]) -> x509.Certificate:
    """Return the certificate that the signer is named by (RFC 5652, 5.3)."""
    for raw in certificates:
        try:
            certificate = load_certificate(raw)
            if _is_named(certificate, identifier):
                return certificate
        except (*UNREADABLE, x509.ExtensionNotFound):
            continue
    raise CmsError("the certificate of its signer is not with it, or can not be read")


def _is_named(certificate: x509.Certificate, identifier: Tlv) -> bool:
    if identifier.tag == _KEY_ID:
        own = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        return own.digest == identifier.value
    issuer, serial = _items(identifier.value, (_SEQUENCE, _INTEGER))
    return (
        issuer.raw == certificate.issuer.public_bytes()
        and int.from_bytes(serial.value, "big", signed=True) == certificate.serial_number
    )


def _attribute(item: Tlv) -> tuple[bytes, bytes]:
    kind, contents = _items(item.value, (_OID, _SET))
    return kind.value, contents.value


def _algorithm(item: Tlv) -> bytes:
    fields = tlv.parse(item.value)
    if not fields or fields[0].tag != _OID:
        raise CmsError("an algorithm has no name")
    return fields[0].value


def _items(data: bytes, tags: tuple[int, int]) -> tuple[Tlv, Tlv]:
    items = tlv.parse(data)
    if len(items) != 2 or (items[0].tag, items[1].tag) != tags:
        raise CmsError("a pair of fields was expected")
    return items[0], items[1]
