"""Serial readers of a gate.

Belongs here: which model hangs on which line. Does not belong here: the driver, any model.
"""

from contract.clock import Clock
from contract.site import GateDevices, ReaderConfig
from drivers.serial.profile import BadProfileError, load_profile
from drivers.serial.reader import SerialReader
from drivers.wiegand.formats import BadFormatError, card_formats
from edge.hardware.error import HardwareError
from edge.hardware.lines import path_of


def serial_reader(config: ReaderConfig, devices: GateDevices, clock: Clock) -> SerialReader:
    """Return the driver of one serial reader. Raises HardwareError."""
    try:
        profile = load_profile(config.profile)
        formats = card_formats(config.formats)
    except (BadProfileError, BadFormatError) as error:
        raise HardwareError(f"reader {config.id}: {error}") from error
    bauds = profile.line.bauds
    if config.baud not in bauds:
        message = (
            f"reader {config.id}: {profile.title} works at {', '.join(map(str, bauds))} baud, not at {config.baud}; "
            f"say baud = {bauds[0]} in the site file"
        )
        raise HardwareError(message)
    path = path_of(devices, config.device)
    return SerialReader(config.id, path, clock, profile, config.baud, formats, config.hold_off_ms)
