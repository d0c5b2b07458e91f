"""Runs all checks, each at its own pace, and makes what they find visible: an alarm and an entry in the ledger.

What a check finds is written once when it appears and once when it is over; the alarm is repeated as long as it lasts.
A check that raises is alarmed at once, and one that has not come back in time too: nobody may believe that all is well
because nobody looked. Belongs here: that rhythm, and the state of each check. Does not belong here: what is looked at.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from contract.clock import NS_PER_S, Clock
from controller.domain.violations import JUDGED, Blame, Violation
from controller.ledger import Ledger
from controller.service.alarms import Alarms
from controller.service.proof.checks.check import Check, Finding

BREACH_FOUND: Final = "breach-found"
FAULT_FOUND: Final = "fault-found"
FINDING_OVER: Final = "finding-over"
_SUPERVISE_S: Final = 5.0
_PATIENCE: Final = 3
"""A check is overdue when it has not come back for so many of its intervals, and at least OVERDUE_AT_LEAST_S."""
OVERDUE_AT_LEAST_S: Final = 60.0
_log = structlog.get_logger()


@dataclass
class CheckState:
    """How a check stands. Times in ns since 1970 UTC; `ended_ns` 0: it has not come back yet."""

    name: str
    every_s: float
    begun_ns: int
    ended_ns: int = 0
    looks: int = 0
    failed: str = ""
    """Name of the error of the last look, if it failed."""
    findings: frozenset[Finding] = field(default_factory=frozenset)


class Watch:
    """Runs checks until cancelled. `found` is what is wrong now, by all checks together."""

    def __init__(self, clock: Clock, ledger: Ledger, alarms: Alarms, checks: Sequence[Check]) -> None:
        self._clock: Final = clock
        self._ledger: Final = ledger
        self._alarms: Final = alarms
        self._checks: Final = checks
        now_ns = clock.now_ns()
        self.states: Final = {check.name: CheckState(check.name, check.every_s, now_ns) for check in checks}
        self._told: dict[Finding, int] = {}

    @property
    def found(self) -> frozenset[Finding]:
        """What is wrong at this moment."""
        return frozenset().union(*(state.findings for state in self.states.values()), self._about_checks())

    async def run(self) -> None:
        """Look at everything at its own pace, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for check in self._checks:
                tasks.create_task(self._keep_looking(check), name=f"check {check.name}")
            tasks.create_task(self._supervise(), name="checks")

    async def look_once(self, check: Check) -> None:
        """Let one check look, and tell what is new."""
        state = self.states[check.name]
        state.begun_ns = self._clock.now_ns()
        try:
            findings = await check.look()
        except Exception as error:  # noqa: BLE001  whatever it is, it must be seen and the others must go on
            _log.error("check failed", check=check.name, error=type(error).__name__)
            state.failed = type(error).__name__
        else:
            state.failed = ""
            state.findings = frozenset(findings)
        state.looks += 1
        state.ended_ns = self._clock.now_ns()
        self.tell()

    def tell(self) -> None:
        """Raise alarms for what is wrong, and write into the ledger what is new and what is over."""
        now_ns, found = self._clock.now_ns(), self.found
        for finding in sorted(found):
            self._alarms.of_violation(now_ns, finding.violation, finding.gate, finding.place)
        try:
            for finding in sorted(found - self._told.keys()):
                self._told[finding] = self._write(finding, now_ns)
            for finding in sorted(self._told.keys() - found):
                number = self._told[finding]
                self._ledger.append(FINDING_OVER, now_ns, violation=finding.violation.value, number=number)
                del self._told[finding]
                self._alarms.settled(finding.violation.value, finding.gate, finding.place)
        except OSError as error:  # what was not written is still new at the next look
            _log.error("a finding could not be written", error=type(error).__name__)
            self._alarms.of_system(now_ns, "ledger-failed", place=type(error).__name__)

    def _write(self, finding: Finding, now_ns: int) -> int:
        rule, blame = JUDGED[finding.violation]
        kind = BREACH_FOUND if blame is Blame.BREACH else FAULT_FOUND
        entry = self._ledger.append(
            kind,
            now_ns,
            violation=finding.violation.value,
            rule=rule.value,
            place=finding.gate or finding.place,
        )
        return entry.number

    def _about_checks(self) -> set[Finding]:
        now_ns = self._clock.now_ns()
        failed = {Finding(Violation.CHECK_FAILED, place=state.name) for state in self.states.values() if state.failed}
        overdue = {state.name for state in self.states.values() if _is_overdue(state, now_ns)}
        return failed | {Finding(Violation.CHECK_OVERDUE, place=name) for name in overdue}

    async def _keep_looking(self, check: Check) -> None:
        while True:
            await self.look_once(check)
            await asyncio.sleep(check.every_s)

    async def _supervise(self) -> None:
        while True:
            await asyncio.sleep(_SUPERVISE_S)
            self.tell()


def _is_overdue(state: CheckState, now_ns: int) -> bool:
    """Whether a check has not come back since so long that nobody can say what it would find."""
    since_ns = state.ended_ns or state.begun_ns
    return now_ns - since_ns > max(OVERDUE_AT_LEAST_S, _PATIENCE * state.every_s) * NS_PER_S
