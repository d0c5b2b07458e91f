"""The truth follows bodies, and refuses what no body can do."""

import pytest

from contract.ids import OUTSIDE, AreaId
from simulators.truth import Truth, TruthError

HALL, ROOM = AreaId("hall"), AreaId("room")


def test_reads_and_bodies_are_kept_apart() -> None:
    truth = Truth([HALL, ROOM])
    truth.move(1, OUTSIDE, HALL, is_read=True)
    truth.move(2, OUTSIDE, HALL, is_read=False)
    truth.move(2, HALL, ROOM, is_read=True)
    truth.move(1, HALL, OUTSIDE, is_read=False)
    figures = truth.figures()
    assert figures.by_area == {HALL: 0, ROOM: 1}
    assert figures.read_by_area == {HALL: 1, ROOM: 1}
    assert (figures.present, figures.read_present) == (1, 2)
    assert (figures.moves, figures.unread_entries, figures.unread_exits, figures.unread) == (4, 1, 1, 2)
    assert truth.place(1) == OUTSIDE
    assert truth.place(2) == ROOM


def test_nobody_leaves_where_he_is_not() -> None:
    truth = Truth([HALL, ROOM])
    with pytest.raises(TruthError):
        truth.move(1, HALL, OUTSIDE, is_read=True)
    truth.move(1, OUTSIDE, HALL, is_read=True)
    with pytest.raises(TruthError):
        truth.move(1, OUTSIDE, ROOM, is_read=True)
    assert truth.figures().moves == 1
