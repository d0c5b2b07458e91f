"""The board: the live picture, made once for all who look, when something changed or a second has passed.

Belongs here: pacing. Does not belong here: what the picture shows (service/truth.py).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

import msgspec

from controller.live import Live

_AT_LEAST_EVERY_S: Final = 1.0
_AT_MOST_EVERY_S: Final = 0.15
_encoder: Final = msgspec.json.Encoder()


class Board:
    """Makes pictures and wakes those who wait for one."""

    def __init__(self, live: Callable[[], Live]) -> None:
        self._live = live
        self._changed = asyncio.Event()
        self._looking: set[asyncio.Queue[bytes]] = set()

    def picture(self) -> bytes:
        """Return the live picture of now as JSON."""
        return _encoder.encode(self._live())

    def change(self) -> None:
        """Say that something changed: whoever looks sees it within a quarter of a second."""
        self._changed.set()

    async def pictures(self) -> AsyncIterator[bytes]:
        """Yield pictures, the present one first, for as long as somebody takes them; a slow taker skips some."""
        queue: asyncio.Queue[bytes] = asyncio.Queue(1)
        queue.put_nowait(self.picture())
        self._looking.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._looking.discard(queue)

    async def run(self) -> None:
        """Make pictures until cancelled."""
        while True:
            try:
                async with asyncio.timeout(_AT_LEAST_EVERY_S):
                    await self._changed.wait()
            except TimeoutError:
                pass
            self._changed.clear()
            if self._looking:
                picture = self.picture()
                for queue in self._looking:
                    if queue.full():
                        queue.get_nowait()
                    queue.put_nowait(picture)
            await asyncio.sleep(_AT_MOST_EVERY_S)
