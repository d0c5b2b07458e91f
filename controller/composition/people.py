"""Who holds what: the reference data of one controller, and what of it the truth asks again and again.

Belongs here: putting these together. Does not belong here: the truth itself (truth_opening.py), officers (offices).
"""

from dataclasses import dataclass

from sqlalchemy import Engine

from contract.site import Site
from controller.pki.listed import Listed
from controller.service.site.blocked import BlockedPasses
from controller.service.site.escorts import Escorts
from controller.service.site.reference import Reference, ReferenceKey
from controller.service.site.vehicles import Vehicles


@dataclass(frozen=True)
class PassFacts:
    """What the reference data says beside holders: which passes are blocked, who is escorted, which vehicles come."""

    blocked: BlockedPasses
    escorts: Escorts
    vehicles: Vehicles


def open_people(site: Site, engine: Engine, key: ReferenceKey, listed: Listed) -> tuple[Reference, PassFacts]:
    """Return the reference data, a copy where another controller keeps it."""
    reference = Reference(engine, key)
    reference.load_site(site)
    reference.kept_elsewhere = lambda: None if listed.is_keeper else listed.keeper.controller
    return reference, PassFacts(
        BlockedPasses(engine, reference), Escorts(engine, reference), Vehicles(engine, key, reference)
    )
