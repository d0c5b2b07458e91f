"""What the truth process said last, and whether it still answers.

Belongs here: following its event stream, and noticing when it falls silent. Does not belong here: rendering. The feed
believes the stream only while something arrives; a quiet stream is asked about, and no answer means "lost".
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import httpx
import msgspec
import structlog

from contract.clock import NS_PER_S, Clock
from controller.console.view import View, view
from controller.live import Live

ORIGIN: Final = "http://truth"
"""A name for the socket's other end: HTTP wants one."""
_QUIET_S: Final = 2.0
_PATIENCE: Final = httpx.Timeout(3.0)
_RETRY_S: Final = 0.5

_log = structlog.get_logger()
_decoder = msgspec.json.Decoder(Live)


@dataclass(frozen=True)
class Seen:
    """What is known at one moment. `lost_since`: nothing was heard since then; None while the truth answers."""

    view: View | None
    zone: ZoneInfo
    lost_since: datetime | None


class Feed:
    """Follows the truth. `seen` is what is known now; `changes` tells when there is something new."""

    def __init__(self, client: httpx.AsyncClient, clock: Clock) -> None:
        self._client: Final = client
        self._clock: Final = clock
        self._heard_at = self._now()
        self._changed = asyncio.Event()
        self.seen = Seen(view=None, zone=ZoneInfo("UTC"), lost_since=self._heard_at)
        self.controller = ""
        """Which controller the truth belongs to; empty until it was heard."""
        self.other_origins: list[str] = []
        """Where the other controllers show their pages."""

    async def run(self) -> None:
        """Follow the truth until cancelled."""
        while True:
            try:
                answer = await self._client.get(f"{ORIGIN}/console/live", timeout=_PATIENCE)
                self._take(answer.raise_for_status().content)
            except (httpx.HTTPError, msgspec.DecodeError, ValueError) as error:
                self._lose(error)
            else:
                with contextlib.suppress(httpx.HTTPError, msgspec.DecodeError, ValueError, TimeoutError):
                    await self._follow()
            await asyncio.sleep(_RETRY_S)

    async def wait(self, at_most_s: float) -> None:
        """Return at the next change, or after `at_most_s` without one."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), at_most_s)

    async def _follow(self) -> None:
        """Take pictures from the stream until it ends or says nothing for a while."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(_QUIET_S) as limit:
            stream = self._client.stream("GET", f"{ORIGIN}/console/live/events", timeout=_PATIENCE)
            async with stream as response:
                async for data in _event_data(response.raise_for_status()):
                    self._take(data)
                    limit.reschedule(loop.time() + _QUIET_S)

    def _take(self, data: bytes | str) -> None:
        """Show a picture. Raises msgspec.DecodeError or ValueError for what is none."""
        live = _decoder.decode(data)
        try:
            zone = ZoneInfo(live.time_zone)
        except KeyError as error:
            raise ValueError(f"no such time zone: {live.time_zone}") from error
        seen = Seen(view=view(live), zone=zone, lost_since=None)
        self.controller, self.other_origins = live.controller, live.other_origins
        if self.seen.lost_since:
            _log.info("truth answers")
        self._heard_at = self._now()
        self._tell(seen)

    def _lose(self, error: Exception) -> None:
        if self.seen.lost_since is None:
            _log.warning("truth does not answer", error=type(error).__name__)
            self._tell(Seen(view=self.seen.view, zone=self.seen.zone, lost_since=self._heard_at))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now_ns() / NS_PER_S, UTC)

    def _tell(self, seen: Seen) -> None:
        self.seen = seen
        self._changed.set()
        self._changed = asyncio.Event()


async def _event_data(response: httpx.Response) -> AsyncIterator[str]:
    """The data of each event of a stream (WHATWG HTML, 9.2.6); names, ids and comments are passed over."""
    data: list[str] = []
    async for line in response.aiter_lines():
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            yield "\n".join(data)
            data = []
