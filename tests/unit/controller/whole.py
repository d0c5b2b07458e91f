"""The truth of a controller around a Kept: what ticks, and what pages ask."""

from contract.site import parse_site
from controller.service.gates import GateWatch
from controller.service.operations import Figures, Operations
from controller.service.truth import StoreThread, Truth
from tests.unit.controller.kept import Kept
from tests.unit.controller.sources import MAIN

SITE = parse_site('area = [{id = "hall"}]\naccess_point = [{id = "in", from = "outside", to = "hall"}]')


def truth_of(kept: Kept) -> Truth:
    return Truth(
        kept.clock, SITE, MAIN, kept.vault, kept.store, StoreThread(), kept.movements, kept.ingest, kept.sweep,
        GateWatch(kept.clock, SITE, kept.known, kept.alarms, {}), kept.alarms,
        Operations(kept.clock, kept.ledger, kept.alarms, lambda: Figures(0, 0, 0), ()), kept.replacements,
    )  # fmt: skip
