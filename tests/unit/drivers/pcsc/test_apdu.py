"""Commands and responses of ISO/IEC 7816-4: forms, chains, and cards that do not keep to it."""

import pytest

from drivers.pcsc.apdu import CardError, Command, decode, encode, exchange, has_extended_length


class Script:
    """A card that says what it was told to say, and notes what it was asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = [bytes.fromhex(answer) for answer in answers]
        self.asked: list[str] = []

    def transmit(self, command: bytes) -> bytes:
        self.asked.append(command.hex())
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.mark.parametrize(
    ("command", "extended", "raw"),
    [
        (Command(0, 0xA4, 4, 0), False, "00a40400"),
        (Command(0, 0xA4, 4, 0, le=0), False, "00a4040000"),
        (Command(0, 0xA4, 4, 0, b"\x01\x02"), False, "00a40400020102"),
        (Command(0, 0xA4, 4, 0, b"\x01\x02", 0), False, "00a4040002010200"),
        (Command(0, 0xCB, 0x3F, 0xFF, le=256), False, "00cb3fff00"),
        (Command(0, 0xCB, 0x3F, 0xFF, b"\x5c", 0), True, "00cb3fff0000015c0000"),
        (Command(0, 0xCB, 0x3F, 0xFF, le=0), True, "00cb3fff000000"),
    ],
)
def test_the_four_cases_in_short_and_extended_form(command: Command, extended: bool, raw: str) -> None:
    assert encode(command, extended=extended).hex() == raw


def test_a_long_command_is_chained_and_only_its_last_part_asks_for_an_answer() -> None:
    card = Script("9000", "9000", "aabb9000")
    response = exchange(card, Command(0x00, 0x87, 0x07, 0x9E, bytes(600), 0))
    assert response.is_ok
    assert response.data.hex() == "aabb"
    assert [asked[:10] for asked in card.asked] == ["1087079eff", "1087079eff", "0087079e5a"]
    assert card.asked[2].endswith("00")


def test_what_a_card_does_not_take_in_parts_it_gets_whole() -> None:
    card = Script("6884", "9000")
    assert exchange(card, Command(0x00, 0x87, 0x07, 0x9E, bytes(600), 0)).is_ok
    assert [asked[:14] for asked in card.asked] == ["1087079eff0000", "0087079e000258"]


def test_what_a_card_takes_in_no_way_is_refused() -> None:
    card = Script("6700", "6884")
    assert exchange(card, Command(0x00, 0x87, 0x07, 0x9E, bytes(600), 0), extended=True).status == 0x6884
    assert len(card.asked) == 2


def test_what_waits_is_fetched_to_the_end() -> None:
    card = Script("01" * 256 + "6100", "02" * 256 + "6105", "03" * 5 + "9000")
    response = exchange(card, Command(0x00, 0xCB, 0x3F, 0xFF, b"\x5c", 0))
    assert len(response.data) == 517
    assert card.asked[1:] == ["00c0000000", "00c0000005"]


def test_a_wrong_length_is_asked_again_once() -> None:
    card = Script("6c10", "00" * 16 + "9000")
    assert len(exchange(card, Command(0x00, 0xCB, 0, 0, le=0)).data) == 16
    assert card.asked[1] == "00cb000010"
    stubborn = Script("6c10")
    assert exchange(stubborn, Command(0x00, 0xCB, 0, 0, le=0)).status == 0x6C10
    assert len(stubborn.asked) == 2


def test_an_extended_command_that_the_card_finds_too_long_is_chained_after_all() -> None:
    card = Script("6700", "9000", "9000", "9000")
    assert exchange(card, Command(0x00, 0x87, 0x07, 0x9E, bytes(600), 0), extended=True).is_ok
    assert [asked[:2] for asked in card.asked] == ["00", "10", "10", "00"]


@pytest.mark.parametrize("answer", ["6100", "00" * 256 + "6101"])
def test_a_card_that_never_ends_is_left(answer: str) -> None:
    with pytest.raises(CardError, match="never comes to an end"):
        exchange(Script(answer), Command(0x00, 0xCB, 0, 0, le=0))


@pytest.mark.parametrize("answer", ["", "90"])
def test_an_answer_without_status_is_none(answer: str) -> None:
    with pytest.raises(CardError, match="without a status"):
        decode(bytes.fromhex(answer))


def test_status_words_are_said_in_words() -> None:
    assert decode(b"\x6a\x82").words == "not found (6A82)"
    assert decode(b"\x12\x34").words == "unknown status (1234)"


def test_nothing_prints_what_a_card_was_sent_or_said() -> None:
    assert "1234" not in repr(Command(0, 0x20, 0, 0x80, b"1234"))
    assert "1234" not in repr(decode(b"1234\x90\x00"))


@pytest.mark.parametrize(
    ("atr", "extended"),
    [
        ("3b8c80018073c8400000900000", False),  # cut off
        ("3bf81300008131fe454a434f5076323431b7", False),  # JCOP 2.4.1: text
        ("3b8580018073c8014000", True),
        ("3b8580018073c8010000", False),
        ("3b80", False),
        ("3b", False),
        ("", False),
    ],
)
def test_extended_length_is_read_from_the_answer_to_reset(atr: str, extended: bool) -> None:
    assert has_extended_length(bytes.fromhex(atr)) is extended
