"""The site's certificates: who they name, what they are good for, how long, and that TLS takes them for that alone."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from contract.ids import BadIdError, ControllerId, EdgeId, SiteId
from controller.pki.certificates import (
    CLOCK_MARGIN,
    RENEW_BEFORE,
    broker_profile,
    controller_identity,
    controller_of,
    controller_profile,
    edge_profile,
    enrolled_identity,
    is_current,
    issue,
    make_authority,
)
from controller.pki.folder import Authority, BadCertificateFilesError, CertificateFiles

SITE = SiteId("geneva")
NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
EDGE, KEY = EdgeId("north"), bytes(range(32))
NORTH = enrolled_identity(EDGE, KEY)
CONTROLLER = ControllerId("main")


def test_the_authority_signs_and_does_nothing_else() -> None:
    authority = make_authority(SITE, CONTROLLER, NOW).certificate
    constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert constraints.value == x509.BasicConstraints(ca=True, path_length=0)
    usage = authority.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.key_cert_sign
    assert not usage.digital_signature
    assert authority.not_valid_after_utc - NOW == timedelta(days=3650)
    assert isinstance(authority.public_key(), ec.EllipticCurvePublicKey)


def test_a_client_is_named_by_identity_and_site() -> None:
    authority = make_authority(SITE, CONTROLLER, NOW)
    edge = issue(authority, edge_profile(SITE, NORTH), NOW).certificate
    assert [(a.oid, a.value) for a in edge.subject] == [
        (NameOID.COMMON_NAME, NORTH),
        (NameOID.ORGANIZATION_NAME, "geneva"),
    ]
    assert purposes(edge) == {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH}
    assert edge.not_valid_before_utc == NOW - CLOCK_MARGIN
    assert edge.not_valid_after_utc == NOW + timedelta(days=3650)
    edge.verify_directly_issued_by(authority.certificate)


def test_a_server_names_loopback_and_its_hosts() -> None:
    authority = make_authority(SITE, CONTROLLER, NOW)
    broker = issue(authority, broker_profile(SITE, ["gate.example", "192.0.2.7"]), NOW).certificate
    names = broker.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "gate.example"]
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1", "192.0.2.7"]
    assert purposes(broker) == {ExtendedKeyUsageOID.SERVER_AUTH}
    controller = issue(authority, controller_profile(SITE, CONTROLLER, []), NOW).certificate
    assert purposes(controller) == {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH}


def test_no_certificate_outlives_its_authority() -> None:
    authority = make_authority(SITE, CONTROLLER, NOW - timedelta(days=3600))
    edge = issue(authority, edge_profile(SITE, NORTH), NOW).certificate
    assert edge.not_valid_after_utc == authority.certificate.not_valid_after_utc


@pytest.mark.parametrize("bad", ["", "North", "a/b", "a+b", "a.b", "-a", "a,O=x", "a b", "x" * 60])
def test_an_id_that_can_not_stand_in_a_certificate_is_refused(bad: str) -> None:
    with pytest.raises(BadIdError):
        enrolled_identity(EdgeId(bad), KEY)


def test_identities_are_read_back() -> None:
    assert controller_of(controller_identity(CONTROLLER)) == CONTROLLER
    assert controller_of(NORTH) is None
    assert controller_of("") is None


def test_a_gate_that_is_enrolled_anew_is_somebody_else() -> None:
    assert f"edge-north-{NORTH[-12:]}" == NORTH
    assert enrolled_identity(EDGE, bytes(32)) != NORTH


def test_a_certificate_stays_in_use_until_it_says_something_else_or_nears_its_end() -> None:
    authority = make_authority(SITE, CONTROLLER, NOW)
    profile = controller_profile(SITE, CONTROLLER, ["a.example"])
    held = issue(authority, profile, NOW).certificate
    last = held.not_valid_after_utc - RENEW_BEFORE
    assert is_current(held, authority.certificate, profile, NOW)
    assert is_current(held, authority.certificate, profile, last - timedelta(seconds=1))
    assert not is_current(held, authority.certificate, profile, last)
    assert not is_current(held, authority.certificate, profile, NOW - timedelta(days=2))
    for other in (
        controller_profile(SITE, CONTROLLER, ["b.example"]),
        controller_profile(SITE, ControllerId("second"), ["a.example"]),
        controller_profile(SiteId("vienna"), CONTROLLER, ["a.example"]),
        edge_profile(SITE, NORTH),
    ):
        assert not is_current(held, authority.certificate, other, NOW)
    assert not is_current(held, make_authority(SITE, CONTROLLER, NOW).certificate, profile, NOW)


def test_files_are_made_once_kept_and_private(tmp_path: Path) -> None:
    folder = tmp_path / "authority"
    first = Authority(folder, SITE, CONTROLLER, NOW).edge_files(tmp_path / "north", NORTH, NOW)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.pem")}
    again = Authority(folder, SITE, CONTROLLER, NOW).edge_files(tmp_path / "north", NORTH, NOW + timedelta(days=300))
    assert first == again
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.pem")} == before
    keys = [path for path in before if b"PRIVATE KEY" in before[path]]
    assert {path.name for path in keys} == {"authority-key.pem", "key.pem"}
    assert {path.stat().st_mode & 0o777 for path in keys} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("damage", ["old", "lost", "cut", "foreign"])
def test_files_that_will_not_do_are_issued_anew(tmp_path: Path, damage: str) -> None:
    authority = Authority(tmp_path / "authority", SITE, CONTROLLER, NOW)
    files = authority.edge_files(tmp_path / "north", NORTH, NOW)
    before = files.certificate.read_bytes()
    later = NOW
    if damage == "old":
        later += timedelta(days=3625)
    elif damage == "lost":
        files.key.unlink()
    elif damage == "cut":
        files.certificate.write_bytes(before[:100])
    else:
        Authority(tmp_path / "other", SITE, CONTROLLER, NOW).edge_files(tmp_path / "north", NORTH, NOW)
    authority.edge_files(tmp_path / "north", NORTH, later)
    assert files.certificate.read_bytes() != before
    assert files.authority.read_bytes() == authority.certificate_file.read_bytes()
    issued = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    issued.verify_directly_issued_by(x509.load_pem_x509_certificate(files.authority.read_bytes()))
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.public_key() == issued.public_key()


def test_an_authority_that_is_damaged_or_foreign_is_never_replaced(tmp_path: Path) -> None:
    Authority(tmp_path, SITE, CONTROLLER, NOW)
    with pytest.raises(BadCertificateFilesError, match="vienna"):
        Authority(tmp_path, SiteId("vienna"), CONTROLLER, NOW)
    (tmp_path / "authority-key.pem").unlink()
    with pytest.raises(BadCertificateFilesError, match="authority-key"):
        Authority(tmp_path, SITE, CONTROLLER, NOW)


def test_tls_takes_each_certificate_for_its_purpose_alone(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority = Authority(tmp_path / "authority", SITE, CONTROLLER, now)
    broker = authority.broker_files(tmp_path / "broker", (), now)
    edge = authority.edge_files(tmp_path / "edge", NORTH, now)
    controller = authority.controller_files(tmp_path / "controller", CONTROLLER, (), now)
    stranger = Authority(tmp_path / "foreign", SITE, CONTROLLER, now).edge_files(tmp_path / "stranger", NORTH, now)
    for server in (broker, controller):
        for client in (edge, controller):
            assert (
                assert_mutual_tls(server, client)
                == {"edge": NORTH, "controller": "controller-main"}[client.certificate.parent.name]
            )
    for server, client in ((edge, controller), (broker, broker), (broker, stranger)):
        with pytest.raises(ssl.SSLError):
            assert_mutual_tls(server, client)


def assert_mutual_tls(server: CertificateFiles, client: CertificateFiles) -> str:
    """Shake hands in memory, strictly by RFC 5280; return the client's common name as the server sees it."""
    contexts = (
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=server.authority),
        ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=client.authority),
    )
    for context, files in zip(contexts, (server, client), strict=True):
        context.load_cert_chain(files.certificate, files.key)
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= ssl.VERIFY_X509_STRICT
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = contexts[0].wrap_bio(up, down, server_side=True)
    far = contexts[1].wrap_bio(down, up, server_hostname="127.0.0.1")
    for side in (far, near, far, near):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    peer = near.getpeercert(binary_form=True)
    assert peer is not None
    subject = x509.load_der_x509_certificate(peer).subject
    return str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def purposes(certificate: x509.Certificate) -> set[x509.ObjectIdentifier]:
    return set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
