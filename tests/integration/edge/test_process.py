"""The gate as a process of its own, with a card reader on a pseudo-terminal: kill -9, restart, clean stop."""

import asyncio
import os
import pty
import signal
import sys
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from contract.enrolment import encode_enrolment
from contract.events import AccessDenied, AccessGranted, GateRestarted, UnnamedPassed
from contract.ids import new_epoch
from contract.site import GateDevices
from edge.policy_store import FILE
from edge.ring import Ring
from edge.ring_file import CLEAN, RingFile
from tests.integration.edge.conftest import Desk, Playing, Premises, until
from tests.unit.edge.parts import EVENT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SITE = """
[[area]]
id = "hall"
[[access_point]]
id = "out"
from = "hall"
to = "outside"
[[gate]]
id = "north"
[[gate.reader]]
id = "north-out"
kind = "serial"
access_point = "out"
device = "line"
"""


def frame(number: int) -> bytes:
    """What an EM4100 reader sends for a card: ten hex digits and the exclusive or of their five bytes."""
    data = number.to_bytes(5, "big")
    check = data[0] ^ data[1] ^ data[2] ^ data[3] ^ data[4]
    return b"\x02" + data.hex().upper().encode() + f"{check:02X}".encode() + b"\r\n\x03"


class Box:
    """A gate box: its files, its line, and the process on it."""

    def __init__(self, premises: Premises, line: str) -> None:
        self.premises = premises
        self.folder = premises.folder / "box"
        self.folder.mkdir()
        self.file("enrolment").write_bytes(encode_enrolment(premises.enrolment))
        self.file("site").write_text(SITE)
        self.file("devices").write_bytes(msgspec.json.encode(GateDevices(lines={"line": line})))
        self.state = premises.folder / "gate"
        places = {name: name for name in ("enrolment", "site", "devices")} | {"state": str(self.state)}
        self.config = self.file("edge.toml")
        self.config.write_text("".join(f'{name} = "{place}"\n' for name, place in places.items()))

    def file(self, name: str) -> Path:
        return self.folder / name

    @asynccontextmanager
    async def running(self) -> "AsyncIterator[asyncio.subprocess.Process]":
        """The process; killed if it still runs at the end."""
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "edge.main", f"--config={self.config}")
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


@pytest.fixture
def line() -> Iterator[tuple[int, str]]:
    """A pseudo-terminal: the reader's end, and the path of the gate's."""
    reader, gate = pty.openpty()
    yield reader, os.ttyname(gate)
    os.close(reader)
    os.close(gate)


def credentials(desk: Desk) -> list[str]:
    return [event.credential for event in desk.events() if isinstance(event, AccessGranted | AccessDenied)]


def is_at_work(desk: Desk, run: int) -> bool:
    """Whether the gate is in its run number `run`, and its reader's line is open."""
    last = desk.health[-1] if desk.health else None
    return last is not None and len(last.ring) == run and last.readers[0].online


def is_complete(desk: Desk, run: int) -> bool:
    """Whether as much is stored as the gate says in its run number `run` that it ever journaled."""
    last = desk.health[-1] if desk.health else None
    return is_at_work(desk, run) and last is not None and last.delivered and len(desk.stored) == last.journaled


async def test_a_killed_gate_has_lost_and_doubled_nothing(
    premises: Premises, play: Playing, line: tuple[int, str]
) -> None:
    premises.keep_keys()
    (premises.folder / "gate" / FILE).write_bytes(premises.controller.policy(premises.enrolment))
    reader, path = line
    box = Box(premises, path)
    async with premises.broker(), play() as desk:
        for life in (1, 2, 3):
            async with box.running() as process:
                await until(lambda life=life: is_at_work(desk, life))  # type: ignore[misc]
                for card in range(30):
                    os.write(reader, frame(life * 1000 + card))
                    await asyncio.sleep(0.005)
                process.send_signal(signal.SIGKILL)
                await process.wait()
        async with box.running():
            await until(lambda: is_at_work(desk, 4))
            os.write(reader, frame(0x0F0184F07A))
            await until(lambda: "em4100:0f0184f07a" in credentials(desk))
            await until(lambda: is_complete(desk, 4))
    seen = credentials(desk)
    assert len(seen) == len(set(seen)), "nothing twice"
    assert sum(isinstance(event, GateRestarted) for event in desk.events()) == 3
    for life in (1, 2, 3):
        told = [int(text.partition(":")[2], 16) for text in seen]
        of_life = [number for number in told if life * 1000 <= number < life * 1000 + 30]
        assert of_life == list(range(life * 1000, life * 1000 + len(of_life))), "in order and without a gap"
        assert of_life


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["stopped", "terminal closed"])
async def test_a_clean_stop_flushes_the_ring_and_is_no_doubt(
    premises: Premises, play: Playing, line: tuple[int, str], number: signal.Signals
) -> None:
    premises.keep_keys()
    reader, path = line
    box = Box(premises, path)
    async with premises.broker(), play() as desk:
        async with box.running() as process:
            await until(lambda: is_at_work(desk, 1))
            os.write(reader, frame(1))
            await until(lambda: len(desk.stored) == 1)
            process.send_signal(number)
            assert await process.wait() == 0
        ring = RingFile(box.state / "ring.sqlite", new_epoch())
        assert ring.read_state(CLEAN) == 1
        ring.close()
        async with box.running():
            await until(lambda: is_at_work(desk, 2))
            os.write(reader, frame(2))
            await until(lambda: credentials(desk) == ["em4100:0000000001", "em4100:0000000002"])
        assert not any(isinstance(event, GateRestarted) for event in desk.events())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{}", "the device file names no line 'line'; it has: none"),
        (b"\xff\xfe{\x00}", "a file is not UTF-8 text"),
    ],
)
async def test_files_that_can_not_be_used_end_it_with_a_message(
    premises: Premises, line: tuple[int, str], content: bytes, words: str
) -> None:
    box = Box(premises, line[1])
    box.file("devices").write_bytes(content)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "edge.main", f"--config={box.config}"), stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    assert said.decode().strip().startswith(f"sacs edge: {words}")
    assert said.count(b"\n") == 1


async def test_what_was_acknowledged_to_an_officer_is_in_the_journal_of_a_killed_gate(
    premises: Premises, line: tuple[int, str]
) -> None:
    premises.keep_keys()
    box = Box(premises, line[1])
    command = (sys.executable, "-m", "tests.integration.edge.acting_gate", str(box.config))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    async with asyncio.timeout(60):
        acknowledged = [await process.stdout.readline() for _ in range(20)]
        process.kill()
        acknowledged += (await process.stdout.read()).splitlines(keepends=True)
        await process.wait()
    ring = Ring(RingFile(box.state / "ring.sqlite", new_epoch()), premises.clock.now_ns)
    async with ring:
        killed = ring.extents[0]
        records, _ = await ring.read(killed.epoch, 1, killed.last, EVENT, most=10**6, most_bytes=10**9)
    made = [
        each.act_id for each in premises.controller.open(records, premises.enrolment) if isinstance(each, UnnamedPassed)
    ]
    told = [line.decode().strip() for line in acknowledged if line.endswith(b"\n")]
    assert set(told) <= set(made)
    assert len(set(made)) == len(made), "each is one act"
    assert len(told) >= 20
