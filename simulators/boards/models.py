"""What the boards are that can be simulated, from their makers' papers; hardware/boards/ names each paper.

Belongs here: numbers of terminals and addresses. Does not belong here: behaviour.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ModbusModel:
    """A Modbus board. Addresses count from 0, as on the wire.

    `outputs_at`, `inputs_at`: the first coil and the first discrete input; or, where `commands_at` is given, a register
    with one terminal in each bit. `commands_at`: the register of the first output, which is written with a command in
    its high byte (Eletechsup). `flash_at`: the first coil whose value is a time in units of 100 ms (Waveshare's "flash
    on"). `version_at`: the register that tells the version.
    """

    outputs: int
    inputs: int
    outputs_at: int = 0
    inputs_at: int = 0
    commands_at: int | None = None
    flash_at: int | None = None
    version_at: int | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class SerialRelayModel:
    """A serial relay board. `head`: its first byte; `has_sum`: whether a checksum ends the frame."""

    outputs: int
    head: int
    has_sum: bool


MODBUS: Final = {
    "waveshare-rtu-relay-8ch": ModbusModel(8, 0, flash_at=0x0200, version_at=0x8000, version=200),
    "waveshare-rtu-relay-d-8ch": ModbusModel(8, 8, flash_at=0x0200, version_at=0x8000, version=200),
    "waveshare-rtu-io-8ch": ModbusModel(8, 8, flash_at=0x0200, version_at=0x8000, version=200),
    "eletechsup-n4d3e16": ModbusModel(16, 16, 0x0070, 0x00C0, commands_at=0x0001),
    "advantech-adam-4055": ModbusModel(8, 8, 0x0010, 0x0000, version_at=212, version=0xA100),
    "icpdas-tm-p3r3": ModbusModel(3, 3, 0x0000, 0x0020, version_at=480, version=0x0100),
}
SERIAL_RELAY: Final = {
    "lcus-1": SerialRelayModel(1, 0xA0, has_sum=True),
    "lcus-2": SerialRelayModel(2, 0xA0, has_sum=True),
    "lcus-4": SerialRelayModel(4, 0xA0, has_sum=True),
    "lcus-8": SerialRelayModel(8, 0xA0, has_sum=True),
    "kmtronic-usb-8": SerialRelayModel(8, 0xFF, has_sum=False),
}
