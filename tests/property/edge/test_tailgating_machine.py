"""Hints against a count by hand: whoever tells too many names nobody twice, and a passage serves one crossing."""

from hypothesis import given
from hypothesis import strategies as st

from contract.ids import AccessPointId
from edge.domain.tailgating import AFTER_NS, BEFORE_NS, GRANT_AFTER_NS, Tailgating

IN = AccessPointId("in")
S = 1_000_000_000
times = st.lists(st.integers(0, 400), max_size=14).map(lambda tenths: sorted(tenth * S // 10 for tenth in tenths))


def surplus(passages: list[int], crossings: list[int], after_ns: int = AFTER_NS) -> int:
    """So many crossings can not be given a passage of their own, by the largest matching there is."""
    taken: dict[int, int] = {}

    def find(crossing: int, tried: set[int]) -> bool:
        for number, passage in enumerate(passages):
            fits = crossings[crossing] - BEFORE_NS <= passage <= crossings[crossing] + after_ns
            if fits and number not in tried:
                tried.add(number)
                if number not in taken or find(taken[number], tried):
                    taken[number] = crossing
                    return True
        return False

    return sum(not find(crossing, set()) for crossing in range(len(crossings)))


@given(times, times)
def test_as_many_are_told_as_no_passage_can_be_found_for(passages: list[int], crossings: list[int]) -> None:
    tailgating, hints = Tailgating(), []
    happened = sorted([*((at_ns, 0) for at_ns in passages), *((at_ns, 1) for at_ns in crossings)])
    for now_ns in range(0, 61 * S, S // 2):
        while happened and happened[0][0] <= now_ns:
            at_ns, is_crossing = happened.pop(0)
            (tailgating.crossed if is_crossing else tailgating.passed)(IN, at_ns)
        hints += tailgating.tick(now_ns)
    assert sum(hint.seen - hint.taken for hint in hints) == surplus(passages, crossings)
    assert sum(hint.seen for hint in hints) <= len(crossings)
    assert sum(hint.taken for hint in hints) <= len(passages)
    assert all(hint.seen > hint.taken and hint.from_ns <= hint.until_ns for hint in hints)


@given(times, times, st.data())
def test_a_grant_that_comes_to_nothing_is_nobodys_passage_also_after_a_hint(
    passages: list[int], crossings: list[int], data: st.DataObject
) -> None:
    fates = st.lists(st.none() | st.integers(0, 150), min_size=len(passages), max_size=len(passages))
    nothing_after = data.draw(fates)
    tailgating, hints = Tailgating(), []
    happened = sorted(
        [
            *((at_ns, 0, number) for number, at_ns in enumerate(passages, 1)),
            *((at_ns, 1, 0) for at_ns in crossings),
            *(
                (at_ns + tenths * S // 10, 2, number)
                for number, (at_ns, tenths) in enumerate(zip(passages, nothing_after, strict=True), 1)
                if tenths is not None
            ),
        ]
    )
    for now_ns in range(0, 61 * S, S // 2):
        while happened and happened[0][0] <= now_ns:
            at_ns, what, number = happened.pop(0)
            if what == 2:
                tailgating.taken_back(IN, number)
            elif what == 1:
                tailgating.crossed(IN, at_ns)
            else:
                tailgating.granted(IN, at_ns, number)
        hints += tailgating.tick(now_ns)
    stand = [at_ns for at_ns, tenths in zip(passages, nothing_after, strict=True) if tenths is None]
    assert sum(hint.seen - hint.taken for hint in hints) == surplus(stand, crossings, GRANT_AFTER_NS)
