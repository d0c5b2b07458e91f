"""A gate for benchmarks: an OSDP entry reader with a door, an ASCII exit reader, its world in another process.

Belongs here: what P4 and P10 share. Does not belong here: measuring.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from contract.clock import NS_PER_S, SystemClock
from contract.ids import AccessPointId, EdgeId, HolderId, PassId
from contract.policy import FOREVER_S, AccessLevel, PolicyHeader, PolicyRow, new_digest_key, pack
from contract.policy import VERSION as POLICY_VERSION
from contract.site import AntiPassback

EDGE: Final = EdgeId("north")
FACILITY: Final = 13
ENTRY: Final = AccessPointId("north-in")
EXIT: Final = AccessPointId("north-out")
SITE: Final = """
[site]
id = "bench"
[[area]]
id = "inside"
[[access_point]]
id = "north-in"
from = "outside"
to = "inside"
[[access_point]]
id = "north-out"
from = "inside"
to = "outside"
[[gate]]
id = "north"
[[gate.reader]]
id = "entry"
kind = "osdp"
access_point = "north-in"
device = "bus"
address = 1
baud = 115200
[[gate.reader]]
id = "exit"
kind = "serial"
access_point = "north-out"
device = "exit"
[[gate.portal]]
id = "door"
hardware = "entry"
access_points = ["north-in", "north-out"]
unlock_ms = 100
"""


def policy_document(credentials: int) -> bytes:
    """Return a policy of EDGE that knows card numbers 0 to `credentials` - 1 of FACILITY, beyond 16 bits as well."""
    now_s = SystemClock().now_ns() // NS_PER_S
    header = PolicyHeader(
        POLICY_VERSION, EDGE, FOREVER_S, now_s, FOREVER_S, "UTC", AntiPassback.OFF,
        [AccessLevel(frozenset((ENTRY, EXIT)))], new_digest_key(),
    )  # fmt: skip
    return pack(header, ((f"h10301:{FACILITY}:{n}", _row(n)) for n in range(credentials)))


def _row(number: int) -> PolicyRow:
    return PolicyRow(HolderId(f"{number:024x}"), PassId(f"{number:024x}"), 0)


@contextmanager
def presenting(folder: Path, cards: int, every_s: float) -> Iterator[None]:
    """Run the gate's world in a process of its own; it writes `folder/devices.json` and presents `cards` cards."""
    command = (sys.executable, "-m", "benchmarks.gate_bench", str(folder), str(cards), str(every_s))
    with subprocess.Popen(command, stdin=subprocess.PIPE) as world:
        try:
            yield
        finally:
            world.terminate()


async def _present(folder: Path, cards: int, every_s: float) -> None:
    from contract.site import GateDevices, parse_site  # noqa: PLC0415  the world's own process
    from simulators.cards import ProximityCard  # noqa: PLC0415
    from simulators.gate import SimulatedGate  # noqa: PLC0415

    gate = SimulatedGate(parse_site(SITE).gate_of(EDGE), folder / "lines")
    gate.start()
    (folder / "devices.json").write_bytes(msgspec.json.encode(GateDevices(lines=gate.device_lines, scbk=gate.scbk)))
    await asyncio.sleep(5)  # the driver opens the line and makes its channel secure
    for number in range(cards):
        gate.ways[ENTRY].present(ProximityCard.of(FACILITY, number))
        await asyncio.sleep(every_s)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_present(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
