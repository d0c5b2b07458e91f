"""One serial line, opened without blocking: for drivers with an event loop, and for those without.

Belongs here: opening, reading and the errors of a line. Does not belong here: reopening it (serial_link.py),
or imports that a small process would have to carry.
"""

import os
import termios
from dataclasses import dataclass
from typing import Final, Literal

import serial

READ_BYTES: Final = 4096
_PSEUDO_TERMINALS: Final = range(136, 144)
"""Major numbers of Linux (its admin-guide/devices.txt)."""

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

    `baud`: bits per second. A pseudo-terminal carries whole bytes and knows no shape: asked for one that has parity or
    seven bits, Linux refuses it the second time it is opened.
    """
    if _is_pseudo_terminal(device):
        shape = EIGHT_N_ONE
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
    # SerialException is an OSError, a bad rate is one of the next two; termios.error is none of them, and is what a
    # line says that is unplugged while it is being opened.
    except (OSError, ValueError, OverflowError, termios.error) as error:
        raise LineAbsentError(f"{device} can not be opened: {error}") from error


def _is_pseudo_terminal(device: str) -> bool:
    try:
        return os.major(os.stat(device).st_rdev) in _PSEUDO_TERMINALS  # noqa: PTH116 - as below
    except (OSError, ValueError):
        return False


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
