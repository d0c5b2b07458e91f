"""Certificates from outside: read strictly, and what the library raises about those that it can not read.

Belongs here: that alone. Does not belong here: whether one is trusted (trust.py).
"""

from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from drivers.pcsc import tlv

UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""It reads lazily: these can come from any attribute of a certificate or list."""
_SEQUENCE: Final = 0x30
_INTEGER: Final = 0x02
_BITS: Final = 0x03
_VERSION: Final = 0xA0


def load_certificate(raw: bytes) -> x509.Certificate:
    """Return the certificate in `raw` (DER). Raises one of UNREADABLE.

    Two things are refused that the library lets pass: a signature that is no whole number of bytes, for nothing else in
    a certificate can be changed without breaking it; and a serial number that is not positive (RFC 5280, 4.1.2.2).
    """
    parts = tlv.parse(tlv.single(raw, _SEQUENCE))
    if len(parts) != 3 or parts[2].tag != _BITS or parts[2].value[:1] != b"\0":
        raise ValueError("its signature is no whole number of bytes")
    fields = [field for field in tlv.parse(parts[0].value) if field.tag != _VERSION]
    if not fields or fields[0].tag != _INTEGER or int.from_bytes(fields[0].value, "big", signed=True) <= 0:
        raise ValueError("its serial number is not positive")
    return x509.load_der_x509_certificate(raw)
