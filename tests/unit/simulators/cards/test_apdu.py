"""Commands and answers as ISO 7816-4 has them, on the card's side."""

import pytest

from simulators.cards.apdu import OK, Command, Conversation, LengthError, Reply, parse


@pytest.mark.parametrize(
    ("raw", "data", "room"),
    [
        ("00a40400", "", 0),
        ("00a4040000", "", 256),
        ("00a4040010", "", 16),
        ("00a40400021122", "1122", 0),
        ("00a4040002112200", "1122", 256),
        ("00a40400000000", "", 65536),
        ("00a40400000100", "", 256),
        ("00a404000000021122", "1122", 0),
        ("00a4040000000211220000", "1122", 65536),
        ("00a4040000000211220123", "1122", 0x123),
    ],
)
def test_the_seven_cases_of_iso_7816_3(raw: str, data: str, room: int) -> None:
    assert parse(bytes.fromhex(raw), extended=True) == Command(0, 0xA4, 4, 0, bytes.fromhex(data), room)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "00",
        "00a404",
        "00a404000311",
        "00a40400011100ff",
        "00a404000000",
        "00a404000000031122",
        "00a404000000000000",
    ],
)
def test_lengths_that_contradict_each_other(raw: str) -> None:
    with pytest.raises(LengthError):
        parse(bytes.fromhex(raw), extended=True)


def test_a_card_without_long_lengths_refuses_them() -> None:
    with pytest.raises(LengthError):
        parse(bytes.fromhex("00a404000000021122"), extended=False)


def _conversation(answer: bytes) -> tuple[Conversation, list[Command]]:
    heard: list[Command] = []

    def hear(command: Command) -> Reply:
        heard.append(command)
        return Reply(answer, OK)

    return Conversation(hear, extended=True), heard


def test_a_long_answer_comes_in_parts() -> None:
    whole = bytes(range(256)) * 2 + b"end"
    conversation, _ = _conversation(whole)
    first = conversation.transmit(bytes.fromhex("00cb3fff00"))
    assert first == whole[:256] + b"\x61\x00"
    second = conversation.transmit(bytes.fromhex("00c0000000"))
    assert second == whole[256:512] + b"\x61\x03"
    assert conversation.transmit(bytes.fromhex("00c0000003")) == b"end\x90\x00"
    assert conversation.transmit(bytes.fromhex("00c0000003")) == b"\x69\x85"


def test_without_le_the_answer_waits() -> None:
    conversation, _ = _conversation(b"1234")
    assert conversation.transmit(bytes.fromhex("00870700")) == b"\x61\x04"
    assert conversation.transmit(bytes.fromhex("00c0000004")) == b"1234\x90\x00"


def test_with_a_long_le_all_of_it_comes_at_once() -> None:
    whole = bytes(3000)
    conversation, _ = _conversation(whole)
    assert conversation.transmit(bytes.fromhex("00cb3fff000000")) == whole + b"\x90\x00"


def test_a_chain_is_one_command() -> None:
    conversation, heard = _conversation(b"")
    assert conversation.transmit(bytes.fromhex("10870700021122")) == b"\x90\x00"
    assert conversation.transmit(bytes.fromhex("1087070001 33".replace(" ", ""))) == b"\x90\x00"
    assert conversation.transmit(bytes.fromhex("008707000144")) == b"\x90\x00"
    assert heard == [Command(0, 0x87, 7, 0, bytes.fromhex("11223344"), 0)]


def test_another_command_in_the_middle_of_a_chain_breaks_it() -> None:
    conversation, heard = _conversation(b"")
    conversation.transmit(bytes.fromhex("10870700021122"))
    assert conversation.transmit(bytes.fromhex("00a40400021122")) == b"\x68\x83"
    assert conversation.transmit(bytes.fromhex("00a40400021122")) == b"\x90\x00"
    assert [command.ins for command in heard] == [0xA4]


def test_a_chain_that_never_ends_is_refused() -> None:
    conversation, heard = _conversation(b"")
    part = bytes.fromhex("10870700ff") + bytes(255)
    answers = [conversation.transmit(part) for _ in range(17)]
    assert answers[-1] == b"\x67\x00"
    assert not heard


@pytest.mark.parametrize(("cla", "status"), [(0x04, "6882"), (0x01, "6881"), (0x80, "6e00"), (0xE0, "6e00")])
def test_other_classes_are_refused_by_name(cla: int, status: str) -> None:
    conversation, heard = _conversation(b"")
    assert conversation.transmit(bytes([cla]) + bytes.fromhex("a4040000")) == bytes.fromhex(status)
    assert not heard
