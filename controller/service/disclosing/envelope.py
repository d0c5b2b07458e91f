"""Encrypting a document to its recipient: CMS EnvelopedData (RFC 5652), AES-256, to an X.509 certificate with RSA.

Any mail program with S/MIME opens it, and `openssl cms -decrypt`; this system can not. Belongs here: certificates of
recipients and the envelope. Does not belong here: who is a recipient (domain/standing_order.py), or sending.
"""

from datetime import timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7EnvelopeBuilder, PKCS7Options

from contract.clock import to_datetime
from controller.domain.obstacle import ObstacleError

LEAST_RSA_BITS: Final = 2048
"""What NIST SP 800-57 part 1, rev. 5, table 4 allows until the end of 2030."""
WARNED_BEFORE: Final = timedelta(days=30)
"""So long before a certificate ends the page and an alarm ask for the next one."""
_LONGEST_BYTES: Final = 20_000


class CertificateError(ObstacleError):
    """A certificate to which nothing can be encrypted; the message says what would do."""


def load_certificate(pem: str, now_ns: int) -> x509.Certificate:
    """Return the recipient's certificate, if something may be encrypted to it now. Raises CertificateError."""
    if len(pem) > _LONGEST_BYTES:
        raise CertificateError(
            "no-certificate", "this is more than one certificate: send the recipient's own one alone, as PEM"
        )
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateError(
            "no-certificate", "this is no X.509 certificate in PEM: it begins with -----BEGIN CERTIFICATE-----"
        ) from None
    if not isinstance(key, RSAPublicKey):
        raise CertificateError(
            "no-rsa-key", "the certificate has no RSA key: ask the recipient for an encryption certificate (RSA)"
        )
    if key.key_size < LEAST_RSA_BITS:
        raise CertificateError("weak-key", f"its key has {key.key_size} bits: at least {LEAST_RSA_BITS} are needed")
    now = to_datetime(now_ns)
    if now < certificate.not_valid_before_utc:
        raise CertificateError("certificate-not-valid", "the certificate is not valid yet")
    if now >= certificate.not_valid_after_utc:
        raise CertificateError(
            "certificate-not-valid", "the certificate has expired: ask the recipient for the next one"
        )
    if not _encrypts(certificate):
        raise CertificateError(
            "certificate-not-for-encryption",
            "the certificate's key usage does not allow encryption: ask for an encryption one",
        )
    return certificate


def ends_soon(certificate: x509.Certificate, now_ns: int) -> bool:
    """Whether it is time to ask the recipient for the next certificate."""
    return to_datetime(now_ns) >= certificate.not_valid_after_utc - WARNED_BEFORE


def enclose(document: bytes, certificate: x509.Certificate) -> bytes:
    """Return `document` encrypted to the certificate, as DER: a `.p7m` file."""
    return (
        PKCS7EnvelopeBuilder()
        .set_data(document)
        .set_content_encryption_algorithm(AES256)
        .add_recipient(certificate)
        .encrypt(Encoding.DER, [PKCS7Options.Binary])
    )


def _encrypts(certificate: x509.Certificate) -> bool:
    """Whether keys may be encrypted to it: where it says nothing about its use, they may (RFC 5280, 4.2.1.3)."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    except ValueError:
        return False
    return usage.key_encipherment
