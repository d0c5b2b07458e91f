"""What a contactless reader answers itself, for a card that lies on it: its serial number (PC/SC part 3, 3.2.2.1).

Belongs here: commands of class FF, which no card ever sees. Does not belong here: cards.
"""

from typing import Final

_FOR_READER: Final = 0xFF
_GET_DATA: Final = 0xCA
_OK: Final = b"\x90\x00"
_NOT_SUPPORTED: Final = b"\x6a\x81"
_NO_SUCH_INSTRUCTION: Final = b"\x6d\x00"
_WRONG_LENGTH: Final = b"\x67\x00"
_ENDS_EARLY: Final = b"\x62\x82"


def is_for_reader(command: bytes) -> bool:
    """Whether a command is for the reader and not for the card."""
    return command[:1] == bytes([_FOR_READER])


def pseudo_apdu(command: bytes, uid: bytes) -> bytes:
    """Answer a command of class FF. `uid`: the card's serial number; empty for a card with contacts.

    `FF CA 00 00 Le` tells it: all of it for Le 0, with 6C and its length for a shorter Le, 6282 for a longer one.
    """
    if len(command) < 4:
        return _WRONG_LENGTH
    if command[1] != _GET_DATA:
        return _NO_SUCH_INSTRUCTION
    if command[2:4] != b"\x00\x00" or not uid:
        return _NOT_SUPPORTED
    if len(command) != 5:
        return _WRONG_LENGTH
    wanted = command[4]
    if 0 < wanted < len(uid):
        return bytes([0x6C, len(uid)])
    if wanted > len(uid):
        return uid.ljust(wanted, b"\x00") + _ENDS_EARLY
    return uid + _OK
