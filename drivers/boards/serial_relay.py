"""A serial relay board that never answers: switched on, and switched off by the gate.

Nothing tells whether it obeyed, so the lock is said again and again while nothing should be released, when the line
opens, and when the gate leaves; of an output that holds up a boom only once there was an order for it, for nobody has
looked under the boom before. An independent contact has to watch the portal, and the site file has to accept that
the gate times the relock: whoever makes a SerialRelay has seen to both.

Belongs here: one board. Does not belong here: how its orders look (profile.py), the line (serial_link.py).
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable
from typing import Final

from contract.site import BoardConfig, PortalConfig, SignalConfig
from drivers.boards.portal import BoardPortal, outputs_of
from drivers.boards.profile import BoardProfile, SerialProfile, order_bytes
from drivers.boards.signal import BoardSignal
from drivers.ports import BoardLost, BoardOnline, DeviceIdentified, EventSink, LossReason
from drivers.serial_link import SerialLink

SAY_AGAIN_S: Final = 1.0


class SerialRelay:
    """See drivers.ports.Board; online as long as its line is open, more can not be known. `counters`: orders lost.

    `booms`: those outputs that hold up booms.
    """

    def __init__(
        self,
        config: BoardConfig,
        profile: BoardProfile,
        serial: SerialProfile,
        device: str,
        driven: Iterable[PortalConfig],
        sounded: Iterable[SignalConfig] = (),
        booms: Iterable[int] = (),
    ) -> None:
        self.counters: Counter[str] = Counter()
        self._config = config
        self._profile = profile
        self._serial = serial
        self._link = SerialLink(device, config.baud)
        driven = tuple(driven)
        self.portals = tuple(BoardPortal(portal, self) for portal in driven)
        sounded = tuple(sounded)
        self.signals = tuple(BoardSignal(signal, self) for signal in sounded)
        released = tuple(number for portal in driven for number in outputs_of(portal))
        self._outputs = released + tuple(signal.output for signal in sounded)
        self._booms = frozenset(booms)
        self._untold = set(self._booms)
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._is_open = False

    @property
    def id(self) -> str:
        """See drivers.ports.Board."""
        return self._config.id

    async def run(self, sink: EventSink) -> None:
        """See drivers.ports.Board. When it is cancelled it locks."""

        def on_open() -> None:
            self._is_open = True
            self._lock_all()
            sink(BoardOnline(self.id))
            told = self._profile
            sink(DeviceIdentified(self.id, told.vendor, told.title, "", "", "", (f"{told.outputs} outputs",)))

        def on_lost(reason: LossReason) -> None:
            self._is_open = False
            self._untold = set(self._booms)
            self._forget()
            sink(BoardLost(self.id, reason))

        line = asyncio.create_task(self._link.run(self._hear, on_open, on_lost), name=f"board {self.id}")
        try:
            while not line.done():
                await asyncio.wait([line], timeout=SAY_AGAIN_S)
                self._lock_idle()
            line.result()
        finally:
            if self._is_open:
                self._lock_all()
            self._forget()
            self._is_open = False
            line.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await line

    def release(self, number: int, duration_ms: int) -> bool:
        """See drivers.boards.portal.Outputs."""
        loop = asyncio.get_running_loop()
        running = self._timers.get(number)
        until_s = max(loop.time() + duration_ms / 1000, running.when() if running is not None else 0.0)
        if not self._is_open or not self._say(self._serial.on, number):
            return False
        self._untold.discard(number)
        if running is not None:
            running.cancel()
        self._timers[number] = loop.call_at(until_s, self.engage, number)
        return True

    def engage(self, number: int) -> bool:
        """See drivers.boards.portal.Outputs."""
        if (timer := self._timers.pop(number, None)) is not None:
            timer.cancel()
        is_said = self._is_open and self._say(self._serial.off, number)
        if is_said:
            self._untold.discard(number)
        return is_said

    def _lock_idle(self) -> None:
        """Say again that everything is locked that is not released just now."""
        if self._is_open:
            for number in self._outputs:
                if number not in self._timers and number not in self._untold:
                    self._say(self._serial.off, number)

    def _lock_all(self) -> None:
        self._forget()
        for number in self._outputs:
            if number not in self._booms:
                self._say(self._serial.off, number)

    def _forget(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _say(self, order: str, number: int) -> bool:
        said = self._link.write(order_bytes(order, number + 1))
        if not said:
            self.counters["orders-lost"] += 1
        return said

    def _hear(self, piece: bytes) -> None:
        self.counters["unasked-bytes"] += len(piece)
