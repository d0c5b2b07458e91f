"""Known numbers against a plain set."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from controller.domain.known import NumberSet

numbers = st.one_of(st.integers(0, 40), st.integers(2**63 - 5, 2**63 - 1))


@given(st.lists(numbers, max_size=60), st.lists(st.tuples(numbers, st.integers(0, 9)), max_size=5))
def test_it_is_a_set(added: list[int], begun: list[tuple[int, int]]) -> None:
    intervals = [(first, min(first + length, 2**63 - 1)) for first, length in begun]
    model = {number for first, last in intervals for number in range(first, last + 1)}
    known = NumberSet(intervals)
    for number in added:
        assert known.add(number) == (number not in model)
        model.add(number)
        assert len(known) == len(model)
    for number in range(45):
        assert (number in known) == (number in model)


@given(st.lists(st.integers(0, 60), max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_it_covers_what_a_set_covers(added: list[int], first: int, last: int) -> None:
    known = NumberSet()
    for number in added:
        known.add(number)
    assert known.covers(first, last) == set(added).issuperset(range(first, last + 1))


@given(st.lists(st.integers(0, 60), max_size=60))
def test_its_intervals_are_ordered_apart_and_enough_to_begin_anew(added: list[int]) -> None:
    known = NumberSet()
    for number in added:
        known.add(number)
    intervals = known.intervals()
    assert all(first <= last for first, last in intervals)
    assert all(before[1] + 1 < after[0] for before, after in itertools.pairwise(intervals))
    assert NumberSet(reversed(intervals)).intervals() == intervals
    assert {n for first, last in intervals for n in range(first, last + 1)} == set(added)


def test_empty_and_overlapping_intervals() -> None:
    assert NumberSet([(5, 4)]).intervals() == []
    assert NumberSet([(3, 9), (1, 4), (10, 12), (20, 20)]).intervals() == [(1, 12), (20, 20)]
