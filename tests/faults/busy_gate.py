"""A gate without hardware, at which cards are held up far faster than at any door: `python -m tests.faults.busy_gate`.

It is the gate's real program, fed through `Gate.present`. Cards are held up as long as the file `go` exists, so that a
gate that was killed and started again knows whether it is still to work.
"""

import argparse
import asyncio
from pathlib import Path
from random import Random

from contract.clock import SystemClock
from contract.enrolment import decode_enrolment
from contract.site import parse_edge_file, parse_site
from edge.program import GateProgram

CARDS = tuple(f"card:{number}" for number in range(300))
_PAUSE_S = 0.005


async def run(config: Path, go: Path) -> None:
    """Run until killed."""
    files, chance = parse_edge_file(config.read_text(), str(config.parent)), Random()
    enrolment, site = decode_enrolment(Path(files.enrolment).read_bytes()), parse_site(Path(files.site).read_text())
    program = GateProgram(enrolment, site, Path(files.state), SystemClock())
    points = [reader.access_point for reader in site.gate_of(enrolment.edge).reader]
    async with program, asyncio.TaskGroup() as tasks:
        tasks.create_task(program.run())
        while True:
            await asyncio.sleep(_PAUSE_S)
            if program.policy.rules is not None and go.exists():
                program.gate.present(chance.choice(points), chance.choice(CARDS))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("config", "go"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    asyncio.run(run(**vars(parser.parse_args())))
