"""One Modbus line with its boards: whose turn it is.

Orders go before polls, the oldest first; then whoever was due first, but of boards that are away only one after all
others had their turn. So however many are away, the others wait for one silence at a time, and an order never waits for
more than what is under way.

Belongs here: turns. Does not belong here: what a board is asked (modbus_board.py), frames (rtu_line.py).
"""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Final

from drivers.boards.modbus_board import ModbusBoard
from drivers.boards.rtu_line import RtuLine
from drivers.ports import LossReason

_STOP_S: Final = 1.0


class ModbusBus:
    """One line. Running any of its boards serves it."""

    def __init__(self, device: str, baud: int, boards: Iterable[ModbusBoard]) -> None:
        self._line = RtuLine(device, baud)
        self._boards = tuple(boards)
        self._serving = asyncio.Lock()
        self._woken = asyncio.Event()
        self._heard_since: set[ModbusBoard] = set()
        for board in self._boards:
            board.join(self)

    def wake(self) -> None:
        """There is an order."""
        self._woken.set()

    async def serve(self) -> None:
        """Serve the line until cancelled; of several callers one does it, and when it goes the next takes over."""
        async with self._serving:
            line = asyncio.create_task(self._line.run(self._lost), name="modbus line")
            try:
                await self._work(line)
            finally:
                await self._lock_before_leaving()
                line.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await line

    async def _work(self, line: asyncio.Task[None]) -> None:
        loop = asyncio.get_running_loop()
        while not line.done():
            if not self._line.is_open:
                await self._opened(line)
                continue
            self._woken.clear()
            board = next((board for board in self._boards if board.has_orders), None)
            if board is not None:
                await board.obey(self._line.ask)
                continue
            board = self._next()
            wait_s = board.due_s - loop.time()
            if wait_s > 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await self._woken.wait()
            else:
                self._heard_since.add(board)
                if not board.is_online:
                    self._heard_since.clear()
                await board.poll(self._line.ask)
        line.result()

    async def _opened(self, line: asyncio.Task[None]) -> None:
        """Wait until the line is open, or has failed in a way that nobody foresaw."""
        opened = asyncio.create_task(self._line.opened(), name="modbus line opened")
        try:
            await asyncio.wait([line, opened], return_when=asyncio.FIRST_COMPLETED)
        finally:
            opened.cancel()

    def _next(self) -> ModbusBoard:
        """Return whose turn it is, or will be first."""
        there = {board for board in self._boards if board.is_online}
        may = self._boards if there <= self._heard_since else tuple(there)
        return min(may, key=lambda board: board.due_s)

    async def _lock_before_leaving(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_S):
                for board in self._boards:
                    if self._line.is_open:
                        await board.lock_before_leaving(self._line.ask)

    def _lost(self, reason: LossReason) -> None:
        for board in self._boards:
            board.lose(reason)
