"""The control centre put together: operations, what opens one by itself, searches, asks on record, reports.

Belongs here: which of these parts goes where. Does not belong here: the rest of the controller (assembly.py), or HTTP
(api/).
"""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contract.events import FireRelease
from contract.ids import EdgeId
from controller.ledger import Ledger
from controller.service.operating.door_orders import DoorOrders
from controller.service.operating.operation_reports import OperationReports
from controller.service.operating.operations import Operations
from controller.service.operating.person_search import PersonSearch
from controller.service.operating.triggers import Triggers
from controller.service.proof.sealed_asks import SealedAsks
from controller.service.records.truth import Truth
from controller.service.site.reference import Reference


@dataclass(frozen=True)
class Centre:
    """Everything about operations."""

    operations: Operations
    triggers: Triggers
    search: PersonSearch
    asks: SealedAsks
    reports: OperationReports
    doors: DoorOrders


def open_centre(truth: Truth, ledger: Ledger, reference: Reference) -> Centre:
    """Open the control centre; from here on a gate's fire release opens an operation. Raises LedgerError."""
    site, clock = truth.site, truth.clock
    sources = {each.id: Ed25519PublicKey.from_public_bytes(bytes.fromhex(each.key)) for each in site.alert_source}
    triggers = Triggers(clock, truth.operations, ledger, truth.alarms, sources)

    def fire(edge: EdgeId, event: FireRelease) -> None:
        triggers.fire(edge, event)

    truth.ingest.on_fire = fire
    return Centre(
        truth.operations,
        triggers,
        PersonSearch(site, truth.movements.presence, reference, truth.figures.headcount, truth.gates.come_through),
        SealedAsks(clock, ledger),
        OperationReports(clock, ledger),
        DoorOrders(clock, truth.controller, site.gate, truth.operations),
    )
