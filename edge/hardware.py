"""A gate's readers and portals, made from the site file and the gate's private device file.

Belongs here: which driver serves which reader. Does not belong here: drivers, or what is done with them (gate.py).
"""

from collections.abc import Sequence
from itertools import groupby

from contract.clock import Clock
from contract.ids import PortalId, ReaderId
from contract.site import Gate, GateDevices, PortalConfig, ReaderConfig, ReaderKind
from drivers.ascii_reader import AsciiReader
from drivers.osdp.bus import OsdpBus
from drivers.osdp.config import BadBusConfigError, OsdpBusConfig, OsdpPdConfig
from drivers.ports import PortalHardware, Reader
from drivers.wiegand.formats import BadFormatError
from edge.gate import Devices


class HardwareError(ValueError):
    """Readers or portals that can not be served as they are described; the message says which and why."""


def build(config: Gate, devices: GateDevices, clock: Clock) -> Devices:
    """Return the drivers of `config`: one OSDP bus for each line, one serial line for each ASCII reader.

    Readers of kind `log` have no device. Raises HardwareError.
    """
    readers: dict[ReaderId, Reader] = {}
    portals: dict[PortalId, PortalHardware] = {}
    by_line = sorted((r for r in config.reader if r.kind is ReaderKind.OSDP), key=lambda reader: reader.device)
    for line, on_line in groupby(by_line, key=lambda reader: reader.device):
        bus = _bus(_path(devices, line), list(on_line), config.portal, devices)
        readers |= {reader.id: reader for reader in bus.readers}
        portals |= {portal.id: portal for portal in bus.portals}
    for reader in config.reader:
        if reader.kind is ReaderKind.ASCII:
            readers[reader.id] = AsciiReader(reader.id, _path(devices, reader.device), clock, reader.baud)
    for portal in config.portal:
        if portal.id not in portals:
            message = f"portal {portal.id}: {portal.hardware} is no OSDP reader, or serves another portal already"
            raise HardwareError(message)
    return Devices({reader.id: readers[reader.id] for reader in config.reader if reader.id in readers}, portals)


def _bus(path: str, on_line: Sequence[ReaderConfig], portals: Sequence[PortalConfig], devices: GateDevices) -> OsdpBus:
    bauds = {reader.baud for reader in on_line}
    if len(bauds) > 1:
        message = f"readers on {path} have different rates: {sorted(bauds)}"
        raise HardwareError(message)
    try:
        pds = tuple(_device(reader, portals, devices) for reader in on_line)
        return OsdpBus(OsdpBusConfig(device=path, pds=pds, baud=bauds.pop()))
    except (BadBusConfigError, BadFormatError) as error:
        raise HardwareError(str(error)) from error


def _device(reader: ReaderConfig, portals: Sequence[PortalConfig], devices: GateDevices) -> OsdpPdConfig:
    portal = next((p for p in portals if p.hardware == reader.id), None)
    return OsdpPdConfig(
        address=reader.address,
        reader=reader.id,
        scbk=_key(reader, devices),
        portal=portal.id if portal else None,
        strike_output=portal.strike_output if portal else None,
        dps_input=_wired(portal.dps_input) if portal else None,
        rex_input=_wired(portal.rex_input) if portal else None,
        formats=tuple(reader.formats),
    )


def _key(reader: ReaderConfig, devices: GateDevices) -> bytes:
    try:
        return bytes.fromhex(devices.scbk[reader.id])
    except KeyError:
        message = f"the device file has no secure channel key (scbk) for reader {reader.id}"
        raise HardwareError(message) from None
    except ValueError:
        message = f"the secure channel key of reader {reader.id} is not hexadecimal"
        raise HardwareError(message) from None


def _path(devices: GateDevices, line: str) -> str:
    if line not in devices.lines:
        message = f"the device file names no line {line!r}; it has: {', '.join(sorted(devices.lines)) or 'none'}"
        raise HardwareError(message)
    return devices.lines[line]


def _wired(terminal: int) -> int | None:
    """A negative number in the site file says that nothing is wired there."""
    return terminal if terminal >= 0 else None
