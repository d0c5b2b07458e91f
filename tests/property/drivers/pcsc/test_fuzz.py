"""Bad input in bulk for every decoder of smart cards: no crash, a named error each, and nobody let in."""

import random
from collections import Counter
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from drivers.pcsc import cms, tlv
from drivers.pcsc.apdu import CardError, Command, exchange, has_extended_length
from drivers.pcsc.certificates import UNREADABLE
from drivers.pcsc.judge import CardJudge
from drivers.pcsc.piv_objects import PivObjectError, decode_certificate, decode_chuid
from drivers.pcsc.revocation import check_revocation
from drivers.pcsc.trust import CARD_AUTHENTICATION, Trust
from drivers.pcsc.verdict import CardRefusedError
from tests.unit.drivers.pcsc.issuer import NOW, MemoryCard, Site

SEED = 20261121
CERTIFICATE, CHUID = 0x5FC101, 0x5FC102


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


@pytest.fixture(scope="module")
def good(site: Site) -> MemoryCard:
    return site.card()


def broken(chance: random.Random, data: bytes) -> bytes:
    """Data with bytes changed, cut off, doubled or put in; mostly one thing at a time, as on a bad contact."""
    raw = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 8))):
        at = chance.randrange(len(raw) + 1)
        match chance.randrange(5):
            case 0:
                del raw[at:]
            case 1:
                raw[at:at] = chance.randbytes(chance.randrange(1, 6))
            case 2:
                raw[at:at] = raw[: chance.randrange(1, 40)]
            case _:
                if at < len(raw):
                    raw[at] = chance.choice((raw[at] ^ 1 << chance.randrange(8), 0, 0x80, 0xFF))
    return bytes(raw)


def fuzz(count: int, seed: bytes, decode: Callable[[bytes], object], *errors: type[Exception]) -> Counter[str]:
    chance = random.Random(SEED)
    said: Counter[str] = Counter()
    for number in range(count):
        data = chance.randbytes(chance.randrange(60)) if number % 8 == 0 else broken(chance, seed)
        try:
            decode(data)
        except errors as error:
            said[type(error).__name__] += 1
        else:
            said["read"] += 1
    return said


@pytest.mark.fuzz
def test_data_objects(good: MemoryCard, fuzz_count: int) -> None:
    def decode(data: bytes) -> None:
        assert b"".join(item.raw for item in tlv.parse(data)) == data

    said = fuzz(fuzz_count, good.objects[CHUID], decode, tlv.TlvError)
    assert set(said) == {"TlvError", "read"}


@pytest.mark.fuzz
def test_chuids(good: MemoryCard, fuzz_count: int) -> None:
    said = fuzz(fuzz_count, good.objects[CHUID], decode_chuid, PivObjectError)
    assert set(said) == {"PivObjectError", "read"}


@pytest.mark.fuzz
def test_certificates(good: MemoryCard, fuzz_count: int) -> None:
    said = fuzz(fuzz_count, good.objects[CERTIFICATE], decode_certificate, PivObjectError)
    assert set(said) == {"PivObjectError", "read"}


@pytest.mark.fuzz
def test_signatures(good: MemoryCard, fuzz_count: int) -> None:
    chuid = decode_chuid(good.objects[CHUID])

    def check(data: bytes) -> None:
        """Whatever was changed in it: it is not taken for a signature by another signer, or of other content."""
        signature = cms.decode(data)
        signature.check((b"other content",))

    assert chuid.signature is not None
    said = fuzz(fuzz_count, chuid.signature, check, cms.CmsError, cms.BadSignatureError)
    assert set(said) == {"CmsError", "BadSignatureError"}


class Babbler:
    """A card that answers with whatever comes."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def transmit(self, command: bytes) -> bytes:
        status = self.chance.choice((b"\x90\x00", b"\x61\x10", b"\x6c\x05", b"\x67\x00", b"\x91\xaf", b"\x91\x00", b""))
        return self.chance.randbytes(self.chance.choice((0, 7, 14, 16, 32, 255))) + status


@pytest.mark.fuzz
def test_responses(fuzz_count: int) -> None:
    card = Babbler(random.Random(SEED))
    ended: Counter[str] = Counter()
    for number in range(fuzz_count):
        try:
            exchange(card, Command(0, 0xCB, 0x3F, 0xFF, bytes(number % 300), 0), extended=bool(number & 1))
            ended["answered"] += 1
        except CardError:
            ended["refused"] += 1
    assert set(ended) == {"answered", "refused"}


@pytest.mark.fuzz
def test_answers_to_reset(fuzz_count: int) -> None:
    fuzz(fuzz_count, bytes.fromhex("3bd518ff8191fe1fc38073c8211309"), has_extended_length)


@pytest.mark.fuzz
def test_babbling_cards_are_never_let_in(site: Site, fuzz_count: int) -> None:
    card = Babbler(random.Random(SEED))
    trust = Trust([site.root.certificate], [site.issuing.certificate])
    judge = CardJudge(lambda: NOW, lambda: trust, {"3042f5": "00" * 16})
    for _ in range(fuzz_count):
        assert judge.judge(card, b"").credential is None


@pytest.mark.fuzz
def test_revocation_lists(site: Site, fuzz_count: int) -> None:
    """A changed list is refused when it is read, or speaks for nobody: it can not free a certificate."""
    revoked = site.certificate(ec.generate_private_key(ec.SECP256R1()), None, bytes(16))
    bare = Trust([site.root.certificate], [site.issuing.certificate])
    path = bare.path_to_root(revoked, NOW, CARD_AUTHENTICATION)

    def check(data: bytes) -> None:
        crl = x509.load_der_x509_crl(data)
        check_revocation(path, Trust(bare.roots, bare.intermediates, [crl]), NOW, must=True)

    good = site.issuing.crl(revoked).public_bytes(serialization.Encoding.DER)
    said = fuzz(fuzz_count, good, check, *UNREADABLE, CardRefusedError)
    assert {"ValueError", "CardRefusedError"} <= set(said)
    assert "read" not in said


@pytest.mark.fuzz
@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # of an issuer that a changed certificate names
def test_no_changed_object_is_let_in(site: Site, good: MemoryCard, fuzz_count: int) -> None:
    """The whole judgement, with one object of a good card changed; judging takes a while, so a tenth of the inputs."""
    chance = random.Random(SEED)
    trust = Trust([site.root.certificate], [site.issuing.certificate])
    judge = CardJudge(lambda: NOW, lambda: trust)
    reasons: Counter[str] = Counter()
    known = judge.judge(good, b"").credential
    assert known is not None
    for number in range(fuzz_count // 10):
        which = (CERTIFICATE, CHUID)[number & 1]
        data = broken(chance, good.objects[which])
        verdict = judge.judge(MemoryCard({**good.objects, which: data}, good.key), b"")
        # What is not signed may change: the empty tags around, and parts of a signature that nobody reads.
        assert verdict.credential in (None, known)
        reasons[verdict.refusal or "let in"] += 1
    assert {"tampered", "untrusted"} <= set(reasons)
