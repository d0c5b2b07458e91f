"""Modbus RTU as a board hears and says it: frames of requests out of bytes, and answers.

Written from the Modbus application protocol (V1.1b3) and "Modbus over serial line" (V1.02); shares nothing with the
library behind the driver. Requests have known lengths, so a frame is over when its bytes are there; a pause drops what
is unfinished, as the silent interval does on a wire (serial line, 2.5.1.1).

Belongs here: CRC, framing, the shape of requests and answers. Does not belong here: what a board does
(modbus_board.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

BROADCAST: Final = 0
PAUSE_S: Final = 0.05
"""Far longer than the standard's 3.5 characters: a pseudo-terminal knows no silence between bytes."""
_FIXED_BYTES: Final = 8
_COUNT_AT: Final = 6
_MANY_HEAD_BYTES: Final = 9
_MAX_FRAME_BYTES: Final = 256
_ERROR_BIT: Final = 0x80


class Function(IntEnum):
    """Public function codes (application protocol, section 6)."""

    READ_COILS = 0x01
    READ_INPUTS = 0x02
    READ_REGISTERS = 0x03
    WRITE_COIL = 0x05
    WRITE_REGISTER = 0x06
    WRITE_COILS = 0x0F


class ExceptionCode(IntEnum):
    """Why a board refuses (application protocol, section 7)."""

    ILLEGAL_FUNCTION = 1
    ILLEGAL_ADDRESS = 2
    ILLEGAL_VALUE = 3


@dataclass(frozen=True, slots=True)
class Request:
    """A request with a right CRC. `value`: the quantity or the value; `data`: the coils of WRITE_COILS."""

    unit: int
    function: int
    address: int
    value: int
    data: bytes = b""


def crc16(data: bytes) -> bytes:
    """Return the two bytes that end a frame: polynomial 0xA001 reflected, start 0xFFFF, low byte first (6.2.2)."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc.to_bytes(2, "little")


class RequestFramer:
    """Requests out of bytes as they arrive. `bad`: pieces that were no request; `now_s` is any clock that rises."""

    def __init__(self) -> None:
        self.bad = 0
        self._buffer = bytearray()
        self._heard_at_s = 0.0

    def feed(self, data: bytes, now_s: float) -> Iterator[Request]:
        """Take a piece; yield each request that it completes. What is no request is dropped whole and counted."""
        if self._buffer and now_s - self._heard_at_s > PAUSE_S:
            self._drop()
        self._heard_at_s = now_s
        self._buffer += data
        while (length := self._length()) is not None and len(self._buffer) >= length:
            frame = bytes(self._buffer[:length])
            if crc16(frame[:-2]) != frame[-2:]:
                self._drop()
                return
            del self._buffer[:length]
            yield Request(
                frame[0], frame[1], int.from_bytes(frame[2:4], "big"), int.from_bytes(frame[4:6], "big"), frame[7:-2]
            )

    def _length(self) -> int | None:
        """Return how long the frame at the head is, or None as long as nobody can know."""
        if len(self._buffer) > _MAX_FRAME_BYTES:
            self._drop()
        if len(self._buffer) < 2:
            return None
        if self._buffer[1] != Function.WRITE_COILS:
            return _FIXED_BYTES
        return None if len(self._buffer) <= _COUNT_AT else _MANY_HEAD_BYTES + self._buffer[_COUNT_AT]

    def _drop(self) -> None:
        self.bad += 1
        self._buffer.clear()


def answer(unit: int, function: int, payload: bytes) -> bytes:
    """Return the frame of an answer."""
    frame = bytes([unit, function]) + payload
    return frame + crc16(frame)


def refusal(unit: int, function: int, code: ExceptionCode) -> bytes:
    """Return the frame of an exception."""
    return answer(unit, function | _ERROR_BIT, bytes([code]))


def packed_bits(states: Sequence[bool]) -> bytes:
    """Return a count byte and eight states a byte, the first in the lowest bit (6.1)."""
    packed = bytes(
        sum(1 << bit for bit, state in enumerate(states[start : start + 8]) if state)
        for start in range(0, len(states), 8)
    )
    return bytes([len(packed)]) + packed


def packed_registers(values: Sequence[int]) -> bytes:
    """Return a count byte and two bytes a register, high byte first (6.3)."""
    return bytes([2 * len(values)]) + b"".join(value.to_bytes(2, "big") for value in values)
