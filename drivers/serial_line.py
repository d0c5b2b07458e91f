"""One serial line, opened without blocking: for drivers with an event loop, and for those without.

Belongs here: opening, reading and the errors of a line. Does not belong here: reopening it (serial_link.py),
or imports that a small process would have to carry.
"""

import os
from typing import Final

import serial

READ_BYTES: Final = 4096


class LineError(Exception):
    """A serial line that can not be used."""


class LineAbsentError(LineError):
    """The line can not be opened: no such device, no permission, or in use by another program."""


class LineLostError(LineError):
    """The line hung up or failed while in use."""


def open_line(device: str, baud: int) -> serial.Serial:
    """Open `device` (8 data bits, no parity, 1 stop bit) for this program alone. Raises LineAbsentError."""
    try:
        return serial.Serial(device, baudrate=baud, timeout=0, write_timeout=0, exclusive=True)
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
