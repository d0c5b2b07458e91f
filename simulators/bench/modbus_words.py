"""Modbus RTU frames in words, for the trace: pure.

Written from the Modbus application protocol (V1.1b3, section 6). Belongs here: words. Does not belong here: frames as a
board needs them (simulators/boards/rtu.py).
"""

from typing import Final

from simulators.boards.rtu import Function, crc16
from simulators.line import Direction

_ERROR: Final = 0x80
_HEAD_BYTES: Final = 2
_CRC_BYTES: Final = 2
_SHORTEST: Final = _HEAD_BYTES + _CRC_BYTES + 1
"""No request and no answer is without data (section 6); an exception has its code."""
_NAMES: Final = {
    Function.READ_COILS: "read coils",
    Function.READ_INPUTS: "read inputs",
    Function.READ_REGISTERS: "read registers",
    Function.WRITE_COIL: "write coil",
    Function.WRITE_REGISTER: "write register",
    Function.WRITE_COILS: "write coils",
}
_READS: Final = {Function.READ_COILS, Function.READ_INPUTS, Function.READ_REGISTERS}
_REFUSALS: Final = {1: "illegal function", 2: "illegal address", 3: "illegal value", 4: "device failure"}


def modbus_words(data: bytes, direction: Direction) -> list[tuple[str, bool]]:
    """Return what was heard at once in words, frame by frame, and whether each is routine.

    Reading coils and inputs goes on all the time. A client that repeats itself may be heard as one piece.
    """
    said: list[tuple[str, bool]] = []
    while data:
        length = next((end for end in range(_SHORTEST, len(data) + 1) if _is_intact(data[:end])), None)
        if length is None:
            return [*said, (f"damaged: {data.hex(' ')}", False)]
        said.append(_frame_words(data[:length], direction))
        data = data[length:]
    return said


def _is_intact(frame: bytes) -> bool:
    return crc16(frame[:-_CRC_BYTES]) == frame[-_CRC_BYTES:]


def _frame_words(data: bytes, direction: Direction) -> tuple[str, bool]:
    unit, code, body = data[0], data[1], data[_HEAD_BYTES:-_CRC_BYTES]
    function = code & ~_ERROR
    name = _NAMES.get(Function(function), "") if function in set(Function) else ""
    said = f"unit {unit} {name or f'function {function:#04x}'}"
    if code & _ERROR:
        return f"{said}: refused, {_REFUSALS.get(body[0] if body else 0, 'unknown reason')}", False
    is_read = function in _READS
    if direction is Direction.TO_DEVICES or not is_read:
        return f"{said} {_request(function, body)}", is_read
    return f"{said}: {_read(function, body)}", True


def _request(function: int, body: bytes) -> str:
    if len(body) < 4:
        return body.hex(" ")
    address, value = int.from_bytes(body[:2], "big"), int.from_bytes(body[2:4], "big")
    if function == Function.WRITE_COIL and value in {0x0000, 0xFF00}:
        return f"at {address}: {'on' if value else 'off'}"
    if function in {Function.WRITE_COIL, Function.WRITE_REGISTER}:
        return f"at {address:#06x}: {value:#06x}"
    data = f", {body[5:].hex(' ')}" if len(body) > 5 else ""
    return f"at {address}, {value} of them{data}"


def _read(function: int, body: bytes) -> str:
    values = body[1:]
    if function == Function.READ_REGISTERS:
        return " ".join(f"{int.from_bytes(values[at : at + 2], 'big'):#06x}" for at in range(0, len(values), 2))
    return " ".join(f"{byte:08b}"[::-1] for byte in values)
