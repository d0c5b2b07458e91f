"""The gate's process: reads its files, sees to its limits and signals, and runs one GateProgram.

    python -m edge.main --config FILE

is what `sacs edge` becomes, so that a small machine does not carry the command line's libraries along.

Belongs here: what concerns the process. Does not belong here: any part of the gate (program.py).
"""

import argparse
import asyncio
import contextlib
import os
import signal
import ssl
import sys
from pathlib import Path
from typing import Final

import structlog

from contract.clock import SystemClock
from contract.enrolment import Enrolment, EnrolmentError, decode_enrolment
from contract.site import GateDevices, Site, SiteFileError, VideoAddress, parse_devices, parse_edge_file, parse_site
from edge.hardware import HardwareError
from edge.program import GateProgram
from edge.ring_file import RingError
from process.exposure import IN_WORDS
from process.logs import log_to_stderr
from process.memory import keep_in_memory

_SWITCH_S: Final = 0.0005
"""The ring's thread gives way to a decision after this long; Python's own 5 ms would be felt at the door."""

_logger = structlog.get_logger(__name__)


async def run(config: Path) -> None:
    """Run the gate of an edge file until SIGTERM, SIGINT or SIGHUP, then stop cleanly: everything is in the ring.

    Raises contract.enrolment.EnrolmentError, contract.site.SiteFileError, and what GateProgram raises.
    """
    exposed = keep_in_memory()
    for way in sorted(exposed):
        _logger.warning(way, remedy=IN_WORDS[way])
    os.umask(0o077)  # whatever this program and its children write is its owner's alone
    sys.setswitchinterval(_SWITCH_S)
    enrolment, site, hardware, state, piv, screen_port, video = _read(config)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(signal_number, stop.set)
    async with GateProgram(
        enrolment,
        site,
        state,
        SystemClock(),
        hardware,
        piv=piv,
        exposed=exposed,
        screen_port=screen_port,
        video=video,
    ) as program:
        work = asyncio.create_task(program.run(), name="gate program")
        stopped = asyncio.create_task(stop.wait(), name="stop")
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work


def main() -> None:
    """Run as a process of its own; ends with a message and status 1 if the gate can not be set up as described."""
    parser = argparse.ArgumentParser(prog="sacs edge", description="Run one gate.")
    parser.add_argument("--config", type=Path, required=True)
    arguments = parser.parse_args()
    log_to_stderr(as_json=True)
    try:
        asyncio.run(run(arguments.config))
    except UnicodeDecodeError as error:
        sys.exit(f"sacs edge: a file is not UTF-8 text: {error.reason}, byte {error.start}")
    except (EnrolmentError, SiteFileError, HardwareError, RingError, ssl.SSLError, OSError) as error:
        sys.exit(f"sacs edge: {error}")


def _read(config: Path) -> tuple[Enrolment, Site, GateDevices, Path, Path | None, int | None, VideoAddress | None]:
    files = parse_edge_file(config.read_text(), str(config.parent))
    return (
        decode_enrolment(Path(files.enrolment).read_bytes()),
        parse_site(Path(files.site).read_text()),
        parse_devices(Path(files.devices).read_text()),
        Path(files.state),
        None if files.piv is None else Path(files.piv),
        files.screen_port,
        files.video,
    )


if __name__ == "__main__":
    main()
