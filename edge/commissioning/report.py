"""The report of a commissioning check: findings, a verdict, and what a person still has to look at.

Belongs here: the report's shape. Does not belong here: its look on paper (document.py).
"""

from datetime import datetime
from typing import Final

import msgspec

from contract.ids import EdgeId, SiteId
from edge.commissioning.finding import Finding, Verdict

FORMAT: Final = 1
BY_HAND: Final = (
    "Without a card the door stays locked, before and after its release",
    "Fire release pulled: portal opens with the gate box switched off, and stays open until reset at the door",
    "Exit button (REX) opens the door from inside; the emergency opener breaks the strike's supply",
    "Reader housing opened: tamper alarm at the control centre",
    "Mains switched off: battery carries the gate; alarm at the control centre",
    "Network cable pulled: a permitted card is still admitted, and the event arrives after it is plugged in",
    "Door propped open: warning at the reader, then alarm at the control centre",
)
"""What no program can see by itself: to be ticked by the person who signs (hardware/bench-checklist.md)."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One commissioning check of one gate. Times are aware UTC; holds no secret."""

    format: int = FORMAT
    site: SiteId
    gate: EdgeId
    gate_name: str
    verdict: Verdict
    began_at: datetime
    ended_at: datetime
    program: str
    machine: str
    findings: list[Finding]
    by_hand: tuple[str, ...] = BY_HAND

    def count(self, verdict: Verdict) -> int:
        """Return how many findings ended with `verdict`."""
        return sum(finding.verdict is verdict for finding in self.findings)
