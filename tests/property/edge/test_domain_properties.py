"""Properties of the gate's time and of its arithmetic, over arbitrary histories."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from edge.domain.extents import merged, without
from edge.domain.gate_clock import GateClock

S = 1_000_000_000
NOON = 1_800_000_000 * S
DAY = 86_400 * S

steps = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(0, DAY)),
        st.tuples(st.just("wall"), st.integers(-10 * DAY, 10 * DAY)),
        st.tuples(st.just("signed"), st.integers(-10 * DAY, 10 * DAY)),
        st.tuples(st.just("stamp"), st.just(0)),
        st.tuples(st.just("watermark"), st.just(0)),
        st.tuples(st.just("restart"), st.integers(-10 * DAY, 10 * DAY)),
    ),
    max_size=40,
)


@given(steps)
def test_time_never_goes_back_and_stamps_only_rise(history: list[tuple[str, int]]) -> None:
    boottime, wall = 0, NOON
    clock = GateClock(wall_ns=wall, boottime_ns=0, lead_ns=DAY)
    stamped, provisional, watermark, seen = 0, 0, 0, 0
    for step, value in history:
        if step == "wait":
            boottime, wall = boottime + value, wall + value
        elif step == "wall":
            wall += value
            clock.doubt(wall, boottime)
        elif step == "signed":
            provisional = provisional if clock.is_signed else 0
            clock.believe("main", NOON + value, boottime)
        elif step == "stamp":
            stamp = clock.stamp_ns(boottime)
            assert stamp > max(stamped, provisional, watermark)
            if clock.is_confirmed:
                clock.used(stamp)
                stamped = stamp
            provisional = stamp
        elif step == "watermark":
            watermark = clock.watermark_ns(boottime)
            assert watermark >= stamped
        else:
            boottime, wall, seen, provisional = 0, wall + value, 0, 0
            clock = GateClock(wall_ns=wall, boottime_ns=0, highest_ns=clock.highest_ns, lead_ns=DAY)
        now = clock.now_ns(boottime)
        assert now >= max(stamped, watermark)
        if step not in ("signed", "restart"):
            assert now >= seen
        seen = now


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 9))), st.integers(1, 60), st.integers(0, 60))
def test_intervals_are_sets(spans: list[tuple[int, int]], first: int, length: int) -> None:
    known = [(start, start + size) for start, size in spans]
    covered = {n for start, end in known for n in range(start, end + 1)}
    gaps = without(first, first + length, known)
    assert [n for start, end in gaps for n in range(start, end + 1)] == sorted(
        set(range(first, first + length + 1)) - covered
    )
    joined = merged(known)
    assert [n for start, end in joined for n in range(start, end + 1)] == sorted(covered)
    assert all(after[0] > before[1] + 1 for before, after in itertools.pairwise(joined))
