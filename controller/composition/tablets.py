"""Tablets put together: enrolment, commanders' keys, sealed rolls, handed lists, reports.

Belongs here: which of these parts goes where. Does not belong here: the rest of the controller (assembly.py), or HTTP.
"""

from dataclasses import dataclass

from sqlalchemy import Engine

from contract.ids import ControllerId
from contract.site import Site
from controller.composition.muster import Muster
from controller.composition.office import Office
from controller.ledger import Ledger
from controller.service.disclosing.copies import Copies
from controller.service.muster.marking import Marking
from controller.service.operating.operations import Operations
from controller.service.records.truth import Truth
from controller.service.site.reference import Reference, ReferenceKey
from controller.service.tablets.enrolment import Tablets
from controller.service.tablets.handed_lists import HandedLists
from controller.service.tablets.reports import Reports
from controller.service.tablets.roll_keys import RollKeys
from controller.service.tablets.sealed_rolls import SealedRolls


@dataclass(frozen=True)
class TabletsOffice:
    """Everything about tablets."""

    site: Site
    controller: ControllerId
    tablets: Tablets
    keys: RollKeys
    rolls: SealedRolls
    handed: HandedLists
    reports: Reports
    operations: Operations
    marking: Marking


def open_tablets(
    truth: Truth,
    ledger: Ledger,
    engine: Engine,
    key: ReferenceKey,
    office: Office,
    operations: Operations,
    copies: Copies,
    muster: Muster,
    reference: Reference,
) -> TabletsOffice:
    """Open it; which tablets there are is folded when the ledger tells what is past."""
    clock, site, controller = truth.clock, truth.site, truth.controller
    tablets = Tablets(clock, ledger)
    keys = RollKeys(clock, ledger, engine, key, office.officers)
    rolls = SealedRolls(clock, site, controller, truth.movements.presence, reference, keys)
    return TabletsOffice(
        site,
        controller,
        tablets,
        keys,
        rolls,
        HandedLists(clock, site, tablets, copies, operations, muster.boards, reference, rolls),
        Reports(clock, truth.alarms, tablets, keys, operations),
        operations,
        muster.marking,
    )
