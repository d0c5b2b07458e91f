"""The smart card service of the bench: killed, and back by itself after a moment, as a service manager sees to.

Belongs here: when it runs. Does not belong here: how (simulators/pcsc), or its readers and their cards (smartcards.py).
"""

import asyncio

import structlog

from simulators.bench.errors import CanNotError
from simulators.pcsc import PcscUnavailableError, PrivatePcscd

_log = structlog.get_logger()


class CardService:
    """One private PC/SC service. Belongs to one event loop; one change at a time."""

    def __init__(self, service: PrivatePcscd) -> None:
        self._service = service
        self._changing = asyncio.Lock()
        self._return: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether it runs."""
        return self._service.pid is not None

    async def kill(self, back_after_s: float) -> None:
        """Kill it (SIGKILL), and start it again so much later."""
        self._forget_return()
        async with self._changing:
            await asyncio.to_thread(self._service.kill)
        self._return = asyncio.create_task(self._come_back(back_after_s), name="smart card service")

    async def start(self) -> None:
        """Start it; does nothing if it runs. Raises CanNotError."""
        self._forget_return()
        try:
            await self._start()
        except PcscUnavailableError as error:
            raise CanNotError(str(error)) from error

    async def plug(self, reader: str, *, is_in: bool) -> None:
        """Plug a reader in, or unplug it; the service starts anew for it (simulators/pcsc/service.py says why)."""
        change = self._service.plug_in if is_in else self._service.unplug
        async with self._changing:
            try:
                await asyncio.to_thread(change, reader)
            except PcscUnavailableError as error:
                raise CanNotError(str(error)) from error

    async def close(self) -> None:
        """End it for good."""
        self._forget_return()
        async with self._changing:
            await asyncio.to_thread(self._service.close)

    async def _start(self) -> None:
        async with self._changing:
            if not self.is_running:
                await asyncio.to_thread(self._service.start)

    async def _come_back(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        try:
            await self._start()
        except PcscUnavailableError as error:
            _log.warning("the smart card service does not come back", error=str(error))

    def _forget_return(self) -> None:
        if self._return is not None:
            self._return.cancel()
            self._return = None
