"""Which judge has the last word, and what a serial number is worth."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtensionOID

from contract.site import Assurance
from drivers.pcsc.apdu import CardGoneError
from drivers.pcsc.judge import CardJudge
from drivers.pcsc.trust import Trust
from drivers.pcsc.verdict import CardKind
from drivers.ports import ReadRefusal
from tests.unit.drivers.pcsc.issuer import (
    CARD_AUTH,
    NOW,
    YEAR,
    MemoryCard,
    Site,
    card_names,
    certificate_object,
    chuid,
    ec_key,
    holder_extensions,
)


class UidCard:
    """What a contactless reader makes of a card that is no more than a number."""

    def __init__(self, uid: bytes) -> None:
        self.uid = uid

    def transmit(self, command: bytes) -> bytes:
        return self.uid + b"\x90\x00" if command == bytes.fromhex("ffca000000") else b"\x6a\x82"


@pytest.mark.parametrize("size", [4, 7, 10])
def test_a_bare_serial_number_identifies_where_that_is_allowed_and_never_authenticates(size: int) -> None:
    card = UidCard(bytes(range(size)))
    refused = CardJudge(lambda: NOW).judge(card, b"")
    assert (refused.kind, refused.refusal, refused.credential) == (CardKind.UID, ReadRefusal.UID_ONLY, None)
    taken = CardJudge(lambda: NOW, plain_uid=True).judge(card, b"")
    assert taken.credential is not None
    assert taken.credential.text == f"uid-{size}:{bytes(range(size)).hex()}"
    assert taken.credential.assurance is Assurance.IDENTIFIED
    assert not taken.is_authenticated


@pytest.mark.parametrize("size", [0, 3, 5, 16])
def test_a_serial_number_of_no_known_length_is_none(size: int) -> None:
    verdict = CardJudge(lambda: NOW, plain_uid=True).judge(UidCard(bytes(size)), b"")
    assert verdict.refusal is ReadRefusal.UNSUPPORTED_CARD


def test_a_refused_piv_card_is_not_let_in_by_its_serial_number() -> None:
    site = Site()

    class Contactless(MemoryCard):
        def transmit(self, command: bytes) -> bytes:
            if command == bytes.fromhex("ffca000000"):
                return bytes(7) + b"\x90\x00"
            return super().transmit(command)

    card = Contactless(site.card().objects, None)
    judge = CardJudge(lambda: NOW, lambda: Trust([site.root.certificate], [site.issuing.certificate]), plain_uid=True)
    assert judge.judge(card, b"").refusal is ReadRefusal.KEY_MISMATCH
    assert CardJudge(lambda: NOW, plain_uid=True).judge(card, b"").kind is CardKind.UID


def test_a_card_that_says_nothing_sensible_is_not_supported() -> None:
    class Babble:
        def transmit(self, command: bytes) -> bytes:
            return b"\x90"

    verdict = CardJudge(lambda: NOW).judge(Babble(), b"")
    assert verdict.refusal is ReadRefusal.UNSUPPORTED_CARD
    assert "status" in verdict.words


def test_a_card_that_was_taken_away_has_no_verdict() -> None:
    class Gone:
        def transmit(self, command: bytes) -> bytes:
            raise CardGoneError("removed")

    with pytest.raises(CardGoneError):
        CardJudge(lambda: NOW).judge(Gone(), b"")


@pytest.mark.parametrize("keys", [{"3042": "00" * 16}, {"3042f5": "00" * 15}, {"3042f5": "secret"}])
def test_a_desfire_key_that_is_none_is_refused_without_being_told(keys: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="hexadecimal digits") as told:
        CardJudge(lambda: NOW, desfire_keys=keys)
    assert next(iter(keys.values())) not in str(told.value)


def test_a_certificate_that_a_trusted_authority_made_badly_stops_no_gate() -> None:
    """Where to find lists is looked at late, and only for lists that are not about everybody."""
    site, key, guid = Site(), ec_key(), bytes(range(16))
    no_points = x509.UnrecognizedExtension(ExtensionOID.CRL_DISTRIBUTION_POINTS, b"\xff\xff")
    extensions = holder_extensions(CARD_AUTH) + card_names(None, guid)
    certificate = site.issuing.issue("Test Card", key, [*extensions, (no_points, False)])
    objects = {
        0x5FC101: certificate_object(certificate),
        0x5FC102: chuid(bytes(25), guid, site.signer, site.signer_key),
    }
    part = x509.IssuingDistributionPoint(
        [x509.UniformResourceIdentifier("http://lists.example/1.crl")], None, False, False, None, False, False
    )  # fmt: skip
    builder = x509.CertificateRevocationListBuilder().issuer_name(site.issuing.certificate.subject)
    builder = builder.last_update(NOW).next_update(NOW + YEAR).add_extension(part, critical=True)
    crl = builder.sign(site.issuing.key, hashes.SHA256())
    judge = CardJudge(lambda: NOW, lambda: Trust([site.root.certificate], [site.issuing.certificate], [crl]))
    assert judge.judge(MemoryCard(objects, key), b"").refusal is ReadRefusal.UNSUPPORTED_CARD
