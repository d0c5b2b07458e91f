"""An edge's side of one OSDP line: keeps the process that owns the line alive, and turns its reports into events.

Belongs here: the process and the ports. Does not belong here: libosdp (bus_process.py), what a card means (the edge).
"""

import asyncio
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from contract.ids import AccessPointId, PortalId, ReaderId
from drivers.osdp import commands
from drivers.osdp.config import OsdpBusConfig, OsdpPdConfig
from drivers.osdp.messages import (
    PACKET_BYTES,
    CardBits,
    Command,
    CommandRefused,
    Configure,
    Inputs,
    InsecureRead,
    LineLost,
    LocalStatus,
    PdLost,
    PdOnline,
    PdSetup,
    Report,
    decode_report,
    encode,
)
from drivers.ports import (
    CredentialRead,
    DeviceEvent,
    DoorPositionChanged,
    EventSink,
    Indication,
    LossReason,
    ReaderLost,
    ReaderOnline,
    ReadRefusal,
    ReadRefused,
    RequestToExit,
    TamperChanged,
)
from drivers.wiegand.decode import CardBitsError, ParityError, decode, word_of
from drivers.wiegand.formats import CardFormat, card_formats

PROCESS: Final = "drivers.osdp.bus_process"
RESTART_FIRST_S: Final = 0.1
RESTART_LAST_S: Final = 5.0
HEALTHY_AFTER_S: Final = 10.0
"""A process that lived this long is restarted without a pause when it dies."""
STOP_WITHIN_S: Final = 2.0


class OsdpReader:
    """See drivers.ports.Reader. `refused` counts refused reads and commands by reason. Made by OsdpBus."""

    def __init__(self, bus: "OsdpBus", config: OsdpPdConfig) -> None:
        self.refused: Counter[str] = Counter()
        self._bus = bus
        self._config = config

    @property
    def id(self) -> ReaderId:
        """See drivers.ports.Reader."""
        return self._config.reader

    async def run(self, sink: EventSink) -> None:
        """See drivers.ports.Reader. The events of the portal that is wired to this reader come here as well.

        The line is served as long as any of its readers runs.
        """
        await self._bus.serve(self, sink)

    def indicate(self, indication: Indication) -> None:
        """See drivers.ports.Reader."""
        for command in commands.indication(self._config.address, indication):
            self._bus.submit(command)


class OsdpPortal:
    """See drivers.ports.PortalHardware: a strike at an output of an OSDP device. Made by OsdpBus."""

    def __init__(self, bus: "OsdpBus", portal: PortalId, address: int, strike_output: int) -> None:
        self._bus = bus
        self._portal = portal
        self._address = address
        self._output = strike_output

    @property
    def id(self) -> PortalId:
        """See drivers.ports.PortalHardware."""
        return self._portal

    def unlock(self, duration_ms: int, access_point: AccessPointId | None = None) -> bool:  # noqa: ARG002  a door has one way
        """See drivers.ports.PortalHardware; 1 to 25,500 ms."""
        return self._bus.submit(commands.unlock(self._address, self._output, duration_ms))

    def lock(self) -> bool:
        """See drivers.ports.PortalHardware."""
        return self._bus.submit(commands.lock(self._address, self._output))


@dataclass(slots=True)
class _Device:
    """What is known of one device on the line."""

    config: OsdpPdConfig
    reader: OsdpReader
    formats: tuple[CardFormat, ...]
    sink: EventSink | None = None
    is_online: bool | None = None
    door_is_open: bool | None = None
    is_tampered: bool | None = None
    rex_is_pressed: bool = False

    def tell(self, event: DeviceEvent) -> None:
        if self.sink is not None:
            self.sink(event)


class OsdpBus:
    """One line. `readers` and `portals` are what the edge works with; running a reader serves the line.

    Raises BadFormatError for a card format that nobody described; keys are checked by OsdpPdConfig.
    """

    def __init__(self, config: OsdpBusConfig) -> None:
        self._config = config
        self._devices = {pd.address: _Device(pd, OsdpReader(self, pd), card_formats(pd.formats)) for pd in config.pds}
        self._control: socket.socket | None = None
        self._serving = asyncio.Lock()
        self.readers = tuple(device.reader for device in self._devices.values())
        self.portals = tuple(
            OsdpPortal(self, pd.portal, pd.address, pd.strike_output)
            for pd in config.pds
            if pd.portal is not None and pd.strike_output is not None
        )
        self.process_id: int | None = None

    async def serve(self, reader: OsdpReader, sink: EventSink) -> None:
        """Send the events of `reader` to `sink`, and serve the line, until cancelled.

        Of several readers one does the serving; when it is cancelled the next one takes over.
        """
        (device,) = (device for device in self._devices.values() if device.reader is reader)
        device.sink = sink
        try:
            async with self._serving:
                await self._serve_for_ever()
        finally:
            device.sink = None

    def submit(self, command: Command) -> bool:
        """Hand a command to the process at once. Returns False if the device is not online."""
        if self._control is None or not self._devices[command.address].is_online:
            return False
        try:
            self._control.send(encode(command))
        except (BlockingIOError, ConnectionError):
            return False
        return True

    async def _serve_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        pause_s = RESTART_FIRST_S
        while True:
            started_at_s = loop.time()
            async with self._process():
                await self._take_reports()
            self._lose_all(LossReason.BUS_PROCESS_LOST)
            if loop.time() - started_at_s >= HEALTHY_AFTER_S:
                pause_s = RESTART_FIRST_S
            else:
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, RESTART_LAST_S)

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[None]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            with theirs:
                process = await asyncio.create_subprocess_exec(sys.executable, "-m", PROCESS, stdin=theirs.fileno())
            ours.setblocking(False)
            try:
                self._control, self.process_id = ours, process.pid
                pds = tuple(PdSetup(pd.address, pd.scbk) for pd in self._config.pds)
                ours.send(encode(Configure(self._config.device, self._config.baud, pds)))
                yield
            finally:
                self._control = self.process_id = None
                ours.close()
                await _ended(process)
                self._forget_all()

    async def _take_reports(self) -> None:
        """Hand on reports until the process has ended."""
        if self._control is None:
            return
        control = self._control
        loop = asyncio.get_running_loop()
        end: asyncio.Future[None] = loop.create_future()

        def on_readable() -> None:
            try:
                packet = control.recv(PACKET_BYTES)
                if packet:
                    self._take(decode_report(packet))
                else:
                    loop.remove_reader(control)
                    end.set_result(None)
            except BlockingIOError:
                return
            except ConnectionError:
                loop.remove_reader(control)
                end.set_result(None)
            except Exception as error:  # noqa: BLE001 - passed on to who awaits the end
                loop.remove_reader(control)
                end.set_exception(error)

        loop.add_reader(control, on_readable)
        try:
            await end
        finally:
            loop.remove_reader(control)

    def _take(self, report: Report) -> None:
        if isinstance(report, LineLost):
            self._lose_all(LossReason.LINE_ABSENT if report.absent else LossReason.LINE_LOST)
            return
        device = self._devices[report.address]
        match report:
            case CardBits():
                device.tell(_read(device, report))
            case InsecureRead():
                device.tell(_refusal(device, ReadRefusal.NOT_SECURE, report.bits))
            case Inputs():
                _take_inputs(device, report.states)
            case LocalStatus():
                if device.is_tampered is not report.tampered:
                    device.is_tampered = report.tampered
                    device.tell(TamperChanged(device.reader.id, report.tampered))
            case PdOnline():
                device.is_online = True
                device.tell(ReaderOnline(device.reader.id, secure=True))
                device.reader.indicate(Indication.READY)
            case PdLost():
                _lose(device, LossReason.NO_ANSWER)
            case CommandRefused():
                device.reader.refused["command"] += 1

    def _lose_all(self, reason: LossReason) -> None:
        for device in self._devices.values():
            _lose(device, reason)

    def _forget_all(self) -> None:
        """Commands can not be submitted any more, even before the loss is told."""
        for device in self._devices.values():
            if device.is_online:
                device.is_online = None


def _read(device: _Device, report: CardBits) -> CredentialRead | ReadRefused:
    try:
        credential = decode(word_of(report.data, report.bits), report.bits, device.formats)
    except CardBitsError as error:
        reason = ReadRefusal.PARITY if isinstance(error, ParityError) else ReadRefusal.UNKNOWN_FORMAT
        return _refusal(device, reason, report.bits)
    return CredentialRead(device.reader.id, credential, report.read_boottime_ns)


def _refusal(device: _Device, reason: ReadRefusal, bits: int) -> ReadRefused:
    device.reader.refused[reason] += 1
    return ReadRefused(device.reader.id, reason, bits)


def _take_inputs(device: _Device, states: bytes) -> None:
    config = device.config
    if config.portal is None:
        return
    if config.dps_input is not None and config.dps_input < len(states):
        is_open = bool(states[config.dps_input]) is config.dps_open_level
        if device.door_is_open is not is_open:
            device.door_is_open = is_open
            device.tell(DoorPositionChanged(config.portal, is_open))
    if config.rex_input is not None and config.rex_input < len(states):
        is_pressed = bool(states[config.rex_input]) is config.rex_pressed_level
        if is_pressed and not device.rex_is_pressed:
            device.tell(RequestToExit(config.portal))
        device.rex_is_pressed = is_pressed


def _lose(device: _Device, reason: LossReason) -> None:
    if device.is_online is not False:
        device.is_online = False
        device.door_is_open = device.is_tampered = None
        device.rex_is_pressed = False
        device.tell(ReaderLost(device.reader.id, reason))


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Wait for the end of a process whose socket was closed; kill it if it does not come."""
    try:
        await asyncio.wait_for(process.wait(), STOP_WITHIN_S)
    except TimeoutError:
        process.kill()
        await process.wait()
