"""A gate's device file: what only one gate may know of its devices, as JSON.

Belongs here: the file's shape. Does not belong here: where it lies, or what the devices are (gate.py).
"""

from typing import Final

import msgspec

from contract.ids import CameraId, ReaderId
from contract.site.error import SiteFileError

CAMERA_SCHEMES: Final = ("rtsp://", "rtsps://")
"""How the address of a camera begins."""


class GateDevices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What only one gate may know of its devices: a file of mode 0600 beside it, never on MQTT or a command line.

    `lines`: device name of the site file -> path of the serial device, of a GPIO chip, or the name of a PC/SC reader.
    `scbk`: OSDP reader -> secure channel base key (32 hex digits), provisioned off the bus. `scbk_next`: the key that a
    reader is being rotated to: tried beside the one in force until the reader has answered with it. `cameras`: camera
    -> its RTSP address with password. `desfire_keys`: application id (6 hex digits) -> the site's AES master key of
    that application (32 hex digits), from which each card's own key is diversified (AN10922).
    """

    lines: dict[str, str] = {}
    scbk: dict[ReaderId, str] = {}
    scbk_next: dict[ReaderId, str] = {}
    cameras: dict[CameraId, str] = {}
    desfire_keys: dict[str, str] = {}

    def __repr__(self) -> str:
        """Without keys and passwords: what is printed ends up in log files."""
        return f"GateDevices(lines={self.lines!r}, ...)"


def parse_devices(text: str) -> GateDevices:
    """Return a gate's device file (JSON). Raises SiteFileError."""
    try:
        devices = msgspec.json.decode(text, type=GateDevices)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        message = f"device file: {error}"
        raise SiteFileError(message) from error
    for camera, address in devices.cameras.items():
        if not address.startswith(CAMERA_SCHEMES):
            message = f"device file: the address of camera {camera!r} does not begin with {' or '.join(CAMERA_SCHEMES)}"
            raise SiteFileError(message)
    return devices
