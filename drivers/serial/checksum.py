"""Checksums that serial readers append to what they send.

Belongs here: sums over bytes. Does not belong here: where a reader puts one (profile.py).
"""

from enum import StrEnum
from functools import cache
from typing import Final


class ChecksumKind(StrEnum):
    """How a checksum is formed. The CRCs have their names from the catalogue of parametrised CRC algorithms."""

    XOR = "xor"
    """Exclusive or of all bytes."""
    SUM = "sum"
    """Sum of all bytes, its lowest eight bits."""
    TWOS_COMPLEMENT = "twos-complement"
    """What makes the sum of all bytes and itself zero."""
    CRC16_MODBUS = "crc-16/modbus"
    CRC16_ARC = "crc-16/arc"
    CRC16_MCRF4XX = "crc-16/mcrf4xx"
    CRC16_X25 = "crc-16/ibm-sdlc"
    CRC16_CCITT_FALSE = "crc-16/ibm-3740"
    CRC16_XMODEM = "crc-16/xmodem"


_MODBUS: Final = 0x8005
_CCITT: Final = 0x1021
# polynomial, first value, whether bits are taken lowest first, what the result is combined with
_CRC16: Final = {
    ChecksumKind.CRC16_MODBUS: (_MODBUS, 0xFFFF, True, 0),
    ChecksumKind.CRC16_ARC: (_MODBUS, 0, True, 0),
    ChecksumKind.CRC16_MCRF4XX: (_CCITT, 0xFFFF, True, 0),
    ChecksumKind.CRC16_X25: (_CCITT, 0xFFFF, True, 0xFFFF),
    ChecksumKind.CRC16_CCITT_FALSE: (_CCITT, 0xFFFF, False, 0),
    ChecksumKind.CRC16_XMODEM: (_CCITT, 0, False, 0),
}


def size_bytes(kind: ChecksumKind) -> int:
    """Return how many bytes a checksum of `kind` has."""
    return 2 if kind in _CRC16 else 1


def checksum(kind: ChecksumKind, data: bytes) -> int:
    """Return the checksum of `data`."""
    if kind in _CRC16:
        return _crc16(kind, data)
    if kind is ChecksumKind.XOR:
        result = 0
        for byte in data:
            result ^= byte
        return result
    total = sum(data)
    return (total if kind is ChecksumKind.SUM else -total) & 0xFF


def _crc16(kind: ChecksumKind, data: bytes) -> int:
    _, register, lowest_first, last = _CRC16[kind]
    table = _table(kind)
    for byte in data:
        if lowest_first:
            register = register >> 8 ^ table[(register ^ byte) & 0xFF]
        else:
            register = register << 8 & 0xFF00 ^ table[register >> 8 ^ byte]
    return register ^ last


@cache
def _table(kind: ChecksumKind) -> tuple[int, ...]:
    """Return what each byte does to the register."""
    polynomial, _, lowest_first, _ = _CRC16[kind]
    return tuple(_shifted(byte, polynomial, lowest_first=lowest_first) for byte in range(256))


def _shifted(byte: int, polynomial: int, *, lowest_first: bool) -> int:
    if lowest_first:
        mirrored = int(f"{polynomial:016b}"[::-1], 2)
        for _ in range(8):
            byte = byte >> 1 ^ (mirrored if byte & 1 else 0)
        return byte
    register = byte << 8
    for _ in range(8):
        register = register << 1 ^ (polynomial if register & 0x8000 else 0)
    return register & 0xFFFF
