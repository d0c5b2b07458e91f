"""What goes between reader and card, in words: for a technician who looks over the reader's shoulder.

Each line is of one command or response alone, in the terms of ISO 7816-4, SP 800-73-4 and DESFire. Keys, challenges
and what stands on a card are told by length only.

Belongs here: words. Does not belong here: understanding a conversation, or judging a card.
"""

from typing import Final

from simulators.cards.apdu import Command, LengthError, parse
from simulators.cards.ber import BerError, elements
from simulators.pcsc.reader import Heard, Moment

_MOMENTS: Final = {
    Moment.INSERTED: "card put on the reader",
    Moment.PULLED: "card taken away",
    Moment.POWER_ON: "power on",
    Moment.POWER_OFF: "power off",
    Moment.RESET: "reset",
}
_APPLICATIONS: Final = {"a00000030800001000": "PIV", "a000000308": "PIV"}
_OBJECTS: Final = {
    0x5FC101: "card authentication certificate",
    0x5FC102: "CHUID",
    0x5FC103: "fingerprints",
    0x5FC105: "PIV authentication certificate",
    0x5FC106: "security object",
    0x5FC107: "card capabilities",
    0x5FC10A: "digital signature certificate",
    0x5FC10B: "key management certificate",
    0x7E: "discovery object",
}
_ALGORITHMS: Final = {0x05: "RSA 3072", 0x07: "RSA 2048", 0x11: "P-256", 0x14: "P-384"}
_KEYS: Final = {0x9A: "PIV authentication", 0x9E: "card authentication", 0x9C: "signature", 0x9D: "key management"}
_DESFIRE: Final = {
    0x60: "get version",
    0x6A: "get applications",
    0x5A: "select application",
    0xAA: "authenticate with AES",
    0x71: "authenticate as EV2",
    0x51: "get card UID",
    0xAF: "continue",
}
_STATUS: Final = {
    0x6282: "it ends early",
    0x6700: "wrong length",
    0x6881: "no logical channels here",
    0x6882: "no secure messaging here",
    0x6883: "the chain was not ended",
    0x6982: "not allowed yet",
    0x6983: "blocked",
    0x6985: "nothing to give",
    0x6A80: "wrong data",
    0x6A81: "not supported",
    0x6A82: "not found",
    0x6A86: "wrong parameters",
    0x6D00: "no such instruction",
    0x6E00: "no such class",
    0x9000: "done",
    0x9100: "done",
    0x911C: "no such command",
    0x9140: "no such key",
    0x917E: "wrong length",
    0x919E: "wrong parameter",
    0x91A0: "no such application",
    0x91AE: "authentication failed",
    0x91AF: "there is more",
    0x91CA: "the command before was not ended",
}
_DESFIRE_CLASS: Final = 0x90
_READER_CLASS: Final = 0xFF
_CHAINED: Final = 0x10


def words_of(heard: Heard) -> str:
    """Return what happened in words."""
    if heard.moment is Moment.COMMAND:
        return command_words(heard.data)
    if heard.moment is Moment.RESPONSE:
        return response_words(heard.data)
    answer = f", answer to reset {heard.data.hex(' ')}" if heard.data else ""
    return _MOMENTS[heard.moment] + answer


def command_words(raw: bytes) -> str:
    """Return a command APDU in words; one that is none, as such."""
    try:
        command = parse(raw, extended=True)
    except LengthError as error:
        return f"no command ({len(raw)} bytes): {error}"
    if command.cla == _DESFIRE_CLASS:
        name = _DESFIRE.get(command.ins, f"command {command.ins:02X}")
        what = f" {command.data[::-1].hex()}" if command.ins == 0x5A else _size(command)
        return f"DESFire: {name}{what}"
    if command.cla == _READER_CLASS:
        return "to the reader: " + ("get the card's serial number" if command.ins == 0xCA else _plain(command))
    chained = " (a part; more follows)" if command.cla & _CHAINED else ""
    return _iso_words(command) + chained


def response_words(raw: bytes) -> str:
    """Return a response APDU in words; one that is none, as such."""
    if len(raw) < 2:
        return "no response" if not raw else "no response (one byte)"
    status = int.from_bytes(raw[-2:], "big")
    if status >> 8 == 0x61:
        said = f"{status & 0xFF or '256 or more'} bytes more"
    elif status >> 8 == 0x6C:
        said = f"wrong length, {status & 0xFF} would be right"
    elif status >> 4 == 0x63C:
        said = f"wrong PIN, {status & 0xF} tries left"
    else:
        said = _STATUS.get(status, "some other status")
    data = f"{len(raw) - 2} bytes, " if len(raw) > 2 else ""
    return f"{data}{said} ({status:04X})"


def _iso_words(command: Command) -> str:
    match command.ins:
        case 0xA4 if command.p1 == 0x04:
            name = command.data.hex()
            known = next((what for aid, what in _APPLICATIONS.items() if name.startswith(aid)), name or "nothing")
            return f"select {known}"
        case 0xCB:
            return f"read {_object_words(command.data)}"
        case 0x87:
            algorithm = _ALGORITHMS.get(command.p1, f"algorithm {command.p1:02X}")
            key = _KEYS.get(command.p2, f"{command.p2:02X}")
            return f"prove the {key} key, {algorithm}{_size(command)}"
        case 0xC0:
            return f"get the rest, {command.room} bytes at most"
        case 0x20:
            return "ask for PIN tries" if not command.data else "verify PIN"
        case _:
            return _plain(command)


def _object_words(data: bytes) -> str:
    try:
        tags = [value for tag, value in elements(data) if tag == 0x5C]
    except BerError:
        tags = []
    if len(tags) != 1:
        return "something that has no name"
    tag = int.from_bytes(tags[0], "big")
    return _OBJECTS.get(tag, f"object {tag:X}")


def _plain(command: Command) -> str:
    head = f"{command.cla:02X} {command.ins:02X} {command.p1:02X} {command.p2:02X}"
    return f"command {head}{_size(command)}"


def _size(command: Command) -> str:
    return f" ({len(command.data)} bytes)" if command.data else ""
