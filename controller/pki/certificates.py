"""Certificates as values: the site's authority, the broker, edges and controllers. Pure; `now` is an argument.

Belongs here: names, key usage, validity. Does not belong here: files (folder.py).

Profile (RFC 5280): ECDSA P-256 with SHA-256, random serials, one authority for each controller with path length 0. The
subject of a client is CN=edge-<id>-<digits of its enrolment> or CN=controller-<id>, with O=<site>: the common name is
the identity that the broker's rules are written for.
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from contract.ids import BadIdError, ControllerId, EdgeId, SiteId, machine_name
from contract.topics import Role

AUTHORITY_VALIDITY: Final = timedelta(days=3650)
"""How long an authority lives: ten years, unless the root takes its controller off the list."""
LEAF_VALIDITY: Final = timedelta(days=365)
"""How long an issued certificate lives: one year."""
GATE_VALIDITY: Final = timedelta(days=3650)
"""A gate's certificate is carried to it once, and nothing renews it over the wire; its rights are withdrawn instead."""
CLOCK_MARGIN: Final = timedelta(days=1)
"""How far `not before` lies in the past, for a machine whose clock is behind when it first connects."""
RENEW_BEFORE: Final = timedelta(days=30)
"""A certificate with less than this left is issued anew at the next start."""
LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "::1")
"""What a server certificate always names, beside the host names given."""
_ENROLMENT_DIGITS: Final = 12
_COMMON_NAME_LIMIT: Final = 64  # RFC 5280 appendix A.1, ub-common-name

_CLIENT: Final = (ExtendedKeyUsageOID.CLIENT_AUTH,)
_SERVER: Final = (ExtendedKeyUsageOID.SERVER_AUTH,)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A certificate and the private key that belongs to it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The private key as unencrypted PKCS#8 PEM: whoever stores it sees to the file's mode."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def enrolled_identity(edge: EdgeId, verify_key: bytes) -> str:
    """Return the common name of the certificate that came with one enrolment of a gate, by the key of that enrolment.

    A gate that is enrolled anew is somebody else on the wire, so the box of before has no rights left anywhere. Raises
    BadIdError if the id is too long.
    """
    return _identity(Role.EDGE, f"{edge}-{hashlib.sha256(verify_key).hexdigest()[:_ENROLMENT_DIGITS]}")


def controller_of(identity: str) -> ControllerId | None:
    """Return the controller whose certificate has that common name, or None if it is not a controller's."""
    role, _, controller = identity.partition("-")
    return ControllerId(controller) if role == Role.CONTROLLER and controller else None


def controller_identity(controller: ControllerId) -> str:
    """Return the common name of a controller's certificate. Raises BadIdError if the id can not be part of one."""
    return _identity(Role.CONTROLLER, controller)


def make_authority(site: SiteId, controller: ControllerId, now: datetime) -> Credentials:
    """Make the authority of `controller`, self-signed, valid for ten years from aware `now`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = authority_name(site, controller)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        _builder(name, name, key, now, now.astimezone(UTC) + AUTHORITY_VALIDITY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    return Credentials(certificate, key)


def make_page_authority(
    site: SiteId, controller: ControllerId, host_names: Sequence[str], now: datetime
) -> Credentials:
    """Make the authority of a controller's page, valid for ten years from aware `now`; browsers are told to trust it.

    It can vouch for `host_names` and nothing else (RFC 5280, 4.2.1.10), so whoever installs it trusts it with no more.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = page_authority_name(site, controller)
    names = [_server_name(each) for each in host_names]
    permitted: list[x509.GeneralName] = [each for each in names if isinstance(each, x509.DNSName)]
    permitted += [
        x509.IPAddress(ipaddress.ip_network(each.value)) for each in names if isinstance(each, x509.IPAddress)
    ]
    certificate = (
        _builder(name, name, key, now, now.astimezone(UTC) + AUTHORITY_VALIDITY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, _all_but(permitted)), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Credentials(certificate, key)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a certificate of one party says: its name, what it is for, the hosts that it serves, and for how long."""

    subject: x509.Name
    purposes: tuple[x509.ObjectIdentifier, ...]
    host_names: tuple[x509.GeneralName, ...] = ()
    validity: timedelta = LEAF_VALIDITY


def broker_profile(site: SiteId, host_names: Sequence[str]) -> Profile:
    """Describe the broker: a server for loopback and `host_names` (DNS names or IP addresses)."""
    return Profile(_name("broker", site), _SERVER, _server_names(host_names))


def edge_profile(site: SiteId, identity: str) -> Profile:
    """Describe a gate with that identity: a client, and the server from which controllers fetch its video."""
    return Profile(_name(identity, site), (*_CLIENT, *_SERVER), validity=GATE_VALIDITY)


def controller_profile(site: SiteId, controller: ControllerId, host_names: Sequence[str]) -> Profile:
    """Describe `controller`: a client of brokers, and the server of its HTTPS that gates speak to.

    It serves loopback and `host_names` (DNS names or IP addresses). Raises BadIdError.
    """
    subject = _name(controller_identity(controller), site)
    return Profile(subject, (*_CLIENT, *_SERVER), _server_names(host_names))


def page_profile(site: SiteId, host_names: Sequence[str]) -> Profile:
    """Describe the server of a controller's page: for `host_names` (DNS names or IP addresses) and no others."""
    names = tuple(_server_name(each) for each in dict.fromkeys(host_names))
    return Profile(_name("page", site), _SERVER, names)


def issue(authority: Credentials, profile: Profile, now: datetime) -> Credentials:
    """Make a key and issue its certificate, valid for as long as `profile` says from aware `now`.

    Never longer than the authority is.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate
    until = min(now.astimezone(UTC) + profile.validity, issuer.not_valid_after_utc)
    builder = (
        _builder(profile.subject, issuer.subject, key, now, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(profile.purposes), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
    )
    if profile.host_names:
        builder = builder.add_extension(x509.SubjectAlternativeName(profile.host_names), critical=False)
    return Credentials(builder.sign(authority.key, hashes.SHA256()), key)


def is_current(certificate: x509.Certificate, authority: x509.Certificate, profile: Profile, now: datetime) -> bool:
    """Tell whether an issued certificate may stay in use at aware `now`.

    It may if `authority` issued it, it says what `profile` says, and more than RENEW_BEFORE of it is left.
    """
    try:
        certificate.verify_directly_issued_by(authority)
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (InvalidSignature, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    return (
        certificate.subject == profile.subject
        and set(purposes) == set(profile.purposes)
        and _host_names(certificate) == set(profile.host_names)
        and certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - RENEW_BEFORE
    )


def authority_name(site: SiteId, controller: ControllerId) -> x509.Name:
    """Return the subject of a controller's authority, which is the issuer of all that it issues."""
    return x509.Name([*_name("SACS authority", site), x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, controller)])


def page_authority_name(site: SiteId, controller: ControllerId) -> x509.Name:
    """Return the subject of the authority of a controller's page: what a device lists it as."""
    return x509.Name([*_name("SACS page", site), x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, controller)])


def host_names_of(certificate: x509.Certificate) -> frozenset[str]:
    """Return the host names and addresses that a certificate is for."""
    return frozenset(str(each.value) for each in _host_names(certificate))


def _all_but(permitted: Sequence[x509.GeneralName]) -> list[x509.GeneralName] | None:
    """Return what is excluded beside `permitted`: a kind of name of which none is permitted would else be free."""
    networks = [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]
    has_address = any(isinstance(each, x509.IPAddress) for each in permitted)
    return None if has_address else [x509.IPAddress(each) for each in networks]


def _host_names(certificate: x509.Certificate) -> set[x509.GeneralName]:
    try:
        return set(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return set()


def _identity(role: Role, machine: str) -> str:
    identity = f"{role}-{machine_name(machine)}"
    if len(identity) > _COMMON_NAME_LIMIT:
        message = f"{machine!r} is too long: {identity!r} has more than {_COMMON_NAME_LIMIT} characters"
        raise BadIdError(message)
    return identity


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    until: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - CLOCK_MARGIN)
        .not_valid_after(until)
    )


def _name(common_name: str, site: SiteId) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, machine_name(site)),
        ]
    )


def _server_names(host_names: Sequence[str]) -> tuple[x509.GeneralName, ...]:
    return tuple(_server_name(name) for name in dict.fromkeys((*LOOPBACK_NAMES, *host_names)))


def _server_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
