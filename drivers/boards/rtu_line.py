"""Modbus RTU over a serial line: one question at a time, its answer, or that there is none.

Frames and CRC are pymodbus's; line and time are ours, because its client speaks to absent units for ever, and waits in
a way in which Python 3.11 may lose a cancellation.

Belongs here: a question and its answer. Does not belong here: who is asked what, and when (modbus_bus.py).
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Final

from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU, ModbusPDU

from drivers.ports import LossReason
from drivers.serial_link import SerialLink

_BITS_PER_BYTE: Final = 10
"""Start, eight data, stop: boards are set to no parity."""
_SILENT_BYTES: Final = 3.5
_SILENT_AT_LEAST_S: Final = 0.00175
"""Between frames (Modbus over serial line V1.02, 2.5.1.1): 3.5 characters, from 19200 baud on this long."""
_ANSWER_BYTES: Final = 16
"""As much as any answer to one of our questions has."""
_MAX_BUFFER_BYTES: Final = 512

# What it has to say is counted here, by unit; its own messages would repeat frames for every absent board.
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)


class NoAnswerError(Exception):
    """The unit said nothing in time, or nothing that could be understood."""


class RefusedError(Exception):
    """The unit answered with an exception; the message has its code."""


class RtuLine:
    """One line. `counters`: bytes that belonged to no answer."""

    def __init__(self, device: str, baud: int) -> None:
        self.counters: Counter[str] = Counter()
        self._link = SerialLink(device, baud)
        self._seconds_per_byte = _BITS_PER_BYTE / baud
        self._framer = FramerRTU(DecodePDU(is_server=False))
        self._buffer = b""
        self._asked: ModbusPDU | None = None
        self._answer: asyncio.Future[ModbusPDU] | None = None
        self._quiet_at_s = 0.0
        self._is_open = asyncio.Event()

    async def run(self, on_lost: Callable[[LossReason], None]) -> None:
        """Keep the line open until cancelled; `on_lost` is called once for each loss."""

        def lost(reason: LossReason) -> None:
            self._is_open.clear()
            self._fail(NoAnswerError("the line is gone"))
            on_lost(reason)

        await self._link.run(self._hear, self._is_open.set, lost)

    @property
    def is_open(self) -> bool:
        """Whether anything can be asked."""
        return self._is_open.is_set()

    async def opened(self) -> None:
        """Wait until the line is open."""
        await self._is_open.wait()

    def silence_s(self) -> float:
        """Return how long the line has to be quiet between two frames."""
        return max(_SILENT_AT_LEAST_S, _SILENT_BYTES * self._seconds_per_byte)

    async def ask(self, request: ModbusPDU, think_s: float) -> ModbusPDU:
        """Send `request` and return its answer. `think_s`: how long the unit may take beside the time on the wire.

        Raises NoAnswerError or RefusedError. One question at a time: what comes too late is nobody's answer.
        """
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._quiet_at_s - loop.time())
        frame = self._framer.buildFrame(request)
        self._buffer = b""
        self._asked, self._answer = request, loop.create_future()
        try:
            if not self._link.write(frame):
                raise NoAnswerError("the line takes nothing")
            async with asyncio.timeout(think_s + (len(frame) + _ANSWER_BYTES) * self._seconds_per_byte):
                answer = await self._answer
        except TimeoutError:
            raise NoAnswerError("silence") from None
        finally:
            self._asked = self._answer = None
            self._quiet_at_s = loop.time() + self.silence_s()
        if answer.isError():
            raise RefusedError(f"exception {answer.exception_code}")
        return answer

    def _hear(self, piece: bytes) -> None:
        if self._asked is None:
            self.counters["unasked-bytes"] += len(piece)
            self._quiet_at_s = asyncio.get_running_loop().time() + self.silence_s()
            return
        self._buffer = (self._buffer + piece)[-_MAX_BUFFER_BYTES:]
        try:
            used, answer = self._framer.handleFrame(self._buffer, self._asked.dev_id, 0)
        except ModbusException:  # a frame with a right CRC that says nothing: this question has failed
            self.counters["bad-frames"] += 1
            self._fail(NoAnswerError("nonsense"))
            return
        self._buffer = self._buffer[used:]
        if answer is not None and answer.function_code & 0x7F == self._asked.function_code:
            if self._answer is not None and not self._answer.done():
                self._answer.set_result(answer)
        elif used:
            self.counters["bad-frames"] += 1

    def _fail(self, error: NoAnswerError) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
