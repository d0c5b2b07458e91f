"""P4: from a driver's callback to the unlock order submitted, for each transport, with 1,000,000 credentials.

Beside it the same way without a decision: whatever is read unlocks at once. Wire, poll and the card's own work are in
neither; they are in the whole way from the reader to the strike, which is reported apart.

Belongs here: figures. Does not belong here: the gate that is timed (p4_gate.py), its world (gate_bench.py).
"""

import subprocess
import sys
from typing import Final

import msgspec

from benchmarks.figure import Figure, percentile
from benchmarks.gate_bench import Transport
from benchmarks.p4_gate import Times

_READS: Final = {False: 400, True: 20}
_SMART_CARD_READS: Final = {False: 60, True: 3}
_CREDENTIALS: Final = {False: 1_000_000, True: 10_000}
_PEER: Final = "the same way without a decision"
_WHOLE_MS: Final = {Transport.DESFIRE_MODBUS: 300.0, Transport.PIV_MODBUS: 2000.0}
_SHORT_FORM: Final = (Transport.OSDP, Transport.SERIAL_MODBUS)


def run(short: bool) -> list[Figure]:  # noqa: FBT001  the one choice there is
    """Hold cards before a simulated reader of each transport and time the gate, then a gate that asks nobody."""
    figures = []
    for transport in _SHORT_FORM if short else Transport:
        reads = (_SMART_CARD_READS if transport.is_smart_card else _READS)[short]
        figures += _figures(transport, _times(transport, reads, _CREDENTIALS[short]))
    return figures


def _times(transport: Transport, reads: int, credentials: int) -> Times:
    command = (sys.executable, "-m", "benchmarks.p4_gate", transport.name, str(reads), str(credentials))
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return msgspec.json.decode(said, type=Times)


def _figures(transport: Transport, times: Times) -> list[Figure]:
    figures = []
    for share, target_ms in ((0.50, 0.3), (0.99, 2.0)):
        ours, bare = percentile(times.ours, share), percentile(times.bare, share)
        what = f"{transport}: callback to unlock, p{share * 100:.0f}"
        figures.append(Figure("P4", what, ours, "ms", f"<= {target_ms} ms", ours <= target_ms, bare, _PEER))
    whole, limit_ms = percentile(times.whole, 0.95), _WHOLE_MS.get(transport)
    target, met = ("with poll and wire", None) if limit_ms is None else (f"<= {limit_ms:.0f} ms", whole <= limit_ms)
    return [*figures, Figure("P4", f"{transport}: reader to strike, p95", whole, "ms", target, met)]
