"""The simulated PIV card, asked as SP 800-73-4 part 2 says, and checked with `cryptography` alone."""

import datetime as dt

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from simulators.cards import Algorithm, PivCard, PivIssuer
from simulators.cards.ber import elements, tlv
from simulators.cards.piv import CARD_AUTHENTICATION_CERTIFICATE, CHUID
from simulators.cards.piv_issuer import certificate_object, certificate_of

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
SELECT = "00a4040009a00000030800001000"
GET = "00cb3fff05"


@pytest.fixture(scope="module")
def issuer() -> PivIssuer:
    return PivIssuer.found(NOW)


@pytest.fixture
def card(issuer: PivIssuer) -> PivCard:
    card = issuer.issue()
    card.power_on()
    return card


def ask(card: PivCard, command: str, data: bytes = b"") -> tuple[bytes, str]:
    answer = card.transmit(bytes.fromhex(command) + data)
    whole = answer[:-2]
    while answer[-2] == 0x61:
        answer = card.transmit(bytes.fromhex("00c0000000"))
        whole += answer[:-2]
    return whole, answer[-2:].hex()


@pytest.mark.parametrize("aid", ["a000000308", "a00000030800001000", "a000000308000010000100"])
def test_it_is_selected_by_its_name_whole_or_shortened(card: PivCard, aid: str) -> None:
    answer, status = ask(card, f"00a40400{len(aid) // 2:02x}{aid}00")
    assert status == "9000"
    ((tag, template),) = elements(answer)
    assert tag == 0x61
    fields = dict(elements(template))
    assert fields[0x4F].hex() == "000010000100"
    assert fields[0x79].hex() == "4f05a000000308"


@pytest.mark.parametrize(
    "command", ["00a4040005a00000030900", "00a4040004a000000300", "00a404000ca00000030800001000010000 00"]
)
def test_other_names_are_not_found(card: PivCard, command: str) -> None:
    assert ask(card, command.replace(" ", ""))[1] == "6a82"


def test_nothing_is_told_before_it_is_selected_or_after_power_was_lost(card: PivCard) -> None:
    wanted = GET + "5c035fc10200"
    assert ask(card, wanted)[1] == "6d00"
    assert ask(card, SELECT)[1] == "9000"
    assert ask(card, wanted)[1] == "9000"
    card.power_on()
    assert ask(card, wanted)[1] == "6d00"


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("00cb3fff055c035fc1ff00", "6a82"),
        ("00cb3fff055c035fc10500", "6a82"),
        ("00cb3f00055c035fc10200", "6a86"),
        ("00cb3fff055d035fc10200", "6a80"),
        ("00cb3fff045c035fc100", "6a80"),
        ("00a4040c0ba00000030800001000010000", "6a86"),
        ("0087119a047c02820000", "6a86"),
        ("0087079e047c02820000", "6a86"),
        ("0087119e047c02820000", "6a80"),
        ("0087119e067c0482008100", "6a80"),
        ("0020008000", "6983"),
        ("00db3fff00", "6d00"),
    ],
)
def test_wrong_questions_have_the_answers_of_the_standard(card: PivCard, command: str, status: str) -> None:
    ask(card, SELECT)
    assert ask(card, command) == (b"", status)


def test_the_discovery_object(card: PivCard) -> None:
    ask(card, SELECT)
    answer, status = ask(card, "00cb3fff035c017e00")
    assert status == "9000"
    assert dict(elements(dict(elements(answer))[0x7E])) == {
        0x4F: bytes.fromhex("a000000308000010000100"),
        0x5F2F: b"\x40\x00",
    }


@pytest.mark.parametrize("extended", [True, False])
def test_long_objects_are_told_in_parts_or_at_once(issuer: PivIssuer, extended: bool) -> None:
    card = issuer.issue(ballast_bytes=3000, extended=extended)
    card.power_on()
    ask(card, SELECT)
    whole = tlv(0x53, card.objects[CARD_AUTHENTICATION_CERTIFICATE])
    assert ask(card, GET + "5c035fc10100") == (whole, "9000")
    at_once = card.transmit(bytes.fromhex("00cb3fff0000055c035fc1010000"))
    assert at_once == (whole + b"\x90\x00" if extended else b"\x67\x00")


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_it_proves_the_key_of_its_certificate(issuer: PivIssuer, algorithm: Algorithm) -> None:
    card = issuer.issue(algorithm)
    card.power_on()
    ask(card, SELECT)
    public = certificate_of(card).public_key()
    assert isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    hashed = {Algorithm.P384: hashes.SHA384()}.get(algorithm, hashes.SHA256())
    digest = hashes.Hash(hashed)
    digest.update(b"challenge")
    value = digest.finalize()
    challenge = value
    if isinstance(public, rsa.RSAPublicKey):
        info = bytes.fromhex("3031300d060960864801650304020105000420") + value
        challenge = b"\x00\x01".ljust(public.key_size // 8 - len(info) - 1, b"\xff") + b"\x00" + info
    code = {Algorithm.RSA_2048: 7, Algorithm.RSA_3072: 5, Algorithm.P256: 0x11, Algorithm.P384: 0x14}[algorithm]
    template = tlv(0x7C, tlv(0x82), tlv(0x81, challenge))
    head = f"0087{code:02x}9e00{len(template):04x}"
    answer, status = ask(card, head, template + b"\x00\x00")
    assert status == "9000"
    signature = dict(elements(dict(elements(answer))[0x7C]))[0x82]
    if isinstance(public, rsa.RSAPublicKey):
        public.verify(signature, value, padding.PKCS1v15(), Prehashed(hashed))
    else:
        public.verify(signature, value, ec.ECDSA(Prehashed(hashed)))


def test_rsa_is_the_bare_operation_on_whatever_block_it_is_given(issuer: PivIssuer) -> None:
    card = issuer.issue(Algorithm.RSA_2048)
    card.power_on()
    ask(card, SELECT)
    public = certificate_of(card).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    block = b"\x00" + bytes(range(255))
    template = tlv(0x7C, tlv(0x82), tlv(0x81, block))
    for part in (template[:200],):
        assert card.transmit(bytes.fromhex("1087079ec8") + part) == b"\x90\x00"
    answer, status = ask(card, f"0087079e{len(template) - 200:02x}", template[200:] + b"\x00")
    assert status == "9000"
    signature = int.from_bytes(dict(elements(dict(elements(answer))[0x7C]))[0x82], "big")
    numbers = public.public_numbers()
    assert pow(signature, numbers.e, numbers.n) == int.from_bytes(block, "big")


def test_a_compressed_certificate_is_the_same_certificate(issuer: PivIssuer) -> None:
    card = issuer.issue(compressed=True)
    packed = card.objects[CARD_AUTHENTICATION_CERTIFICATE]
    assert dict(elements(packed))[0x71] == b"\x01"
    plain = certificate_object(certificate_of(card))
    assert dict(elements(plain))[0x71] == b"\x00"
    assert card.objects[CHUID] not in packed
