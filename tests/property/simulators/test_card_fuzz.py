"""Bad input in bulk for all that a simulated card decodes: always a status, never a proof that was not asked for."""

import datetime as dt
import random
from collections import Counter

import pytest

from simulators.cards import DesfireCard, PivIssuer, SmartCard
from simulators.cards.ber import BerError, elements, tlv
from simulators.cards.contactless import pseudo_apdu
from simulators.pcsc.words import command_words, response_words

GOOD = (
    bytes.fromhex("00a4040009a0000003080000100000"),
    bytes.fromhex("00cb3fff055c035fc10200"),
    bytes.fromhex("0087119e267c2482008120") + bytes(32) + b"\x00",
    bytes.fromhex("00c0000000"),
    bytes.fromhex("905a0000033412f500"),
    bytes.fromhex("90aa0000010000"),
    bytes.fromhex("90af000020") + bytes(33),
    bytes.fromhex("9051000000"),
    bytes.fromhex("9060000000"),
)


def damaged(chance: random.Random) -> bytes:
    command = bytearray(chance.choice(GOOD))
    for _ in range(chance.randrange(1, 4)):
        match chance.randrange(4):
            case 0:
                command[chance.randrange(len(command))] = chance.randrange(256)
            case 1:
                del command[chance.randrange(len(command)) :]
            case 2:
                command += chance.randbytes(chance.randrange(1, 9))
            case _:
                command[chance.randrange(len(command))] ^= 1 << chance.randrange(8)
        if not command:
            break
    return bytes(command)


@pytest.mark.fuzz
@pytest.mark.parametrize("kind", ["piv", "desfire"])
def test_a_card_answers_anything_with_a_status(kind: str, fuzz_count: int) -> None:
    chance = random.Random(20261121)
    card: SmartCard = DesfireCard(bytes(7), {bytes.fromhex("f51234"): chance.randbytes(16)}, draw=chance.randbytes)
    if kind == "piv":
        card = PivIssuer.found(dt.datetime(2026, 11, 21, tzinfo=dt.UTC)).issue()
    card.power_on()
    seen: Counter[bytes] = Counter()
    for number in range(fuzz_count):
        if number % 16 == 0:
            card.transmit(GOOD[0] if kind == "piv" else GOOD[4])
        command = damaged(chance)
        answer = card.transmit(command)
        assert len(answer) >= 2, command.hex()
        seen[answer[-2:]] += 1
        if kind == "desfire" and command[1:2] == b"\x51":
            assert answer[-2:] != b"\x91\x00", "nobody has proven a key, so no UID under a key"
    assert len(seen) > 5


@pytest.mark.fuzz
def test_words_can_be_said_of_anything(fuzz_count: int) -> None:
    chance = random.Random(20261121)
    for _ in range(fuzz_count):
        raw = damaged(chance)
        assert command_words(raw)
        assert response_words(raw)
        assert len(pseudo_apdu(b"\xff" + raw, b"1234")) >= 2


@pytest.mark.fuzz
def test_tags_lengths_and_values_are_read_or_refused(fuzz_count: int) -> None:
    chance = random.Random(20261121)
    good = tlv(0x7C, tlv(0x82), tlv(0x81, bytes(200)), tlv(0x5F2F, b"@"))
    refused = 0
    for _ in range(fuzz_count):
        raw = bytearray(good)
        raw[chance.randrange(8)] = chance.randrange(256)
        del raw[chance.randrange(1, len(raw) + 1) :]
        try:
            found = elements(bytes(raw))
        except BerError:
            refused += 1
        else:
            assert sum(len(value) for _, value in found) < len(raw)
    assert 0 < refused < fuzz_count
