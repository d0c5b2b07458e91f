"""Crossings against passages, second by second."""

import pytest

from contract.ids import AccessPointId
from edge.domain.tailgating import Tailgating

IN, OUT = AccessPointId("in"), AccessPointId("out")
S = 1_000_000_000


def told(passages: list[float], crossings: list[float], *, until_s: int = 60) -> list[tuple[int, int]]:
    tailgating = Tailgating()
    found = []
    happened = sorted([*((at_s, 0) for at_s in passages), *((at_s, 1) for at_s in crossings)])
    for tenth in range(10 * until_s):
        while happened and happened[0][0] * 10 <= tenth:
            at_s, is_crossing = happened.pop(0)
            (tailgating.crossed if is_crossing else tailgating.passed)(IN, int(at_s * S))
        found += tailgating.tick(tenth * S // 10)
    return [(each.seen, each.taken) for each in found]


@pytest.mark.parametrize(
    ("passages", "crossings", "expected"),
    [
        ([10], [11], []),
        ([10], [11, 12], [(2, 1)]),
        ([], [11], [(1, 0)]),
        ([10, 10.5], [11], []),  # fewer were seen than went: a camera misses people
        ([12], [10], []),  # a turn is reported late
        ([10], [23], [(1, 0)]),  # nobody takes so long
        ([10, 20], [11, 11.5, 21, 21.5], [(2, 1), (2, 1)]),
        ([10, 10], [11, 11.5, 12, 13], [(3, 2), (1, 0)]),  # at once, and not when all is over
        ([10, 16], [11, 17, 30], [(1, 0)]),
    ],
)
def test_who_crosses_without_a_passage_is_told_once(
    passages: list[float], crossings: list[float], expected: list[tuple[int, int]]
) -> None:
    assert told(passages, crossings) == expected


def test_a_passage_that_comes_to_nothing_is_taken_back_from_whoever_crossed() -> None:
    tailgating = Tailgating()
    tailgating.granted(IN, 10 * S, 7)
    tailgating.crossed(IN, 11 * S)
    assert tailgating.tick(14 * S) == []
    tailgating.taken_back(IN, 7)
    (hint,) = tailgating.tick(15 * S)
    assert (hint.seen, hint.taken, hint.from_ns) == (1, 0, 11 * S)


def test_a_grant_that_comes_to_nothing_after_a_hint_that_counted_it_is_told_as_well() -> None:
    tailgating = Tailgating()
    tailgating.granted(IN, 10 * S, 7)
    for at_ns in (11 * S, 11 * S + S // 2):
        tailgating.crossed(IN, at_ns)
    (hint,) = tailgating.tick(15 * S)
    assert (hint.seen, hint.taken) == (2, 1)
    tailgating.taken_back(IN, 7)
    (more,) = tailgating.tick(16 * S)
    assert (more.seen, more.taken, more.from_ns, more.until_ns) == (1, 0, 11 * S, 11 * S)
    assert tailgating.tick(60 * S) == []


def test_in_a_line_of_people_the_next_ones_grant_does_not_excuse_whoever_followed_before_it() -> None:
    tailgating = Tailgating()
    hints = []
    for number in range(1, 9):
        tailgating.granted(IN, 2 * number * S, number)
        tailgating.crossed(IN, 2 * number * S + S // 2)
        if number == 2:
            tailgating.crossed(IN, 5 * S)
        hints += tailgating.tick(2 * number * S + S)
    assert [(hint.seen - hint.taken, hint.until_ns < 9 * S) for hint in hints] == [(1, True)]


def test_a_passage_that_a_hint_counted_serves_nobody_else() -> None:
    tailgating = Tailgating()
    tailgating.granted(IN, 10 * S, 7)
    for at_ns in (11 * S, 11 * S + S // 2):
        tailgating.crossed(IN, at_ns)
    assert len(tailgating.tick(15 * S)) == 1
    tailgating.crossed(IN, 16 * S)
    (hint,) = tailgating.tick(20 * S)
    assert (hint.seen, hint.taken) == (1, 0)


def test_each_way_has_its_own_passages_and_an_excused_one_has_nothing_to_say() -> None:
    tailgating = Tailgating()
    tailgating.passed(OUT, 10 * S)
    tailgating.crossed(IN, 11 * S)
    assert tailgating.deadline_ns() == 13_500_000_000
    assert [hint.access_point for hint in tailgating.tick(20 * S)] == [IN]
    tailgating.crossed(IN, 30 * S)
    tailgating.excuse(IN)
    assert tailgating.tick(60 * S) == []
    assert tailgating.deadline_ns() is None
