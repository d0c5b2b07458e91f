"""What goes between reader and card, in words."""

import pytest

from simulators.pcsc import Heard, Moment, words_of

SECRET = "00112233445566778899aabbccddeeff"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("00a4040009a0000003080000100000", "select PIV"),
        ("00a4040005a00000030900", "select a000000309"),
        ("00cb3fff055c035fc10200", "read CHUID"),
        ("00cb3fff055c035fc10100", "read card authentication certificate"),
        ("00cb3fff055c035fc1ff00", "read object 5FC1FF"),
        ("00cb3fff0100", "read something that has no name"),
        ("0087119e10" + SECRET + "00", "prove the card authentication key, P-256 (16 bytes)"),
        ("1087079e10" + SECRET, "prove the card authentication key, RSA 2048 (16 bytes) (a part; more follows)"),
        ("00c0000000", "get the rest, 256 bytes at most"),
        ("0020008000", "ask for PIN tries"),
        ("0020008008" + "31" * 8, "verify PIN"),
        ("00ff0102", "command 00 FF 01 02"),
        ("9060000000", "DESFire: get version"),
        ("905a0000033412f500", "DESFire: select application f51234"),
        ("90aa0000010000", "DESFire: authenticate with AES (1 bytes)"),
        ("90af000010" + SECRET + "00", "DESFire: continue (16 bytes)"),
        ("ffca000000", "to the reader: get the card's serial number"),
        ("00a4", "no command (2 bytes): a command has four bytes at least"),
    ],
)
def test_commands(command: str, words: str) -> None:
    said = words_of(Heard("reader", Moment.COMMAND, bytes.fromhex(command), 0))
    assert said == words
    assert SECRET not in said


@pytest.mark.parametrize(
    ("response", "words"),
    [
        ("9000", "done (9000)"),
        (SECRET + "9000", "16 bytes, done (9000)"),
        (SECRET + "6100", "16 bytes, 256 or more bytes more (6100)"),
        ("6111", "17 bytes more (6111)"),
        ("6c07", "wrong length, 7 would be right (6C07)"),
        ("63c2", "wrong PIN, 2 tries left (63C2)"),
        ("6a82", "not found (6A82)"),
        ("91ae", "authentication failed (91AE)"),
        ("6f00", "some other status (6F00)"),
        ("", "no response"),
        ("90", "no response (one byte)"),
    ],
)
def test_responses(response: str, words: str) -> None:
    assert words_of(Heard("reader", Moment.RESPONSE, bytes.fromhex(response), 0)) == words


def test_what_happens_to_the_card() -> None:
    assert words_of(Heard("reader", Moment.POWER_ON, b"\x3b\x80", 0)) == "power on, answer to reset 3b 80"
    assert words_of(Heard("reader", Moment.PULLED, b"", 0)) == "card taken away"
    assert "3b" not in repr(Heard("reader", Moment.POWER_ON, b"\x3b\x80", 0))
