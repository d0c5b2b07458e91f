"""The gate that P4 times, as a process of its own: a smart card library finds its service once in a process's life.

    python -m benchmarks.p4_gate TRANSPORT READS CREDENTIALS

prints one JSON object: `ours` and `bare`, the milliseconds from a driver's callback (in the process that owns the line)
to the unlock order, with and without a decision; and `whole`, those from the reader to the strike.

Belongs here: one transport. Does not belong here: what is made of it (p4_decision.py).
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.gate_bench import EDGE, PIV, Told, Transport, policy_document, presenting
from contract.clock import SystemClock, to_datetime
from contract.controllers import ControllerCard, ControllerList, sign_list
from contract.enrolment import Enrolment
from contract.ids import AccessPointId, ControllerId, SiteId
from contract.policy import Policy
from contract.site import parse_site
from controller.pki.folder import Authority
from drivers.ports import BoardOnline, CredentialRead, DeviceEvent, PortalHardware, ReaderOnline
from edge.domain.anti_passback import AntiPassbackMemory
from edge.domain.decide import Rules
from edge.gate import Devices, Gate
from edge.hardware import build
from edge.program import GateProgram

_NS_PER_MS: Final = 1_000_000
_EVERY_S: Final = 0.02
_START_S: Final = 40.0


class Times(msgspec.Struct):
    """Milliseconds of each read; see the module."""

    ours: list[float]
    bare: list[float]
    whole: list[float]


class _TimedPortal:
    """The real portal, with the time of each unlock order."""

    def __init__(self, portal: PortalHardware) -> None:
        self.id = portal.id
        self._portal = portal
        self.unlocked_ns: list[int] = []

    def unlock(self, duration_ms: int, access_point: AccessPointId | None = None) -> bool:
        submitted = self._portal.unlock(duration_ms, access_point)
        self.unlocked_ns.append(time.clock_gettime_ns(time.CLOCK_BOOTTIME))
        return submitted

    def lock(self) -> bool:
        return self._portal.lock()


class _Fixed:
    """A policy in force."""

    def __init__(self, rules: Rules) -> None:
        self.rules: Rules | None = rules


async def _measure(transport: Transport, folder: Path, reads: int, credentials: int, *, bare: bool) -> list[float]:
    """Return our own time for each read, whole times lie in the folder; `bare`: whatever is read unlocks at once."""
    with presenting(folder, reads, _EVERY_S, transport):
        async with asyncio.timeout(_START_S):
            while not (folder / "told.json").exists():
                await asyncio.sleep(0.05)
        told = msgspec.json.decode((folder / "told.json").read_bytes(), type=Told)
        os.environ.update(told.environment)
        rules = Rules(Policy(policy_document(credentials, told.credentials)), ZoneInfo("UTC"))
        site, clock = parse_site(transport.site), SystemClock()
        config = site.gate_of(EDGE)
        devices = build(
            config, told.devices, clock, folder / "state", folder / PIV if transport.is_smart_card else None
        )
        portals = {key: _TimedPortal(portal) for key, portal in devices.portals.items()}
        timed = next(iter(portals.values()))
        async with GateProgram(_enrolment(folder), site, folder / "state", clock) as program:
            gate = Gate(
                config, site.access_point, program.time, program.journal, _Fixed(rules),
                AntiPassbackMemory(site.retention), Devices(devices.readers, portals, devices.boards),
            )  # fmt: skip
            return await _time_reads(devices, gate.take, timed, folder, bare=bare)


async def _time_reads(
    devices: Devices, take: Callable[[DeviceEvent], None], portal: _TimedPortal, folder: Path, *, bare: bool
) -> list[float]:
    taken: list[float] = []
    online: set[str] = set()

    def sink(event: DeviceEvent) -> None:
        if isinstance(event, ReaderOnline):
            online.add(event.reader)
        elif isinstance(event, BoardOnline):
            online.add(event.board)
        elif isinstance(event, CredentialRead):
            if bare:
                portal.unlock(100)
            else:
                take(event)
            if portal.unlocked_ns:
                taken.append((portal.unlocked_ns.pop() - event.read_boottime_ns) / _NS_PER_MS)
            return
        take(event)

    drivers = [*devices.readers.values(), *devices.boards.values()]
    running = [asyncio.create_task(driver.run(sink)) for driver in drivers]
    await _until(lambda: len(online) == len(drivers), running)
    (folder / "go").touch()
    await _until((folder / "whole.json").exists, running)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    return taken


async def _until(condition: Callable[[], bool], running: list[asyncio.Task[None]]) -> None:
    """Wait; a driver that ends meanwhile ends it all."""
    async with asyncio.timeout(300):
        while not condition():
            for task in running:
                if task.done():
                    task.result()
            await asyncio.sleep(0.05)


def _enrolment(folder: Path) -> Enrolment:
    """Make a gate of a site whose controller is away: the gate decides all the same."""
    now, site = to_datetime(SystemClock().now_ns()), SiteId("bench")
    authority = Authority(folder / "ca", site, ControllerId("main"), now)
    files = authority.edge_files(folder / "tls", f"edge-{EDGE}", now)
    card = ControllerCard(
        ControllerId("main"), bytes(32), bytes(32), authority.certificate_pem, "127.0.0.1", 1, "127.0.0.1", 1
    )
    root = Ed25519PrivateKey.generate()
    listed = sign_list(ControllerList(1, site, 1, now.isoformat(), bytes(32), [card]), root)
    return Enrolment(
        site, EDGE, bytes(range(32)), bytes(range(32)), files.certificate.read_text(), files.key.read_text(),
        root.public_key().public_bytes_raw(), listed,
    )  # fmt: skip


def _run(transport: Transport, reads: int, credentials: int) -> Times:
    """Measure with and without a decision, one after the other; the smart card service lies at one path for both."""
    with tempfile.TemporaryDirectory(prefix="sacs-p4-") as name:
        folder = Path(name) / "ours"
        folder.mkdir()
        ours = asyncio.run(_measure(transport, folder, reads, credentials, bare=False))
        whole = msgspec.json.decode((folder / "whole.json").read_bytes(), type=list[float])
        folder.rename(Path(name) / "done")
        folder.mkdir()
        bare = asyncio.run(_measure(transport, folder, reads, 1, bare=True))
        return Times(ours, bare, whole)


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    print(msgspec.json.encode(_run(Transport[sys.argv[1]], int(sys.argv[2]), int(sys.argv[3]))).decode())
