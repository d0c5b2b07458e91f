"""The technician's socket: who may read it, what comes over it, and that nobody who reads slowly is felt."""

import asyncio
import contextlib
import stat
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.events import DenialReason
from contract.ids import AccessPointId, ControllerId, PortalId, ReaderId
from contract.site import Assurance
from edge.technician import (
    SOCKET,
    BadLineError,
    ControllersLine,
    Decision,
    DeviceLine,
    Line,
    Missed,
    Outcome,
    PortalLine,
    PortalState,
    RefusedRead,
    Technicians,
    decode_line,
    encode_line,
)
from edge.technician.socket import MOST_TECHNICIANS

LIMIT_S = 30
AT = "2026-11-21T12:00:00+00:00"
READER = ReaderId("in")
LINES: tuple[Line, ...] = (
    Decision(AT, AccessPointId("in"), READER, Outcome.GRANTED, None, Assurance.AUTHENTICATED, "piv", 0.25, True),
    Decision(AT, AccessPointId("in"), None, Outcome.DENIED, DenialReason.WRONG_PIN, Assurance.IDENTIFIED, "uid-4", 1.5),
    DeviceLine(AT, "in", "online", "secure"),
    PortalLine(AT, PortalId("door"), PortalState.HELD),
    PortalLine(AT, PortalId("arm"), PortalState.TURNED, AccessPointId("out")),
    RefusedRead(AT, READER, "unknown_format", 25, "1" * 25),
    ControllersLine(AT, 2, [ControllerId("main"), ControllerId("second")]),
    Missed(AT, 7),
)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, with a generous limit."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            if condition():
                return
            await asyncio.sleep(0)


@dataclass
class Served:
    """A socket that is served, its folder, and whoever connected."""

    technicians: Technicians
    state: Path
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def connect(self) -> asyncio.StreamReader:
        """Connect, and wait until the gate knows."""
        counters = self.technicians.counters
        before = counters["technicians"] + counters["technicians-refused"]
        reader, writer = await asyncio.open_unix_connection(self.state / SOCKET)
        self.writers.append(writer)
        await until(lambda: counters["technicians"] + counters["technicians-refused"] > before)
        return reader

    async def leave(self) -> None:
        """End all connections."""
        for writer in self.writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


@contextlib.asynccontextmanager
async def serving(state: Path) -> AsyncIterator[Served]:
    technicians = Technicians()
    running = asyncio.create_task(technicians.run(state))
    served = Served(technicians, state)
    await until((state / SOCKET).is_socket)
    try:
        yield served
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path) as made:
        yield made
        await made.leave()


async def line_of(reader: asyncio.StreamReader) -> Line:
    async with asyncio.timeout(LIMIT_S):
        return decode_line(await reader.readline())


@pytest.mark.parametrize("line", LINES, ids=lambda line: type(line).__name__)
def test_lines_come_back_as_they_were_sent(line: Line) -> None:
    assert decode_line(encode_line(line)) == line
    assert encode_line(line).endswith(b"}\n")


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_anything_else_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(BadLineError, match="not a line"):
        decode_line(data)


async def test_only_its_own_account_may_connect_and_nothing_is_left_behind(tmp_path: Path) -> None:
    path = tmp_path / SOCKET
    path.write_text("of a run that was killed")
    async with serving(tmp_path) as served:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        reader = await served.connect()
    assert not path.exists()
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b"", "who watched is let go"
    await served.leave()


async def test_whoever_connects_hears_how_things_stand_and_then_what_happens(served: Served) -> None:
    served.technicians.tell(LINES[0])
    served.technicians.standing = lambda: LINES[2:4]
    assert not served.technicians.are_there
    reader = await served.connect()
    for line in LINES:
        served.technicians.tell(line)
    assert [await line_of(reader) for _ in range(2 + len(LINES))] == [*LINES[2:4], *LINES], "there is no history"


async def test_what_a_technician_sends_is_thrown_away(served: Served) -> None:
    reader = await served.connect()
    (writer,) = served.writers
    writer.write(b'{"open": "the door"}\n' * 10_000)
    await writer.drain()
    served.technicians.tell(LINES[0])
    assert await line_of(reader) == LINES[0]
    writer.close()
    await until(lambda: not served.technicians.are_there)
    assert served.technicians.counters["technicians"] == 0


async def test_who_reads_slowly_misses_lines_and_is_told_how_many(served: Served) -> None:
    reader = await served.connect()
    quick = await served.connect()
    count = 0
    while not served.technicians.counters["technician-lines-missed"]:
        served.technicians.tell(LINES[0])
        count += 1
        assert await line_of(quick) == LINES[0], "another one is not held up"
        assert count < 200_000
    for _ in range(9):
        served.technicians.tell(LINES[0])
        await line_of(quick)
    heard = 0
    async with asyncio.timeout(LIMIT_S):
        while heard < count - 1:
            heard += isinstance(await line_of(reader), Decision)
        while True:
            served.technicians.tell(LINES[3])
            line = await line_of(reader)
            if isinstance(line, Missed):
                break
    assert line.lines >= 10
    assert await line_of(reader) == LINES[3]


async def test_too_many_are_sent_away(served: Served) -> None:
    for _ in range(MOST_TECHNICIANS):
        await served.connect()
    refused = await served.connect()
    assert await refused.read() == b""
    assert served.technicians.counters["technicians-refused"] == 1
    assert served.technicians.counters["technicians"] == MOST_TECHNICIANS


async def test_a_gate_whose_socket_can_not_be_made_does_without_and_says_so(tmp_path: Path) -> None:
    technicians = Technicians()
    await technicians.run(tmp_path / "there is no such folder")
    assert technicians.counters["technicians-refused"] == 1
    technicians.tell(LINES[0])
