"""A simulated Modbus RTU board on a line that it shares with others.

Human face: `set_input`, `power_off`, `power_on`, `relays`. Wire face: functions 01, 02, 03, 05, 06 and 0F, and the
makers' timed release. A unit that is not addressed, or has no power, says nothing, as on a real bus; so does one that
is addressed as everybody (broadcast, serial line 2.1), though it obeys.

Not simulated: the time that a board thinks, communication watchdogs, changing address or rate over the bus.

Belongs here: what the board does. Does not belong here: frames (rtu.py), which boards there are (models.py).
"""

import asyncio
from collections.abc import Callable
from typing import Final

from simulators.boards.models import ModbusModel
from simulators.boards.outputs import OnOutput, Relays
from simulators.boards.rtu import (
    BROADCAST,
    ExceptionCode,
    Function,
    Request,
    RequestFramer,
    answer,
    packed_bits,
    packed_registers,
    refusal,
)
from simulators.line import PtyLine

_ON: Final = 0xFF00
_OFF: Final = 0x0000
_TOGGLE: Final = 0x5500
_LONGEST_FLASH: Final = 0x7FFF
_FLASH_UNIT_S: Final = 0.1
_OPEN_COMMAND: Final = 0x01
_CLOSE_COMMAND: Final = 0x02
_DELAY_COMMAND: Final = 0x06


class _Refused(Exception):  # noqa: N818  what the standard calls an exception
    def __init__(self, code: ExceptionCode) -> None:
        self.code = code


class SimulatedModbusBoard:
    """One unit. `relays` and `inputs` are its terminals; `framer.bad` counts what it could not understand."""

    def __init__(self, line: PtyLine, address: int, model: ModbusModel, baud: int) -> None:
        self.address = address
        self.baud = baud
        self.model = model
        self.relays = Relays(model.outputs)
        self.inputs = [False] * model.inputs
        self.has_power = False
        self.framer = RequestFramer()
        self._line = line
        self._acts: dict[int, Callable[[Request], bytes]] = {
            Function.READ_COILS: self._read_coils,
            Function.READ_INPUTS: self._read_inputs,
            Function.READ_REGISTERS: self._read_registers,
            Function.WRITE_COIL: self._write_coil,
            Function.WRITE_REGISTER: self._write_register,
            Function.WRITE_COILS: self._write_coils,
        }
        line.listen(self._hear, lambda: self.baud)

    def power_on(self) -> None:
        """Start it: all relays open."""
        self.has_power = True

    def power_off(self) -> None:
        """Cut the power: silence, and all relays fall."""
        self.has_power = False
        self.relays.drop()

    def set_input(self, number: int, *, active: bool) -> None:
        """Change what is wired to an input. Raises IndexError for one that the board has not."""
        self.inputs[number] = active

    def on_output(self, number: int, listener: OnOutput) -> None:
        """Wire something to a relay. Raises IndexError for one that the board has not."""
        self.relays.listen(number, listener)

    def obey(self, request: Request) -> bytes:
        """Carry out a request to this unit or to all; return the frame of the answer."""
        try:
            act = self._acts.get(request.function, _not_known)
            return answer(self.address, request.function, act(request))
        except _Refused as refused:
            return refusal(self.address, request.function, refused.code)

    def _hear(self, data: bytes) -> None:
        if not self.has_power:
            return
        for request in self.framer.feed(data, asyncio.get_running_loop().time()):
            if request.unit == BROADCAST:
                self.obey(request)
            elif request.unit == self.address:
                self._line.send(self.obey(request), self.baud)

    def _read_coils(self, request: Request) -> bytes:
        self._must(self.model.commands_at is None, ExceptionCode.ILLEGAL_FUNCTION)
        return packed_bits(self._stretch(self.relays.closed, self.model.outputs_at, request))

    def _read_inputs(self, request: Request) -> bytes:
        self._must(self.model.commands_at is None, ExceptionCode.ILLEGAL_FUNCTION)
        return packed_bits(self._stretch(self.inputs, self.model.inputs_at, request))

    def _read_registers(self, request: Request) -> bytes:
        if request.address == self.model.version_at and request.value == 1:
            return packed_registers([self.model.version])
        self._must(self.model.commands_at is not None and request.value == 1, ExceptionCode.ILLEGAL_ADDRESS)
        terminals = {self.model.outputs_at: self.relays.closed, self.model.inputs_at: self.inputs}
        self._must(request.address in terminals, ExceptionCode.ILLEGAL_ADDRESS)
        return packed_registers([sum(1 << bit for bit, state in enumerate(terminals[request.address]) if state)])

    def _write_coil(self, request: Request) -> bytes:
        flash_at = self.model.flash_at
        if flash_at is not None and flash_at <= request.address < flash_at + self.model.outputs:
            self._must(1 <= request.value <= _LONGEST_FLASH, ExceptionCode.ILLEGAL_VALUE)
            self.relays.pulse(request.address - flash_at, request.value * _FLASH_UNIT_S)
            return _echo(request)
        number = self._output(request)
        self._must(self.model.commands_at is None, ExceptionCode.ILLEGAL_FUNCTION)
        if request.value == _TOGGLE and flash_at is not None:
            self.relays.set(number, closed=not self.relays.closed[number])
        else:
            self._must(request.value in {_ON, _OFF}, ExceptionCode.ILLEGAL_VALUE)
            self.relays.set(number, closed=request.value == _ON)
        return _echo(request)

    def _write_register(self, request: Request) -> bytes:
        commands_at = self.model.commands_at
        self._must(commands_at is not None, ExceptionCode.ILLEGAL_FUNCTION)
        number = request.address - (commands_at or 0)
        self._must(0 <= number < self.model.outputs, ExceptionCode.ILLEGAL_ADDRESS)
        command, delay_s = divmod(request.value, 0x100)
        if command == _DELAY_COMMAND and delay_s > 0:
            self.relays.pulse(number, delay_s)
        else:
            self._must(command in {_OPEN_COMMAND, _CLOSE_COMMAND}, ExceptionCode.ILLEGAL_VALUE)
            self.relays.set(number, closed=command == _OPEN_COMMAND)
        return _echo(request)

    def _write_coils(self, request: Request) -> bytes:
        self._must(self.model.commands_at is None, ExceptionCode.ILLEGAL_FUNCTION)
        count, first = request.value, request.address - self.model.outputs_at
        self._must(count > 0 and len(request.data) == -(-count // 8), ExceptionCode.ILLEGAL_VALUE)
        self._must(first >= 0 and first + count <= self.model.outputs, ExceptionCode.ILLEGAL_ADDRESS)
        for number in range(count):
            self.relays.set(first + number, closed=bool(request.data[number // 8] >> number % 8 & 1))
        return _echo(request)

    def _output(self, request: Request) -> int:
        number = request.address - self.model.outputs_at
        self._must(0 <= number < self.model.outputs, ExceptionCode.ILLEGAL_ADDRESS)
        return number

    def _stretch(self, states: list[bool], first: int, request: Request) -> list[bool]:
        start = request.address - first
        self._must(request.value > 0, ExceptionCode.ILLEGAL_VALUE)
        self._must(start >= 0 and start + request.value <= len(states), ExceptionCode.ILLEGAL_ADDRESS)
        return states[start : start + request.value]

    @staticmethod
    def _must(holds: bool, code: ExceptionCode) -> None:  # noqa: FBT001  a condition
        if not holds:
            raise _Refused(code)


def _not_known(_request: Request) -> bytes:
    raise _Refused(ExceptionCode.ILLEGAL_FUNCTION)


def _echo(request: Request) -> bytes:
    """Return what a write is answered with: where, and what or how many (6.5, 6.6, 6.11)."""
    return request.address.to_bytes(2, "big") + request.value.to_bytes(2, "big")
