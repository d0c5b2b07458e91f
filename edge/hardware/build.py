"""A gate's readers, boards and portals, made from the site file and the gate's private device file.

Belongs here: which kind of driver serves what. Does not belong here: one kind (its own module), drivers, or what is
done with them (edge/gate.py).
"""

from pathlib import Path
from typing import Final

from contract.clock import Clock
from contract.ids import PortalId, ReaderId
from contract.site import Gate, GateDevices, ReaderKind
from drivers.ports import PortalHardware, Reader
from edge.gate import Devices
from edge.hardware.error import HardwareError
from edge.hardware.osdp import buses
from edge.hardware.retired_keys import RetiredKeys
from edge.hardware.serial import serial_reader

RETIRED_KEYS: Final = "retired-reader-keys"


def build(config: Gate, devices: GateDevices, clock: Clock, state: Path) -> Devices:
    """Return the drivers of `config`: one OSDP bus for each line, one serial line for each serial reader.

    `state`: the gate's folder. Readers of kind `log` have no device. Raises HardwareError.
    """
    readers: dict[ReaderId, Reader] = {}
    portals: dict[PortalId, PortalHardware] = {}
    for bus in buses(config, devices, RetiredKeys(state / RETIRED_KEYS)):
        readers |= {reader.id: reader for reader in bus.readers}
        portals |= {portal.id: portal for portal in bus.portals}
    for reader in config.reader:
        if reader.kind is ReaderKind.SERIAL:
            readers[reader.id] = serial_reader(reader, devices, clock)
    for portal in config.portal:
        if portal.id not in portals:
            message = f"portal {portal.id}: {portal.hardware} is no OSDP reader"
            raise HardwareError(message)
    return Devices({reader.id: readers[reader.id] for reader in config.reader if reader.id in readers}, portals)
