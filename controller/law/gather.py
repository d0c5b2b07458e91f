"""Asks the living parts for the facts of this moment, and puts the law report together.

Belongs here: which part knows what. Does not belong here: judging (rows.py), or the form (report.py).
"""

import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from contract.clock import NS_PER_S, to_datetime
from contract.periods import DAY_S, Kind
from controller.domain.rights.judge import is_fit
from controller.domain.rights.roles import SEES_MOVEMENTS, Role
from controller.domain.violations import Rule, Violation
from controller.law.facts import Facts
from controller.law.profile import different_settings, profile_digest
from controller.law.record import Record
from controller.law.report import CheckLine, Report, Vault
from controller.law.report import Ledger as LedgerEnd
from controller.law.rows import judge, overall
from controller.ledger import Ledger
from controller.live import GateState
from controller.service.officers.officers import Officers
from controller.service.proof.checks.watch import Watch
from controller.service.proof.sealed_asks import SealedAsks
from controller.service.proof.trail import REFUSED, SEEN
from controller.service.records.ingest import EXPIRED, LATE
from controller.service.records.truth import Truth

_SOON_NS: Final = 30 * DAY_S * NS_PER_S
_BLIND: Final = frozenset({Violation.CHECK_FAILED, Violation.CHECK_OVERDUE})
_PROGRAM: Final = importlib.metadata.version("sacs")


@dataclass(frozen=True)
class Law:
    """Answers for the law. `exposed`: ways by which memory can reach a disk.

    `commands`: how each rule is checked; takes where the ledger ends (NUMBER:HASH).

    `places_sha256`: of the register of places.
    """

    truth: Truth
    ledger: Ledger
    record: Record
    watch: Watch
    asks: SealedAsks
    officers: Officers
    holders: Callable[[], int]
    exposed: Callable[[], tuple[str, ...]]
    commands: Callable[[str], dict[Rule, list[str]]]
    places_sha256: str

    def report(self) -> Report:
        """Return how the law stands now. Belongs to the event loop; the count of holders asks the database."""
        now_ns = self.truth.clock.now_ns()
        end = self._ledger_end(now_ns)
        rows = judge(self.facts(), self.commands(f"{end.number}:{end.hash}"))
        site = self.truth.site.site
        protection = self.truth.vault.protection
        return Report(
            at=to_datetime(now_ns).isoformat(),
            site=site.id,
            name=site.name or site.id,
            time_zone=site.time_zone,
            program=_PROGRAM,
            state=overall(rows),
            rows=rows,
            standing=self.record.standing(),
            checks=self._check_lines(),
            vault=Vault(
                protection.kind,
                protection.device,
                protection.complies,
                list(protection.proves),
                list(protection.leaves_open),
            ),
            ledger=end,
            places_sha256=self.places_sha256,
        )

    def facts(self) -> Facts:
        """Return all facts of this moment."""
        truth, ledger, record = self.truth, self.ledger, self.record
        situation = self.officers.situation()
        now_ns = situation.now_ns
        lookers = [each for each in self.officers.register.officers() if each.roles & SEES_MOVEMENTS]
        authorized = [each for each in lookers if each.authorization and each.authorization.holds(now_ns)]
        fit = [each for each in lookers if is_fit(each, situation)]
        gates = truth.gates.lines()
        looked = ledger.last.get(SEEN)
        retention = truth.site.retention
        found = self.watch.found
        return Facts(
            now_ns=now_ns,
            found=frozenset(finding.violation for finding in found),
            standing=record.standing_by_rule(),
            operations=tuple(each.kind.value for each in situation.operations),
            looks=ledger.counts[SEEN],
            attempts=ledger.counts[REFUSED],
            last_look_entry=looked.number if looked else 0,
            officers=len(lookers),
            authorized=len(authorized),
            fit=len(fit),
            fit_commanders=sum(Role.COMMANDER in each.roles for each in fit),
            expiring=sum(
                each.authorization is not None and each.authorization.until_ns - now_ns < _SOON_NS
                for each in authorized
            ),
            broke_glass=ledger.counts["break-glass"],
            has_investigators=self.asks.keys() is not None,
            copies=record.copies,
            addressees=record.addressees,
            oldest_readable_s=truth.oldest_readable_s(),
            movement_limit_s=retention.movement_keep_s,
            video_limit_s=retention.video_keep_s,
            oldest_video_key_s=self._oldest_video_key_s(now_ns),
            keys_destroyed=truth.sweep.destroyed,
            latest_death_s=record.latest_death_s,
            late_deaths=record.late_deaths,
            last_death=record.last_death(),
            last_scan=record.last_scan(),
            expired=truth.ingest.totals[EXPIRED],
            late=truth.ingest.totals[LATE],
            video_segments=sum(gate.segments for gate in gates),
            ledger_entries=ledger.number,
            checks=len(self.watch.states),
            holders=self.holders(),
            vault_complies=truth.vault.protection.complies,
            vault_kind=truth.vault.protection.kind,
            exposed=self.exposed(),
            gates=len(gates),
            gates_silent=sum(gate.state in {GateState.SILENT, GateState.NEVER_SEEN} for gate in gates),
            gate_screens=sum(gate.screen for gate in truth.site.gate),
            profile_sha256=profile_digest(truth.site),
            site_file_sha256=truth.site.file_sha256,
            program=_PROGRAM,
            settings=different_settings(truth.site),
            blind={each.place: each.violation for each in found if each.violation in _BLIND},
        )

    def _oldest_video_key_s(self, now_ns: int) -> float:
        now_s = now_ns / NS_PER_S
        begun = [
            now_s - each.start_s
            for each in self.truth.vault.outliving()
            if each.kind is Kind.VIDEO and each.start_s <= now_s
        ]
        return max(begun, default=0.0)

    def _check_lines(self) -> list[CheckLine]:
        return [
            CheckLine(
                state.name,
                state.every_s,
                to_datetime(state.ended_ns).isoformat() if state.ended_ns else "",
                state.looks,
                len(state.findings),
                state.failed,
            )
            for state in self.watch.states.values()
        ]

    def _ledger_end(self, now_ns: int) -> LedgerEnd:
        head, signed = self.ledger.head(now_ns)
        key = self.ledger.public_key.hex()
        return LedgerEnd(self.truth.controller, key, head.number, head.line_hash.hex(), signed.hex())
