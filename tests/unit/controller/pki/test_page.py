"""The certificate of the page: for its host name alone, renewed in time, or the site's own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from contract.ids import ControllerId, SiteId
from controller.pki.certificates import Credentials, host_names_of, issue, page_profile
from controller.pki.folder import BadCertificateFilesError, load_credentials
from controller.pki.page import OwnPageCertificate, SitePageCertificate

SITE, MAIN = SiteId("here"), ControllerId("main")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NAME = "sacs.example.org"


def own(state: Path, now: datetime = NOW, *names: str) -> OwnPageCertificate:
    return OwnPageCertificate(state, SITE, MAIN, names or (NAME,), now)


def leaf_of(made: OwnPageCertificate) -> x509.Certificate:
    return load_credentials(made.files.certificate, made.files.key).certificate


def verify(authority: x509.Certificate, leaf: x509.Certificate, name: str, at: datetime) -> None:
    """As a browser does: RFC 5280 path validation with name constraints."""
    policy = PolicyBuilder().store(Store([authority])).time(at).build_server_verifier(x509.DNSName(name))
    policy.verify(leaf, [])


def authority_of(made: OwnPageCertificate) -> Credentials:
    assert made.files.authority
    return load_credentials(made.files.authority, made.files.authority.with_name("authority-key.pem"))


def test_a_browser_that_trusts_its_authority_trusts_the_page_and_no_other_host(tmp_path: Path) -> None:
    made = own(tmp_path)
    authority = authority_of(made)
    verify(authority.certificate, leaf_of(made), NAME, NOW)
    with pytest.raises(VerificationError):
        verify(authority.certificate, leaf_of(made), "mail.example.org", NOW)
    stolen = issue(authority, page_profile(SITE, ["mail.example.org"]), NOW).certificate
    with pytest.raises(VerificationError):
        verify(authority.certificate, stolen, "mail.example.org", NOW)
    excluded = authority.certificate.extensions.get_extension_for_class(x509.NameConstraints).value.excluded_subtrees
    assert excluded is not None
    assert {str(each.value) for each in excluded} == {"0.0.0.0/0", "::/0"}


def test_it_is_renewed_before_it_ends_under_the_same_authority(tmp_path: Path) -> None:
    made = own(tmp_path)
    first, authority = leaf_of(made), authority_of(made).certificate
    assert not made.ends_soon(NOW + timedelta(days=300))
    assert leaf_of(made) == first
    later = NOW + timedelta(days=340)
    assert not made.ends_soon(later)
    assert leaf_of(made) != first
    assert authority_of(made).certificate == authority
    verify(authority, leaf_of(made), NAME, later)


def test_a_restart_keeps_it_and_another_host_name_makes_another_authority(tmp_path: Path) -> None:
    first = authority_of(own(tmp_path)).certificate
    assert authority_of(own(tmp_path, NOW + timedelta(days=1))).certificate == first
    moved = own(tmp_path, NOW, "192.0.2.7")
    assert authority_of(moved).certificate != first
    assert host_names_of(leaf_of(moved)) == {"192.0.2.7"}
    again = authority_of(own(tmp_path, NOW, "192.0.2.7")).certificate
    assert again == authority_of(moved).certificate


def site_files(folder: Path, name: str, days: int) -> tuple[Path, Path]:
    """A certificate that the site's own people made."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "page")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "site.pem", folder / "site-key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


def test_the_sites_own_certificate_is_taken_and_its_end_told(tmp_path: Path) -> None:
    made = SitePageCertificate(*site_files(tmp_path, "*.example.org", 60), NAME, NOW)
    assert made.files.authority is None
    assert not made.ends_soon(NOW)
    assert made.ends_soon(NOW + timedelta(days=31))
    made.files.certificate.unlink()
    assert made.ends_soon(NOW)


def test_a_certificate_of_the_site_that_would_not_do_is_refused_with_words(tmp_path: Path) -> None:
    certificate, key = site_files(tmp_path, "other.example.org", 60)
    with pytest.raises(BadCertificateFilesError, match=r"not for sacs\.example\.org"):
        SitePageCertificate(certificate, key, NAME, NOW)
    with pytest.raises(BadCertificateFilesError, match="not valid now"):
        SitePageCertificate(certificate, key, "other.example.org", NOW + timedelta(days=61))
    (other := tmp_path / "other").mkdir()
    with pytest.raises(BadCertificateFilesError, match="is not the key of"):
        SitePageCertificate(certificate, site_files(other, NAME, 60)[1], "other.example.org", NOW)
    with pytest.raises(BadCertificateFilesError, match="can not be read"):
        SitePageCertificate(tmp_path / "none.pem", key, NAME, NOW)
