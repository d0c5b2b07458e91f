"""OSDP lines of a gate.

Belongs here: which reader hangs on which bus, with which keys and portals. Does not belong here: the driver.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from contract.ids import ReaderId
from contract.site import Gate, GateDevices, ReaderConfig, ReaderKind
from drivers.osdp.bus import OsdpBus
from drivers.osdp.config import BadBusConfigError, OsdpBusConfig, OsdpPdConfig, WeakKeyError, check_key
from drivers.wiegand.formats import BadFormatError
from edge.hardware.error import HardwareError
from edge.hardware.lines import path_of
from edge.hardware.retired_keys import RetiredKeys


def buses(config: Gate, devices: GateDevices, retired: RetiredKeys) -> Iterator[OsdpBus]:
    """Yield one bus for each line of OSDP readers. Raises HardwareError."""
    readers = sorted((r for r in config.reader if r.kind is ReaderKind.OSDP), key=lambda reader: reader.device)
    keys = {reader.id: _keys(reader.id, devices, retired) for reader in readers}
    _check_own_keys(keys)
    for line, on_line in groupby(readers, key=lambda reader: reader.device):
        yield _bus(path_of(devices, line), list(on_line), config, keys, retired)


def _bus(
    path: str,
    on_line: Sequence[ReaderConfig],
    config: Gate,
    keys: dict[ReaderId, tuple[bytes, ...]],
    retired: RetiredKeys,
) -> OsdpBus:
    bauds = {reader.baud for reader in on_line}
    if len(bauds) > 1:
        message = f"readers on {path} have different rates: {sorted(bauds)}"
        raise HardwareError(message)
    here = {reader.id for reader in on_line}
    try:
        return OsdpBus(
            OsdpBusConfig(
                device=path,
                pds=tuple(_device(reader, keys[reader.id]) for reader in on_line),
                baud=bauds.pop(),
                portals=tuple(portal for portal in config.portal if {portal.hardware, portal.watched_by} & here),
                signals=tuple(signal for signal in config.signal if signal.hardware in here),
                lanes=tuple(lane for lane in config.lane if lane.hardware in here),
            ),
            lambda reader: retired.retire(keys[reader][0]),
        )
    except (BadBusConfigError, BadFormatError) as error:
        raise HardwareError(str(error)) from error


def _device(reader: ReaderConfig, keys: tuple[bytes, ...]) -> OsdpPdConfig:
    return OsdpPdConfig(
        address=reader.address,
        reader=reader.id,
        scbk=keys[0],
        scbk_next=keys[1] if len(keys) > 1 else None,
        formats=tuple(reader.formats),
        hold_off_ms=reader.hold_off_ms,
    )


def _keys(reader: ReaderId, devices: GateDevices, retired: RetiredKeys) -> tuple[bytes, ...]:
    """Return the keys that a reader may have: that in force, and the one to which it is being rotated, if any."""
    if reader not in devices.scbk:
        message = f"the device file has no secure channel key (scbk) for reader {reader}"
        raise HardwareError(message)
    told = [devices.scbk[reader]] + ([devices.scbk_next[reader]] if reader in devices.scbk_next else [])
    keys = tuple(_key(reader, text) for text in told)
    in_force = tuple(key for key in keys if not retired.has(key))
    if not in_force:
        message = f"reader {reader} has another key since it was rotated: put that one into the device file as its scbk"
        raise HardwareError(message)
    if in_force[-1:] != keys[-1:]:
        message = f"the next key (scbk_next) of reader {reader} was in force before: draw a new one"
        raise HardwareError(message)
    return in_force


def _key(reader: ReaderId, text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        message = f"the secure channel key of reader {reader} is not hexadecimal"
        raise HardwareError(message) from None
    try:
        check_key(key)
    except WeakKeyError as error:
        message = f"reader {reader}: {error}"
        raise HardwareError(message) from error
    return key


def _check_own_keys(keys: dict[ReaderId, tuple[bytes, ...]]) -> None:
    """Refuse a key that two readers share: who opens one reader would have both."""
    owners: dict[bytes, ReaderId] = {}
    for reader, own in keys.items():
        for key in own:
            if owners.setdefault(key, reader) != reader:
                message = f"readers {owners[key]} and {reader} share a key: each needs one of its own"
                raise HardwareError(message)
