"""EV2 authentication and secure messaging against the worked examples of NXP AN12196 (rev. 2.0).

Table 14 (AuthenticateEV2First with key 0), table 7 (GetFileSettings with MACs), table 19 (the vector of a command).
"""

import secrets

import pytest

from drivers.pcsc.desfire_ev2 import Ev2Session, session
from drivers.pcsc.desfire_wire import ZEROS, encrypted

KEY = bytes(16)
OURS = bytes.fromhex("13c5db8a5930439fc3def9a4c675360f")
CHALLENGE = bytes.fromhex("a04c124213c186f22399d33ac2a30215")
PROOF = "90af00002035c3e05a752e0144bac0de51c1f22c56b34408a23d8aea266cab947ea8e0118d00"
ANSWER = bytes.fromhex("3fa64db5446d1f34cd6ea311167f5e4985b89690c04a05f17fa7ab2f081206639100")


class Card:
    """Answers as in the example."""

    def __init__(self) -> None:
        self.asked = b""

    def transmit(self, command: bytes) -> bytes:
        self.asked = command
        return ANSWER


def test_table_14_authentication(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "token_bytes", lambda _size: OURS)
    card = Card()
    opened = session(card, KEY, CHALLENGE)
    assert card.asked.hex() == PROOF
    assert opened.identifier.hex() == "9d00c4df"
    assert opened.secrecy.hex() == "1309c877509e5a215007ff0ed19ca564"
    assert opened.macs.hex() == "4c6626f5e72ea694202139295c7a7fc7"


def test_table_7_macs_of_a_command_and_its_answer() -> None:
    opened = Ev2Session(bytes(16), bytes.fromhex("8248134a386e86eb7faf54a52e536cb6"), bytes.fromhex("7a21085e"))
    assert opened.mac(b"\xf5", 0, b"\x02").hex() == "6597a457c8cd442c"
    answer = bytes.fromhex("0040eeee000100d1fe001f00004400004400002000006a0000")
    assert opened.mac(b"\x00", 1, answer).hex() == "2a474282e7a47986"


def test_table_19_the_way_to_a_vector() -> None:
    """The example seals a command (A55A); an answer differs by those two bytes alone."""
    secrecy = bytes.fromhex("1309c877509e5a215007ff0ed19ca564")
    vector = bytes.fromhex("a55a" + "9d00c4df" + "0100") + bytes(8)
    assert encrypted(secrecy, ZEROS, vector).hex() == "3e27082ab2acc1ef55c57547934e9962"
    answers = encrypted(secrecy, ZEROS, b"\x5a\xa5" + vector[2:])
    sealed = encrypted(secrecy, answers, b"\x04\x01\x02\x03\x04\x05\x06\x80" + bytes(8))
    opened = Ev2Session(secrecy, bytes(16), bytes.fromhex("9d00c4df"))
    assert opened.opened(1, sealed).hex() == "04010203040506"
    assert opened.opened(2, sealed) == b""
