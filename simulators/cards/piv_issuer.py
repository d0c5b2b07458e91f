"""An issuer of PIV cards: root, issuing authority, content signer, cards, and lists of those that are revoked.

Belongs here: certificates and what is written on a card at its desk. Does not belong here: how a card answers (piv.py),
cards that somebody tampered with (wrong_cards.py). Not simulated: cross certificates, delta lists, OCSP.
"""

import datetime as dt
import gzip
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from simulators.cards.ber import elements, tlv
from simulators.cards.chuid import ContentSigner, signed_chuid
from simulators.cards.fasc_n import FascN
from simulators.cards.piv import (
    CARD_AUTHENTICATION_CERTIFICATE,
    CARD_AUTHENTICATION_KEY,
    CHUID,
    PivCard,
    PivKey,
)

ID_CARD_AUTHENTICATION: Final = x509.ObjectIdentifier("2.16.840.1.101.3.6.8")
"""id-PIV-cardAuth, the purpose of a card's own certificate."""
ID_CONTENT_SIGNING: Final = x509.ObjectIdentifier("2.16.840.1.101.3.6.7")
"""id-PIV-content-signing."""
_ID_FASC_N: Final = x509.ObjectIdentifier("2.16.840.1.101.3.6.6")
_ID_BALLAST: Final = x509.ObjectIdentifier("2.999.1")
"""An example arc that means nothing (X.660): makes certificates long."""
_CERTIFICATE, _CERTIFICATE_INFO, _ERROR_CODE = 0x70, 0x71, 0xFE
_PLAIN, _GZIP = b"\x00", b"\x01"
_OCTETS: Final = 0x04
_CARD_LIFE: Final = dt.timedelta(days=3 * 365)
_LIST_LIFE: Final = dt.timedelta(days=30)
_AUTHORITY_LIFE: Final = dt.timedelta(days=10 * 365)
_BACKDATED: Final = dt.timedelta(days=1)
"""Clocks differ: what is issued now is valid since yesterday."""


class Algorithm(StrEnum):
    """Kinds of a card's key."""

    RSA_2048 = "rsa-2048"
    RSA_3072 = "rsa-3072"
    P256 = "p-256"
    P384 = "p-384"


def new_key(algorithm: Algorithm) -> PivKey:
    """Draw a key."""
    if algorithm is Algorithm.P256:
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm is Algorithm.P384:
        return ec.generate_private_key(ec.SECP384R1())
    return rsa.generate_private_key(65537, 2048 if algorithm is Algorithm.RSA_2048 else 3072)


@dataclass(frozen=True, slots=True, repr=False)
class Authority:
    """One that issues certificates. `key` signs, `certificate` says so."""

    key: PivKey
    certificate: x509.Certificate

    def certify(
        self,
        subject: str,
        key: PivKey,
        extensions: Sequence[tuple[x509.ExtensionType, bool]],
        valid: tuple[dt.datetime, dt.datetime],
    ) -> x509.Certificate:
        """Return a certificate for `key`, from this authority. `extensions`: each with whether it is critical."""
        builder = _builder(subject, self.certificate.subject, key, extensions, valid)
        ours = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.certificate.public_key())  # type: ignore[arg-type]
        return builder.add_extension(ours, critical=False).sign(self.key, hashes.SHA256())

    def revocation_list(self, serials: Sequence[int], now: dt.datetime) -> x509.CertificateRevocationList:
        """Return the list of revoked certificates by their serial numbers, as of `now`."""
        ours = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.certificate.public_key())  # type: ignore[arg-type]
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now - _BACKDATED)
            .next_update(now + _LIST_LIFE)
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
            .add_extension(ours, critical=False)
        )
        for serial in serials:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - _BACKDATED)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self.key, hashes.SHA256())


@dataclass(slots=True, repr=False)
class PivIssuer:
    """A site's issuer. `now` is when it was founded; `issued`: how many cards it has made."""

    root: Authority
    issuing: Authority
    signer: ContentSigner
    now: dt.datetime
    issued: int = 0
    revoked: list[int] = field(default_factory=list)

    @classmethod
    def found(cls, now: dt.datetime, name: str = "Simulated", algorithm: Algorithm = Algorithm.P256) -> "PivIssuer":
        """Make a root and an issuing authority with keys of this kind, and a content signer; valid from `now` on."""
        key = new_key(algorithm)
        subject = _name(f"{name} root")
        valid = (now - _BACKDATED, now + _AUTHORITY_LIFE)
        certificate = _builder(f"{name} root", subject, key, _authority_extensions(None), valid)
        root = Authority(key, certificate.sign(key, hashes.SHA256()))
        key = new_key(algorithm)
        issuing = Authority(key, root.certify(f"{name} issuing", key, _authority_extensions(0), valid))
        issuer = cls(root, issuing, ContentSigner(key, issuing.certificate), now)
        issuer.signer = issuer.new_signer(valid)
        return issuer

    def new_signer(
        self, valid: tuple[dt.datetime, dt.datetime], purpose: x509.ObjectIdentifier = ID_CONTENT_SIGNING
    ) -> ContentSigner:
        """Return a content signer of this site, valid from and until. `purpose`: the one in its certificate."""
        key = new_key(Algorithm.P256)
        certificate = self.issuing.certify("Simulated content signer", key, _holder_extensions(purpose), valid)
        return ContentSigner(key, certificate)

    def issue(
        self,
        algorithm: Algorithm = Algorithm.P256,
        *,
        valid: tuple[dt.datetime, dt.datetime] | None = None,
        chuid_expires_on: dt.date | None = None,
        purpose: x509.ObjectIdentifier = ID_CARD_AUTHENTICATION,
        signer: ContentSigner | None = None,
        compressed: bool = False,
        ballast_bytes: int = 0,
        extended: bool = True,
    ) -> PivCard:
        """Make a card with a key of its own.

        `valid`: its certificate's validity. `purpose`: the one in its certificate. `signer`: who signs its CHUID in the
        place of this issuer's. `compressed`, `ballast_bytes`: whether its certificate is packed, and how much longer
        than needed it is. `extended`: whether the card takes long lengths.
        """
        self.issued += 1
        fasc_n = FascN(credential=f"{self.issued:06}", person=f"{self.issued:010}").encode()
        card = uuid.uuid4()
        valid = valid or (self.now - _BACKDATED, self.now + _CARD_LIFE)
        key = new_key(algorithm)
        names = x509.SubjectAlternativeName(
            [x509.OtherName(_ID_FASC_N, tlv(_OCTETS, fasc_n)), x509.UniformResourceIdentifier(card.urn)]
        )
        extensions = [*_holder_extensions(purpose), (names, False)]
        if ballast_bytes:
            ballast = x509.UnrecognizedExtension(_ID_BALLAST, tlv(_OCTETS, secrets.token_bytes(ballast_bytes)))
            extensions.append((ballast, False))
        certificate = self.issuing.certify(f"Simulated card {self.issued}", key, extensions, valid)
        expires_on = chuid_expires_on or (self.now + _CARD_LIFE).date()
        return PivCard(
            objects={
                CARD_AUTHENTICATION_CERTIFICATE: certificate_object(certificate, compressed=compressed),
                CHUID: signed_chuid(fasc_n, card, expires_on, signer or self.signer),
            },
            keys={CARD_AUTHENTICATION_KEY: key},
            uid=b"\x08" + secrets.token_bytes(3),
            extended=extended,
        )

    def revoke(self, card: PivCard) -> None:
        """Put a card on the list; the list goes out with the next `write`."""
        self.revoked.append(certificate_of(card).serial_number)

    def write(self, folder: Path, now: dt.datetime) -> None:
        """Write what a gate is given: roots/, intermediates/ and crls/ (both lists in one file), as PEM."""
        lists = (self.root.revocation_list([], now), self.issuing.revocation_list(self.revoked, now))
        for name, content in (
            ("roots/root.pem", _pem(self.root.certificate)),
            ("intermediates/issuing.pem", _pem(self.issuing.certificate)),
            ("crls/site.pem", b"".join(one.public_bytes(serialization.Encoding.PEM) for one in lists)),
        ):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)


def certificate_object(certificate: x509.Certificate, *, compressed: bool = False) -> bytes:
    """Return the content of a certificate object (SP 800-73-4 part 1, table 15)."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    packed = gzip.compress(der, mtime=0) if compressed else der
    return tlv(_CERTIFICATE, packed) + tlv(_CERTIFICATE_INFO, _GZIP if compressed else _PLAIN) + tlv(_ERROR_CODE)


def certificate_of(card: PivCard) -> x509.Certificate:
    """Return the card authentication certificate that is on a card. Raises KeyError if there is none."""
    fields = dict(elements(card.objects[CARD_AUTHENTICATION_CERTIFICATE]))
    der = fields[_CERTIFICATE]
    return x509.load_der_x509_certificate(gzip.decompress(der) if fields[_CERTIFICATE_INFO] == _GZIP else der)


def _builder(
    subject: str,
    issuer: x509.Name,
    key: PivKey,
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
    valid: tuple[dt.datetime, dt.datetime],
) -> x509.CertificateBuilder:
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder


def _authority_extensions(below: int | None) -> list[tuple[x509.ExtensionType, bool]]:
    return [(x509.BasicConstraints(ca=True, path_length=below), True), (_usage(authority=True), True)]


def _holder_extensions(purpose: x509.ObjectIdentifier) -> list[tuple[x509.ExtensionType, bool]]:
    return [(_usage(authority=False), True), (x509.ExtendedKeyUsage([purpose]), True)]


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
