"""Revocation of certificates by lists (CRL, RFC 5280, 5 and 6.3).

A list counts if its issuer's key signed it. A serial number on it is revoked, however old the list is. That a number
is *not* on it says something only while the list is current and covers the certificate; where lists are configured and
none says so for the card's own certificate, the card is refused. Delta lists and lists of another's certificates are
not used.

Belongs here: that. Does not belong here: which certificates form a path (trust.py).
"""

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from drivers.pcsc.certificates import UNREADABLE
from drivers.pcsc.trust import Trust
from drivers.pcsc.verdict import CardRefusedError
from drivers.ports import ReadRefusal


def check_revocation(path: Sequence[x509.Certificate], trust: Trust, at: dt.datetime, *, must: bool) -> str:
    """Return in words what the lists say of every certificate of `path` below its root.

    `must`: whether the first certificate needs a current list. Raises CardRefusedError: REVOKED, or UNTRUSTED where
    what is needed to know is missing or stale.
    """
    if not trust.crls:
        return "revocation was not checked: no revocation list is configured"
    unchecked = 0
    for number, (certificate, issuer) in enumerate(pairwise(path)):
        lists = [crl for crl in trust.crls if _is_usable(crl, certificate, issuer)]
        for crl in lists:
            if crl.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
                what = "the certificate" if number == 0 else f"the authority {certificate.subject.rfc4514_string()}"
                raise CardRefusedError(ReadRefusal.REVOKED, f"{what} is revoked by {issuer.subject.rfc4514_string()}")
        if any(_is_current(crl, at) and _covers(crl, certificate) for crl in lists):
            continue
        if lists:
            latest = max((crl.next_update_utc for crl in lists if crl.next_update_utc), default=None)
            ends = f"; the latest ends on {latest:%Y-%m-%d %H:%M:%S} UTC" if latest else ""
            words = f"no revocation list of {issuer.subject.rfc4514_string()} is current{ends}: get a new one"
            raise CardRefusedError(ReadRefusal.UNTRUSTED, words)
        if must and number == 0:
            words = f"no revocation list of {issuer.subject.rfc4514_string()} is configured, and others are: add it"
            raise CardRefusedError(ReadRefusal.UNTRUSTED, words)
        unchecked += 1
    if unchecked:
        return f"not revoked, as far as lists are configured: {unchecked} certificate(s) of the path have none"
    return "not revoked"


def _is_usable(crl: x509.CertificateRevocationList, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the list is a full one of `issuer` about its own certificates, signed by it."""
    key = issuer.public_key()
    if crl.issuer != certificate.issuer or not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return False
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
        if not usage.crl_sign:
            return False
    except x509.ExtensionNotFound:
        pass  # a root may leave it out
    try:
        if not crl.is_signature_valid(key) or _has(crl, x509.DeltaCRLIndicator):
            return False
        part = _part(crl)
    except UNREADABLE:
        return False
    return part is None or not (part.indirect_crl or part.only_some_reasons)


def _is_current(crl: x509.CertificateRevocationList, at: dt.datetime) -> bool:
    """Whether the list speaks of `at`. One that does not say when the next comes could be replayed for ever."""
    until = crl.next_update_utc
    return until is not None and crl.last_update_utc <= at <= until


def _covers(crl: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """Whether a list of only some certificates (IssuingDistributionPoint) speaks of this one (RFC 5280, 6.3.3 b)."""
    part = _part(crl)
    if part is None:
        return True
    is_authority = _is_authority(certificate)
    if part.only_contains_attribute_certs or (part.only_contains_user_certs and is_authority):
        return False
    if part.only_contains_ca_certs and not is_authority:
        return False
    if not part.full_name:
        return part.relative_name is None
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return False
    named = {name for point in points for name in point.full_name or ()}
    return not named.isdisjoint(part.full_name)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _part(crl: x509.CertificateRevocationList) -> x509.IssuingDistributionPoint | None:
    try:
        return crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return None


def _has(crl: x509.CertificateRevocationList, kind: type[x509.ExtensionType]) -> bool:
    try:
        crl.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return False
    return True
