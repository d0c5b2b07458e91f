"""An edge's side of one OSDP device: its reports become events, and what it is told becomes commands.

Belongs here: one device. Does not belong here: the line and its process (bus.py), what a card means (the edge).
"""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable
from time import CLOCK_BOOTTIME, clock_gettime_ns
from typing import Final

from contract.ids import ReaderId
from drivers.contacts import Contacts, Watched
from drivers.hold_off import HoldOff
from drivers.osdp import commands
from drivers.osdp.config import OsdpPdConfig
from drivers.osdp.identity import Capabilities, identified
from drivers.osdp.keypad import Keypad
from drivers.osdp.messages import (
    Answered,
    CardBits,
    CommandRefused,
    Inputs,
    InsecureRead,
    Keys,
    LocalStatus,
    PdLost,
    PdOnline,
)
from drivers.osdp.portal import OsdpPortal, Submit
from drivers.ports import (
    CredentialRead,
    DeviceEvent,
    EventSink,
    Indication,
    KeyRotated,
    LossReason,
    PinEntered,
    PowerChanged,
    ReaderLost,
    ReaderOnline,
    ReadRefusal,
    ReadRefused,
    TamperChanged,
)
from drivers.wiegand.decode import UnknownFormatError, read_word, word_of
from drivers.wiegand.formats import card_formats

ANSWERS_KEPT: Final = 64
_NS_PER_S: Final = 1_000_000_000

DeviceReport = Answered | CardBits | CommandRefused | Inputs | InsecureRead | Keys | LocalStatus | PdLost | PdOnline
Serve = Callable[["OsdpReader", EventSink], Awaitable[None]]
"""Serves the line of a reader until cancelled."""


class OsdpReader:
    """See drivers.ports.Reader and Answering. Made by OsdpBus, whose `counters` have the keys and commands refused.

    `portals`: those that hang on its outputs. `watched`: those whose contacts hang on its inputs. `rotated` is told,
    before anybody else, that the reader has answered with its next key. Raises BadFormatError.
    """

    def __init__(
        self,
        config: OsdpPdConfig,
        portals: Iterable[OsdpPortal],
        watched: Iterable[Watched],
        submit: Submit,
        serve: Serve,
        rotated: Callable[[ReaderId], None],
        counters: Counter[str],
    ) -> None:
        self.keys = config.keys
        """The keys that the reader may have. Never printed, and never on the bus."""
        self.is_online: bool | None = None
        """None until it was first heard, or while there is no process that would hear it."""
        self.answers_ms: deque[float] = deque(maxlen=ANSWERS_KEPT)
        self._config = config
        self._portals = tuple(portals)
        self._submit = submit
        self._serve = serve
        self._rotated = rotated
        self._counters = counters
        self._formats = card_formats(config.formats)
        self._hold_off = HoldOff(config.hold_off_ms, extends=False)
        self._contacts = Contacts(watched)
        self._keypad = Keypad()
        self._can = Capabilities()
        self._is_tampered: bool | None = None
        self._has_power_failed: bool | None = None
        self._sink: EventSink | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def id(self) -> ReaderId:
        """See drivers.ports.Reader."""
        return self._config.reader

    async def run(self, sink: EventSink) -> None:
        """See drivers.ports.Reader. The events of the portals that this reader watches come here as well.

        The line is served as long as any of its readers runs.
        """
        self._sink = sink
        try:
            await self._serve(self, sink)
        finally:
            self._sink = None
            self._stop_timer()

    def indicate(self, indication: Indication) -> None:
        """See drivers.ports.Reader."""
        for command in commands.indication(self._config.address, indication, self._can):
            self._submit(command)

    def take(self, report: DeviceReport) -> None:
        """Take what the process that owns the line reports of this device."""
        match report:
            case CardBits():
                self._take_card(report)
            case InsecureRead():
                self._tell(ReadRefused(self.id, ReadRefusal.NOT_SECURE, report.bits))
            case Keys():
                self._tell_pins(self._keypad.press(report.data, report.pressed_boottime_ns))
            case Inputs():
                self._tell_all(self._contacts.take([bool(state) for state in report.states], report.seen_boottime_ns))
            case LocalStatus():
                self._take_local(report)
            case PdOnline():
                self._came_online(report)
            case PdLost():
                self.lost(LossReason.NOT_SECURE if report.answers else LossReason.NO_ANSWER)
            case Answered():
                self.answers_ms.append(report.took_ms)
            case CommandRefused():
                self._counters["osdp-command-refused"] += 1
        self._arm()

    def lost(self, reason: LossReason) -> None:
        """The device is away. Tells it once."""
        if self.is_online is not False:
            self.is_online = False
            self._forget()
            self._tell(ReaderLost(self.id, reason))

    def process_ended(self) -> None:
        """Nothing can be submitted any more, even before the loss is told."""
        if self.is_online:
            self.is_online = None

    def _came_online(self, report: PdOnline) -> None:
        self.is_online = True
        self._can = Capabilities(report.capabilities)
        if report.key:
            self.keys = self.keys[report.key :]
            self._rotated(self.id)
            self._tell(KeyRotated(self.id))
        self._tell(ReaderOnline(self.id, secure=True))
        self._tell(identified(self.id, report))
        for portal in self._portals:
            portal.came_online(self._can)
        self.indicate(Indication.READY)

    def _take_local(self, report: LocalStatus) -> None:
        if self._is_tampered is not report.tampered:
            self._is_tampered = report.tampered
            self._tell(TamperChanged(self.id, report.tampered))
        if self._has_power_failed is not report.power_failed:
            self._has_power_failed = report.power_failed
            self._tell(PowerChanged(self.id, report.power_failed))

    def _take_card(self, report: CardBits) -> None:
        self._keypad.clear()  # digits before a card are nobody's: they must not become the next holder's PIN
        read = self._read(report)
        if isinstance(read, CredentialRead) and not self._hold_off.passes(read.credential.text, read.read_boottime_ns):
            self._counters["osdp-held-off"] += 1
            return
        self._tell(read)

    def _read(self, report: CardBits) -> CredentialRead | ReadRefused:
        try:
            word = word_of(report.data, report.bits)
        except UnknownFormatError:
            return ReadRefused(self.id, ReadRefusal.TRUNCATED, report.bits)
        return read_word(self.id, word, report.bits, self._formats, report.read_boottime_ns)

    def _forget(self) -> None:
        self._is_tampered = self._has_power_failed = None
        self._can = Capabilities()
        self._contacts.lost()
        self._keypad.clear()
        self._stop_timer()
        for portal in self._portals:
            portal.lost()

    def _arm(self) -> None:
        """Come back when a contact has rested, or nobody typed for a while."""
        self._stop_timer()
        due = [due_ns for due_ns in (self._contacts.due_ns(), self._keypad.due_ns()) if due_ns is not None]
        if due:
            wait_s = max(min(due) - clock_gettime_ns(CLOCK_BOOTTIME), 0) / _NS_PER_S
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._look)

    def _look(self) -> None:
        now_ns = clock_gettime_ns(CLOCK_BOOTTIME)
        self._tell_all(self._contacts.advance(now_ns))
        self._tell_pins(self._keypad.advance(now_ns))
        self._arm()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tell_pins(self, entries: Iterable[str]) -> None:
        self._counters += self._keypad.refused
        self._keypad.refused.clear()
        self._tell_all(PinEntered(self.id, digits) for digits in entries)

    def _tell_all(self, events: Iterable[DeviceEvent]) -> None:
        for event in events:
            self._tell(event)

    def _tell(self, event: DeviceEvent) -> None:
        if self._sink is not None:
            self._sink(event)
