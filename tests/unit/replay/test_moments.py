"""At which moments a replay sweeps: every start of a period and every death of a key."""

from contract.clock import NS_PER_S
from contract.periods import DAY_S, HOUR_S, Kind, Period, Retention
from sacs.replay.player import sweeps

START_S = 1_767_600_000  # an hour's start, 2026-01-05 08:00:00 UTC


def moments(retention: Retention, after_s: int, until_s: int) -> list[int]:
    return [at_ns // NS_PER_S for at_ns in sweeps(retention, after_s * NS_PER_S, until_s * NS_PER_S)]


def test_hours_begin_and_their_keys_die_a_minute_earlier() -> None:
    assert moments(Retention(), START_S, START_S + 2 * HOUR_S) == [
        START_S + HOUR_S - 60, START_S + HOUR_S, START_S + 2 * HOUR_S - 60, START_S + 2 * HOUR_S
    ]  # fmt: skip


def test_the_first_moment_lies_after_and_the_last_may_be_the_end() -> None:
    assert moments(Retention(), START_S + HOUR_S - 60, START_S + HOUR_S - 1) == []
    assert moments(Retention(), START_S + HOUR_S - 61, START_S + HOUR_S - 60) == [START_S + HOUR_S - 60]


def test_no_death_of_any_key_is_missed() -> None:
    retention = Retention(
        movement_period_s=600, movement_keep_s=4000, video_period_s=7200, video_keep_s=2 * DAY_S - 500
    )
    end_s = START_S + 4 * DAY_S
    swept = set(moments(retention, START_S, end_s))
    for kind in Kind:
        length_s = retention.period_s(kind)
        first_s = START_S // DAY_S * DAY_S
        for begin_s in range(first_s, end_s, length_s):
            for moment_s in (begin_s, retention.dies_at_s(Period(kind, begin_s, length_s))):
                if START_S < moment_s <= end_s:
                    assert moment_s in swept
