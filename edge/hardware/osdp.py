"""OSDP lines of a gate.

Belongs here: which reader hangs on which bus, with which key and contacts. Does not belong here: the driver.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from contract.site import DpsLevel, Gate, GateDevices, PortalConfig, ReaderConfig, ReaderKind
from drivers.osdp.bus import OsdpBus
from drivers.osdp.config import BadBusConfigError, OsdpBusConfig, OsdpPdConfig
from drivers.wiegand.formats import BadFormatError
from edge.hardware.error import HardwareError
from edge.hardware.lines import path_of


def buses(config: Gate, devices: GateDevices) -> Iterator[OsdpBus]:
    """Yield one bus for each line of OSDP readers. Raises HardwareError."""
    by_line = sorted((r for r in config.reader if r.kind is ReaderKind.OSDP), key=lambda reader: reader.device)
    for line, on_line in groupby(by_line, key=lambda reader: reader.device):
        yield _bus(path_of(devices, line), list(on_line), config.portal, devices)


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
        dps_open_level=portal.dps_closes_when is DpsLevel.OPEN if portal else True,
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


def _wired(terminal: int) -> int | None:
    """A negative number in the site file says that nothing is wired there."""
    return terminal if terminal >= 0 else None
