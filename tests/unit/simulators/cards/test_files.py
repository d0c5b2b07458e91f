"""Cards and issuers kept as files, and cards that misbehave."""

import datetime as dt
import time

import pytest

from simulators.cards import (
    AnyCard,
    CardFileError,
    CardRemovedError,
    DesfireCard,
    LeavingCard,
    LyingCard,
    PivIssuer,
    ProximityCard,
    SlowCard,
    UidCard,
    read_card,
    read_issuer,
    write_card,
    write_issuer,
)
from simulators.cards.contactless import pseudo_apdu

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
SELECT = bytes.fromhex("00a4040005a00000030800")
PROVE = bytes.fromhex("0087119e267c2482008120") + bytes(32) + b"\x00"


@pytest.fixture(scope="module")
def issuer() -> PivIssuer:
    return PivIssuer.found(NOW)


def test_every_kind_of_card_comes_back_from_its_file(issuer: PivIssuer) -> None:
    piv = issuer.issue(extended=False)
    cards: list[AnyCard] = [
        ProximityCard.of(13, 4567),
        UidCard(bytes(7)),
        piv,
        DesfireCard.of_site({b"\x01\x02\x03": bytes(16)}),
        SlowCard(UidCard(bytes(4)), 30),
        LeavingCard(SlowCard(piv, 1), 3),
        LyingCard(piv, b"\x7c\x00"),
    ]
    for card in cards:
        again = read_card(write_card(card))
        assert type(again) is type(card)
        assert write_card(again) == write_card(card)


def test_a_piv_card_from_a_file_proves_the_same_key(issuer: PivIssuer) -> None:
    card = read_card(write_card(issuer.issue()))
    assert not isinstance(card, ProximityCard)
    card.power_on()
    assert card.transmit(SELECT)[-2:] == b"\x90\x00"
    assert card.transmit(PROVE)[-2:] == b"\x90\x00"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"card":"paper"}',
        '{"card":"uid","uid":"zz"}',
        '{"card":"uid","uid":"00"}',
        '{"card":"piv","objects":{},"keys":{"9e":"no key"},"uid":""}',
        '{"card":"slow","inner":{"card":"proximity","data":"0000000000"},"delay_ms":1}',
        '{"card":"desfire","uid":"00","keys":{}}',
    ],
)
def test_a_file_that_holds_no_card_says_so(text: str) -> None:
    with pytest.raises(CardFileError, match="card"):
        read_card(text)


def test_an_issuer_comes_back_and_goes_on(issuer: PivIssuer) -> None:
    revoked = issuer.issue()
    issuer.revoke(revoked)
    again = read_issuer(write_issuer(issuer))
    assert again.issued == issuer.issued
    assert again.revoked == issuer.revoked
    card = again.issue()
    assert again.issued == issuer.issued + 1
    assert card.objects
    with pytest.raises(CardFileError, match="issuer"):
        read_issuer("{}")


def test_a_leaving_card_leaves_and_can_be_put_back() -> None:
    card = LeavingCard(UidCard(bytes(4)), 1)
    for _ in range(2):
        card.power_on()
        card.transmit(SELECT)
        with pytest.raises(CardRemovedError):
            card.transmit(SELECT)


def test_a_slow_card_takes_its_time() -> None:
    card = SlowCard(UidCard(bytes(4)), 50)
    began = time.monotonic()
    assert card.transmit(SELECT) == b"\x6d\x00"
    assert time.monotonic() - began >= 0.05


def test_a_lying_card_lies_about_challenges_only(issuer: PivIssuer) -> None:
    card = LyingCard(issuer.issue(), b"anything")
    card.power_on()
    assert card.transmit(SELECT)[-2:] == b"\x90\x00"
    assert card.transmit(PROVE) == b"anything\x90\x00"
    assert card.transmit(b"\x10" + PROVE[1:-1]) == b"\x90\x00"


@pytest.mark.parametrize("length", [4, 7, 10])
def test_a_reader_tells_a_serial_number_as_long_as_it_is(length: int) -> None:
    uid = bytes(range(1, length + 1))
    assert pseudo_apdu(bytes.fromhex("ffca000000"), uid) == uid + b"\x90\x00"
    assert pseudo_apdu(bytes([0xFF, 0xCA, 0, 0, length]), uid) == uid + b"\x90\x00"
    assert pseudo_apdu(bytes.fromhex("ffca000003"), uid) == bytes([0x6C, length])
    assert pseudo_apdu(bytes.fromhex("ffca000020"), uid) == uid.ljust(32, b"\x00") + b"\x62\x82"


@pytest.mark.parametrize(
    ("command", "status"),
    [("ff", "6700"), ("ffca0000", "6700"), ("ffca010000", "6a81"), ("ffb0000004", "6d00"), ("ffca00000100", "6700")],
)
def test_a_reader_refuses_other_pseudo_commands(command: str, status: str) -> None:
    assert pseudo_apdu(bytes.fromhex(command), bytes(4)).hex() == status
    assert pseudo_apdu(bytes.fromhex("ffca000000"), b"").hex() == "6a81"
