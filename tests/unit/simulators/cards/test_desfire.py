"""The simulated DESFire card, spoken to frame by frame."""

import zlib

import pytest

from simulators.cards import DesfireCard
from simulators.cards.cmac import cbc_decrypt, cbc_encrypt, cmac

UID = bytes.fromhex("04a1b2c3d4e5f6")
APPLICATION = bytes.fromhex("f51234")
KEY = bytes(range(16))
NUMBER = bytes(range(0x30, 0x40))
ZERO = bytes(16)


@pytest.fixture
def card() -> DesfireCard:
    card = DesfireCard(UID, {APPLICATION: KEY}, draw=lambda count: bytes(range(count)))
    assert card.power_on().hex() == "3b8180018080"
    return card


def ask(card: DesfireCard, instruction: int, data: bytes = b"") -> tuple[bytes, int]:
    answer = card.transmit(bytes([0x90, instruction, 0, 0]) + (bytes([len(data)]) + data if data else b"") + b"\x00")
    assert answer[-2] == 0x91
    return answer[:-2], answer[-1]


def authenticate(card: DesfireCard, key: bytes = KEY) -> bytes | None:
    assert ask(card, 0x5A, APPLICATION[::-1]) == (b"", 0)
    sealed, status = ask(card, 0xAA, b"\x00")
    assert status == 0xAF
    theirs = cbc_decrypt(key, ZERO, sealed)
    proof = cbc_encrypt(key, sealed, NUMBER + theirs[1:] + theirs[:1])
    answer, status = ask(card, 0xAF, proof)
    if status:
        assert (answer, status) == (b"", 0xAE)
        return None
    assert cbc_decrypt(key, proof[16:], answer) == NUMBER[1:] + NUMBER[:1]
    return NUMBER[:4] + theirs[:4] + NUMBER[12:] + theirs[12:]


def test_it_says_in_clear_who_it_is(card: DesfireCard) -> None:
    hardware, more = ask(card, 0x60)
    assert (len(hardware), more) == (7, 0xAF)
    assert ask(card, 0xAF)[1] == 0xAF
    last, done = ask(card, 0xAF)
    assert (last[:7], len(last), done) == (UID, 14, 0)
    assert ask(card, 0x6A) == (APPLICATION[::-1], 0)


def test_both_sides_prove_the_key_and_the_uid_comes_under_it(card: DesfireCard) -> None:
    session = authenticate(card)
    assert session is not None
    sealed, status = ask(card, 0x51)
    assert status == 0
    plain = cbc_decrypt(session, cmac(session, b"\x51"), sealed)
    assert plain[:7] == UID
    assert plain[7:11] == (zlib.crc32(UID + b"\x00") ^ 0xFFFFFFFF).to_bytes(4, "little")


def test_answers_in_a_session_carry_a_chained_cmac(card: DesfireCard) -> None:
    session = authenticate(card)
    assert session is not None
    answer, _ = ask(card, 0x6A)
    asked = cmac(session, b"\x6a")
    assert answer == APPLICATION[::-1] + cmac(session, APPLICATION[::-1] + b"\x00", asked)[:8]


def test_another_key_opens_nothing_and_ends_the_session(card: DesfireCard) -> None:
    assert authenticate(card) is not None
    assert authenticate(card, bytes(16)) is None
    assert ask(card, 0x51) == (b"", 0xAE)


def test_selecting_ends_the_session(card: DesfireCard) -> None:
    assert authenticate(card) is not None
    ask(card, 0x5A, bytes(3))
    assert ask(card, 0x51) == (b"", 0xAE)
    assert ask(card, 0xAA, b"\x00") == (b"", 0x40)


@pytest.mark.parametrize(
    ("instruction", "data", "status"),
    [
        (0x5A, "010203", 0xA0),
        (0x5A, "0102", 0x7E),
        (0xAA, "01", 0x40),
        (0xAA, "", 0x7E),
        (0x71, "0000", 0x1C),
        (0xAF, "", 0x1C),
        (0x51, "", 0xAE),
        (0x60, "00", 0x7E),
    ],
)
def test_wrong_commands_have_a_status_of_their_own(card: DesfireCard, instruction: int, data: str, status: int) -> None:
    assert ask(card, instruction, bytes.fromhex(data)) == (b"", status)


def test_what_was_begun_must_be_ended(card: DesfireCard) -> None:
    ask(card, 0x5A, APPLICATION[::-1])
    ask(card, 0xAA, b"\x00")
    assert ask(card, 0x6A) == (b"", 0xCA)
    assert ask(card, 0xAF, bytes(32)) == (b"", 0x1C)
    ask(card, 0xAA, b"\x00")
    assert ask(card, 0xAF, bytes(31)) == (b"", 0x7E)


def test_other_frames_are_refused(card: DesfireCard) -> None:
    assert card.transmit(bytes.fromhex("00a4040000")) == b"\x6e\x00"
    assert card.transmit(bytes.fromhex("9060010000")) == b"\x91\x9e"
    assert card.transmit(b"\x60") == b"\x91\x7e"


def test_a_card_of_a_site_has_keys_of_its_own() -> None:
    first, second = (DesfireCard.of_site({APPLICATION: KEY}) for _ in range(2))
    assert first.uid != second.uid
    assert first.keys[APPLICATION] != second.keys[APPLICATION]
    assert DesfireCard.of_site({APPLICATION: KEY}, first.uid).keys == first.keys
    with pytest.raises(ValueError, match="7 bytes"):
        DesfireCard(b"1234", {})
    assert KEY.hex() not in repr(first)
