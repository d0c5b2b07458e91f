"""The judge of PIV cards: what it lets through, and each refusal by its own reason.

The wrong cards are of the kinds of the ICAM test deck.
"""

import datetime as dt
import gzip
import secrets
from collections.abc import Callable
from functools import partial

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from contract.site import Assurance
from drivers.pcsc.piv import judge_piv
from drivers.pcsc.trust import Trust
from drivers.pcsc.verdict import Verdict
from drivers.ports import ReadRefusal
from tests.unit.drivers.pcsc.issuer import (
    CARD_AUTH,
    CONTENT_SIGNING,
    NOW,
    YEAR,
    Authority,
    MemoryCard,
    Site,
    card_names,
    certificate_object,
    chuid,
    ec_key,
    holder_extensions,
    tlv,
)

CERTIFICATE, CHUID = 0x5FC101, 0x5FC102


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


def trust(site: Site, *crls: x509.CertificateRevocationList) -> Trust:
    return Trust([site.root.certificate], [site.issuing.certificate], crls)


def judge(card: MemoryCard, believed: Trust, at: dt.datetime = NOW, *, extended: bool = False) -> Verdict:
    verdict = judge_piv(card, believed, at, extended=extended)
    assert verdict is not None
    return verdict


def refusal(card: MemoryCard, believed: Trust, at: dt.datetime = NOW) -> ReadRefusal | None:
    verdict = judge(card, believed, at)
    assert (verdict.credential is None) == bool(verdict.refusal)
    assert bool(verdict.words) == bool(verdict.refusal)
    return verdict.refusal


@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize(
    "make_key",
    [
        ec_key,
        partial(ec.generate_private_key, ec.SECP384R1()),
        partial(rsa.generate_private_key, 65537, 2048),
        partial(rsa.generate_private_key, 65537, 3072),
    ],
    ids=["P-256", "P-384", "RSA 2048", "RSA 3072"],
)
def test_a_good_card_is_authenticated_with_each_kind_of_key(
    site: Site, make_key: Callable[[], ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey], extended: bool
) -> None:
    card = site.card(make_key(), extended=extended)
    verdict = judge(card, trust(site, site.issuing.crl(), site.root.crl()), extended=extended)
    assert verdict.is_authenticated, verdict.words
    assert verdict.credential is not None
    assert verdict.credential.text.startswith("piv:")
    guid = card.objects[CHUID][27 + 2 : 27 + 18]
    assert verdict.credential.text == f"piv:{guid.hex()}"
    assert verdict.steps[1] == "its certificate: not revoked"


def test_extended_length_that_a_card_only_claims_is_no_hindrance(site: Site) -> None:
    assert judge(site.card(), trust(site), extended=True).is_authenticated


def test_without_lists_it_says_that_revocation_was_not_checked(site: Site) -> None:
    assert any("revocation was not checked" in step for step in judge(site.card(), trust(site)).steps)


def test_a_packed_certificate_is_unpacked(site: Site) -> None:
    card = site.card()
    raw = card.objects[CERTIFICATE]
    der = raw[4 : 4 + int.from_bytes(raw[2:4], "big")]
    card.objects[CERTIFICATE] = tlv(0x70, gzip.compress(der)) + b"\x71\x01\x01\xfe\x00"
    assert judge(card, trust(site)).is_authenticated


def test_a_card_without_uuid_is_known_by_its_fasc_n(site: Site) -> None:
    key, fasc_n = ec_key(), secrets.token_bytes(25)
    objects = {
        CERTIFICATE: certificate_object(site.certificate(key, fasc_n, None)),
        CHUID: chuid(fasc_n, bytes(16), site.signer, site.signer_key),
    }
    credential = judge(MemoryCard(objects, key), trust(site)).credential
    assert credential is not None
    assert credential.text == f"fasc-n:{fasc_n.hex()}"
    assert credential.assurance is Assurance.AUTHENTICATED


@pytest.mark.parametrize("check", [True, False])
def test_issuers_that_sign_the_error_detection_code_and_those_that_do_not(site: Site, check: bool) -> None:
    card = site.card()
    raw = card.objects[CHUID]
    card.objects[CHUID] = chuid(raw[2:27], raw[29:45], site.signer, site.signer_key, check=check)
    assert judge(card, trust(site)).is_authenticated


@pytest.mark.parametrize("known", ["a000000308000010000100", "a00000030800001000", "a000000308"])
def test_a_card_that_knows_the_application_by_one_form_of_its_name(site: Site, known: str) -> None:
    class OneName(MemoryCard):
        def transmit(self, command: bytes) -> bytes:
            if command[1] == 0xA4 and command[5:-1] != bytes.fromhex(known):
                return b"\x6a\x82"
            return super().transmit(command)

    card = site.card()
    assert refusal(OneName(card.objects, card.key), trust(site)) is None


def test_another_kind_of_card_is_not_judged(site: Site) -> None:
    class NoPiv:
        def transmit(self, command: bytes) -> bytes:
            return b"\x6a\x82"

    assert judge_piv(NoPiv(), trust(site), NOW) is None


@pytest.mark.parametrize("number", [CERTIFICATE, CHUID])
def test_a_missing_or_empty_object_is_said(site: Site, number: int) -> None:
    card = site.card()
    card.objects[number] = b""
    assert refusal(card, trust(site)) is ReadRefusal.MISSING_OBJECT
    del card.objects[number]
    assert refusal(card, trust(site)) is ReadRefusal.MISSING_OBJECT


def test_an_unsigned_chuid_is_missing_its_signature(site: Site) -> None:
    card = site.card()
    card.objects[CHUID] = card.objects[CHUID][: 27 + 18 + 10] + b"\xfe\x00"
    assert refusal(card, trust(site)) is ReadRefusal.MISSING_OBJECT


@pytest.mark.parametrize("at", [2, 26, 29, 44, 47, 54])
def test_any_changed_byte_of_a_chuid_is_tampering(site: Site, at: int) -> None:
    card = site.card()
    raw = bytearray(card.objects[CHUID])
    raw[at] ^= 1
    card.objects[CHUID] = bytes(raw)
    assert refusal(card, trust(site)) is ReadRefusal.TAMPERED


def test_any_changed_byte_of_a_certificate_lets_nobody_in(site: Site) -> None:
    card = site.card()
    good = card.objects[CERTIFICATE]
    reasons = set()
    for at in range(len(good) - 5):
        raw = bytearray(good)
        raw[at] ^= 1
        card.objects[CERTIFICATE] = bytes(raw)
        reasons.add(refusal(card, trust(site)))
    # A changed object may no longer hold a certificate, and a changed key identifier names an unknown issuer.
    assert reasons == {ReadRefusal.TAMPERED, ReadRefusal.UNTRUSTED}


def test_a_changed_certificate_whose_issuer_is_known_was_tampered_with(site: Site) -> None:
    card = site.card()
    for needle in (b"Test Card", b"Test Issuing", b"urn:uuid"):
        raw = card.objects[CERTIFICATE]
        changed = MemoryCard({**card.objects, CERTIFICATE: raw.replace(needle, needle.swapcase())}, card.key)
        assert refusal(changed, trust(site)) is ReadRefusal.TAMPERED, needle


@pytest.mark.parametrize(
    ("since", "until", "reason"),
    [(-2, -1, ReadRefusal.EXPIRED), (1, 2, ReadRefusal.NOT_YET_VALID)],
)
def test_a_certificate_out_of_its_time(site: Site, since: int, until: int, reason: ReadRefusal) -> None:
    card, key, guid = site.card(), ec_key(), secrets.token_bytes(16)
    stale = site.certificate(key, None, guid, NOW + since * YEAR, NOW + until * YEAR)
    objects = {**card.objects, CERTIFICATE: certificate_object(stale)}
    assert refusal(MemoryCard(objects, key), trust(site)) is reason


def test_time_decides_and_not_the_machine(site: Site) -> None:
    card = site.card()
    assert refusal(card, trust(site), NOW + 3 * YEAR) is ReadRefusal.EXPIRED
    assert refusal(card, trust(site), NOW - 3 * YEAR) is ReadRefusal.NOT_YET_VALID


def test_an_authority_that_expired_ends_its_cards() -> None:
    root = Authority("Root")
    site = Site(root)
    site.issuing = Authority("Test Issuing", root, site.issuing.key, NOW - 2 * YEAR, NOW - YEAR)
    verdict = judge(site.card(), trust(site))
    assert verdict.refusal is ReadRefusal.EXPIRED
    assert "authority CN=Test Issuing" in verdict.words


def test_a_revoked_card_is_refused_however_old_the_list(site: Site) -> None:
    card = site.card()
    raw = card.objects[CERTIFICATE]
    certificate = x509.load_der_x509_certificate(raw[4 : 4 + int.from_bytes(raw[2:4], "big")])
    assert refusal(card, trust(site, site.issuing.crl(certificate))) is ReadRefusal.REVOKED
    assert refusal(card, trust(site, site.issuing.crl(certificate, since=NOW - YEAR))) is ReadRefusal.REVOKED
    assert refusal(site.card(), trust(site, site.issuing.crl(certificate))) is None


def test_a_revoked_signer_and_a_revoked_authority_end_the_card(site: Site) -> None:
    assert refusal(site.card(), trust(site, site.issuing.crl(site.signer))) is ReadRefusal.REVOKED
    lists = (site.issuing.crl(), site.root.crl(site.issuing.certificate))
    assert refusal(site.card(), trust(site, *lists)) is ReadRefusal.REVOKED


@pytest.mark.parametrize("since", [-YEAR, YEAR])
def test_a_list_that_is_not_current_says_nothing_good(site: Site, since: dt.timedelta) -> None:
    verdict = judge(site.card(), trust(site, site.issuing.crl(since=NOW + since)))
    assert verdict.refusal is ReadRefusal.UNTRUSTED
    assert "no revocation list of CN=Test Issuing is current" in verdict.words


def test_lists_of_others_do_not_stand_in_for_that_of_the_issuer(site: Site) -> None:
    stranger = Authority("Test Issuing")  # the same name, another key
    for crl in (site.root.crl(), stranger.crl()):
        verdict = judge(site.card(), trust(site, crl))
        assert verdict.refusal is ReadRefusal.UNTRUSTED
        assert "no revocation list of CN=Test Issuing is configured" in verdict.words


def test_an_unknown_issuer_is_not_trusted(site: Site) -> None:
    assert refusal(Site().card(), trust(site)) is ReadRefusal.UNTRUSTED
    assert refusal(site.card(), Trust([])) is ReadRefusal.UNTRUSTED
    assert refusal(site.card(), Trust([site.root.certificate])) is ReadRefusal.UNTRUSTED


def test_a_self_made_authority_below_no_root_is_not_trusted(site: Site) -> None:
    other = Site()
    believed = Trust([site.root.certificate], [site.issuing.certificate, other.issuing.certificate])
    assert refusal(other.card(), believed) is ReadRefusal.UNTRUSTED


def test_a_card_can_not_issue_cards(site: Site) -> None:
    key, leaf_key = ec_key(), ec_key()
    leaf = site.certificate(leaf_key, None, secrets.token_bytes(16))
    rogue = Authority("Test Card", key=leaf_key)
    guid = secrets.token_bytes(16)
    extensions = holder_extensions(CARD_AUTH) + card_names(None, guid)
    objects = {
        CERTIFICATE: certificate_object(rogue.issue("Rogue", key, extensions)),
        CHUID: chuid(bytes(25), guid, site.signer, site.signer_key),
    }
    believed = Trust([site.root.certificate], [site.issuing.certificate, leaf])
    assert refusal(MemoryCard(objects, key), believed) is ReadRefusal.UNTRUSTED


def test_a_certificate_for_something_else_is_not_trusted(site: Site) -> None:
    card, key, guid = site.card(), ec_key(), secrets.token_bytes(16)
    certificate = site.issuing.issue("Test Card", key, holder_extensions(CONTENT_SIGNING) + card_names(None, guid))
    objects = {**card.objects, CERTIFICATE: certificate_object(certificate)}
    assert refusal(MemoryCard(objects, key), trust(site)) is ReadRefusal.UNTRUSTED


def test_a_certificate_that_states_no_purpose_is_not_restricted(site: Site) -> None:
    card, key = site.card(), ec_key()
    guid = card.objects[CHUID][29:45]
    certificate = site.issuing.issue("Test Card", key, holder_extensions(None) + card_names(None, guid))
    objects = {**card.objects, CERTIFICATE: certificate_object(certificate)}
    assert refusal(MemoryCard(objects, key), trust(site)) is None


def with_signer(site: Site, signer: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> MemoryCard:
    card = site.card()
    raw = card.objects[CHUID]
    card.objects[CHUID] = chuid(raw[2:27], raw[29:45], signer, key)
    return card


def test_the_signer_of_the_chuid_has_to_be_a_trusted_one_for_that_and_in_its_time(site: Site) -> None:
    key = ec_key()
    make = partial(site.issuing.issue, "Signer", key)
    assert refusal(with_signer(site, make(holder_extensions(CONTENT_SIGNING)), key), trust(site)) is None
    foreign = Site().issuing.issue("Signer", key, holder_extensions(CONTENT_SIGNING))
    assert refusal(with_signer(site, foreign, key), trust(site)) is ReadRefusal.UNTRUSTED
    another = make(holder_extensions(CARD_AUTH))
    assert refusal(with_signer(site, another, key), trust(site)) is ReadRefusal.UNTRUSTED
    expired = make(holder_extensions(CONTENT_SIGNING), NOW - 2 * YEAR, NOW - YEAR)
    assert refusal(with_signer(site, expired, key), trust(site)) is ReadRefusal.EXPIRED
    assert refusal(with_signer(site, site.signer, key), trust(site)) is ReadRefusal.TAMPERED


def test_an_expired_chuid(site: Site) -> None:
    card = site.card()
    raw = card.objects[CHUID]
    card.objects[CHUID] = chuid(raw[2:27], raw[29:45], site.signer, site.signer_key, expires="20261120")
    assert refusal(card, trust(site)) is ReadRefusal.EXPIRED
    card.objects[CHUID] = chuid(raw[2:27], raw[29:45], site.signer, site.signer_key, expires="20261121")
    assert refusal(card, trust(site)) is None


def test_objects_of_two_cards_are_a_copy_whatever_the_challenge_says(site: Site) -> None:
    one, other = site.card(), site.card()
    chuid_copied = MemoryCard({**one.objects, CHUID: other.objects[CHUID]}, one.key)
    assert refusal(chuid_copied, trust(site)) is ReadRefusal.COPIED
    certificate_copied = MemoryCard({**one.objects, CERTIFICATE: other.objects[CERTIFICATE]}, one.key)
    assert refusal(certificate_copied, trust(site)) is ReadRefusal.COPIED


def test_either_name_that_differs_is_a_copy(site: Site) -> None:
    fasc_n, guid, key = secrets.token_bytes(25), secrets.token_bytes(16), ec_key()
    for names in ((fasc_n, secrets.token_bytes(16)), (secrets.token_bytes(25), guid)):
        objects = {
            CERTIFICATE: certificate_object(site.certificate(key, *names)),
            CHUID: chuid(fasc_n, guid, site.signer, site.signer_key),
        }
        assert refusal(MemoryCard(objects, key), trust(site)) is ReadRefusal.COPIED


def test_a_certificate_that_names_no_card_binds_none(site: Site) -> None:
    key = ec_key()
    objects = {**site.card().objects, CERTIFICATE: certificate_object(site.certificate(key, None, None))}
    assert refusal(MemoryCard(objects, key), trust(site)) is ReadRefusal.UNSUPPORTED_CARD


def test_a_whole_copy_without_its_key_fails_the_challenge(site: Site) -> None:
    card = site.card()
    assert refusal(MemoryCard(card.objects, ec_key()), trust(site)) is ReadRefusal.KEY_MISMATCH
    assert refusal(MemoryCard(card.objects, None), trust(site)) is ReadRefusal.KEY_MISMATCH
    rsa_key = rsa.generate_private_key(65537, 2048)
    assert refusal(MemoryCard(card.objects, rsa_key), trust(site)) is ReadRefusal.KEY_MISMATCH


def test_an_answer_that_was_heard_before_is_worth_nothing(site: Site) -> None:
    card = site.card()
    heard: list[bytes] = []

    class Parrot(MemoryCard):
        def _signed(self, algorithm: int, challenge: bytes) -> bytes | None:
            return heard[0]

    def listen(algorithm: int, challenge: bytes) -> bytes | None:
        answer = MemoryCard._signed(card, algorithm, challenge)
        heard.append(answer or b"")
        return answer

    card._signed = listen  # type: ignore[method-assign]
    assert refusal(card, trust(site)) is None
    assert refusal(Parrot(card.objects, None), trust(site)) is ReadRefusal.KEY_MISMATCH


def test_a_key_of_a_kind_that_piv_does_not_have(site: Site) -> None:
    guid = secrets.token_bytes(16)
    curve = ec.generate_private_key(ec.SECP521R1())
    certificate = site.certificate(curve, None, guid)
    raw = site.card().objects[CHUID]
    objects = {
        CERTIFICATE: certificate_object(certificate),
        CHUID: chuid(raw[2:27], guid, site.signer, site.signer_key),
    }
    assert refusal(MemoryCard(objects, curve), trust(site)) is ReadRefusal.UNSUPPORTED_CARD


def test_a_verdict_prints_no_card(site: Site) -> None:
    card = site.card()
    verdict = judge(card, trust(site))
    guid = card.objects[CHUID][29:45].hex()
    assert guid not in repr(verdict)
    assert guid not in " ".join(verdict.steps)
