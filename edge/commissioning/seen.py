"""What a gate's drivers report while they are watched.

Belongs here: collecting device events and waiting for them. Does not belong here: judging them
(readers.py, portals.py).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from contract.ids import AccessPointId, PortalId
from drivers import ports
from edge.gate import Devices


@dataclass(slots=True)
class Seen:
    """What was reported since the drivers run, by name of reader, board or portal."""

    online: dict[str, bool] = field(default_factory=dict)
    secure: dict[str, bool] = field(default_factory=dict)
    lost: dict[str, ports.LossReason] = field(default_factory=dict)
    identity: dict[str, ports.DeviceIdentified] = field(default_factory=dict)
    is_open: dict[PortalId, bool] = field(default_factory=dict)
    tampered: set[str] = field(default_factory=set)
    power_failed: set[str] = field(default_factory=set)
    heard: set[str] = field(default_factory=set)
    turned: dict[PortalId, AccessPointId] = field(default_factory=dict)
    """Which way each turnstile turned last."""
    on_fire: set[PortalId] = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, event: ports.DeviceEvent) -> None:
        """Take what a driver reports: the sink of all of them."""
        self._take_device(event)
        self._take_portal(event)
        self.changed.set()

    def _take_device(self, event: ports.DeviceEvent) -> None:
        match event:
            case ports.ReaderOnline(reader, secure):
                self.online[reader], self.secure[reader] = True, secure
            case ports.BoardOnline(board):
                self.online[board] = True
            case ports.ReaderLost(reader, reason):
                self.online[reader], self.lost[reader] = False, reason
            case ports.BoardLost(board, reason):
                self.online[board], self.lost[board] = False, reason
            case ports.DeviceIdentified():
                self.identity[event.device] = event
            case ports.TamperChanged(reader, tampered):
                (self.tampered.add if tampered else self.tampered.discard)(reader)
            case ports.PowerChanged(reader, is_failed):
                (self.power_failed.add if is_failed else self.power_failed.discard)(reader)
            case ports.CredentialRead(reader) | ports.ReadRefused(reader):
                self.heard.add(reader)

    def _take_portal(self, event: ports.DeviceEvent) -> None:
        match event:
            case ports.DoorPositionChanged(portal, is_open):
                self.is_open[portal] = is_open
            case ports.PassageCounted(portal, point):
                self.turned[portal] = point
            case ports.FireInputChanged(portal, active):
                (self.on_fire.add if active else self.on_fire.discard)(portal)

    async def until(self, condition: Callable[[], bool], limit_s: float) -> bool:
        """Wait until `condition` holds after some event, at most so long; returns whether it does."""
        try:
            async with asyncio.timeout(limit_s):
                while not condition():
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            return condition()
        return True


@asynccontextmanager
async def watching(devices: Devices) -> AsyncIterator[Seen]:
    """Run all drivers of `devices`, and give what they report. Raises what a driver raised."""
    seen = Seen()
    async with running(devices, seen.take):
        yield seen


@asynccontextmanager
async def running(devices: Devices, sink: ports.EventSink) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Run all drivers of `devices` over `sink`, and end them in order. Raises what a driver raised."""
    drivers = [*devices.readers.values(), *devices.boards.values()]
    tasks = [asyncio.create_task(driver.run(sink), name=f"driver {driver.id}") for driver in drivers]
    try:
        yield tasks
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
