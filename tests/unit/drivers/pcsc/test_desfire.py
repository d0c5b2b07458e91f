"""The judge of DESFire cards against simulated ones, and against cards that lie."""

import secrets
from collections.abc import Callable

import pytest

from contract.site import Assurance
from drivers.pcsc.desfire import judge_desfire
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
