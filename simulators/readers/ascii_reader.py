"""A simulated EM4100 reader with an ASCII interface.

Human face: `present`. Wire face: STX, ten hex digits, two of checksum, CR, LF, ETX, at the pace of a serial
line where `baud` is given. Not simulated: the radio field, and readers that repeat a card that stays before
them.
"""

import asyncio
from typing import Final

from simulators.cards import ProximityCard
from simulators.line import PtyLine

_BITS_PER_BYTE_ON_THE_WIRE: Final = 10
"""Start bit, eight data bits, stop bit."""


class SimulatedAsciiReader:
    """`baud`: send at this pace, else at once."""

    def __init__(self, line: PtyLine, baud: int | None = None) -> None:
        self._line = line
        self._baud = baud
        self._free_at_s = 0.0

    def present(self, card: ProximityCard) -> None:
        """Hold a card before the reader."""
        self.send(frame_of(card))

    def send(self, data: bytes) -> None:
        """Send any bytes: a broken frame, noise."""
        if self._baud is None:
            self._line.send(data)
            return
        loop = asyncio.get_running_loop()
        at_s = max(loop.time(), self._free_at_s)
        for byte in data:
            loop.call_at(at_s, self._line.send, bytes([byte]))
            at_s += _BITS_PER_BYTE_ON_THE_WIRE / self._baud
        self._free_at_s = at_s


def frame_of(card: ProximityCard) -> bytes:
    """Return what the reader sends for `card`."""
    checksum = 0
    for byte in card.data:
        checksum ^= byte
    return b"\x02" + card.data.hex().upper().encode() + f"{checksum:02X}".encode() + b"\r\n\x03"
