"""Whatever stamps a camera sends, those that reach the muxer rise, and honest ones keep their distances."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drivers.camera.timeline import Timeline

TICKS_PER_S = 90_000
FRAME = 3600


@given(st.lists(st.tuples(st.none() | st.integers(-(2**33), 2**33), st.integers(0, TICKS_PER_S))))
def test_places_rise_from_zero(stamps: list[tuple[int | None, int]]) -> None:
    timeline = Timeline(TICKS_PER_S)
    placed = [timeline.place(stamp, duration) for stamp, duration in stamps]
    assert placed[:1] in ([], [0])
    assert all(before < after for before, after in pairwise(placed))


@given(st.integers(-(2**33), 2**33), st.lists(st.integers(1, 9 * TICKS_PER_S), min_size=1, max_size=50))
def test_honest_stamps_keep_their_distances(first: int, steps: list[int]) -> None:
    timeline = Timeline(TICKS_PER_S)
    stamp, placed = first, [timeline.place(first, FRAME)]
    for step in steps:
        stamp += step
        placed.append(timeline.place(stamp, FRAME))
    assert [after - before for before, after in pairwise(placed)] == steps


def test_a_first_packet_without_a_stamp_takes_the_place_before_the_second() -> None:
    timeline = Timeline(TICKS_PER_S)
    assert [timeline.place(stamp, FRAME) for stamp in (None, 0, FRAME)] == [0, FRAME, 2 * FRAME]


def test_a_counter_that_begins_anew_is_followed() -> None:
    timeline = Timeline(TICKS_PER_S)
    assert [timeline.place(stamp, FRAME) for stamp in (2**32, 2**32 + FRAME, 7, 7 + FRAME)] == [
        0,
        FRAME,
        2 * FRAME,
        3 * FRAME,
    ]
