from contract.clock import NS_PER_S
from contract.ids import EdgeId, Epoch
from contract.messages import RingExtent
from controller.domain.presence.watermark import Watermark, Watermarks

NORTH, SOUTH = EdgeId("north"), EdgeId("south")
EPOCH = Epoch(bytes(16))
NOW_NS = 10_000 * NS_PER_S


def mark(at_s: int, last: int) -> Watermark:
    return Watermark(at_s * NS_PER_S, [RingExtent(EPOCH, 1, last)])


def cut_s(marks: Watermarks, *gates: EdgeId) -> float:
    return marks.cut_ns(gates, now_ns=NOW_NS, settle_s=900) / NS_PER_S


def test_the_cut_is_the_lowest_watermark_less_the_settling_time() -> None:
    marks = Watermarks()
    marks.state(NORTH, mark(5000, 7))
    marks.state(SOUTH, mark(4000, 3))
    marks.settle(lambda _edge, _extent: True)
    assert cut_s(marks, NORTH, SOUTH) == 3100
    assert cut_s(marks, NORTH) == 4100


def test_a_statement_counts_once_all_its_numbers_are_known() -> None:
    marks = Watermarks()
    marks.state(NORTH, mark(5000, 7))
    marks.settle(lambda _edge, extent: extent.last <= 6)
    assert cut_s(marks, NORTH) == 0
    marks.settle(lambda _edge, extent: extent.last <= 7)
    assert cut_s(marks, NORTH) == 4100


def test_a_gate_that_always_has_something_under_way_still_moves_the_cut() -> None:
    """Each statement names one number more than is known; the oldest one waiting is not pushed out by newer ones."""
    marks = Watermarks()
    for number in range(1, 50):
        marks.state(NORTH, mark(5000 + number, number))
        marks.settle(lambda _edge, extent, known=number - 1: extent.last <= known)  # type: ignore[misc]
    assert cut_s(marks, NORTH) >= 4100 + 47


def test_a_silent_gate_holds_the_cut_and_one_out_of_service_does_not() -> None:
    marks = Watermarks({NORTH: 5000 * NS_PER_S})
    assert cut_s(marks, NORTH, SOUTH) == 0
    assert cut_s(marks, NORTH) == 4100


def test_a_gate_whose_clock_runs_ahead_does_not_lift_the_cut_above_the_present() -> None:
    assert cut_s(Watermarks({NORTH: 99_999 * NS_PER_S}), NORTH) == 9100


def test_a_site_without_gates_has_no_cut() -> None:
    assert cut_s(Watermarks()) == 0


def test_a_watermark_never_falls_back() -> None:
    marks = Watermarks({NORTH: 5000 * NS_PER_S})
    marks.state(NORTH, mark(4000, 1))
    marks.settle(lambda _edge, _extent: True)
    assert cut_s(marks, NORTH) == 4100
