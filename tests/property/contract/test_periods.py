"""Periods and limits: aligned, without gaps, and dead before the limit of the oldest instant they hold (L4, L5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.clock import NS_PER_S
from contract.periods import (
    DAY_S,
    HOUR_S,
    MOVEMENT_LIMIT_S,
    SETTLE_LIMIT_S,
    VIDEO_LIMIT_S,
    Kind,
    LimitError,
    Period,
    Retention,
)

DIVISORS = [length for length in range(10, HOUR_S + 1) if DAY_S % length == 0]
VIDEO_DIVISORS = [length for length in range(10, DAY_S + 1) if DAY_S % length == 0]
instants = st.integers(0, 2**62)


@st.composite
def retentions(draw: st.DrawFn) -> Retention:
    """Return limits that the law and the arithmetic allow."""
    movement, video = draw(st.sampled_from(DIVISORS)), draw(st.sampled_from(VIDEO_DIVISORS))
    return Retention(
        movement,
        draw(st.integers(2 * movement, MOVEMENT_LIMIT_S)),
        video,
        draw(st.integers(2 * video, VIDEO_LIMIT_S)),
        draw(st.integers(1, SETTLE_LIMIT_S)),
    )


@given(retentions(), st.sampled_from(Kind), instants)
def test_each_instant_lies_in_one_period_and_the_next_one_follows(retention: Retention, kind: Kind, at_ns: int) -> None:
    period = retention.period_at(kind, at_ns)
    assert period.start_s * NS_PER_S <= at_ns < period.end_s * NS_PER_S
    assert period.length_s == retention.period_s(kind)
    assert period.start_s % period.length_s == 0
    following = period.next()
    assert following.start_s == period.end_s
    assert retention.period_at(kind, period.end_s * NS_PER_S) == following
    assert retention.period_at(kind, period.end_s * NS_PER_S - 1) == period
    assert period < following


@given(retentions(), st.sampled_from(Kind), instants)
def test_midnight_is_always_a_border(retention: Retention, kind: Kind, at_ns: int) -> None:
    midnight_s = at_ns // NS_PER_S // DAY_S * DAY_S
    assert retention.period_at(kind, midnight_s * NS_PER_S).start_s == midnight_s


@given(retentions(), st.sampled_from(Kind), instants)
def test_the_key_dies_before_the_limit_of_its_oldest_instant(retention: Retention, kind: Kind, at_ns: int) -> None:
    law_s = {Kind.MOVEMENT: 24 * 3600, Kind.VIDEO: 30 * 24 * 3600}[kind]  # 27(c), written here by hand
    period = retention.period_at(kind, at_ns)
    dies_at_s = retention.dies_at_s(period)
    assert dies_at_s < period.start_s + retention.keep_s(kind) <= period.start_s + law_s
    assert dies_at_s >= period.end_s, "a key lives at least as long as its period"
    assert 1 <= retention.margin_s(kind) <= 60


def test_the_default_is_the_law_less_a_minute() -> None:
    retention = Retention()
    assert retention.settle_s == 900
    assert retention.dies_at_s(Period(Kind.MOVEMENT, 0, HOUR_S)) == 24 * 3600 - 60
    assert retention.dies_at_s(Period(Kind.VIDEO, 0, DAY_S)) == 30 * 24 * 3600 - 60


@given(st.integers(1, 2**40), st.sampled_from(["movement_keep_s", "video_keep_s", "settle_s"]))
def test_a_limit_is_never_longer_than_the_law(more: int, field: str) -> None:
    longest = {"movement_keep_s": 24 * 3600, "video_keep_s": 30 * 24 * 3600, "settle_s": 3600}[field]
    with pytest.raises(LimitError, match=r"27\(c\)|settle_s"):
        Retention(**{field: longest + more})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"movement_period_s": 7200}, "at most 3600"),
        ({"video_period_s": 2 * DAY_S}, "at most 86400"),
        ({"movement_period_s": 5}, "10 or more"),
        ({"movement_period_s": 0}, "10 or more"),
        ({"movement_period_s": -60}, "10 or more"),
        ({"movement_period_s": 7}, "10 or more"),
        ({"movement_period_s": 11}, "divide a day"),
        ({"movement_period_s": 3600, "movement_keep_s": 7199}, "two periods"),
        ({"video_keep_s": 0}, "two periods"),
        ({"movement_keep_s": -1}, "two periods"),
        ({"settle_s": 0}, "1 to 3600"),
        ({"settle_s": -5}, "1 to 3600"),
    ],
)
def test_what_can_not_work_is_refused_with_a_remedy(fields: dict[str, int], words: str) -> None:
    with pytest.raises(LimitError, match=words):
        Retention(**fields)
