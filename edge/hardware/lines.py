"""Where the lines of a gate lead.

Belongs here: the look-up in the device file. Does not belong here: opening anything.
"""

from contract.site import GateDevices
from edge.hardware.error import HardwareError


def path_of(devices: GateDevices, line: str) -> str:
    """Return what the device file says of a line of the site file. Raises HardwareError."""
    if line not in devices.lines:
        message = f"the device file names no line {line!r}; it has: {', '.join(sorted(devices.lines)) or 'none'}"
        raise HardwareError(message)
    return devices.lines[line]
