"""What is usual is learned from whole hours, by hour of the week, and never reckoned less than it was."""

from datetime import UTC
from zoneinfo import ZoneInfo

from contract.clock import NS_PER_S
from contract.ids import AccessPointId
from contract.periods import DAY_S, HOUR_S
from controller.domain.presence.bounds import upper_quantile
from controller.domain.presence.flows import Flows, Usual

MONDAY_S = 1_772_409_600  # 2026-03-02, midnight UTC
GATE, OTHER = AccessPointId("gate-in"), AccessPointId("other-in")
HOUR_NS, WEEK_S = HOUR_S * NS_PER_S, 7 * DAY_S


def at_ns(hour: float, week: int = 0) -> int:
    return (MONDAY_S + week * WEEK_S) * NS_PER_S + int(hour * HOUR_NS)


def pass_by(flows: Flows, count: int, hour: float, week: int = 0) -> None:
    for number in range(count):
        flows.count(GATE, at_ns(hour, week) + number)


def learn(flows: Flows, hour: float, week: int = 0) -> list[Usual]:
    told_ns = at_ns(hour, week)
    return flows.learn({GATE: told_ns}, told_ns - DAY_S * NS_PER_S)


def test_an_hour_is_learned_once_its_gate_has_told_all_of_it_and_an_empty_one_as_well() -> None:
    flows = Flows(UTC, at_ns(7))
    pass_by(flows, 12, 8.5)
    assert learn(flows, 8.9) == [Usual(GATE, 7, 0.0, 0, 1)]
    assert learn(flows, 9.0) == [Usual(GATE, 8, 12.0, 12, 1)]
    assert learn(flows, 9.5) == []
    pass_by(flows, 99, 8.6)  # told too late to be counted in it
    assert learn(flows, 10) == [Usual(GATE, 9, 0.0, 0, 1)]


def test_an_hour_of_which_a_part_was_missed_is_not_learned() -> None:
    flows = Flows(UTC, at_ns(8.5))
    pass_by(flows, 12, 8.6)
    assert learn(flows, 10) == [Usual(GATE, 9, 0.0, 0, 1)]


def test_what_was_told_after_records_had_died_is_not_learned() -> None:
    flows = Flows(UTC, at_ns(0))
    assert [usual.hour for usual in learn(flows, 60)] == [hour % 168 for hour in range(36, 60)]


def test_hours_are_those_of_the_site() -> None:
    flows = Flows(ZoneInfo("Asia/Kathmandu"), at_ns(0))  # 5:45 ahead
    assert [usual.hour for usual in learn(flows, 2)] == [5, 6]


def test_the_widest_fades_and_the_mean_follows() -> None:
    flows = Flows(UTC, at_ns(8))
    seen = []
    for week, count in enumerate((20, 0, 0, 30)):
        pass_by(flows, count, 8.5, week)
        seen += [usual for usual in learn(flows, 9, week) if usual.hour == 8]
        flows = Flows(UTC, at_ns(8, week + 1), flows_of(seen))
    assert [(usual.widest, usual.weeks) for usual in seen] == [(20, 1), (16, 2), (12, 3), (30, 4)]
    assert [round(usual.mean, 1) for usual in seen] == [20, 10, 6.7, 12.5]


def flows_of(learned: list[Usual]) -> list[Usual]:
    return list({usual.hour: usual for usual in learned}.values())


def test_a_short_silence_is_reckoned_by_the_hour_and_a_long_one_in_sum() -> None:
    hours = [Usual(GATE, hour, 10.0, 30, 8) for hour in range(168)]
    flows = Flows(UTC, at_ns(0), hours)
    short = flows.most([GATE], [(at_ns(8), at_ns(8.25))])
    assert short == upper_quantile(2 * 0.25 * 30 + 0.25 * 2 / 8)
    day = flows.most([GATE], [(at_ns(0), at_ns(24))])
    assert upper_quantile(240) < day < upper_quantile(1.5 * 260)
    assert flows.most([GATE], [(at_ns(0), at_ns(12)), (at_ns(12), at_ns(24))]) == day


def test_a_rush_may_come_an_hour_earlier_or_later() -> None:
    hours = [Usual(GATE, hour, 60.0 if hour == 8 else 0.0, 60 if hour == 8 else 0, 8) for hour in range(168)]
    flows = Flows(UTC, at_ns(0), hours)
    for hour in (7, 8, 9):
        assert flows.most([GATE], [(at_ns(hour), at_ns(hour + 1))]) >= upper_quantile(60)
    assert flows.most([GATE], [(at_ns(11), at_ns(12))]) <= upper_quantile(0.25)


def test_in_the_first_week_the_same_hour_of_other_days_stands_in_then_the_densest_quarter_then_another_point() -> None:
    monday = Flows(UTC, at_ns(0), [Usual(GATE, 8, 40.0, 40, 1)])
    assert monday.most([GATE], [(at_ns(24 + 8), at_ns(24 + 9))]) == upper_quantile(40 + 2)
    fresh = Flows(UTC, at_ns(0))
    pass_by(fresh, 10, 8.1)
    unseen = fresh.most([GATE], [(at_ns(9), at_ns(9.5))])
    assert unseen == upper_quantile(0.5 * (2 * 10 * 4 + 2))
    assert fresh.most([OTHER], [(at_ns(9), at_ns(9.5))]) == unseen


def test_nothing_is_expected_where_nobody_can_pass_and_in_no_time() -> None:
    flows = Flows(UTC, at_ns(0), [Usual(GATE, 8, 40.0, 40, 1)])
    assert flows.most([], [(at_ns(8), at_ns(9))]) == 0
    assert flows.most([GATE], []) == 0


def test_a_restart_with_what_was_densest_narrows_nothing() -> None:
    flows = Flows(UTC, at_ns(8))
    pass_by(flows, 12, 8.5)
    kept = dict(flows.densest)
    assert kept == {GATE: 12}
    again = Flows(UTC, at_ns(8.6), densest=kept)
    spans = [(at_ns(9), at_ns(10))]
    assert again.most([GATE], spans) == flows.most([GATE], spans) >= 12
    pass_by(again, 3, 8.7)
    assert again.densest == kept
