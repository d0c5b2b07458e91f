"""Intervals by example; the property test compares them with sets."""

from contract.ids import Epoch
from contract.messages import RingExtent
from edge.domain.extents import lacking, merged, without

OLD, NEW = Epoch(b"o" * 16), Epoch(b"n" * 16)


def test_without() -> None:
    assert without(1, 10, []) == [(1, 10)]
    assert without(1, 10, [(1, 10)]) == []
    assert without(3, 10, [(1, 4), (6, 6), (9, 20)]) == [(5, 5), (7, 8)]
    assert without(1, 0, []) == []


def test_what_one_of_several_controllers_lacks_is_lacking() -> None:
    ring = [RingExtent(OLD, 5, 9), RingExtent(NEW, 1, 3)]
    assert lacking(ring, [{OLD: [(1, 9)]}, {OLD: [(1, 7)], NEW: [(1, 3)]}]) == {OLD: [(8, 9)], NEW: [(1, 3)]}
    assert lacking(ring, [{OLD: [(1, 9)], NEW: [(1, 3)]}]) == {}


def test_merged() -> None:
    assert merged([(5, 6), (1, 2), (3, 3), (9, 9), (6, 7)]) == [(1, 3), (5, 7), (9, 9)]
