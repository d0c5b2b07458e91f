"""The process that owns an OSDP line, seen from inside and from outside."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from threading import Thread

import pytest

from drivers.osdp import bus_process
from drivers.osdp.bus_process import BusProcess, EdgeGoneError
from drivers.osdp.messages import (
    PACKET_BYTES,
    CommandRefused,
    Configure,
    Inputs,
    PdLost,
    PdOnline,
    PdSetup,
    Report,
    SetOutput,
    decode_report,
    encode,
)
from simulators.line import PtyLine
from simulators.readers.osdp_reader import SimulatedOsdpReader
from tests.integration.drivers.conftest import LIMIT_S

KEY = bytes.fromhex("9a1c03e7554b20f8d1463a7c8e9b0f62")
Until = Callable[[Callable[[], object]], Awaitable[None]]
EDGE = """
import asyncio
from contract.ids import ReaderId
from drivers.osdp.bus import OsdpBus
from drivers.osdp.config import OsdpBusConfig, OsdpPdConfig

async def edge():
    pd = OsdpPdConfig(address=5, reader=ReaderId("entry"), scbk=bytes.fromhex("9a1c03e7554b20f8d1463a7c8e9b0f62"))
    bus = OsdpBus(OsdpBusConfig(device="/nonexistent", pds=(pd,)), print)
    await bus.readers[0].run(lambda _event: print(bus.process_id, flush=True))

asyncio.run(edge())
"""


class Inside:
    """The process's code in a thread of this one, so that its clock and its limits can be moved."""

    def __init__(self, line: PtyLine) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ours.setblocking(False)
        theirs.setblocking(False)
        self._process = BusProcess(theirs, Configure(str(line.path), 9600, (PdSetup(5, (KEY,)),)))
        self._theirs = theirs
        self.thread = Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self._process.run()
        except EdgeGoneError:
            return

    def send(self, packet: bytes) -> None:
        self._ours.send(packet)

    async def next(self, kind: type[Report]) -> Report:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(LIMIT_S):
            while True:
                report = decode_report(await loop.sock_recv(self._ours, PACKET_BYTES))
                if isinstance(report, kind):
                    return report

    def close(self) -> None:
        self._ours.close()
        self.thread.join()
        self._theirs.close()


@pytest.fixture
async def inside(line: PtyLine) -> AsyncIterator[Inside]:
    line.plug_in()
    SimulatedOsdpReader(line, 5, KEY).power_on()
    inside = Inside(line)
    yield inside
    inside.close()


async def test_a_leap_of_the_wall_clock_does_not_stop_the_polling(
    inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    await inside.next(PdOnline)
    truth = time.time
    monkeypatch.setattr(time, "time", lambda: truth() - 3600)
    await inside.next(PdLost)
    await inside.next(PdOnline)


async def test_a_worn_process_ends_by_itself(inside: Inside, until: Until, monkeypatch: pytest.MonkeyPatch) -> None:
    await inside.next(Inputs)
    monkeypatch.setattr(bus_process, "WORN_AFTER_EVENTS", 1)
    await until(lambda: not inside.thread.is_alive())


async def test_a_command_that_the_library_does_not_take_is_told(inside: Inside) -> None:
    inside.send(encode(SetOutput(5, 0, 5, 10)))  # before the device is online
    assert await inside.next(CommandRefused) == CommandRefused(5)
    await inside.next(PdOnline)


async def test_a_second_configuration_ends_the_process(inside: Inside, until: Until) -> None:
    inside.send(encode(Configure("/dev/other", 9600, (PdSetup(5, (KEY,)),))))
    await until(lambda: not inside.thread.is_alive())


async def test_the_process_does_not_outlive_a_killed_edge(until: Until) -> None:
    edge = await asyncio.create_subprocess_exec(sys.executable, "-c", EDGE, stdout=asyncio.subprocess.PIPE)
    assert edge.stdout is not None
    child = int(await edge.stdout.readline())
    assert command_line(child).endswith(b"bus_process\0")
    os.kill(edge.pid, signal.SIGKILL)
    await edge.wait()
    await until(lambda: not is_running(child))


def command_line(process_id: int) -> bytes:
    return Path(f"/proc/{process_id}/cmdline").read_bytes()


def is_running(process_id: int) -> bool:
    """Whether a process runs; one that ended and waits for its new parent to notice does not."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
