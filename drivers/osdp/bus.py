"""An edge's side of one OSDP line: keeps the process that owns the line alive, and hands its reports to the readers.

Belongs here: the process. Does not belong here: libosdp (bus_process.py), one device (reader.py, portal.py).
"""

import asyncio
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from contract.ids import ReaderId
from drivers.osdp.config import OsdpBusConfig
from drivers.osdp.messages import (
    PACKET_BYTES,
    Command,
    Configure,
    LineCounts,
    LineLost,
    PdSetup,
    Report,
    SetOutput,
    decode_report,
    encode,
)
from drivers.osdp.portal import OsdpPortal
from drivers.osdp.reader import OsdpReader
from drivers.osdp.signal import OsdpSignal
from drivers.ports import EventSink, LossReason

PROCESS: Final = "drivers.osdp.bus_process"
RESTART_FIRST_S: Final = 0.1
RESTART_LAST_S: Final = 5.0
HEALTHY_AFTER_S: Final = 10.0
"""A process that lived this long is restarted without a pause when it dies."""
STOP_WITHIN_S: Final = 2.0


class OsdpBus:
    """One line. `readers`, `portals` and `signals` are what the edge works with; running a reader serves the line.

    `counters`: what was refused on this line or at its readers, by kind. `rotated` is called with each reader that has
    answered with its next key: whoever owns the keys must forget the one before it, also for the next start.
    Raises BadFormatError for a card format that nobody described; keys are checked by OsdpPdConfig.
    """

    def __init__(self, config: OsdpBusConfig, rotated: Callable[[ReaderId], None]) -> None:
        self.counters: Counter[str] = Counter()
        self.process_id: int | None = None
        self._config = config
        self._control: socket.socket | None = None
        self._serving = asyncio.Lock()
        self._readers: dict[int, OsdpReader] = {}
        self.portals: tuple[OsdpPortal, ...] = ()
        self.signals = tuple(
            OsdpSignal(signal, pd.address, self._submit) for pd in config.pds for signal in config.sounded_by(pd.reader)
        )
        for pd in config.pds:
            portals = tuple(OsdpPortal(p, pd.address, self._submit) for p in config.released_by(pd.reader))
            watched = config.watched_by(pd.reader)
            self._readers[pd.address] = OsdpReader(
                pd, portals, watched, self._submit, self._serve, rotated, self.counters
            )
            self.portals += portals
        self.readers = tuple(self._readers.values())

    async def _serve(self, _reader: OsdpReader, _sink: EventSink) -> None:
        """Serve the line until cancelled: of several readers one does, and the next takes over when it stops."""
        async with self._serving:
            await self._serve_for_ever()

    def _submit(self, command: Command) -> bool:
        """Hand a command to the process at once. Returns False if the device is not online."""
        if self._control is None or not self._readers[command.address].is_online:
            return False
        if isinstance(command, SetOutput):
            command = msgspec.structs.replace(command, told_s=time.monotonic())
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
            async with self._process() as control:
                await self._take_reports(control)
            self._lose_all(LossReason.BUS_PROCESS_LOST)
            if loop.time() - started_at_s >= HEALTHY_AFTER_S:
                pause_s = RESTART_FIRST_S
            else:
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, RESTART_LAST_S)

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[socket.socket]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            with theirs:
                process = await asyncio.create_subprocess_exec(sys.executable, "-m", PROCESS, stdin=theirs.fileno())
            ours.setblocking(False)
            try:
                self._control, self.process_id = ours, process.pid
                pds = tuple(PdSetup(address, reader.keys) for address, reader in self._readers.items())
                ours.send(encode(Configure(self._config.device, self._config.baud, pds)))
                yield ours
            finally:
                self._control = self.process_id = None
                ours.close()
                await _ended(process)
                for reader in self.readers:
                    reader.process_ended()

    async def _take_reports(self, control: socket.socket) -> None:
        """Hand on reports until the process has ended."""
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
        match report:
            case LineLost():
                self._lose_all(LossReason.LINE_ABSENT if report.absent else LossReason.LINE_LOST)
            case LineCounts():
                self.counters.update({f"osdp-{kind}": count for kind, count in report.counts.items()})
            case _:
                self._readers[report.address].take(report)

    def _lose_all(self, reason: LossReason) -> None:
        for reader in self.readers:
            reader.lost(reason)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Wait for the end of a process whose socket was closed; kill it if it does not come."""
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
