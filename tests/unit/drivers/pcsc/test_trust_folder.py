"""Files of roots, intermediates and revocation lists: PEM and DER, changed, and bad ones."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from drivers.pcsc.trust_folder import TrustFileError, TrustFolder, read_trust
from tests.unit.drivers.pcsc.issuer import Authority, Site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = Site()
    for name in ("roots", "intermediates", "crls"):
        (tmp_path / name).mkdir()
    (tmp_path / "roots" / "root.pem").write_bytes(site.root.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "roots" / "README").write_text("which roots these are")
    (tmp_path / "intermediates" / "a.cer").write_bytes(site.issuing.certificate.public_bytes(Encoding.DER))
    crl = site.issuing.crl()
    (tmp_path / "crls" / "a.crl").write_bytes(crl.public_bytes(Encoding.DER))
    (tmp_path / "crls" / "b.pem").write_bytes(
        crl.public_bytes(Encoding.PEM) + site.root.crl().public_bytes(Encoding.PEM)
    )
    return tmp_path


def names(certificates: tuple[x509.Certificate, ...]) -> list[str]:
    return [certificate.subject.rfc4514_string() for certificate in certificates]


def test_pem_and_der_side_by_side(folder: Path) -> None:
    trust = TrustFolder(folder)()
    assert names(trust.roots) == ["CN=Test Root"]
    assert names(trust.intermediates) == ["CN=Test Issuing"]
    assert len(trust.crls) == 3


def test_roots_alone_will_do(folder: Path) -> None:
    assert read_trust(folder / "roots").crls == ()
    for name in ("intermediates", "crls"):
        (folder / name).rename(folder / f"{name}-away")
    assert names(TrustFolder(folder)().roots) == ["CN=Test Root"]


def test_a_change_counts_with_the_next_card(folder: Path) -> None:
    trusted = TrustFolder(folder)
    before = trusted()
    assert trusted() is before
    (folder / "roots" / "second.pem").write_bytes(Authority("Second").certificate.public_bytes(Encoding.PEM))
    assert names(trusted().roots) == ["CN=Test Root", "CN=Second"]
    (folder / "roots" / "root.pem").unlink()
    assert names(trusted().roots) == ["CN=Second"]


def test_a_bad_file_leaves_what_was_good_in_use(folder: Path) -> None:
    trusted = TrustFolder(folder)
    (folder / "crls" / "a.crl").write_bytes(b"half a li")
    assert len(trusted().crls) == 3
    assert len(trusted().crls) == 3
    (folder / "crls" / "a.crl").unlink()
    assert len(trusted().crls) == 2


def test_whoever_exchanges_the_lists_does_not_let_in_whom_they_revoke(folder: Path) -> None:
    trusted = TrustFolder(folder)
    for path in (folder / "crls").iterdir():
        path.rename(folder / path.name)
    assert len(trusted().crls) == 3
    (folder / "crls").rmdir()
    assert len(trusted().crls) == 3
    (folder / "crls").mkdir()
    (folder / "a.crl").rename(folder / "crls" / "a.crl")
    assert len(trusted().crls) == 1


def test_a_folder_that_can_not_be_read_leaves_what_was_good_in_use(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = TrustFolder(folder)
    (folder / "crls" / "a.crl").unlink()

    def no_permission(_folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", no_permission)
    assert len(trusted().crls) == 3
    with pytest.raises(TrustFileError, match="can not be read: Permission denied"):
        TrustFolder(folder)


@pytest.mark.parametrize("content", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n", b"\x30\x82"])
def test_a_bad_file_at_the_start_is_named(folder: Path, content: bytes) -> None:
    (folder / "roots" / "odd.pem").write_bytes(content)
    with pytest.raises(TrustFileError, match=r"odd\.pem holds no certificate"):
        TrustFolder(folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrustFileError, match="roots is no folder"):
        TrustFolder(tmp_path)


def test_a_missing_list_is_named(folder: Path) -> None:
    with pytest.raises(TrustFileError, match=r"gone\.crl can not be read"):
        read_trust(folder / "roots", None, [folder / "gone.crl"])
