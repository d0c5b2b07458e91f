"""Whom a gate believes: roots, intermediates and revocation lists, and the path from a certificate to a root.

The library decides whether a path holds (RFC 5280, 6.1; it takes RSA from 2048 bits, P-256, P-384, P-521 and SHA-2).
Only when it does not, `path_to_root` looks for the reason by itself: a mistake there can give a wrong reason, and
never a grant.

Belongs here: paths and their reasons. Does not belong here: revocation (revocation.py), files (trust_folder.py).
"""

import datetime as dt
from collections.abc import Iterable
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.verification import Criticality, ExtensionPolicy, Policy, PolicyBuilder, Store, VerificationError

from drivers.pcsc.certificates import UNREADABLE
from drivers.pcsc.verdict import CardRefusedError
from drivers.ports import ReadRefusal

CARD_AUTHENTICATION: Final = frozenset({x509.ObjectIdentifier("2.16.840.1.101.3.6.8")})
"""id-PIV-cardAuth (FIPS 201-3, 4.2.2.2; X.509 profile for PIV, worksheet of card authentication)."""
CONTENT_SIGNING: Final = frozenset(
    {x509.ObjectIdentifier("2.16.840.1.101.3.6.7"), x509.ObjectIdentifier("2.16.840.1.101.3.8.7")}
)
"""id-PIV-content-signing (FIPS 201-3, 4.2.1) and its like for PIV-I cards."""
_DEEPEST: Final = 8
_Extension = TypeVar("_Extension", bound=x509.ExtensionType)
_NOT_A_PATH: Final = (VerificationError, InvalidSignature, *UNREADABLE)


class Trust:
    """Roots, intermediates and revocation lists, as they lie in a gate's folders."""

    def __init__(
        self,
        roots: Iterable[x509.Certificate],
        intermediates: Iterable[x509.Certificate] = (),
        crls: Iterable[x509.CertificateRevocationList] = (),
    ) -> None:
        self.roots = tuple(roots)
        self.intermediates = tuple(intermediates)
        self.crls = tuple(crls)
        self._store = Store(list(self.roots)) if self.roots else None

    def path_to_root(
        self, leaf: x509.Certificate, at: dt.datetime, purposes: frozenset[x509.ObjectIdentifier]
    ) -> tuple[x509.Certificate, ...]:
        """Return the path from `leaf` to a root, both included, that holds at `at` for one of `purposes`.

        Raises CardRefusedError: TAMPERED (its issuer is known and did not sign it), EXPIRED, NOT_YET_VALID, or
        UNTRUSTED for everything else.
        """
        if self._store is None:
            raise CardRefusedError(ReadRefusal.UNTRUSTED, "no root certificate is configured")
        builder = PolicyBuilder().time(at).store(self._store).max_chain_depth(_DEEPEST)
        policies = {"ca_policy": _issuer_policy(), "ee_policy": _holder_policy(purposes)}
        verifier = builder.extension_policies(**policies).build_client_verifier()
        try:
            return tuple(verifier.verify(leaf, list(self.intermediates)).chain)
        except _NOT_A_PATH as error:
            self._find_reason(leaf, at, ())
            words = str(error).removeprefix("validation failed: ")
            raise CardRefusedError(ReadRefusal.UNTRUSTED, f"no path to a root holds: {words}") from error

    def _find_reason(self, certificate: x509.Certificate, at: dt.datetime, below: tuple[x509.Certificate, ...]) -> None:
        """Raise CardRefusedError for what is wrong with `certificate` or with what stands above it, if that is seen."""
        name = _name(certificate, below)
        if certificate in self.roots:
            _check_dates(certificate, name, at)
            return
        known = [c for c in (*self.roots, *self.intermediates) if c not in below and _may_have_issued(c, certificate)]
        if not known:
            raise CardRefusedError(
                ReadRefusal.UNTRUSTED, f"the issuer of {name} is neither a root nor an intermediate here"
            )
        signers = [issuer for issuer in known if _signed(issuer, certificate)]
        if not signers:
            raise CardRefusedError(ReadRefusal.TAMPERED, f"the signature on {name} is not its issuer's")
        _check_dates(certificate, name, at)
        if len(below) == _DEEPEST:
            return
        refusals: list[CardRefusedError] = []
        for issuer in signers:
            try:
                self._find_reason(issuer, at, (*below, certificate))
            except CardRefusedError as error:
                refusals.append(error)
        if len(refusals) == len(signers):  # no way up is without a fault; the first is as good as any
            raise refusals[0]


def _check_dates(certificate: x509.Certificate, name: str, at: dt.datetime) -> None:
    if at > certificate.not_valid_after_utc:
        words = f"{name} has expired on {certificate.not_valid_after_utc:%Y-%m-%d %H:%M:%S} UTC"
        raise CardRefusedError(ReadRefusal.EXPIRED, words)
    if at < certificate.not_valid_before_utc:
        words = f"{name} is not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M:%S} UTC"
        raise CardRefusedError(ReadRefusal.NOT_YET_VALID, words)


def _holder_policy(purposes: frozenset[x509.ObjectIdentifier]) -> ExtensionPolicy:
    """What the certificate itself must say: it signs, and for no other purpose than this."""

    def signs(_policy: Policy, _certificate: x509.Certificate, usage: x509.KeyUsage | None) -> None:
        if usage is not None and not usage.digital_signature:
            raise ValueError("its key usage does not include digital signatures")

    def serves(_policy: Policy, _certificate: x509.Certificate, usage: x509.ExtendedKeyUsage | None) -> None:
        # Cards of issuers outside the federal profile often leave it out, which is no restriction (RFC 5280, 4.2.1.12).
        if usage is not None and purposes.isdisjoint(usage):
            raise ValueError("its extended key usage is another one")

    policy = ExtensionPolicy.permit_all()
    policy = policy.may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, signs)
    return policy.may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, serves)


def _issuer_policy() -> ExtensionPolicy:
    """What a certificate above must say: it issues certificates (RFC 5280, 4.2.1.3 and 4.2.1.9)."""

    def issues(_policy: Policy, _certificate: x509.Certificate, constraints: x509.BasicConstraints) -> None:
        if not constraints.ca:
            raise ValueError("it is no authority")

    def signs(_policy: Policy, _certificate: x509.Certificate, usage: x509.KeyUsage | None) -> None:
        if usage is not None and not usage.key_cert_sign:
            raise ValueError("its key usage does not include certificates")

    policy = ExtensionPolicy.permit_all()
    policy = policy.require_present(x509.BasicConstraints, Criticality.AGNOSTIC, issues)
    return policy.may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, signs)


def _may_have_issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Whether `certificate` names `issuer`, or its key: a changed name must not hide whose signature is broken.

    Where both name a key, that decides: authorities of the same name with different keys are different ones.
    """
    try:
        key = _extension(certificate, x509.AuthorityKeyIdentifier)
        own = _extension(issuer, x509.SubjectKeyIdentifier)
        if key is not None and key.key_identifier is not None and own is not None:
            return key.key_identifier == own.digest
        is_named = issuer.subject == certificate.issuer
    except UNREADABLE:  # it can not be read any further, so it can not have been signed as it is
        return True
    return is_named


def _extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _signed(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except _NOT_A_PATH:
        return False
    return True


def _name(certificate: x509.Certificate, below: tuple[x509.Certificate, ...]) -> str:
    """Name an authority; what is on a card is not named, for it may stand for a person."""
    return f"the authority {certificate.subject.rfc4514_string()}" if below else "the certificate"
