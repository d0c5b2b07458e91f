"""What a profile says, as Modbus requests of pymodbus; and what their answers say.

Belongs here: one request or answer. Does not belong here: when it is sent (modbus_board.py), or over which line.
"""

import math
from struct import pack

from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest, WriteSingleCoilRequest
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, WriteSingleRegisterRequest

from drivers.boards.profile import ModbusProfile, Place, Pulse
from drivers.ports import BadCommandError


class BadAnswerError(Exception):
    """An answer that does not say what was asked."""


class _WriteCoilTime(ModbusPDU):
    """Function 05 with a time where the standard has 0xFF00 or 0x0000; boards answer with an echo."""

    function_code = 5
    rtu_frame_size = 8

    def __init__(self, unit: int, address: int, value: int) -> None:
        super().__init__(dev_id=unit, address=address)
        self._value = value

    def encode(self) -> bytes:
        """Return address and value (application protocol V1.1b3, 6.5)."""
        return pack(">HH", self.address, self._value)


def read(unit: int, place: Place, count: int) -> ModbusPDU:
    """Ask for the `count` terminals at `place`."""
    if place.kind == "coils":
        return ReadCoilsRequest(dev_id=unit, address=place.first, count=count)
    if place.kind == "discrete-inputs":
        return ReadDiscreteInputsRequest(dev_id=unit, address=place.first, count=count)
    return ReadHoldingRegistersRequest(dev_id=unit, address=place.first, count=1)


def states(answer: ModbusPDU, place: Place, count: int) -> list[bool]:
    """Return the terminals that an answer to `read` tells. Raises BadAnswerError if it tells fewer, or far more."""
    if place.kind == "register-bits":
        value = register(answer)
        return [bool(value >> bit & 1) for bit in range(count)]
    if not count <= len(answer.bits) < count + 8:
        raise BadAnswerError(f"{len(answer.bits)} states instead of {count}")
    return [bool(bit) for bit in answer.bits[:count]]


def read_register(unit: int, address: int) -> ModbusPDU:
    """Ask for one register."""
    return ReadHoldingRegistersRequest(dev_id=unit, address=address, count=1)


def register(answer: ModbusPDU) -> int:
    """Return the one register that an answer tells. Raises BadAnswerError."""
    if len(answer.registers) != 1:
        raise BadAnswerError(f"{len(answer.registers)} registers instead of 1")
    return int(answer.registers[0])


def switch(unit: int, profile: ModbusProfile, number: int, *, on: bool) -> ModbusPDU:
    """Switch output `number`."""
    if profile.switch is None:
        return WriteSingleCoilRequest(dev_id=unit, address=profile.outputs.first + number, bits=[on])
    value = profile.switch.on if on else profile.switch.off
    return WriteSingleRegisterRequest(dev_id=unit, address=profile.switch.first + number, registers=[value])


def pulse(unit: int, how: Pulse, number: int, duration_ms: int) -> ModbusPDU:
    """Release output `number` for `duration_ms`, rounded up to the board's unit. Raises BadCommandError."""
    units = math.ceil(duration_ms / how.unit_ms)
    if not 1 <= units <= how.most:
        raise BadCommandError(f"this board times a release of at most {how.most * how.unit_ms} ms, not {duration_ms}")
    address, value = how.first + number, how.base + units
    if how.write == "coil":
        return _WriteCoilTime(unit, address, value)
    return WriteSingleRegisterRequest(dev_id=unit, address=address, registers=[value])
