"""The truth of a controller around a Kept: what ticks, and what pages ask."""

from collections.abc import Callable
from typing import TypeVar

from contract.site import parse_site
from controller.domain.presence.compared import Comparison
from controller.service.alarm_cases import AlarmCases
from controller.service.operating.operations import Figures, Operations
from controller.service.records.figures import Figures as CountedFigures
from controller.service.records.gates import GateWatch
from controller.service.records.learning import Learning
from controller.service.records.truth import StoreThread, Truth
from tests.unit.controller.kept import Kept
from tests.unit.controller.sources import MAIN

T = TypeVar("T")


class _HereThread(StoreThread):
    """A Kept opens its store in the test's own thread: that one touches it."""

    async def __call__(self, call: Callable[[], T]) -> T:
        return call()


SITE = parse_site('area = [{id = "hall"}]\naccess_point = [{id = "in", from = "outside", to = "hall"}]')


def truth_of(kept: Kept) -> Truth:
    gates = GateWatch(kept.clock, SITE, kept.known, kept.alarms, {})
    in_store = _HereThread()
    learning = Learning(
        kept.clock, SITE.retention, kept.vault, kept.movements, kept.sweep, gates, kept.store, in_store, (0, 0)
    )
    comparison = Comparison(kept.movements.presence)
    figures = CountedFigures(
        kept.clock, SITE.retention, kept.movements, gates, learning, comparison, kept.ingest.totals
    )
    return Truth(
        kept.clock, SITE, MAIN, kept.vault, kept.store, in_store, kept.movements, kept.ingest, kept.sweep,
        gates, kept.alarms, AlarmCases(kept.clock, kept.ledger, kept.alarms),
        Operations(kept.clock, kept.ledger, kept.alarms, lambda: Figures(0, 0, 0)), kept.replacements,
        kept.key_ring, learning, comparison, figures,
    )  # fmt: skip
