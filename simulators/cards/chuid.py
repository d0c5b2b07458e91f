"""A signed CHUID, the name of a PIV card (SP 800-73-4 part 1, table 9; FIPS 201-3, 4.2.1).

Its signature is CMS SignedData (RFC 5652) without content, with the signer's certificate and signed attributes.

Belongs here: building it. Does not belong here: who signs (piv_issuer.py).
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from simulators.cards.ber import tlv
from simulators.cards.piv import PivKey

_FASC_N: Final = 0x30
_UUID: Final = 0x34
_EXPIRES: Final = 0x35
_SIGNATURE: Final = 0x3E
_NO_ERROR_CODE: Final = b"\xfe\x00"
_ID_SIGNED_DATA: Final = x509.ObjectIdentifier("1.2.840.113549.1.7.2")
_ID_CHUID: Final = x509.ObjectIdentifier("2.16.840.1.101.3.6.1")
"""id-PIV-CHUIDSecurityObject."""
_ID_SIGNER_NAME: Final = x509.ObjectIdentifier("2.16.840.1.101.3.6.5")
"""pivSigner-DN."""
_ID_CONTENT_TYPE: Final = x509.ObjectIdentifier("1.2.840.113549.1.9.3")
_ID_MESSAGE_DIGEST: Final = x509.ObjectIdentifier("1.2.840.113549.1.9.4")
_ID_SHA256: Final = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_ID_RSA: Final = x509.ObjectIdentifier("1.2.840.113549.1.1.1")
_ID_ECDSA_SHA256: Final = x509.ObjectIdentifier("1.2.840.10045.4.3.2")
_INTEGER, _OCTETS, _NULL, _OID, _SEQUENCE, _SET = 0x02, 0x04, 0x05, 0x06, 0x30, 0x31
_FIRST: Final = 0xA0


@dataclass(frozen=True, slots=True, repr=False)
class ContentSigner:
    """Who signs what stands on cards."""

    key: PivKey
    certificate: x509.Certificate


def signed_chuid(fasc_n: bytes, card: uuid.UUID, expires_on: dt.date, signer: ContentSigner | None) -> bytes:
    """Return the content of a CHUID object; without `signer`, one that is not signed.

    Signed is all but the signature, the empty error detection code included.
    """
    named = tlv(_FASC_N, fasc_n) + tlv(_UUID, card.bytes) + tlv(_EXPIRES, f"{expires_on:%Y%m%d}".encode())
    signature = b"" if signer is None else signed_data(named + _NO_ERROR_CODE, signer)
    return named + tlv(_SIGNATURE, signature) + _NO_ERROR_CODE


def signed_data(content: bytes, signer: ContentSigner) -> bytes:
    """Return a detached signature of `content` with SHA-256, as DER."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(content)
    certificate = signer.certificate
    # DER wants the attributes of the set in the order of their encodings.
    attributes = sorted(
        (
            _attribute(_ID_CONTENT_TYPE, _oid(_ID_CHUID)),
            _attribute(_ID_MESSAGE_DIGEST, tlv(_OCTETS, digest.finalize())),
            _attribute(_ID_SIGNER_NAME, certificate.subject.public_bytes()),
        )
    )
    algorithm, value = _sign(tlv(_SET, *attributes), signer.key)
    signer_info = tlv(
        _SEQUENCE,
        _integer(1),
        tlv(_SEQUENCE, certificate.issuer.public_bytes(), _integer(certificate.serial_number)),
        _algorithm(_ID_SHA256),
        tlv(_FIRST, *attributes),
        algorithm,
        tlv(_OCTETS, value),
    )
    data = tlv(
        _SEQUENCE,
        _integer(3),  # the content is not of type id-data (RFC 5652, 5.1)
        tlv(_SET, _algorithm(_ID_SHA256)),
        tlv(_SEQUENCE, _oid(_ID_CHUID)),
        tlv(_FIRST, certificate.public_bytes(serialization.Encoding.DER)),
        tlv(_SET, signer_info),
    )
    return tlv(_SEQUENCE, _oid(_ID_SIGNED_DATA), tlv(_FIRST, data))


def _sign(content: bytes, key: PivKey) -> tuple[bytes, bytes]:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return tlv(_SEQUENCE, _oid(_ID_ECDSA_SHA256)), key.sign(content, ec.ECDSA(hashes.SHA256()))
    return _algorithm(_ID_RSA), key.sign(content, padding.PKCS1v15(), hashes.SHA256())


def _attribute(kind: x509.ObjectIdentifier, value: bytes) -> bytes:
    return tlv(_SEQUENCE, _oid(kind), tlv(_SET, value))


def _algorithm(kind: x509.ObjectIdentifier) -> bytes:
    return tlv(_SEQUENCE, _oid(kind), tlv(_NULL))


def _integer(number: int) -> bytes:
    return tlv(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _oid(kind: x509.ObjectIdentifier) -> bytes:
    first, second, *rest = map(int, kind.dotted_string.split("."))
    encoded = bytearray()
    for number in (40 * first + second, *rest):
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.append(0x80 | number & 0x7F)
        encoded += bytes(reversed(digits))
    return tlv(_OID, bytes(encoded))
