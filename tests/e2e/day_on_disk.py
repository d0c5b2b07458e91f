"""A day of one gate and one controller on a disk, in seconds: people come and go, hours pass, at last all is expired.

`python -m tests.e2e.day_on_disk IMAGE DISK OUTSIDE`: everything that the system writes goes to DISK, where IMAGE is
mounted; the offline root and, after each hour, copies of the vault's keys and of the image's bytes go to OUTSIDE. It is
a program of its own so that it can be run with sealing off. Time is set by hand; gate, broker, controller, stores and
vault are the real ones. Belongs here: that day. Does not belong here: what must be found on the disk afterwards
(test_disk_image.py).
"""

import asyncio
import contextlib
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from contract.clock import NS_PER_S, ManualClock
from contract.enrolment import Enrolment, decode_enrolment
from contract.ids import AccessPointId, CameraId, ControllerId, EdgeId
from contract.site import parse_site
from controller.broker.binary import BrokerKind
from controller.composition.assembly import Assembly, Settings, assemble
from controller.composition.ceremony import enrol
from controller.service.records.ingest import STORED, Delivery
from controller.service.site.reference import NewHolder, NewPass
from edge.program import GateProgram

SITE: Final = """
[site]
id = "here"
[retention]
movement_period_s = 60
movement_keep_s = 300
settle_s = 30
[[area]]
id = "hall"
[[access_point]]
id = "in"
from = "outside"
to = "hall"
[[access_point]]
id = "out"
from = "hall"
to = "outside"
[[gate]]
id = "north"
reader = [{id = "r-in", kind = "serial", access_point = "in"}, {id = "r-out", kind = "serial", access_point = "out"}]
"""
START_S: Final = 1_800_000_000
HOURS: Final = 8
HOUR_S: Final = 60
PERSONS: Final = 4
LIMIT_S: Final = 150.0
BLOCK_BYTES: Final = 4096

NAMES: Final = [f"Quartermain-Osei {number}" for number in range(PERSONS)]
NUMBERS: Final = [f"PASS-77441{number}" for number in range(PERSONS)]
CARDS: Final = [f"h10301:201:5432{number}" for number in range(PERSONS)]
STRANGERS: Final = [f"h10301:66:6543{number}" for number in range(HOURS)]
"""Cards that nobody knows: what a gate journals of them is their number."""
PICTURES: Final = [f"portrait-of-the-passage-{number}" for number in range(HOURS)]
PLANTS: Final = [*NAMES, *NUMBERS, *CARDS, *STRANGERS, *PICTURES]


def jpeg(comment: str) -> bytes:
    """Return a picture with a comment in it (ITU-T T.81, B.2.4.5: COM)."""
    noise = np.random.default_rng(len(comment)).integers(0, 255, (16, 16, 3), dtype=np.uint8)
    picture = cv2.imencode(".jpg", noise)[1].tobytes()
    text = comment.encode()
    return picture[:20] + b"\xff\xfe" + (len(text) + 2).to_bytes(2) + text + picture[20:]  # behind SOI and APP0


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition, with a generous limit."""
    try:
        async with asyncio.timeout(LIMIT_S):
            while True:
                if condition():
                    return
                await asyncio.sleep(0.02)
    except TimeoutError:
        sys.exit(f"it never came about: {what}")


@asynccontextmanager
async def controller(settings: Settings, clock: ManualClock) -> AsyncIterator[Assembly]:
    """The controller with its link; ticks are left to the day."""
    async with assemble(settings, clock, lambda _: None) as assembly:

        async def take(deliveries: list[Delivery]) -> set[EdgeId]:
            return await assembly.truth.take(deliveries)

        link = asyncio.create_task(assembly.link.run(take))
        try:
            await until(lambda: assembly.link.connected, "the link to the broker")
            await assembly.supply_gates()
            yield assembly
        finally:
            link.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await link


@asynccontextmanager
async def gate(enrolment: Enrolment, folder: Path, clock: ManualClock) -> AsyncIterator[GateProgram]:
    """The gate, which follows the clock that is set by hand."""
    program = GateProgram(enrolment, parse_site(SITE), folder, clock, follows_controllers=False)
    async with program, asyncio.TaskGroup() as tasks:
        work = tasks.create_task(program.run())
        yield program
        work.cancel()


async def hour(number: int, assembly: Assembly, program: GateProgram, clock: ManualClock) -> None:
    """Everybody comes or leaves, a stranger tries, a camera takes a picture; then all of it is at the controller."""
    truth = assembly.truth
    clock.advance_to((START_S + number * HOUR_S + 1) * NS_PER_S)
    if await truth.tick():
        await assembly.link.publish_keys(truth.period_keys())
    await assembly.canary_scan.plant()
    before = truth.ingest.totals[STORED]
    way = AccessPointId("in" if number % 2 == 0 else "out")
    for card in CARDS:
        program.gate.present(way, card)
    grant = program.journal.last_number
    program.gate.present(way, STRANGERS[number])
    program.journal.append_snapshot(CameraId("camera"), grant, clock.now_ns(), jpeg(PICTURES[number]))
    await until(lambda: truth.ingest.totals[STORED] > before + PERSONS, f"the events of hour {number}")


def copy_bytes(image: Path, disk: Path, copy: Path) -> None:
    """Copy every block of the disk, as it stands now, in which anything is."""
    subprocess.run(["sync", "--file-system", disk], check=True)
    data = image.read_bytes()
    blocks = (data[at : at + BLOCK_BYTES] for at in range(0, len(data), BLOCK_BYTES))
    copy.write_bytes(b"".join(block for block in blocks if block.strip(b"\0")))


async def day(image: Path, disk: Path, outside: Path) -> None:
    """Live through the day; the last act is to wake up long after it."""
    clock = ManualClock(START_S * NS_PER_S)
    settings = Settings(
        parse_site(SITE), ControllerId("main"), disk / "state" / "controller", disk / "vault", BrokerKind.NATS
    )
    folder = disk / "state" / "edges" / "north"
    enrol(outside / "root", settings)
    async with controller(settings, clock) as assembly:
        assembly.reference.register(
            NewHolder(name, "staff", [NewPass(number, [card], "all")])
            for name, number, card in zip(NAMES, NUMBERS, CARDS, strict=True)
        )
        await assembly.supply_gates()
        (path,) = assembly.enrolments_folder.glob("*.enrolment")
        enrolment = decode_enrolment(path.read_bytes())
        async with gate(enrolment, folder, clock) as program:
            wanted = assembly.policies.wanted[EdgeId("north")]
            await until(lambda: program.policy.version == wanted, "the policy with everybody in it")
            for number in range(HOURS):
                await hour(number, assembly, program, clock)
                shutil.copy(disk / "vault" / "keys", outside / f"keys-{number}")
                await asyncio.to_thread(copy_bytes, image, disk, outside / f"disk-{number}")
            await until(lambda: program.uplink.delivered, "everything is delivered")
    clock.advance_to((START_S + 3 * HOURS * HOUR_S) * NS_PER_S)
    async with controller(settings, clock) as assembly:
        await assembly.truth.tick()
    async with gate(enrolment, folder, clock):
        pass


if __name__ == "__main__":
    asyncio.run(day(*map(Path, sys.argv[1:])))
