"""A gate whose officer counts people as fast as it acknowledges: `python -m tests.integration.edge.acting_gate FILE`.

It is the gate's real program. Each act that it acknowledged to the officer is a line on stdout, until it is killed.
"""

import asyncio
import sys
from pathlib import Path

from contract.clock import SystemClock
from contract.enrolment import Enrolment, decode_enrolment
from contract.ids import AccessPointId, AccountId, new_act_id
from contract.site import Site, parse_edge_file, parse_site
from edge.domain.acting import ActResult, CountUnnamed
from edge.program import GateProgram
from process.logs import log_to_stderr

OFFICER = AccountId("a" * 24)


async def run(enrolment: Enrolment, site: Site, state: Path) -> None:
    """Act until killed."""
    async with GateProgram(enrolment, site, state, SystemClock()) as program, asyncio.TaskGroup() as tasks:
        tasks.create_task(program.run())
        while True:
            act = CountUnnamed(new_act_id(), AccessPointId("out"), 1)
            if await program.gate.act(OFFICER, act) is ActResult.DONE:
                sys.stdout.write(f"{act.act_id}\n")
                sys.stdout.flush()


def main(config: Path) -> None:
    """Read the gate's files, and act."""
    log_to_stderr()
    files = parse_edge_file(config.read_text(), str(config.parent))
    enrolment = decode_enrolment(Path(files.enrolment).read_bytes())
    asyncio.run(run(enrolment, parse_site(Path(files.site).read_text()), Path(files.state)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
