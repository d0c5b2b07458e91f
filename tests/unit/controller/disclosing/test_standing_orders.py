"""The standing order: set by entries, folded again, refused or alarmed before it counts."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from contract.ids import AccountId
from controller.domain.disclosure import Recipient
from controller.domain.standing_order import Addressee, StandingOrderError, Way
from controller.service.disclosing.carriers import CarryError, Outbox
from controller.service.disclosing.copies import Document
from controller.service.disclosing.envelope import CertificateError, load_certificate
from tests.unit.controller.disclosing.night import AUTHORITY, Night, certificate, rsa_key
from tests.unit.controller.kept import START_S
from tests.unit.controller.sources import at_ns
from tests.unit.controller.test_disclosure_rules import copy

NOW_NS = at_ns(START_S)
DAY_S = 86400


def usage(*, key_encipherment: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=key_encipherment, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def to(name: str, pem: str | None = None) -> Addressee:
    return Addressee(name, Recipient.CRISIS_TEAM, Way.FOLDER, "", pem or certificate(rsa_key()))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: "nothing", "no X.509 certificate in PEM"),
        (lambda: "x" * 20_001, "more than one certificate"),
        (lambda: certificate(ec.generate_private_key(ec.SECP256R1())), "no RSA key"),
        (lambda: certificate(rsa_key(1024)), "1024 bits: at least 2048"),
        (lambda: certificate(rsa_key(), until_s=-1), "has expired"),
        (lambda: certificate(rsa_key(), until_s=0), "has expired"),
        (lambda: certificate(rsa_key(), from_s=1), "not valid yet"),
        (lambda: certificate(rsa_key(), usage=usage(key_encipherment=False)), "does not allow encryption"),
    ],
)
def test_what_nothing_should_be_encrypted_to_is_refused(make: object, why: str) -> None:
    assert callable(make)
    with pytest.raises(CertificateError, match=why):
        load_certificate(make(), NOW_NS)


def test_certificates_that_allow_encryption_are_taken() -> None:
    load_certificate(certificate(rsa_key(), usage=usage(key_encipherment=True)), NOW_NS)
    load_certificate(certificate(rsa_key(), from_s=0, until_s=1), NOW_NS)


async def test_it_is_set_changed_removed_and_folded_again(night: Night) -> None:
    first, second = to("crisis-team"), to("host")
    night.order.put(AUTHORITY, first)
    night.order.put(AUTHORITY, second)
    changed = to("crisis-team", certificate(rsa_key(), until_s=900 * DAY_S))
    night.order.put(AccountId("other"), changed)
    night.order.remove(AUTHORITY, "host")
    again = await night.again()
    assert again.order.addressees() == [changed]
    assert again.order.holds
    entry = next(entry for entry in again.ledger.entries() if entry.kind == "addressee-set")
    assert (entry.facts["by"], entry.facts["certificate"]) == (AUTHORITY, first.certificate)
    with pytest.raises(StandingOrderError, match="no such addressee"):
        again.order.remove(AUTHORITY, "host")
    again.close()


def test_what_could_not_be_reached_is_refused(night: Night) -> None:
    with pytest.raises(StandingOrderError, match="no mail relay"):
        night.order.put(
            AUTHORITY, Addressee("mail", Recipient.CRISIS_TEAM, Way.MAIL, "a@b.org", certificate(rsa_key()))
        )
    with pytest.raises(CertificateError):
        night.order.put(AUTHORITY, to("late", certificate(rsa_key(), until_s=-1)))
    assert night.order.addressees() == []
    assert not night.order.holds


def test_a_certificate_that_ends_is_alarmed_a_month_before_and_then_reaches_nobody(night: Night) -> None:
    night.order.put(AUTHORITY, to("crisis-team", certificate(rsa_key(), until_s=31 * DAY_S)))
    night.order.tick()
    assert night.alarm_kinds() == []
    night.at(DAY_S)
    night.order.tick()
    assert night.alarm_kinds() == ["addressee-unreachable"]
    (standing,) = night.order.standing()
    assert (standing.ends_soon, standing.trouble) == (True, "")
    assert night.order.holds
    night.at(31 * DAY_S)
    (standing,) = night.order.standing()
    assert "expired" in standing.trouble
    assert not night.order.holds


def test_the_outbox_holds_whole_files_and_the_same_copy_once(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "out" / "box")
    document = Document(copy(4), "hand-over-x-copy-4.pdf.p7m", "application/pkcs7-mime", b"sealed")
    for _ in range(2):
        outbox.carry(to("crisis-team"), document, 1)
    (file,) = (tmp_path / "out" / "box").iterdir()
    assert (file.name, file.read_bytes()) == ("crisis-team-hand-over-x-copy-4.pdf.p7m", b"sealed")
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_an_outbox_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CarryError, match="outbox can not be written"):
        Outbox(tmp_path / "file" / "box").carry(to("x"), Document(copy(4), "n", "", b""), 1)
