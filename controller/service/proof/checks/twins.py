"""Check: no gate is two machines: a cloned disk speaks with the keys of the gate that it was copied from (L6, L7).

Belongs here: that look. Does not belong here: how two live epochs of one gate are told apart from a restart (gates.py).
"""

from collections.abc import Mapping
from typing import Final

from contract.clock import NS_PER_S, Clock
from contract.ids import EdgeId
from controller.domain.violations import Violation
from controller.service.proof.checks.check import Finding

_REMEMBERED_NS: Final = 60 * NS_PER_S
"""Two machines that both go on speaking contradict each other every few seconds."""


class Twins:
    """`twice_ns`: when each gate last was two machines."""

    name = "gates-twice"
    every_s = 2.0

    def __init__(self, clock: Clock, twice_ns: Mapping[EdgeId, int]) -> None:
        self._clock = clock
        self._twice_ns = twice_ns

    async def look(self) -> set[Finding]:
        """See Check."""
        since_ns = self._clock.now_ns() - _REMEMBERED_NS
        return {Finding(Violation.GATE_TWICE, gate=edge) for edge, at_ns in self._twice_ns.items() if at_ns >= since_ns}
