"""One commissioning check of one gate, from its edge file to the report.

Belongs here: the order of the checks, and what has to be so before they begin. Does not belong here: single checks.
"""

import platform
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from contract.clock import SystemClock
from contract.enrolment import Enrolment, decode_enrolment
from contract.site import EdgeFile, GateDevices, Site, parse_devices, parse_edge_file, parse_site
from edge.commissioning.by_hand import points_of
from edge.commissioning.camera import check_camera
from edge.commissioning.controllers import check_controllers
from edge.commissioning.files import check_files, check_policy
from edge.commissioning.finding import Finding, verdict_of
from edge.commissioning.portals import check_portals
from edge.commissioning.readers import check_readers
from edge.commissioning.remarks import remarks_on, simulated_in
from edge.commissioning.report import Report, digest
from edge.commissioning.seen import watching
from edge.hardware import build
from edge.program import RING

_PRIMARY: Final = 0xFF
"""The part of an SQLite error that all of its kind share."""
Say = Callable[[str], None]
"""Takes progress, and what somebody at the gate is asked to do, in words."""
Tell = Callable[[Finding], None]
"""Takes each finding as it is made."""


class GateRunsError(Exception):
    """The gate is at work: its lines and its name at the broker are taken."""


async def check(config: Path, say: Say, tell: Tell) -> Report:
    """Check the gate that an edge file describes, and return the report.

    Raises GateRunsError, contract.enrolment.EnrolmentError, contract.site.SiteFileError, edge.hardware.HardwareError,
    or OSError for a file that can not be read.
    """
    files, enrolment, site_text, devices = read_gate(config)
    site = parse_site(site_text.decode())
    gate, clock, began_at = site.gate_of(enrolment.edge), SystemClock(), datetime.now(UTC)
    findings: list[Finding] = []
    with in_place_of_the_gate(Path(files.state)):
        simulated = simulated_in(gate, devices)
        async for finding in _findings(files, enrolment, site, devices, clock, say):
            findings.append(finding)
            tell(finding)
        # Again: a simulator that came up meanwhile is one as well.
        simulated = tuple(dict.fromkeys((*simulated, *simulated_in(gate, devices))))
    return Report(
        site=enrolment.site,
        site_file_sha256=digest(site_text),
        gate=gate.id,
        gate_name=gate.name or gate.id,
        verdict=verdict_of(findings),
        began_at=began_at,
        ended_at=datetime.now(UTC),
        program=f"sacs {version('sacs')}",
        machine=f"{platform.system()} {platform.release()}, {platform.machine()}, Python {platform.python_version()}",
        findings=findings,
        simulated=simulated,
        remarks=remarks_on(gate, devices, findings),
        by_hand=points_of(gate),
    )


async def _findings(
    files: EdgeFile, enrolment: Enrolment, site: Site, devices: GateDevices, clock: SystemClock, say: Say
) -> AsyncIterator[Finding]:
    gate = site.gate_of(enrolment.edge)
    hardware = build(gate, devices, clock, Path(files.state), None if files.piv is None else Path(files.piv))
    for finding in check_files(files, enrolment, gate, devices):
        yield finding
    yield check_policy(enrolment, Path(files.state), clock.now_ns())
    async for finding in check_controllers(enrolment, Path(files.state), clock, say):
        yield finding
    async with watching(hardware) as seen:
        async for finding in check_readers(gate, devices.lines, hardware, seen, say):
            yield finding
        async for finding in check_portals(gate, hardware, seen, say):
            yield finding
    for camera in gate.camera:
        say(f"camera {camera.id}: waiting for a picture")
        yield await check_camera(camera, devices)


def read_gate(config: Path) -> tuple[EdgeFile, Enrolment, bytes, GateDevices]:
    """Return what an edge file names: its paths, the enrolment, the site file's bytes and the device file.

    Raises contract.enrolment.EnrolmentError, contract.site.SiteFileError or OSError.
    """
    files = parse_edge_file(config.read_text(), str(config.parent))
    return (
        files,
        decode_enrolment(Path(files.enrolment).read_bytes()),
        Path(files.site).read_bytes(),
        parse_devices(Path(files.devices).read_text()),
    )


@contextmanager
def in_place_of_the_gate(state: Path) -> Iterator[None]:
    """Hold the gate's ring, so that the gate can not run meanwhile. Raises GateRunsError if it does."""
    ring = state / RING
    if not ring.exists():
        yield
        return
    with closing(sqlite3.connect(ring, isolation_level=None, timeout=0)) as held:
        try:
            held.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & _PRIMARY in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise GateRunsError("this gate is running: stop it first, the check needs its lines") from error
            message = f"{ring}: {error}; the gate can not use it either"
            raise OSError(message) from error
        try:
            yield
        finally:
            held.execute("ROLLBACK")
