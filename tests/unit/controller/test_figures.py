"""The figures as they are shown: the fold, widened by what nobody read and by what this controller may still learn."""

from collections import Counter
from pathlib import Path

import pytest

from contract.clock import NS_PER_S
from contract.ids import AccessPointId, AccountId, EdgeId, Epoch, HolderId, OperationId
from contract.plans import Plan
from contract.site import parse_site
from controller.domain.operation import OperationKind, Reason, opened
from controller.domain.presence.bounds import Headcount
from controller.domain.presence.compared import Comparison
from controller.domain.presence.flows import Flows, Usual
from controller.domain.presence.fold import Presence
from controller.domain.presence.layout import Layout
from controller.domain.presence.reason import Reason as Why
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.unwatched import Unwatched
from controller.service.records.figures import Figures
from controller.service.records.gates import GateWatch
from controller.service.records.ingest import EXPIRED
from controller.service.records.learning import Learning
from controller.service.records.movements import Movements
from tests.unit.controller.kept import START_S, Kept, in_store

NORTH = EdgeId("north")
SITE = parse_site(
    """
    area = [{id = "hall"}]
    access_point = [{id = "in", from = "outside", to = "hall"}, {id = "out", from = "hall", to = "outside"}]
    [site]
    longest_stay_h = 72
    [[gate]]
    id = "north"
    reader = [{id = "r1", kind = "osdp", access_point = "in"}, {id = "r2", kind = "osdp", access_point = "out"}]
    """
)


class Shown:
    """A hall with ten people, behind a gate that has told all up to `told_s` ago."""

    def __init__(self, folder: Path, told_s: int = 0, learning: tuple[int, int] = (0, 0)) -> None:
        kept = Kept(folder)
        self.now_ns = kept.clock.now_ns()
        learned = [Usual(AccessPointId(p), hour, 30.0, 30, 8) for p in ("in", "out") for hour in range(168)]
        self.presence = presence = Presence(Layout.of(SITE))
        unwatched = Unwatched(SITE, Flows(SITE.time_zone(), self.now_ns, learned))
        for number in range(10):
            stamp = Stamp(self.now_ns - 100 + number, NORTH, Epoch(bytes(16)), number + 1)
            presence.granted(stamp, HolderId(f"h{number}"), AccessPointId("in"), START_S)
        movements = Movements(presence, 3600, unwatched, dict)
        gates = GateWatch(kept.clock, SITE, {}, kept.alarms, {}, {NORTH: self.now_ns - told_s * NS_PER_S})
        learns = Learning(
            kept.clock, SITE.retention, kept.vault, movements, kept.sweep, gates, kept.store, in_store, learning
        )
        self.totals = Counter[str]()
        self.figures = Figures(kept.clock, SITE.retention, movements, gates, learns, Comparison(presence), self.totals)

    def why(self) -> set[Why]:
        return {cause.reason for cause in self.headcount().causes}

    def headcount(self) -> Headcount:
        return self.figures.headcount()


def test_a_gate_that_has_told_all_leaves_the_figures_exact(tmp_path: Path) -> None:
    count = Shown(tmp_path).headcount()
    assert (count.lowest, count.best, count.highest, count.causes) == (10, 10, 10, ())


def test_a_gate_that_is_silent_widens_since_it_told_all_and_at_that_gate(tmp_path: Path) -> None:
    shown = Shown(tmp_path, told_s=600)
    count = shown.headcount()
    assert count.lowest < 10 == count.best < count.highest
    [cause] = count.causes
    assert (cause.reason, cause.place, cause.since_ns) == (
        Why.GATE_SILENT, "north", shown.now_ns - 600 * NS_PER_S,
    )  # fmt: skip


def test_while_it_learns_the_figure_is_unknown_and_says_since_when(tmp_path: Path) -> None:
    count = Shown(tmp_path, learning=(START_S, 0)).headcount()
    assert count.unknown
    assert (count.causes[0].reason, count.causes[0].since_ns) == (Why.LEARNING, START_S * NS_PER_S)


def test_records_that_came_past_their_key_may_have_been_people_who_entered(tmp_path: Path) -> None:
    shown = Shown(tmp_path)
    hour_s = shown.now_ns // NS_PER_S // 3600 * 3600
    shown.totals[EXPIRED] += 6
    shown.totals[f"{EXPIRED}/north/{hour_s - 30 * 3600}"] += 4
    shown.totals[f"{EXPIRED}/somewhere/{hour_s - 30 * 3600}"] += 2
    count = shown.headcount()
    assert (count.lowest, count.highest) == (10, 14)
    assert shown.why() == {Why.RECORDS_LOST}


def test_whoever_may_have_entered_by_a_door_outlives_its_key_and_is_dropped_in_the_end(tmp_path: Path) -> None:
    shown = Shown(tmp_path)
    hour_s = shown.now_ns // NS_PER_S // 3600 * 3600
    readable, dead, old = (f"{Why.PASSED_UNREAD}/in/{hour_s - hours * 3600}" for hours in (0, 30, 29 * 24))
    shown.totals.update({readable: 1, dead: 2, old: 4})
    shown.presence.close_period(hour_s - 24 * 3600)
    assert shown.headcount().highest == 12
    shown.figures.learn()
    assert set(shown.totals) == {readable, dead}


@pytest.mark.parametrize(("plan", "widens"), [(Plan.EVACUATE, True), (Plan.RELOCATE, True), (Plan.SHELTER, False)])
def test_people_leave_unread_where_they_are_told_to_leave(tmp_path: Path, plan: Plan, widens: bool) -> None:
    shown = Shown(tmp_path)
    begun_ns = shown.now_ns - 60 * NS_PER_S
    operation = opened(OperationId("one"), OperationKind.EMERGENCY, plan, Reason.FIRE, (AccountId("one"),), begun_ns)
    shown.figures.open_operations = lambda: (operation,)
    assert (shown.why() == {Why.EVACUATING}) is widens
    assert (shown.headcount().lowest == 0) is widens
