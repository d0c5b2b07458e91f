"""One serial line, opened without blocking: for drivers with an event loop, and for those without.

Belongs here: opening, reading and the errors of a line. Does not belong here: reopening it (serial_link.py),
or imports that a small process would have to carry.
"""

import os
from dataclasses import dataclass
from typing import Final, Literal

import serial

READ_BYTES: Final = 4096

Parity = Literal["none", "even", "odd"]
_PARITY: Final[dict[Parity, str]] = {
    "none": serial.PARITY_NONE,
    "even": serial.PARITY_EVEN,
    "odd": serial.PARITY_ODD,
}


class LineError(Exception):
    """A serial line that can not be used."""


class LineAbsentError(LineError):
    """The line can not be opened: no such device, no permission, or in use by another program."""


class LineLostError(LineError):
    """The line hung up or failed while in use."""


@dataclass(frozen=True, slots=True)
class CharacterShape:
    """How a byte travels: 7 or 8 data bits, a parity bit or none, 1 or 2 stop bits."""

    data_bits: Literal[7, 8] = 8
    parity: Parity = "none"
    stop_bits: Literal[1, 2] = 1


EIGHT_N_ONE: Final = CharacterShape()


def open_line(device: str, baud: int, shape: CharacterShape = EIGHT_N_ONE) -> serial.Serial:
    """Open `device` for this program alone, and forget what arrived while nobody listened. Raises LineAbsentError.

    `baud`: bits per second.
    """
    try:
        return serial.Serial(
            device,
            baudrate=baud,
            bytesize=shape.data_bits,
            parity=_PARITY[shape.parity],
            stopbits=shape.stop_bits,
            timeout=0,
            write_timeout=0,
            exclusive=True,
        )
    except (OSError, ValueError) as error:  # SerialException is an OSError; a bad rate is a ValueError
        raise LineAbsentError(f"{device} can not be opened: {error}") from error


def read_piece(descriptor: int, limit_bytes: int = READ_BYTES) -> bytes:
    """Return what has arrived, at most `limit_bytes`; nothing if nothing has. Raises LineLostError."""
    try:
        return os.read(descriptor, limit_bytes)
    except BlockingIOError:
        return b""
    except OSError as error:  # EIO: the other end of a pseudo-terminal is gone, or an adapter was unplugged
        raise LineLostError(str(error)) from error


def read_ready(descriptor: int) -> bytes:
    """Return what has arrived on a line that was found readable. Raises LineLostError, as well if that is nothing."""
    piece = read_piece(descriptor)
    if not piece:
        raise LineLostError("hung up")
    return piece


def is_replaced(descriptor: int, device: str) -> bool:
    """Whether the name `device` now leads to another device than the open line `descriptor`.

    Names below /dev/serial are links that the system makes anew when an adapter is plugged in, also while the adapter
    before it was not yet noticed to be gone. A name that leads nowhere says nothing: the open line may still work.
    """
    try:
        return os.stat(device).st_rdev != os.fstat(descriptor).st_rdev  # noqa: PTH116 - the line is a descriptor too
    except OSError:
        return False
