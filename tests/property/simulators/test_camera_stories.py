"""Whatever walks and plates are drawn: the truth of a film follows from its pictures, and a plate keeps its letters."""

from collections.abc import Callable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from simulators.cameras.gateway import LINE
from simulators.cameras.plate import printed
from simulators.cameras.stories import CROSSINGS
from simulators.cameras.story import Direction, Step, Story, Walk

places = st.floats(-0.2, 1.2).map(lambda share: round(share, 3)).filter(lambda share: share != LINE)
lengths = st.lists(st.tuples(st.floats(0.1, 5), places), min_size=2, max_size=8)


def walk_of(legs: list[tuple[float, float]]) -> Walk:
    """A walk whose legs take so long and lead there."""
    at_s, steps = 0.0, []
    for seconds, along in legs:
        at_s += seconds
        steps.append(Step(at_s, along))
    return Walk(1, tuple(steps), depth=0.5)


@given(lengths)
def test_who_is_told_to_cross_is_seen_on_either_side_of_the_line(legs: list[tuple[float, float]]) -> None:
    walk = walk_of(legs)
    crossings = walk.crossings()
    for crossing in crossings:
        sign = 1 if crossing.direction is Direction.RIGHT else -1
        before, after = walk.figure(crossing.at_s - 1e-6), walk.figure(crossing.at_s + 1e-6)
        assert before is not None
        assert after is not None
        assert sign * (after.along - LINE) >= -1e-9
        assert sign * (before.along - LINE) <= 1e-9
    assert all(one.direction is not other.direction for one, other in pairwise(crossings))
    is_over = (walk.steps[0].along < LINE) is not (walk.steps[-1].along < LINE)
    assert len(crossings) % 2 == is_over


@given(st.sampled_from(CROSSINGS), st.integers(0, 10_000))
def test_of_those_without_a_card_each_goes_with_somebody_or_turns_back(
    tell: Callable[[float, int], Story], seed: int
) -> None:
    walks = tell(60, seed).walks
    assert len({walk.person for walk in walks}) == len(walks)
    for place, walk in enumerate(walks):
        if not walk.is_taken and walk.crossings():
            (crossing,), (other,) = walk.crossings(), walks[place - 1].crossings()
            assert 0 <= crossing.at_s - other.at_s < 1


@given(
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=9), st.sampled_from(["at", "de", "us", "sk"])
)
def test_a_printed_plate_is_the_plate_with_gaps(plate: str, country: str) -> None:
    assert printed(plate, country).replace(" ", "") == plate
