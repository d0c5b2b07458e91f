"""What a PIV card is asked (SP 800-73-4 part 2): select, read an object, prove the card authentication key.

Belongs here: the commands. Does not belong here: what an object means (piv_objects.py), or what follows (piv.py).
"""

from typing import Final

from drivers.pcsc import tlv
from drivers.pcsc.apdu import Command, Transceiver, exchange
from drivers.pcsc.tlv import TlvError

CARD_AUTHENTICATION_CERTIFICATE: Final = 0x5FC101
CHUID: Final = 0x5FC102
_APPLICATIONS: Final = (
    bytes.fromhex("a000000308000010000100"),
    bytes.fromhex("a00000030800001000"),
    bytes.fromhex("a000000308"),
)
"""The application's identifier (part 1, 2.2); without its version, for cards of another one; and its registered part
alone, for cards that know no other."""
_SELECT: Final = 0xA4
_GET_DATA: Final = 0xCB
_GENERAL_AUTHENTICATE: Final = 0x87
_CARD_AUTHENTICATION_KEY: Final = 0x9E
_TAG_LIST: Final = 0x5C
_OBJECT: Final = 0x53
_TEMPLATE: Final = 0x7C
_CHALLENGE: Final = 0x81
_ANSWER: Final = 0x82


class PivCard:
    """A card with the PIV application. `extended`: whether it takes extended lengths."""

    def __init__(self, card: Transceiver, *, extended: bool = False) -> None:
        self._card = card
        self._extended = extended

    def select(self) -> bool:
        """Select the application; return whether the card has it (part 2, 3.1.1). Raises CardError."""
        commands = (Command(0x00, _SELECT, 0x04, 0x00, name, 0) for name in _APPLICATIONS)
        return any(exchange(self._card, command).is_ok for command in commands)

    def read(self, number: int) -> bytes | None:
        """Return what is in data object `number`, None if it is absent or empty (part 2, 3.1.2).

        Raises CardError, and TlvError for an answer that is no object.
        """
        wanted = tlv.encode(_TAG_LIST, number.to_bytes(3, "big"))
        response = exchange(self._card, Command(0x00, _GET_DATA, 0x3F, 0xFF, wanted, 0), extended=self._extended)
        return (tlv.single(response.data, _OBJECT) or None) if response.is_ok else None

    def prove(self, algorithm: int, challenge: bytes) -> bytes | None:
        """Return what the card authentication key makes of `challenge`, None if it does not (part 2, 3.2.4).

        Raises CardError.
        """
        template = tlv.encode(_TEMPLATE, tlv.encode(_ANSWER, b"") + tlv.encode(_CHALLENGE, challenge))
        command = Command(0x00, _GENERAL_AUTHENTICATE, algorithm, _CARD_AUTHENTICATION_KEY, template, 0)
        response = exchange(self._card, command, extended=self._extended)
        if not response.is_ok:
            return None
        try:
            return tlv.values(tlv.single(response.data, _TEMPLATE)).get(_ANSWER)
        except TlvError:
            return None
