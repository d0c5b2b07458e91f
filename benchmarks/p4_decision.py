"""P4: from the driver's callback to the unlock command submitted, across processes, with 1,000,000 credentials.

Beside it the same way without a decision: whatever is read unlocks at once. The reader's poll is in neither.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from benchmarks.figure import Figure, percentile
from benchmarks.gate_bench import EDGE, SITE, policy_document, presenting
from contract.clock import SystemClock, to_datetime
from contract.enrolment import ControllerCard, Enrolment
from contract.ids import AccessPointId, ControllerId, SiteId
from contract.policy import Policy
from contract.site import parse_devices, parse_site
from controller.pki.folder import Authority
from drivers.ports import CredentialRead, DeviceEvent, PortalHardware
from edge.domain.anti_passback import AntiPassbackMemory
from edge.domain.decide import Rules
from edge.gate import Devices, Gate
from edge.hardware import build
from edge.program import GateProgram

_READS: Final = 400
_CREDENTIALS: Final = 1_000_000
_EVERY_S: Final = 0.12
_NS_PER_MS: Final = 1_000_000


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


def run(short: bool) -> list[Figure]:  # noqa: FBT001  the one choice there is
    """Read cards at a simulated reader and time the gate, then a gate that asks nobody."""
    reads, credentials = (20, 10_000) if short else (_READS, _CREDENTIALS)
    rules = Rules(Policy(policy_document(credentials)), ZoneInfo("UTC"))
    ours = asyncio.run(_measure(reads, rules))
    bare = asyncio.run(_measure(reads, None))
    what = f"decision with {credentials:,} credentials, callback to unlock, p"
    peer = "the same way without a decision"
    return [
        _figure(f"{what}50", ours, bare, 0.50, 0.3, peer),
        _figure(f"{what}99", ours, bare, 0.99, 2.0, peer),
    ]


def _figure(what: str, ours: list[float], bare: list[float], share: float, target_ms: float, peer: str) -> Figure:
    value = percentile(ours, share)
    return Figure("P4", what, value, "ms", f"<= {target_ms} ms", value <= target_ms, percentile(bare, share), peer)


async def _measure(reads: int, rules: Rules | None) -> list[float]:
    with tempfile.TemporaryDirectory(prefix="sacs-bench-") as name:
        folder = Path(name)
        with presenting(folder, reads, _EVERY_S):
            while not (folder / "devices.json").exists():
                await asyncio.sleep(0.05)
            site, clock = parse_site(SITE), SystemClock()
            config = site.gate_of(EDGE)
            devices = build(config, parse_devices((folder / "devices.json").read_text()), clock, folder / "state")
            portals = {key: _TimedPortal(portal) for key, portal in devices.portals.items()}
            timed = next(iter(portals.values()))
            async with GateProgram(_enrolment(folder), site, folder / "state", clock) as program:
                gate = Gate(
                    config, site.access_point, program.time, program.journal,
                    program.policy if rules is None else _Fixed(rules),
                    AntiPassbackMemory(site.retention), Devices(devices.readers, portals),
                )  # fmt: skip
                take = gate.take if rules is not None else (lambda _: None)
                return await _time_reads(devices, take, timed, reads, bare=rules is None)


async def _time_reads(
    devices: Devices, take: Callable[[DeviceEvent], None], portal: _TimedPortal, reads: int, *, bare: bool
) -> list[float]:
    taken: list[float] = []

    def sink(event: DeviceEvent) -> None:
        if isinstance(event, CredentialRead):
            if bare:
                portal.unlock(100)
            else:
                take(event)
            if portal.unlocked_ns:
                taken.append((portal.unlocked_ns.pop() - event.read_boottime_ns) / _NS_PER_MS)
        else:
            take(event)

    running = [asyncio.create_task(reader.run(sink)) for reader in devices.readers.values()]
    async with asyncio.timeout(30 + 2 * reads * _EVERY_S):
        while len(taken) < reads * 0.95:  # a card that is presented while the line starts may go unread
            await asyncio.sleep(0.1)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    return taken


def _enrolment(folder: Path) -> Enrolment:
    """Make a gate of a site whose controller is away: the gate decides all the same."""
    files = Authority(folder / "ca", SiteId("bench"), to_datetime(SystemClock().now_ns())).edge_files(
        folder / "tls", EDGE, to_datetime(SystemClock().now_ns())
    )
    card = ControllerCard(ControllerId("main"), bytes(32), "127.0.0.1", 1, "127.0.0.1", 1)
    return Enrolment(
        SiteId("bench"), EDGE, bytes(range(32)), bytes(range(32)),
        files.certificate.read_text(), files.key.read_text(), files.authority.read_text(), [card],
    )  # fmt: skip
