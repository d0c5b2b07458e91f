"""Outputs and inputs at the lines of a Linux GPIO chip, through gpiod 2. Untested on hardware.

Belongs here: lines of one chip. Does not belong here: anything that a machine without GPIO would need.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from typing import Final

import gpiod
from gpiod.line import Bias, Direction, Value

from contract.site import BoardConfig, PortalConfig, SignalConfig
from drivers.boards.portal import BoardPortal, outputs_of
from drivers.boards.profile import BoardProfile, GpioProfile
from drivers.boards.signal import BoardSignal
from drivers.contacts import Contacts, Watched
from drivers.ports import BoardLost, BoardOnline, DeviceIdentified, EventSink, LossReason

POLL_S: Final = 0.02
RETRY_S: Final = 2.0
_CONSUMER: Final = "sacs"
_BIAS: Final = {"pull-up": Bias.PULL_UP, "pull-down": Bias.PULL_DOWN, "none": Bias.DISABLED}


class GpioBoard:
    """See drivers.ports.Board. `device`: the chip, as `/dev/gpiochip0`. The gate times the relock.

    `booms`: those outputs that hold up booms. Their lines are left alone until there is an order for them, and when the
    gate leaves: nobody has looked under the boom by then.
    """

    def __init__(
        self,
        config: BoardConfig,
        profile: BoardProfile,
        gpio: GpioProfile,
        device: str,
        driven: Iterable[PortalConfig],
        watched: Iterable[Watched],
        sounded: Iterable[SignalConfig] = (),
        booms: Iterable[int] = (),
    ) -> None:
        self.counters: Counter[str] = Counter()
        self._config = config
        self._profile = profile
        self._gpio = gpio
        self._device = device
        self._contacts = Contacts(watched)
        driven = tuple(driven)
        self.portals = tuple(BoardPortal(portal, self) for portal in driven)
        sounded = tuple(sounded)
        self.signals = tuple(BoardSignal(signal, self) for signal in sounded)
        released = tuple(number for portal in driven for number in outputs_of(portal))
        self._outputs = released + tuple(signal.output for signal in sounded)
        self._inputs = tuple(range(self._contacts.inputs))
        self._booms = frozenset(booms)
        self._lines: gpiod.LineRequest | None = None
        self._boom_lines: dict[int, gpiod.LineRequest] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}

    @property
    def id(self) -> str:
        """See drivers.ports.Board."""
        return self._config.id

    async def run(self, sink: EventSink) -> None:
        """See drivers.ports.Board. Outputs are off from the moment in which the chip is opened, and when it leaves.

        Not those of booms.
        """
        is_reported = False
        while True:
            reason = LossReason.LINE_ABSENT
            try:
                with self._open() as lines:
                    self._lines, is_reported, reason = lines, False, LossReason.LINE_LOST
                    sink(BoardOnline(self.id))
                    sink(DeviceIdentified(self.id, self._profile.vendor, self._profile.title, "", "", ""))
                    try:
                        await self._watch(lines, sink)
                    finally:
                        self._lock_all()
            except OSError:
                self.counters["line-errors"] += 1
            finally:
                self._leave()
            if not is_reported:
                sink(BoardLost(self.id, reason))
            is_reported = True
            await asyncio.sleep(RETRY_S)

    def release(self, number: int, duration_ms: int) -> bool:
        """See drivers.boards.portal.Outputs."""
        loop = asyncio.get_running_loop()
        running = self._timers.get(number)
        until_s = max(loop.time() + duration_ms / 1000, running.when() if running is not None else 0.0)
        if not self._set(number, on=True):
            return False
        if running is not None:
            running.cancel()
        self._timers[number] = loop.call_at(until_s, self.engage, number)
        return True

    def engage(self, number: int) -> bool:
        """See drivers.boards.portal.Outputs."""
        if (timer := self._timers.pop(number, None)) is not None:
            timer.cancel()
        return self._set(number, on=False)

    def _open(self) -> gpiod.LineRequest:
        """Request all lines, outputs off. Raises OSError for a chip that is not there, or whose lines are taken."""
        taken = set(self._outputs)
        settings: dict[Iterable[int | str] | int | str, gpiod.LineSettings | None] = {
            **{n: _output(Value.INACTIVE) for n in self._outputs if n not in self._booms},
            **{
                n: gpiod.LineSettings(
                    direction=Direction.INPUT, bias=_BIAS[self._gpio.bias], active_low=self._gpio.closed_is_low
                )
                for n in self._inputs
                if n not in taken
            },
        }
        return gpiod.request_lines(self._device, consumer=_CONSUMER, config=settings)

    async def _watch(self, lines: gpiod.LineRequest, sink: EventSink) -> None:
        watched = [number for number in self._inputs if number not in self._outputs]
        while True:
            if watched:
                states = [False] * len(self._inputs)
                for number, value in zip(watched, lines.get_values(watched), strict=True):
                    states[number] = value is Value.ACTIVE
                for event in self._contacts.take(states, time.clock_gettime_ns(time.CLOCK_BOOTTIME)):
                    sink(event)
            await asyncio.sleep(POLL_S)

    def _set(self, number: int, *, on: bool) -> bool:
        if self._lines is None:
            return False
        value = Value.ACTIVE if on else Value.INACTIVE
        try:
            if number not in self._booms:
                self._lines.set_value(number, value)
            elif number in self._boom_lines:
                self._boom_lines[number].set_value(number, value)
            else:
                request = gpiod.request_lines(self._device, consumer=_CONSUMER, config={number: _output(value)})
                self._boom_lines[number] = request
        except OSError:
            self.counters["line-errors"] += 1
            return False
        return True

    def _lock_all(self) -> None:
        """Switch all outputs off as long as they are ours: a chip may do as it likes with lines that nobody holds."""
        for number in self._outputs:
            if number not in self._booms:
                self._set(number, on=False)

    def _leave(self) -> None:
        """Forget what was released, and what inputs said."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for request in self._boom_lines.values():
            request.release()
        self._boom_lines.clear()
        self._lines = None
        self._contacts.lost()


def _output(value: Value) -> gpiod.LineSettings:
    return gpiod.LineSettings(direction=Direction.OUTPUT, output_value=value)
