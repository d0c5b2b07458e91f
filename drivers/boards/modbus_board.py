"""One Modbus unit: what is asked of it, what its answers say, and which of its outputs should be on.

A board that has a timer is told how long; one that has none is switched off by the gate, which the site file has to
accept. Outputs are read back: one that is on beyond its time is switched off, again and again until it is seen off.
One that holds up a boom stays as it is when the board comes (back) and when the gate leaves, until there is an order
for it: nobody has looked under the boom by then.

Belongs here: one unit. Does not belong here: whose turn it is on the line (modbus_bus.py), frames (rtu_line.py).
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from pymodbus.pdu import ModbusPDU

from contract.site import BoardConfig, PortalConfig, SignalConfig
from drivers.boards import modbus_requests as requests
from drivers.boards.portal import BoardPortal, outputs_of
from drivers.boards.profile import BoardProfile, ModbusProfile
from drivers.boards.rtu_line import NoAnswerError, RefusedError
from drivers.boards.signal import BoardSignal
from drivers.contacts import Contacts, Watched
from drivers.ports import BoardLost, BoardOnline, DeviceEvent, DeviceIdentified, EventSink, LossReason

POLL_S: Final = 0.05
"""Inputs are looked at so often, as far as the line has the time."""
READ_BACK_S: Final = 0.5
ABSENT_POLL_S: Final = 1.5
"""A unit that is away is asked so often: it is back within 5 s, and costs its neighbours no more than one silence."""
LOST_AFTER: Final = 3
"""Silences in a row, and"""
LOST_AFTER_S: Final = 1.0
"""no answer for so long: a busy machine may be late three times in a row."""
ANSWERS_KEPT: Final = 64
ORDER_LASTS_S: Final = 1.0
"""An order to release that could not be sent by then is dropped: whoever stood there has given up."""
_LATE_S: Final = 1.0
_REST_S: Final = 0.25
"""So long a unit that was silent is left alone. Answers do not say which question they belong to: one that comes late
would be taken for that to the next, and outputs for inputs where a model keeps both in registers."""

Ask = Callable[[ModbusPDU, float], Awaitable[ModbusPDU]]
"""Asks the line (RtuLine.ask)."""


class Bus(Protocol):
    """What a board needs of the line that it hangs on (modbus_bus.py)."""

    def wake(self) -> None:
        """There is an order."""
        ...

    async def serve(self) -> None:
        """Serve the line until cancelled."""
        ...


@dataclass(frozen=True, slots=True)
class _Order:
    """A write to output `number`. `until_s`: when it is not worth sending any more; None for one that locks: always."""

    number: int
    request: ModbusPDU
    until_s: float | None


class ModbusBoard:
    """See drivers.ports.Board and Answering. `counters`: silences, refusals, orders dropped, outputs on for too long.

    `driven`: the portals that its outputs release; `watched`: the portals and lanes that its inputs watch; `sounded`:
    the sirens and relays on its outputs. `booms`: those outputs that hold up booms. Made with its ModbusBus.
    """

    def __init__(
        self,
        config: BoardConfig,
        profile: BoardProfile,
        modbus: ModbusProfile,
        driven: Iterable[PortalConfig],
        watched: Iterable[Watched],
        sounded: Iterable[SignalConfig] = (),
        booms: Iterable[int] = (),
    ) -> None:
        self.counters: Counter[str] = Counter()
        self._config = config
        self._profile = profile
        self._modbus = modbus
        self._contacts = Contacts(watched)
        driven = tuple(driven)
        self.portals = tuple(BoardPortal(portal, self) for portal in driven)
        sounded = tuple(sounded)
        self.signals = tuple(BoardSignal(signal, self) for signal in sounded)
        used = [number for portal in driven for number in outputs_of(portal)] + [signal.output for signal in sounded]
        self._until_s = dict.fromkeys(used, 0.0)
        self._booms = frozenset(booms)
        self._untold = set(self._booms)
        """Outputs of booms for which there was no order since the board came."""
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._orders: deque[_Order] = deque()
        self._bus: Bus | None = None
        self._sink: EventSink | None = None
        self._is_online: bool | None = None
        self._misses = 0
        self._heard_at_s = 0.0
        self._was_silent = False
        self._read_back_at_s = self._retry_at_s = 0.0
        self._late_s = _LATE_S + (modbus.pulse.unit_ms / 1000 if modbus.pulse is not None else 0.0)
        self.due_s = 0.0
        self.answers_ms: deque[float] = deque(maxlen=ANSWERS_KEPT)

    @property
    def id(self) -> str:
        """See drivers.ports.Board."""
        return self._config.id

    def join(self, bus: Bus) -> None:
        """Hang on that bus."""
        self._bus = bus

    async def run(self, sink: EventSink) -> None:
        """See drivers.ports.Board. The line is served as long as any of its boards runs."""
        if self._bus is None:
            raise RuntimeError(f"board {self.id} hangs on no bus")
        self._sink = sink
        try:
            await self._bus.serve()
        finally:
            self._sink = None

    def release(self, number: int, duration_ms: int) -> bool:
        """See drivers.boards.portal.Outputs."""
        loop = asyncio.get_running_loop()
        until_s = max(self._until_s[number], loop.time() + duration_ms / 1000)
        if self._modbus.pulse is not None:
            lasts_ms = max(1, round((until_s - loop.time()) * 1000))
            request = requests.pulse(self._config.address, self._modbus.pulse, number, lasts_ms)
        else:
            request = self._switch(number, on=True)
        if self._bus is None or not self._is_online:
            return False
        self._cancel_timer(number)
        self._until_s[number] = until_s
        if self._modbus.pulse is None:
            self._timers[number] = loop.call_at(until_s, self.engage, number)
        self._submit(number, request, loop.time() + ORDER_LASTS_S)
        return True

    def engage(self, number: int) -> bool:
        """See drivers.boards.portal.Outputs."""
        self._cancel_timer(number)
        self._until_s[number] = 0.0
        if self._bus is None or not self._is_online:
            return False
        self._submit(number, self._switch(number, on=False), None)
        return True

    @property
    def is_online(self) -> bool:
        """Whether it answers."""
        return bool(self._is_online)

    @property
    def has_orders(self) -> bool:
        """Whether something waits to be sent now."""
        return bool(self._orders) and asyncio.get_running_loop().time() >= self._retry_at_s

    async def obey(self, ask: Ask) -> None:
        """Send the oldest order; one that gets no answer stays the next."""
        loop = asyncio.get_running_loop()
        order = self._orders[0]
        if order.until_s is not None and loop.time() > order.until_s:
            self._orders.popleft()
            self.counters["orders-expired"] += 1
            return
        is_answered = await self._asked(ask, order.request) is not None
        if is_answered and self._orders and self._orders[0] is order:
            self._orders.popleft()
        self._read_back_at_s = 0.0

    async def poll(self, ask: Ask) -> None:
        """Look at inputs, and now and then at outputs; introduce it if it has just come (back)."""
        loop = asyncio.get_running_loop()
        self.due_s = loop.time() + (ABSENT_POLL_S if self._is_online is False else POLL_S)
        if not self._is_online:
            await self._introduce(ask)
            return
        if self._contacts.inputs and not await self._look(ask):
            return
        has_nothing_else = not self._contacts.inputs
        if has_nothing_else or (self._until_s and loop.time() >= self._read_back_at_s):
            await self._read_back(ask)
            self._read_back_at_s = loop.time() + READ_BACK_S
        if has_nothing_else and self._is_online:
            self.due_s = self._read_back_at_s

    async def lock_before_leaving(self, ask: Ask) -> None:
        """Switch off what only the gate would switch off, but no boom: the next gate looks under it first."""
        for number in list(self._timers):
            self._cancel_timer(number)
            if number not in self._booms:
                await self._asked(ask, self._switch(number, on=False))

    def lose(self, reason: LossReason) -> None:
        """It, or its line, is away: nothing is known of it, and nothing that it was told holds."""
        for number in self._until_s:
            self._cancel_timer(number)
            self._until_s[number] = 0.0
        self._orders.clear()
        self._untold = set(self._booms)
        self._contacts.lost()
        self._misses = 0
        self._retry_at_s = self.due_s = 0.0
        if reason is LossReason.NO_ANSWER:
            self.due_s = asyncio.get_running_loop().time() + ABSENT_POLL_S
        was, self._is_online = self._is_online, False
        if was is not False:
            self._tell(BoardLost(self.id, reason))

    async def _introduce(self, ask: Ask) -> None:
        """Ask for its version, lock what its portals hang on, and say that it is there."""
        version = ""
        if self._modbus.version_at is not None:
            answer = await self._asked(ask, requests.read_register(self._config.address, self._modbus.version_at))
            if self._was_silent:
                return
            version = f"{requests.register(answer):#06x}" if answer is not None and len(answer.registers) == 1 else ""
        locked = [number for number in self._until_s if number not in self._booms]
        needed = [self._switch(number, on=False) for number in locked] or [self._read_outputs()]
        for request in needed:
            if await self._asked(ask, request) is None:
                if not self._was_silent:  # it refuses: this is not the board that it should be
                    self.lose(LossReason.NO_ANSWER)
                return
        self._is_online = True
        self._tell(BoardOnline(self.id))
        self._tell(
            DeviceIdentified(
                self.id, self._profile.vendor, self._profile.title, version, serial="", firmware=version,
                capabilities=(f"{self._profile.outputs} outputs", f"{self._profile.inputs} inputs"),
            )
        )  # fmt: skip

    async def _look(self, ask: Ask) -> bool:
        place = self._modbus.inputs
        if place is None:
            return True
        answer = await self._asked(ask, requests.read(self._config.address, place, self._profile.inputs))
        if answer is None:
            return False
        try:
            states = requests.states(answer, place, self._profile.inputs)
        except requests.BadAnswerError:
            self.counters["bad-answers"] += 1
            return False
        for event in self._contacts.take(states, time.clock_gettime_ns(time.CLOCK_BOOTTIME)):
            self._tell(event)
        return True

    async def _read_back(self, ask: Ask) -> None:
        answer = await self._asked(ask, self._read_outputs())
        if answer is None:
            return
        try:
            states = requests.states(answer, self._modbus.outputs, self._profile.outputs)
        except requests.BadAnswerError:
            self.counters["bad-answers"] += 1
            return
        now_s = asyncio.get_running_loop().time()
        for number, until_s in self._until_s.items():
            if number in self._untold:
                continue
            if states[number] and now_s > until_s + self._late_s:
                self.counters["relocked-late"] += 1
                self._submit(number, self._switch(number, on=False), None)
            elif not states[number] and now_s < until_s - _LATE_S and not self._orders:
                self.counters["relocked-early"] += 1
                self._until_s[number] = 0.0

    async def _asked(self, ask: Ask, request: ModbusPDU) -> ModbusPDU | None:
        """Return the answer; None for silence, or for a refusal (which is an answer: the unit is there)."""
        self._was_silent = False
        loop = asyncio.get_running_loop()
        asked_at_s = loop.time()
        try:
            answer = await ask(request, self._modbus.answer_within_ms / 1000)
        except NoAnswerError:
            self._was_silent = True
            self.counters["silences"] += 1
            self._misses += 1
            self._retry_at_s = self.due_s = max(self.due_s, loop.time() + _REST_S)
            if self._misses >= LOST_AFTER and loop.time() - self._heard_at_s >= LOST_AFTER_S:
                self.lose(LossReason.NO_ANSWER)
            return None
        except RefusedError:
            self._heard(asked_at_s)
            self.counters["refusals"] += 1
            if self._orders and self._orders[0].request is request:
                self._orders.popleft()
            return None
        self._heard(asked_at_s)
        return answer

    def _heard(self, asked_at_s: float) -> None:
        self._misses = 0
        self._heard_at_s = asyncio.get_running_loop().time()
        self.answers_ms.append((self._heard_at_s - asked_at_s) * 1000)

    def _read_outputs(self) -> ModbusPDU:
        return requests.read(self._config.address, self._modbus.outputs, self._profile.outputs)

    def _switch(self, number: int, *, on: bool) -> ModbusPDU:
        return requests.switch(self._config.address, self._modbus, number, on=on)

    def _submit(self, number: int, request: ModbusPDU, until_s: float | None) -> None:
        """Queue an order in place of those for the same output that still wait: they were meant for a moment ago."""
        self._untold.discard(number)
        self._orders = deque(order for order in self._orders if order.number != number)
        self._orders.append(_Order(number, request, until_s))
        if self._bus is not None:
            self._bus.wake()

    def _cancel_timer(self, number: int) -> None:
        if (timer := self._timers.pop(number, None)) is not None:
            timer.cancel()

    def _tell(self, event: DeviceEvent) -> None:
        if self._sink is not None:
            self._sink(event)
