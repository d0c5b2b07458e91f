"""The judge of DESFire cards against simulated ones, and against cards that lie."""

import secrets
from collections.abc import Callable

import pytest

from contract.site import Assurance
from drivers.pcsc.desfire import judge_desfire
from drivers.pcsc.desfire_ev2 import Ev2Session
from drivers.pcsc.desfire_wire import ZEROS, cmac, decrypted, encrypted, rotated
from drivers.pcsc.diversification import diversified
from drivers.pcsc.judge import CardJudge
from drivers.pcsc.verdict import CardKind, Verdict
from drivers.ports import ReadRefusal
from simulators.cards.desfire import DesfireCard
from tests.unit.drivers.pcsc.issuer import NOW

APPLICATION, OTHER = bytes.fromhex("3042f5"), bytes.fromhex("0000a1")
SITE_KEY = bytes.fromhex("00112233445566778899aabbccddeeff")
UID = bytes.fromhex("04782e21801d80")
SITE = {APPLICATION: SITE_KEY}


def judge(card: DesfireCard) -> Verdict | None:
    card.power_on()
    return judge_desfire(card, SITE)


def refusal(card: DesfireCard) -> ReadRefusal | None:
    verdict = judge(card)
    assert verdict is not None
    assert verdict.credential is None
    return verdict.refusal


def test_a_card_of_the_site_is_authenticated_by_its_uid() -> None:
    verdict = judge(DesfireCard.of_site(SITE, UID))
    assert verdict is not None
    assert verdict.is_authenticated
    assert verdict.credential is not None
    assert verdict.credential.text == f"desfire:{UID.hex()}"


def test_among_several_applications_the_one_that_the_card_has_counts() -> None:
    card = DesfireCard.of_site({OTHER: bytes(16)}, UID)
    verdict = judge_desfire(card, {**SITE, OTHER: bytes(16)})
    assert verdict is not None
    assert verdict.is_authenticated


def test_the_session_is_over_afterwards() -> None:
    card = DesfireCard.of_site(SITE, UID)
    assert judge(card) is not None
    assert card.transmit(bytes.fromhex("9051000000")) == b"\x91\xae", "nobody else may use what was proven to us"


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(lambda: DesfireCard.of_site({APPLICATION: secrets.token_bytes(16)}, UID), id="another site's"),
        pytest.param(lambda: DesfireCard(UID, SITE), id="the site's own, not diversified"),
        pytest.param(
            lambda: DesfireCard(UID, DesfireCard.of_site(SITE, bytes(7)).keys), id="another card's, with this UID"
        ),
    ],
)
def test_another_key_proves_nothing(key: Callable[[], DesfireCard]) -> None:
    assert refusal(key()) is ReadRefusal.KEY_MISMATCH


class _Agreeable(DesfireCard):
    """Has no key, and says yes: with what it was sent, or with nothing in particular."""

    answer: Callable[[bytes], bytes]

    def transmit(self, command: bytes) -> bytes:
        if command[1] == 0xAA:
            return secrets.token_bytes(16) + b"\x91\xaf"
        if command[1] == 0xAF and len(command) > 6:
            return self.answer(command[5:-1]) + b"\x91\x00"
        if command[1] == 0x51:
            return secrets.token_bytes(16) + b"\x91\x00"
        return DesfireCard.transmit(self, command)


@pytest.mark.parametrize(
    "answer",
    [lambda _proof: secrets.token_bytes(16), lambda proof: proof[:16], lambda proof: proof[16:], lambda _proof: b""],
)
def test_a_card_that_only_agrees_is_not_believed(answer: Callable[[bytes], bytes]) -> None:
    card = _Agreeable(UID, SITE)
    _Agreeable.answer = staticmethod(answer)
    assert refusal(card) is ReadRefusal.KEY_MISMATCH


class Ev2Card:
    """Takes AuthenticateEV2First alone, and answers GetCardUID under its session keys."""

    def __init__(self, uid: bytes, key: bytes) -> None:
        self.uid = uid
        self.key = key
        self.session = Ev2Session(bytes(16), bytes(16), b"")
        self.ours = b""
        self.parts = [bytes(7), uid + bytes(7)]
        self.spoils_mac = False

    def transmit(self, command: bytes) -> bytes:
        data = command[5:-1]
        match command[1]:
            case 0x60:
                return bytes(7) + b"\x91\xaf"
            case 0x5A:
                return b"\x91\x00"
            case 0x71:
                self.ours = secrets.token_bytes(16)
                return encrypted(self.key, ZEROS, self.ours) + b"\x91\xaf"
            case 0xAF if len(data) == 32:
                return self._prove(decrypted(self.key, ZEROS, data))
            case 0xAF:
                part = self.parts.pop(0)
                return part + (b"\x91\xaf" if self.parts else b"\x91\x00")
            case 0x51 if data == self.session.mac(b"\x51", 0):
                vector = (b"\x5a\xa5" + self.session.identifier + b"\x01\x00").ljust(16, b"\0")
                secrecy = self.session.secrecy
                sealed = encrypted(secrecy, encrypted(secrecy, ZEROS, vector), (self.uid + b"\x80").ljust(16, b"\0"))
                mac = bytes(8) if self.spoils_mac else self.session.mac(b"\0", 1, sealed)
                return sealed + mac + b"\x91\x00"
        return b"\x91\x1c"

    def _prove(self, plain: bytes) -> bytes:
        theirs, proof = plain[:16], plain[16:]
        if proof != rotated(self.ours):
            return b"\x91\xae"
        mixed = bytes(a ^ b for a, b in zip(theirs[2:8], self.ours[:6], strict=True))
        both = theirs[:2] + mixed + self.ours[6:] + theirs[8:]
        keys = [cmac(self.key, bytes.fromhex(begin) + both) for begin in ("a55a00010080", "5aa500010080")]
        self.session = Ev2Session(keys[0], keys[1], b"\x01\x02\x03\x04")
        return encrypted(self.key, ZEROS, self.session.identifier + rotated(theirs) + bytes(12)) + b"\x91\x00"


def test_a_card_that_takes_only_ev2_is_authenticated_that_way() -> None:
    card = Ev2Card(UID, diversified(SITE_KEY, UID + APPLICATION))
    verdict = judge_desfire(card, SITE)
    assert verdict is not None
    assert verdict.is_authenticated, verdict.words


def test_a_card_that_takes_only_ev2_and_is_wrong_is_refused() -> None:
    stranger = judge_desfire(Ev2Card(UID, bytes(16)), SITE)
    spoiled = Ev2Card(UID, diversified(SITE_KEY, UID + APPLICATION))
    spoiled.spoils_mac = True
    for verdict in (stranger, judge_desfire(spoiled, SITE)):
        assert verdict is not None
        assert verdict.refusal is ReadRefusal.KEY_MISMATCH


def test_a_uid_that_differs_under_the_key_is_a_copy() -> None:
    class TwoFaced(DesfireCard):
        def transmit(self, command: bytes) -> bytes:
            if command[1] == 0x51:
                self.uid = bytes(7)
            return DesfireCard.transmit(self, command)

    assert refusal(TwoFaced(UID, DesfireCard.of_site(SITE, UID).keys)) is ReadRefusal.COPIED


def test_a_card_without_the_application_is_no_more_than_its_serial_number() -> None:
    assert judge(DesfireCard.of_site({OTHER: SITE_KEY}, UID)) is None
    card = DesfireCard.of_site({OTHER: SITE_KEY}, UID)
    verdict = CardJudge(lambda: NOW, desfire_keys={APPLICATION.hex(): SITE_KEY.hex()}).judge(card, b"")
    assert verdict.kind is CardKind.UNKNOWN, "this one even has none, because nobody answers for the reader"


def test_a_card_that_hides_its_serial_number_can_not_be_looked_up() -> None:
    assert judge(DesfireCard.of_site(SITE, bytes(7))) is None


def test_the_judge_of_all_cards_knows_it() -> None:
    card = DesfireCard.of_site(SITE, UID)
    verdict = CardJudge(lambda: NOW, desfire_keys={APPLICATION.hex(): SITE_KEY.hex()}).judge(card, card.power_on())
    assert (verdict.kind, verdict.is_authenticated) == (CardKind.DESFIRE, True)
    assert verdict.credential is not None
    assert verdict.credential.assurance is Assurance.AUTHENTICATED
