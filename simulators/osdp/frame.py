"""One OSDP message on the wire: mark byte, header, security control block, payload, MAC, check characters.

Clause 5.9 of SIA OSDP 2.2 with its tables 1 to 3; check characters by Annex C. Every function is pure.

Belongs here: one message and its bytes. Does not belong here: finding messages in a stream (stream.py), keys and MACs
(secure_channel.py), what a payload means.
"""

import binascii
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from simulators.osdp.codes import REPLY_FLAG

MARK: Final = 0xFF
"""May go before a message, so that a line's driver has settled when the message begins (5.8)."""
SOM: Final = 0x53
"""Start of message (5.9, table 1)."""
HEADER_BYTES: Final = 5
"""SOM, address, two of length, control."""
CRC_BYTES: Final = 2
CHECKSUM_BYTES: Final = 1
MAC_BYTES: Final = 4
"""How much of a MAC travels (D.5)."""
LARGEST_MESSAGE_BYTES: Final = 1440
"""No message is longer (5.9)."""
BLOCK_HEAD_BYTES: Final = 2
CRC_START: Final = 0x1D0F
SEQUENCE_MASK: Final = 0x03
CRC_FLAG: Final = 0x04
BLOCK_FLAG: Final = 0x08


class BlockType(IntEnum):
    """Security control blocks (D.2): odd ones come from the control unit, even ones from the device."""

    SCS_11 = 0x11
    """Begin: challenge."""
    SCS_12 = 0x12
    """The device's cryptogram."""
    SCS_13 = 0x13
    """The control unit's cryptogram."""
    SCS_14 = 0x14
    """The initial MAC."""
    SCS_15 = 0x15
    """Command with MAC, in clear."""
    SCS_16 = 0x16
    """Reply with MAC, in clear."""
    SCS_17 = 0x17
    """Command with MAC, encrypted."""
    SCS_18 = 0x18
    """Reply with MAC, encrypted."""


WITH_MAC: Final = frozenset({BlockType.SCS_15, BlockType.SCS_16, BlockType.SCS_17, BlockType.SCS_18})
ENCRYPTED: Final = frozenset({BlockType.SCS_17, BlockType.SCS_18})


class FrameError(ValueError):
    """Bytes that are no message. `address` (0 to 127) and `is_reply` as far as the bytes tell, else None."""


class LengthError(FrameError):
    """The length field is impossible, or says something else than how many bytes there are."""


class CheckError(FrameError):
    """The check characters are not those of the bytes before them."""


class BlockError(FrameError):
    """A security control block that does not fit into its message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A security control block: its type and what follows. `kind` may be a number that the standard does not know."""

    kind: int
    data: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One message. `address`: 0 to 127, without the reply flag. `mac`: the four bytes that travel, if any do.

    `payload` is what follows the code, encrypted where the block says so.
    """

    address: int
    is_reply: bool
    sequence: int
    code: int
    payload: bytes = field(default=b"", repr=False)
    block: Block | None = None
    mac: bytes = field(default=b"", repr=False)
    with_crc: bool = True

    @property
    def has_mac(self) -> bool:
        """Whether its block promises a MAC."""
        return self.block is not None and self.block.kind in WITH_MAC

    @property
    def is_encrypted(self) -> bool:
        """Whether its payload is."""
        return self.block is not None and self.block.kind in ENCRYPTED


def crc(message: bytes) -> int:
    """CRC-16, polynomial 0x1021, most significant bit first, initial value 0x1D0F (Annex C)."""
    return binascii.crc_hqx(message, CRC_START)


def checksum(message: bytes) -> int:
    """The two's complement of the sum of all bytes, modulo 256 (Annex C)."""
    return -sum(message) & 0xFF


def to_be_authenticated(frame: Frame) -> bytes:
    """Return what a MAC is computed over: the message from SOM to the end of the payload (D.5)."""
    block = b"" if frame.block is None else _block_bytes(frame.block)
    body = block + bytes([frame.code]) + frame.payload
    check_bytes = CRC_BYTES if frame.with_crc else CHECKSUM_BYTES
    length = HEADER_BYTES + len(body) + (MAC_BYTES if frame.has_mac else 0) + check_bytes
    address = frame.address | (REPLY_FLAG if frame.is_reply else 0)
    control = frame.sequence | (CRC_FLAG if frame.with_crc else 0) | (BLOCK_FLAG if frame.block is not None else 0)
    return bytes([SOM, address]) + length.to_bytes(2, "little") + bytes([control]) + body


def encode(frame: Frame) -> bytes:
    """Return the bytes of `frame`, from SOM on."""
    message = to_be_authenticated(frame) + (frame.mac if frame.has_mac else b"")
    if frame.with_crc:
        return message + crc(message).to_bytes(CRC_BYTES, "little")
    return message + bytes([checksum(message)])


def check_bytes_of(control: int) -> int:
    """Return how many check characters a message with this control byte has."""
    return CRC_BYTES if control & CRC_FLAG else CHECKSUM_BYTES


def shortest_for(control: int) -> int:
    """Return the length of the shortest message with this control byte: header, code and check characters."""
    return HEADER_BYTES + 1 + check_bytes_of(control)


def declared_length(head: bytes | bytearray) -> int:
    """Return what the length field of a message says, whose first four bytes at least are `head`."""
    return int.from_bytes(head[2:4], "little")


def is_possible_length(head: bytes | bytearray) -> bool:
    """Whether the length field of a header (five bytes) can be that of any message."""
    return shortest_for(head[4]) <= declared_length(head) <= LARGEST_MESSAGE_BYTES


def is_intact(message: bytes) -> bool:
    """Whether the check characters of `message` (whole, from SOM on) are right."""
    if message[4] & CRC_FLAG:
        return crc(message[:-CRC_BYTES]) == int.from_bytes(message[-CRC_BYTES:], "little")
    return checksum(message[:-CHECKSUM_BYTES]) == message[-1]


def decode(message: bytes) -> Frame:
    """Return the frame of a whole message, from SOM to its check characters.

    Raises LengthError, CheckError or BlockError.
    """
    if len(message) < HEADER_BYTES or message[0] != SOM or not is_possible_length(message):
        raise LengthError("a length field that no message has")
    if declared_length(message) != len(message):
        raise LengthError(f"the length field says {declared_length(message)} bytes, there are {len(message)}")
    if not is_intact(message):
        raise CheckError("CRC wrong" if message[4] & CRC_FLAG else "checksum wrong")
    return decode_unchecked(message)


def decode_unchecked(message: bytes) -> Frame:
    """Return the frame of a message of possible length whatever its check characters are: for a witness who explains.

    Raises BlockError.
    """
    control = message[4]
    body = message[HEADER_BYTES : len(message) - check_bytes_of(control)]
    block, mac = None, b""
    if control & BLOCK_FLAG:
        # 5.9, table 3: the block's length counts itself and its type; a code must follow it.
        if len(body) < BLOCK_HEAD_BYTES or not BLOCK_HEAD_BYTES <= body[0] < len(body):
            raise BlockError("a security control block that does not fit into its message")
        block = Block(kind=body[1], data=body[BLOCK_HEAD_BYTES : body[0]])
        body = body[body[0] :]
        if block.kind in WITH_MAC:
            if len(body) < 1 + MAC_BYTES:
                raise BlockError("a security control block that promises a MAC, and no room for one")
            body, mac = body[:-MAC_BYTES], body[-MAC_BYTES:]
    return Frame(
        address=message[1] & ~REPLY_FLAG,
        is_reply=bool(message[1] & REPLY_FLAG),
        sequence=control & SEQUENCE_MASK,
        code=body[0],
        payload=body[1:],
        block=block,
        mac=mac,
        with_crc=bool(control & CRC_FLAG),
    )


def _block_bytes(block: Block) -> bytes:
    return bytes([BLOCK_HEAD_BYTES + len(block.data), block.kind]) + block.data
