"""Check: nobody plays with clocks, for a clock set back would let records live (L4).

The controller disbelieves a leap of its machine's clock; a gate's clock is compared with the controller's. Belongs
here: that look. Does not belong here: whom to believe (domain/believed_time.py, edge/domain/gate_clock.py).
"""

from collections.abc import Callable, Iterable
from typing import Final

from contract.clock import NS_PER_S, Clock
from controller.domain.violations import Violation
from controller.live import GateLine, GateState
from controller.service.proof.checks.check import Finding

MOST_OFF_MS: Final = 10_000
"""IEC 60839-11-1 allows a clock without a time source 10 s a week; a gate hears the time every few seconds."""
_KEPT_TO_NS: Final = 120 * NS_PER_S
"""The time on disk is kept to the minute."""
_REMEMBERED_NS: Final = 3600 * NS_PER_S
"""A leap happens in a moment: it stands as found for so long."""


class Clocks:
    """`gates`: what each gate last said. Whoever keeps the controller's time tells of leaps by `leapt`."""

    name = "clocks"
    every_s = 10.0

    def __init__(self, clock: Clock, gates: Callable[[], Iterable[GateLine]]) -> None:
        self._clock = clock
        self._gates = gates
        self._leapt_ns: int | None = None

    def leapt(self) -> None:
        """Take note that the machine's clock was set; it is not believed."""
        self._leapt_ns = self._clock.now_ns()

    def began_after(self, last_entry_ns: int) -> None:
        """Take note, at a start, of when the ledger's last entry was made (ns since 1970-01-01 UTC).

        The controller keeps the highest time on disk, so it is behind that only if somebody took the file away and set
        the machine's clock back: then keys would live longer.
        """
        if self._clock.now_ns() < last_entry_ns - _KEPT_TO_NS:
            self.leapt()

    async def look(self) -> set[Finding]:
        """See Check."""
        now_ns = self._clock.now_ns()
        found = {
            Finding(Violation.GATE_CLOCK_OFF, gate=gate.gate)
            for gate in self._gates()
            if gate.state in {GateState.ONLINE, GateState.CATCHING_UP} and abs(gate.clock_offset_ms) > MOST_OFF_MS
        }
        if self._leapt_ns is not None and now_ns - self._leapt_ns <= _REMEMBERED_NS:
            found.add(Finding(Violation.CLOCK_STEPPED, place="controller"))
        return found
