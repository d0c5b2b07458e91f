"""Certificates, CHUIDs and PIV cards for the tests of the judge, made with `cryptography` alone.

CMS comes from its own builder, so that what the judge reads was not written by who wrote the judge.
"""

import datetime as dt
import secrets
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
NOW: Final = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
YEAR: Final = dt.timedelta(days=365)
CARD_AUTH: Final = x509.ObjectIdentifier("2.16.840.1.101.3.6.8")
CONTENT_SIGNING: Final = x509.ObjectIdentifier("2.16.840.1.101.3.6.7")
FASC_N: Final = x509.ObjectIdentifier("2.16.840.1.101.3.6.6")


def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


@dataclass
class Authority:
    """One that issues: a root if `above` is None."""

    common: str
    above: "Authority | None" = None
    key: Key = field(default_factory=ec_key)
    since: dt.datetime = NOW - YEAR
    until: dt.datetime = NOW + 5 * YEAR
    certificate: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        extensions: list[tuple[x509.ExtensionType, bool]] = [(x509.BasicConstraints(True, None), True), (usage, True)]
        issuer = self.above or self
        self.certificate = issuer.issue(self.common, self.key, extensions, self.since, self.until)

    def issue(
        self,
        common: str,
        key: Key,
        extensions: list[tuple[x509.ExtensionType, bool]],
        since: dt.datetime = NOW - YEAR,
        until: dt.datetime = NOW + YEAR,
    ) -> x509.Certificate:
        own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        ours = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(common))
            .issuer_name(name(self.common))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(since)
            .not_valid_after(until)
            .add_extension(own, critical=False)
            .add_extension(ours, critical=False)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, hashes.SHA256())

    def crl(
        self, *revoked: x509.Certificate, since: dt.datetime = NOW, days: int = 7
    ) -> x509.CertificateRevocationList:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(name(self.common))
            .last_update(since)
            .next_update(since + dt.timedelta(days=days))
        )
        for certificate in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number).revocation_date(since)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self.key, hashes.SHA256())


def holder_extensions(purpose: x509.ObjectIdentifier | None) -> list[tuple[x509.ExtensionType, bool]]:
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    extensions: list[tuple[x509.ExtensionType, bool]] = [(usage, True)]
    if purpose is not None:
        extensions.append((x509.ExtendedKeyUsage([purpose]), True))
    return extensions


def card_names(fasc_n: bytes | None, guid: bytes | None) -> list[tuple[x509.ExtensionType, bool]]:
    names: list[x509.GeneralName] = []
    if fasc_n is not None:
        names.append(x509.OtherName(FASC_N, bytes((4, len(fasc_n))) + fasc_n))
    if guid is not None:
        text = guid.hex()
        parts = "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
        names.append(x509.UniformResourceIdentifier(f"urn:uuid:{parts}"))
    return [(x509.SubjectAlternativeName(names), False)] if names else []


def tlv(tag: int, value: bytes) -> bytes:
    size = len(value)
    long_form = b"\x81" + bytes((size,)) if size < 256 else b"\x82" + size.to_bytes(2, "big")
    return bytes((tag,)) + (bytes((size,)) if size < 128 else long_form) + value


def chuid(
    fasc_n: bytes, guid: bytes, signer: x509.Certificate, key: Key, *, expires: str = "20301231", check: bool = True
) -> bytes:
    content = tlv(0x30, fasc_n) + tlv(0x34, guid) + tlv(0x35, expires.encode())
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content + (b"\xfe\x00" if check else b""))
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    signature = builder.add_signer(signer, key, hashes.SHA256()).sign(serialization.Encoding.DER, options)
    return content + tlv(0x3E, signature) + b"\xfe\x00"


def certificate_object(certificate: x509.Certificate) -> bytes:
    return tlv(0x70, certificate.public_bytes(serialization.Encoding.DER)) + b"\x71\x01\x00\xfe\x00"


class MemoryCard:
    """A PIV card in memory. `extended`: it takes extended lengths, and no chains; else the other way round."""

    def __init__(self, objects: dict[int, bytes], key: Key | None, *, extended: bool = False) -> None:
        self.objects = objects
        self.key = key
        self.extended = extended
        self.commands: list[bytes] = []
        self._rest = b""
        self._chained = b""

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        cla, ins, p1, p2 = command[:4]
        body = command[4:]
        if len(body) > 1 and body[0] == 0:
            if not self.extended:
                return b"\x67\x00"
            size = int.from_bytes(body[1:3], "big") if len(body) > 3 else 0
            return self._answer(ins, p1, p2, body[3 : 3 + size], 65536)
        data = body[1 : 1 + body[0]] if len(body) > 1 else b""
        if cla & 0x10:
            self._chained += data
            return b"\x90\x00"
        data, self._chained = self._chained + data, b""
        if ins == 0xC0:
            return self._part(256)
        return self._answer(ins, p1, p2, data, 256)

    def _answer(self, ins: int, p1: int, p2: int, data: bytes, room: int) -> bytes:
        if ins == 0xA4:
            self._rest = b"\x61\x02\x4f\x00"
        elif ins == 0xCB:
            number = int.from_bytes(data[2:], "big")
            if number not in self.objects:
                return b"\x6a\x82"
            self._rest = tlv(0x53, self.objects[number])
        elif ins == 0x87 and p2 == 0x9E and self.key is not None:
            challenge = data[data.index(b"\x81", 4) :]
            head = 2 if challenge[1] < 0x80 else 2 + (challenge[1] & 0x7F)
            answer = self._signed(p1, challenge[head:])
            if answer is None:
                return b"\x6a\x80"
            self._rest = tlv(0x7C, tlv(0x82, answer))
        else:
            return b"\x6d\x00"
        return self._part(room)

    def _part(self, room: int) -> bytes:
        part, self._rest = self._rest[:room], self._rest[room:]
        status = b"\x61" + bytes((min(len(self._rest), 256) % 256,)) if self._rest else b"\x90\x00"
        return part + status

    def _signed(self, algorithm: int, challenge: bytes) -> bytes | None:
        if isinstance(self.key, ec.EllipticCurvePrivateKey) and algorithm in {0x11, 0x14}:
            hashed = hashes.SHA256() if algorithm == 0x11 else hashes.SHA384()
            return self.key.sign(challenge, ec.ECDSA(Prehashed(hashed)))
        if isinstance(self.key, rsa.RSAPrivateKey) and algorithm in {0x07, 0x05}:
            numbers = self.key.private_numbers()
            modulus = numbers.public_numbers.n
            return pow(int.from_bytes(challenge, "big"), numbers.d, modulus).to_bytes(len(challenge), "big")
        return None


@dataclass
class Site:
    """A root, an issuing authority, a content signer, and cards."""

    root: Authority = field(default_factory=lambda: Authority("Test Root"))
    issuing: Authority = field(init=False)
    signer_key: Key = field(default_factory=ec_key)
    signer: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        self.issuing = Authority("Test Issuing", self.root)
        self.signer = self.issuing.issue("Test Content Signer", self.signer_key, holder_extensions(CONTENT_SIGNING))

    def certificate(
        self,
        key: Key,
        fasc_n: bytes | None,
        guid: bytes | None,
        since: dt.datetime = NOW - YEAR,
        until: dt.datetime = NOW + YEAR,
    ) -> x509.Certificate:
        extensions = holder_extensions(CARD_AUTH) + card_names(fasc_n, guid)
        return self.issuing.issue("Test Card", key, extensions, since, until)

    def card(self, key: Key | None = None, *, extended: bool = False) -> MemoryCard:
        """A card at which nothing is wrong."""
        key = key or ec_key()
        fasc_n, guid = secrets.token_bytes(25), secrets.token_bytes(16)
        objects = {
            0x5FC101: certificate_object(self.certificate(key, fasc_n, guid)),
            0x5FC102: chuid(fasc_n, guid, self.signer, self.signer_key),
        }
        return MemoryCard(objects, key, extended=extended)
