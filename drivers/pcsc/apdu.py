"""Commands to a smart card and its responses, as ISO/IEC 7816-4 has them: short and extended, chained both ways.

Belongs here: encoding, decoding, chaining. Does not belong here: the reader's service (service.py), or what a command
means to one kind of card.
"""

from dataclasses import dataclass
from typing import Final, Protocol

SHORT_MOST: Final = 255
"""Bytes of data in a short command (ISO/IEC 7816-4, 5.2)."""
RESPONSE_MOST_BYTES: Final = 65536
"""More than a card may have to say in answer to one command, however often it says that there is more."""
ROUNDS_MOST: Final = 1024
"""So often a card may say that there is more: a card that hands out a byte at a time is no card."""
CHAINED: Final = 0x10
"""Bit of the class byte: another part of this command follows (ISO/IEC 7816-4, 5.4.1)."""
GET_RESPONSE: Final = 0xC0
MORE: Final = 0x61
"""First status byte: that many more bytes wait for GET RESPONSE."""
WRONG_LE: Final = 0x6C
"""First status byte: ask again for that many bytes."""
OK: Final = 0x9000
NOT_FOUND: Final = 0x6A82
WRONG_LENGTH: Final = 0x6700
_ATR_CAPABILITIES: Final = 0x7
_EXTENDED_LENGTH: Final = 0x40

_WORDS: Final = {
    0x9000: "done",
    0x6700: "wrong length",
    0x6882: "secure messaging is not supported",
    0x6883: "the last part of a chain was expected",
    0x6884: "chaining is not supported",
    0x6982: "security condition not satisfied",
    0x6983: "blocked",
    0x6985: "conditions of use not satisfied",
    0x6A80: "the data field is wrong",
    0x6A81: "the function is not supported",
    0x6A82: "not found",
    0x6A86: "wrong parameters",
    0x6A88: "the key or data referred to is not there",
    0x6B00: "wrong parameters",
    0x6D00: "unknown instruction",
    0x6E00: "unknown class",
    0x6F00: "failed for no stated reason",
    0x9100: "done",
    0x91AF: "more follows",
    0x91AE: "authentication failed",
    0x919D: "permission denied",
    0x91A0: "no such application",
    0x9140: "no such key",
    0x911C: "unknown command",
    0x917E: "wrong length",
}


class CardError(Exception):
    """A card that can not be talked to, or does not keep to ISO/IEC 7816-4."""


class CardGoneError(CardError):
    """The card was taken away, or reset by somebody: whatever it said so far says nothing about the next one."""


class Transceiver(Protocol):
    """What carries a command to the card in front of a reader, and its response back."""

    def transmit(self, command: bytes) -> bytes:
        """Return the response to one command, with its two status bytes. Raises CardError."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Command:
    """One command, however long. `le`: how many bytes are wanted; 0 means as many as there are, None means none."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    def __repr__(self) -> str:
        """Without the data, which may hold a PIN."""
        return f"Command({self.cla:02X} {self.ins:02X} {self.p1:02X} {self.p2:02X}, {len(self.data)} bytes)"


@dataclass(frozen=True, slots=True, repr=False)
class Response:
    """What the card answered. `status`: both status bytes as one number."""

    data: bytes
    status: int

    @property
    def is_ok(self) -> bool:
        """Whether the command was carried out."""
        return self.status == OK

    @property
    def words(self) -> str:
        """The status in words."""
        return f"{_WORDS.get(self.status, 'unknown status')} ({self.status:04X})"

    def __repr__(self) -> str:
        """Without the data, which may be a person's."""
        return f"Response({self.status:04X}, {len(self.data)} bytes)"


def encode(command: Command, *, extended: bool = False) -> bytes:
    """Return the bytes of one command, in short or extended form (ISO/IEC 7816-4, 5.2).

    Raises ValueError for data that the form can not carry: `exchange` chains them.
    """
    head = bytes((command.cla, command.ins, command.p1, command.p2))
    if extended:
        lc = b"\0" + len(command.data).to_bytes(2, "big") + command.data if command.data else b""
        le = b"" if command.le is None else (b"" if command.data else b"\0") + (command.le % 65536).to_bytes(2, "big")
        return head + lc + le
    if len(command.data) > SHORT_MOST:
        raise ValueError(f"a short command carries {SHORT_MOST} bytes, not {len(command.data)}")
    lc = bytes((len(command.data),)) + command.data if command.data else b""
    return head + lc + (b"" if command.le is None else bytes((min(command.le, 256) % 256,)))


def decode(raw: bytes) -> Response:
    """Return the response in `raw`. Raises CardError for less than two bytes."""
    if len(raw) < 2:
        raise CardError("the card answered without a status")
    return Response(raw[:-2], int.from_bytes(raw[-2:], "big"))


def has_extended_length(atr: bytes) -> bool:
    """Whether a card says in its historical bytes that it takes extended lengths (ISO/IEC 7816-4, 12.1.1.9)."""
    history = _historical_bytes(atr)
    if not history or history[0] not in (0x00, 0x80):
        return False
    at = 1
    while at < len(history):
        tag, size = history[at] >> 4, history[at] & 0x0F
        if tag == _ATR_CAPABILITIES:
            third = history[at + 3 : at + 4]
            return size >= 3 and bool(third) and bool(third[0] & _EXTENDED_LENGTH)
        at += 1 + size
    return False


def exchange(card: Transceiver, command: Command, *, extended: bool = False) -> Response:
    """Send one command and return its whole response.

    Long data are chained (CLA bit 5), or sent in extended form if `extended`; what a card does not take one way is sent
    the other way after all, for what cards say of themselves is not always true. Answers in parts are collected (61xx),
    and wrong lengths asked for again (6Cxx). Raises CardError.
    """
    if extended:
        response = _collect(card, command, extended=True)
        if response.status != WRONG_LENGTH:
            return response
    parts = [command.data[at : at + SHORT_MOST] for at in range(0, len(command.data), SHORT_MOST)] or [b""]
    for part in parts[:-1]:
        link = Command(command.cla | CHAINED, command.ins, command.p1, command.p2, part)
        response = decode(card.transmit(encode(link)))
        if not response.is_ok:
            return response if extended else _collect(card, command, extended=True)
    last = Command(command.cla, command.ins, command.p1, command.p2, parts[-1], command.le)
    return _collect(card, last, extended=False)


def _collect(card: Transceiver, command: Command, *, extended: bool) -> Response:
    """Send one command and gather what the card has to say to it."""
    collected = bytearray()
    is_asked_again = False
    response = decode(card.transmit(encode(command, extended=extended)))
    for _ in range(ROUNDS_MOST):
        collected += response.data
        if len(collected) > RESPONSE_MOST_BYTES:
            break
        first, second = response.status >> 8, response.status & 0xFF
        if first == MORE:
            follow = encode(Command(command.cla, GET_RESPONSE, 0, 0, le=second or 256))
        elif first == WRONG_LE and not is_asked_again:
            is_asked_again = True
            exact = Command(command.cla, command.ins, command.p1, command.p2, command.data, second or 256)
            follow = encode(exact, extended=extended)
        else:
            return Response(bytes(collected), response.status)
        response = decode(card.transmit(follow))
    raise CardError("the card never comes to an end of its answer")


def _historical_bytes(atr: bytes) -> bytes:
    """Return them from an answer to reset (ISO/IEC 7816-3, 8.2), or nothing."""
    if len(atr) < 2:
        return b""
    count, at, present = atr[1] & 0x0F, 2, atr[1] >> 4
    while True:
        at += (present & 0b0111).bit_count()
        if not present & 0b1000:
            return atr[at : at + count]
        if at >= len(atr):
            return b""
        present, at = atr[at] >> 4, at + 1
