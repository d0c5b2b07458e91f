"""The rules of architecture.md, "Time", one by one."""

from edge.domain.gate_clock import GateClock

S = 1_000_000_000
NOON = 1_800_000_000 * S


def test_after_power_off_the_later_of_kept_and_wall_clock_is_believed() -> None:
    behind = GateClock(wall_ns=NOON - 100 * S, boottime_ns=5 * S, highest_ns=NOON)
    ahead = GateClock(wall_ns=NOON + 100 * S, boottime_ns=5 * S, highest_ns=NOON)
    assert behind.now_ns(5 * S) == NOON
    assert behind.now_ns(6 * S) == NOON + S
    assert ahead.now_ns(5 * S) == NOON + 100 * S


def test_stamps_rise_when_time_stands_still_and_across_a_restart() -> None:
    clock = GateClock(wall_ns=NOON, boottime_ns=0)
    stamps = [clock.stamp_ns(0) for _ in range(3)]
    assert stamps == [NOON, NOON + 1, NOON + 2]
    clock.used(stamps[-1])
    again = GateClock(wall_ns=NOON - 3600 * S, boottime_ns=0, highest_ns=clock.highest_ns)
    assert again.stamp_ns(0) > stamps[-1]


def test_what_follows_a_watermark_is_stamped_after_it() -> None:
    clock = GateClock(wall_ns=NOON, boottime_ns=0)
    watermark = clock.watermark_ns(7)
    assert watermark == NOON + 7
    assert clock.stamp_ns(7) == watermark + 1


def test_signed_time_is_believed_and_runs_on_with_boottime() -> None:
    clock = GateClock(wall_ns=NOON, boottime_ns=0)
    assert clock.believe("main", NOON + 50 * S, 10 * S)
    assert clock.now_ns(12 * S) == NOON + 52 * S
    assert clock.is_signed
    assert clock.offset_ms(NOON + 12 * S, 12 * S) == -40_000


def test_a_clock_that_was_ahead_stands_still_until_the_others_have_caught_up() -> None:
    clock = GateClock(wall_ns=NOON + 10 * S, boottime_ns=0)
    first = clock.stamp_ns(0)
    clock.used(first)
    clock.believe("main", NOON, 0)
    assert clock.now_ns(1 * S) == first
    assert clock.stamp_ns(1 * S) == first + 1
    assert clock.now_ns(11 * S) == NOON + 11 * S


def test_a_repeated_signed_time_is_passed_over() -> None:
    clock = GateClock(wall_ns=NOON, boottime_ns=0)
    assert clock.believe("main", NOON, 0)
    assert not clock.believe("main", NOON, 3600 * S)
    assert clock.now_ns(3600 * S) == NOON + 3600 * S


def test_one_late_signed_time_does_not_stop_the_clock() -> None:
    clock = GateClock(wall_ns=NOON, boottime_ns=0)
    clock.believe("main", NOON, 0)
    clock.believe("main", NOON + 1 * S, 60 * S)
    assert clock.now_ns(60 * S) == NOON + 60 * S


def test_a_slower_time_is_followed_when_it_is_said_often_enough() -> None:
    clock = GateClock(wall_ns=NOON, boottime_ns=0)
    clock.believe("main", NOON + 1 * S, 0)
    for second in range(2, 10):
        clock.believe("main", NOON + second * S, second * S)
    assert clock.now_ns(10 * S) == NOON + 10 * S


def test_a_leap_of_the_wall_clock_alone_is_reported_and_not_believed() -> None:
    clock = GateClock(wall_ns=NOON, boottime_ns=0)
    assert clock.doubt(NOON + 2 * S, 2 * S) is None
    assert clock.doubt(NOON + 86_402 * S, 2 * S) == 86_400_000
    assert clock.doubt(NOON + 86_403 * S, 3 * S) is None
    assert clock.doubt(NOON + 4 * S, 4 * S) == -86_400_000
    assert clock.now_ns(4 * S) == NOON + 4 * S


def test_sleep_is_no_leap() -> None:
    clock = GateClock(wall_ns=NOON, boottime_ns=0)
    assert clock.doubt(NOON + 86_400 * S, 86_400 * S) is None
    assert clock.now_ns(86_400 * S) == NOON + 86_400 * S


def test_a_clock_that_leads_what_is_known_waits_to_be_confirmed() -> None:
    hour = 3600 * S
    assert GateClock(wall_ns=NOON + hour, boottime_ns=0, highest_ns=NOON, lead_ns=hour).is_confirmed
    assert GateClock(wall_ns=NOON - 9 * hour, boottime_ns=0, highest_ns=NOON, lead_ns=hour).is_confirmed
    clock = GateClock(wall_ns=NOON + 240 * hour, boottime_ns=0, highest_ns=NOON, lead_ns=hour)
    assert clock.watermark_ns(S) == NOON, "nothing is promised with such a clock"
    confirmed = []
    for until_ns in (0, NOON + hour, NOON + 239 * hour + S, 0):
        clock.published(until_ns, S)
        confirmed.append(clock.is_confirmed)
    assert confirmed == [False, False, True, True]
    assert clock.watermark_ns(S) == NOON + 240 * hour + S


def test_the_first_signed_time_begins_stamps_anew_after_what_was_used() -> None:
    clock = GateClock(wall_ns=NOON + 864_000 * S, boottime_ns=0, highest_ns=NOON, lead_ns=3600 * S)
    assert clock.stamp_ns(0) == NOON + 864_000 * S
    clock.believe("main", NOON + 10 * S, 5 * S)
    assert clock.is_confirmed
    assert [clock.stamp_ns(at * S) for at in (0, 5)] == [NOON + 5 * S, NOON + 10 * S]
    late = GateClock(wall_ns=NOON + 864_000 * S, boottime_ns=0, highest_ns=NOON, lead_ns=3600 * S)
    late.stamp_ns(0)
    late.believe("main", NOON - 10 * S, 0)
    assert [late.stamp_ns(0), late.stamp_ns(0)] == [NOON + 1, NOON + 2], "records of the run before stand at noon"
