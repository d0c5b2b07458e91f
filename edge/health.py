"""What a gate says of itself every two seconds: its state, and its watermark.

Belongs here: putting a Health together and signing it. Does not belong here: what the parts of it mean.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from contract.enrolment import Enrolment
from contract.ids import Epoch
from contract.messages import CONTROLLERS_SILENT, VERSION, CameraState, Health
from contract.signing import sign
from edge.domain.silence import Silence
from edge.gate import Gate
from edge.gate_time import GateTime
from edge.journal import Journal
from edge.ledger_heads import LedgerHeads
from edge.policy_store import PolicyStore
from edge.ring import Ring
from edge.uplink import Uplink

EVERY_S: Final = 2.0


class HealthReporter:
    """Tells every controller how the gate is. `counters`: those of all parts; `cameras`: asked for each time."""

    def __init__(
        self,
        enrolment: Enrolment,
        epoch: Epoch,
        time: GateTime,
        gate: Gate,
        journal: Journal,
        ring: Ring,
        policy: PolicyStore,
        uplink: Uplink,
        heads: LedgerHeads,
        *,
        counters: Iterable[Counter[str]] = (),
        cameras: Callable[[], list[CameraState]] = list,
    ) -> None:
        self._edge = enrolment.edge
        self._signer = enrolment.signer()
        self._epoch = epoch
        self._time = time
        self._gate = gate
        self._journal = journal
        self._ring = ring
        self._policy = policy
        self._uplink = uplink
        self._heads = heads
        self._silence = Silence()
        self._own: Counter[str] = Counter()
        parts = (gate, journal, ring, policy, uplink)
        self._counters = [*(part.counters for part in parts), self._own, *counters]
        self._cameras = cameras
        self.video: Callable[[], str] = str
        """Tells where controllers fetch the gate's recordings (Health.video)."""
        self.old_video: Callable[[], int] = int
        """Tells what is left of cameras that are gone (Health.old_video_dies_s)."""

    async def run(self) -> None:
        """Report until cancelled."""
        while True:
            await self.report()
            await asyncio.sleep(EVERY_S)

    async def report(self) -> None:
        """Report now: what is told was durable before it is told."""
        at_ns = await self._journal.watermark_ns()
        self._own[CONTROLLERS_SILENT] = self._silence.silent(self._uplink.words(), self._time.boottime_ns())
        health = Health(
            VERSION,
            self._edge,
            self._epoch,
            at_ns,
            list(self._ring.extents),
            delivered=self._uplink.delivered,
            policy_version=self._policy.version,
            clock_offset_ms=self._time.offset_ms(),
            readers=self._gate.reader_states(),
            cameras=self._cameras(),
            counters=dict(sum(self._counters, Counter())),
            journaled=self._ring.journaled,
            boards=self._gate.board_states(),
            list_number=self._uplink.list_number,
            sealed_to=self._journal.sealed_to(),
            heads=self._heads.kept(),
            oldest_dies_s=self._ring.oldest_dies_s,
            video=self.video(),
            old_video_dies_s=self.old_video(),
        )
        self._uplink.publish_health(sign(health, self._edge, self._signer))
