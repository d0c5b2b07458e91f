"""Oversight put together: checks of L6, sealed asks and notes, what the ledger says of the law, and the law report.

Belongs here: which of these parts goes where. Does not belong here: the rest of the controller (assembly.py), or HTTP
(api/).
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.composition.office import Office
from controller.law.commands import commands
from controller.law.gather import Law
from controller.law.profile import places_digest
from controller.law.record import Record
from controller.ledger import Ledger
from controller.service.proof.checks.access import Access
from controller.service.proof.checks.chain import Chain
from controller.service.proof.checks.check import Check
from controller.service.proof.checks.clocks import Clocks
from controller.service.proof.checks.gate_stores import GateStores
from controller.service.proof.checks.records import Records
from controller.service.proof.checks.rows import Rows
from controller.service.proof.checks.scan import Scan
from controller.service.proof.checks.twins import Twins
from controller.service.proof.checks.watch import Watch
from controller.service.proof.sealed_asks import SealedAsks
from controller.service.records.notes import Notes
from controller.service.records.truth import Truth
from controller.service.site.reference import Reference
from process.memory import open_ways


@dataclass(frozen=True)
class Oversight:
    """All that watches over the law. `clocks` wants to be told when the machine's clock was set."""

    ledger: Ledger
    clocks: Clocks
    watch: Watch
    asks: SealedAsks
    notes: Notes
    record: Record
    law: Law


def open_oversight(
    truth: Truth,
    ledger: Ledger,
    signer: Ed25519PrivateKey,
    office: Office,
    asks: SealedAsks,
    reference: Reference,
    state: Path,
    vault: Path,
    search_every_s: int,
) -> Oversight:
    """Put it together. `state`, `vault`: the controller's folders, as the report names them. Raises LedgerError.

    `search_every_s`: how often canaries shall be looked for.
    """
    clock, retention = truth.clock, truth.site.retention
    clocks = Clocks(clock, truth.gates.lines)
    checks: list[Check] = [
        Records(clock, retention, truth.oldest_readable_s, truth.vault.outliving),
        Rows(clock, retention, truth.store, truth.in_store),
        Chain(ledger),
        clocks,
        Twins(clock, truth.gates.twice_ns),
        GateStores(clock, retention, truth.gates.oldest),
        Scan(clock, ledger, search_every_s),
        Access(clock, ledger, office.trail),
    ]
    watch = Watch(clock, ledger, truth.alarms, checks)
    record = Record(clock, ledger)
    law = Law(
        truth,
        ledger,
        record,
        watch,
        asks,
        office.officers,
        reference.count_holders,
        lambda: tuple(sorted(way.value for way in open_ways())),
        partial(commands, state, vault, truth.controller, ledger.public_key.hex()),
        places_digest(),
    )
    notes = Notes(clock, retention, truth.controller, signer, truth.vault, truth.store, truth.in_store)
    return Oversight(ledger, clocks, watch, asks, notes, record, law)
