"""Bytes over a serial line, reopened for ever: what drivers of plain serial devices stand on.

Belongs here: opening, reading, writing and losing a line. Does not belong here: what the bytes mean.
"""

import asyncio
import os
from collections.abc import Callable
from typing import Final

from drivers.ports import LossReason
from drivers.serial_line import (
    EIGHT_N_ONE,
    CharacterShape,
    LineAbsentError,
    LineError,
    LineLostError,
    is_replaced,
    open_line,
    read_ready,
)

RETRY_FIRST_S: Final = 0.1
RETRY_LAST_S: Final = 2.0
"""A line that came back is in use again within this time; figures.md wants a reader back within 5 s."""
LOOK_S: Final = 1.0
"""How often an open line is compared with the device that its name leads to."""


class SerialLink:
    """One serial line.

    `device`: a serial device or pseudo-terminal, best by a name that stays (/dev/serial/by-id/...). `baud`: bits per
    second. `shape`: how a byte travels.
    """

    def __init__(self, device: str, baud: int, shape: CharacterShape = EIGHT_N_ONE) -> None:
        self._device = device
        self._baud = baud
        self._shape = shape
        self._descriptor: int | None = None

    async def run(
        self,
        on_bytes: Callable[[bytes], None],
        on_open: Callable[[], None],
        on_lost: Callable[[LossReason], None],
    ) -> None:
        """Keep the line open until cancelled.

        Calls `on_open` each time that it opens, `on_bytes` with each piece that arrives, and `on_lost` once for each
        loss, also for one that lasts from the start.
        """
        retry_s = RETRY_FIRST_S
        is_reported = False
        while True:
            try:
                with open_line(self._device, self._baud, self._shape) as line:
                    retry_s = RETRY_FIRST_S
                    is_reported = False
                    self._descriptor = line.fileno()
                    on_open()
                    await self._read_until_lost(line.fileno(), on_bytes)
            except LineError as error:
                if not is_reported:
                    on_lost(_reason_for(error))
                is_reported = True
            finally:
                self._descriptor = None
            await asyncio.sleep(retry_s)
            retry_s = min(retry_s * 2, RETRY_LAST_S)

    def write(self, data: bytes) -> bool:
        """Send `data` at once. Returns whether all of it went out; False while the line is not open, or is stuck."""
        if self._descriptor is None:
            return False
        try:
            return os.write(self._descriptor, data) == len(data)
        except OSError:  # BlockingIOError: nobody takes the bytes; others: the line is gone, which reading tells
            return False

    async def _read_until_lost(self, descriptor: int, on_bytes: Callable[[bytes], None]) -> None:
        """Hand on what arrives. Raises LineLostError at the end (always a loss), or what `on_bytes` raised."""
        loop = asyncio.get_running_loop()
        end: asyncio.Future[None] = loop.create_future()

        def on_readable() -> None:
            try:
                on_bytes(read_ready(descriptor))
            except Exception as error:  # noqa: BLE001 - passed on to who awaits the end
                # A pseudo-terminal that hung up stays readable: its callback would fire for ever.
                loop.remove_reader(descriptor)
                end.set_exception(error)

        loop.add_reader(descriptor, on_readable)
        try:
            while not end.done():
                await asyncio.wait([end], timeout=LOOK_S)
                if not end.done() and is_replaced(descriptor, self._device):
                    raise LineLostError(f"{self._device} leads to another device now")
            await end
        finally:
            loop.remove_reader(descriptor)
            end.cancel()


def _reason_for(error: LineError) -> LossReason:
    return LossReason.LINE_ABSENT if isinstance(error, LineAbsentError) else LossReason.LINE_LOST
