"""When frames were taken: the least delay counts, whatever the others were."""

from hypothesis import given
from hypothesis import strategies as st

from edge.recorder.pace import Pace

FRAME_NS = 40_000_000
DELAYS = st.lists(st.integers(0, 800_000_000), min_size=2, max_size=300)


@given(DELAYS, st.integers(0, 10**18))
def test_a_frame_is_never_said_to_be_taken_before_it_was_nor_after_it_came(delays: list[int], start_ns: int) -> None:
    """A packet is handed over when the next has come, and packets come in order."""
    came: list[int] = []
    for number, delay in enumerate(delays):
        came.append(max(start_ns + number * FRAME_NS + delay, came[-1] if came else 0))
    pace = Pace()
    for number in range(len(came) - 1):
        pace.seen(number * FRAME_NS, came[number + 1])
        taken_ns = pace.taken_ns(number * FRAME_NS)
        assert start_ns + number * FRAME_NS <= taken_ns <= came[number + 1]
    least = min(each - start_ns - number * FRAME_NS for number, each in enumerate(came[1:-1], 1)) if came[2:] else 0
    if came[2:]:
        assert pace.taken_ns(0) == start_ns + least


@given(DELAYS, st.integers(-(10**12), 10**12))
def test_a_clock_that_is_set_moves_what_is_told_by_as_much(delays: list[int], by_ns: int) -> None:
    kept, shifted = Pace(), Pace()
    for number, delay in enumerate(delays):
        for pace in (kept, shifted):
            pace.seen(number * FRAME_NS, number * FRAME_NS + delay)
    shifted.shift(by_ns)
    assert shifted.taken_ns(0) == kept.taken_ns(0) + by_ns
    now_ns = (len(delays) + 1) * FRAME_NS
    kept.seen(now_ns, now_ns)
    shifted.seen(now_ns, now_ns + by_ns)
    assert shifted.taken_ns(0) == kept.taken_ns(0) + by_ns


def test_two_clocks_that_drift_apart_are_followed_within_a_minute() -> None:
    pace = Pace()
    for number in range(25 * 200):
        now_ns = number * FRAME_NS + number * FRAME_NS // 100  # the camera's clock loses one part in a hundred
        pace.seen(number * FRAME_NS, now_ns)
        lag_ns = now_ns - pace.taken_ns(number * FRAME_NS)
        assert 0 <= lag_ns <= 60 * 10**9 // 100 + 3 * FRAME_NS
