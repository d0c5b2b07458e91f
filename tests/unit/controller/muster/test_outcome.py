"""What a roll call amounted to: figures over time, kept in the ledger, on paper; no name, and no group of few."""

import msgspec

from contract.clock import NS_PER_S
from contract.ids import AccountId, EdgeId, HolderId
from controller.domain.muster.outcome import CurveStep, OfArea, OfGate, OfPoint, outcome
from controller.domain.operation import Plan, Reason
from controller.service.muster.outcomes import FIGURES, SAMPLED
from controller.service.operating.operation_paper import on_paper
from controller.service.operating.operation_reports import Bounds, OperationReports
from tests.unit.controller.centre import Centre
from tests.unit.controller.muster.ground import BEN, GROUNDS, HOUSE, LAWN, OPENED_S, PARK, YARD, ZOE, Ground

BY = AccountId("a" * 24)


def evacuated() -> Ground:
    """Four in the house, who gather on the lawn; two in the yard: one leaves by the gate, one is missing."""
    ground = Ground()
    for number in range(4):
        holder = HolderId(f"p{number}")
        ground.read(1, holder, "in")
        ground.read(2, holder, "up")
        ground.read(OPENED_S + 10 * (number + 1), holder, "at-lawn")
    for holder in (ZOE, BEN):
        ground.read(3, holder, "in")
    ground.read(OPENED_S + 100, ZOE, "out")
    ground.swept(OPENED_S + 60, HOUSE, 0)
    return ground


def test_an_outcome_says_how_long_it_took_and_where() -> None:
    ground = evacuated()
    found = outcome(ground.board(), ground.marks, GROUNDS, 2, 0)
    assert (found.expected, found.accounted, found.missing, found.left) == (6, 5, 1, 1)
    assert found.reached_s == {50: 30, 90: None, 100: None}
    assert found.curve[0] == CurveStep(0, 0, 6)
    assert found.curve[-1] == CurveStep(100, 5, 1)
    assert found.areas == [OfArea("yard", 2, 1, 1, None), OfArea("house", 4, 4, 0, 60), OfArea("shed", 0, 0, 0, None)]
    assert found.muster_points[0] == OfPoint(LAWN, 4, 0, 0)
    assert found.gates == [OfGate("north", 1, 100)]
    assert found.means == {"exit": 1, "reader": 4}
    assert msgspec.json.decode(msgspec.json.encode(found), type=type(found)) == found


def test_groups_of_few_are_not_told_apart_and_can_not_be_worked_out() -> None:
    ground = evacuated()
    found = outcome(ground.board(), ground.marks, GROUNDS, 2, 3)
    assert found.areas == [], "two in the yard: the house alone would tell of them"
    assert found.gates == []
    assert found.means == {}
    assert [point.point for point in found.muster_points] in ([], [LAWN, PARK])


def test_the_slowest_gate_comes_first() -> None:
    ground = Ground()
    board = ground.board()
    board.exits_ns[EdgeId("fast")] = [(OPENED_S + 5) * NS_PER_S] * 10
    board.exits_ns[EdgeId("slow")] = [(OPENED_S + 5) * NS_PER_S] * 8 + [(OPENED_S + 300) * NS_PER_S] * 2
    found = outcome(board, ground.marks, GROUNDS, 0, 1)
    assert found.gates == [OfGate("slow", 10, 300), OfGate("fast", 10, 5)]


def test_a_report_has_the_outcome_and_the_bounds_over_time_and_goes_on_paper() -> None:
    centre, ground = Centre(), evacuated()
    reports = OperationReports(centre.clock, centre.ledger)
    operation = centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, BY)
    sample = {"expected": 6, "accounted": 0, "missing": 6, "gone": 0}
    centre.wait(20)
    now_ns = centre.clock.now_ns()
    centre.ledger.append(SAMPLED, now_ns, operation=operation.id, lowest=4, inside=6, highest=8, **sample)
    centre.ledger.append(SAMPLED, now_ns, operation=operation.id, lowest=-1, inside=-1, highest=-1, **sample)
    found = outcome(ground.board(), ground.marks, GROUNDS, 2, 1)
    figures = msgspec.json.encode(found).decode()
    centre.operations.close(operation.id, BY)
    centre.ledger.append(FIGURES, now_ns, operation=operation.id, expected=6, accounted=5, missing=1, figures=figures)
    report = reports.of(operation.id)
    assert report is not None
    assert report.bounds == (Bounds(20, 4, 6, 8), Bounds(20, None, None, None))
    assert report.outcome == found
    assert on_paper(report, "Duty station").startswith(b"%PDF-")
    assert ZOE not in figures
    assert YARD in figures
