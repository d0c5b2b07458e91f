import msgspec
import pytest

from controller.console.view import KeyState, Level, view
from controller.live import AlarmLine, GateState, Live
from tests.browser import pictures

replace = msgspec.structs.replace


def test_the_marker_lies_where_the_best_figure_lies() -> None:
    premises = view(pictures.normal()).premises
    assert premises.marker == pytest.approx((142 - 138) / (149 - 138))
    assert not premises.exact


def test_figures_that_agree_are_exact_and_have_no_marker() -> None:
    garage = view(pictures.normal()).areas[2]
    assert (garage.exact, garage.marker, garage.unknown) == (True, None, False)


def test_an_unknown_figure_is_neither_exact_nor_marked() -> None:
    premises = view(pictures.unknown()).premises
    assert (premises.exact, premises.marker, premises.unknown) == (False, None, True)


@pytest.mark.parametrize(
    ("live", "heard"),
    [
        (pictures.normal(), True),
        (pictures.silent_gate(), False),
        (pictures.nothing_yet(), False),
        (replace(pictures.normal(), broker_connected=False), False),
        (replace(pictures.normal(), learning=True), False),
    ],
)
def test_nothing_is_called_exact_while_a_gate_may_hold_news(live: Live, heard: bool) -> None:
    assert view(live).all_heard is heard


def test_a_gate_shows_only_what_is_worth_saying() -> None:
    north, south, vehicles = view(pictures.silent_gate()).gates
    assert (north.policy_behind, north.clock_off_ms) == (False, None)
    assert (south.policy_behind, south.clock_off_ms, south.silent_s) == (True, 2300, 1330)
    assert vehicles.state is GateState.CATCHING_UP


def test_a_door_that_cries_all_the_time_takes_one_line() -> None:
    forced, *others = view(pictures.alarm_flood()).alarms
    assert (forced.kind, forced.count, forced.level) == ("forced", 60, Level.SEVERE)
    assert (forced.at - forced.since).total_seconds() == 118
    assert [(other.place, other.count) for other in others] == [("north-entry", 20), ("north-exit", 20)]


def test_alarms_stand_newest_first_and_those_left_out_are_counted() -> None:
    live = pictures.normal()
    many = [
        AlarmLine(at=pictures.iso(n), kind="held", gate="north", place=f"door-{n}") for n in (5, 1, 9, *range(20, 40))
    ]
    shown = view(replace(live, alarms=many))
    assert [alarm.place for alarm in shown.alarms[:4]] == ["door-1", "door-5", "door-9", "door-20"]
    assert len(shown.alarms) + shown.alarms_left_out == len(many)


def test_an_alarm_names_a_gate_once() -> None:
    silent = next(alarm for alarm in view(pictures.silent_gate()).alarms if alarm.kind == "gate-silent")
    assert (silent.gate, silent.place) == ("South gate", "")


def test_keys_stand_in_the_order_of_their_periods_and_the_next_to_die_counts_down() -> None:
    movements, video = view(pictures.normal()).strips
    states = [key.state for key in movements.keys]
    assert states == [KeyState.DESTROYED] * 4 + [KeyState.DYING] + [KeyState.ALIVE] * 4
    assert movements.keys[4].left_s == 31
    assert movements.prepared == 2
    assert [key.whole_days for key in video.keys] == [True]


def test_a_key_that_outlived_its_time_is_loud() -> None:
    shown = view(pictures.overdue())
    assert shown.overdue == 1
    assert [key.state for key in shown.strips[0].keys].count(KeyState.OVERDUE) == 1
    assert shown.gauge.exceeded
    assert shown.gauge.share == 1


def test_a_record_at_its_limit_exceeds_it() -> None:
    """Figures: the oldest readable record is younger than the limit at any moment."""
    live = pictures.normal()
    assert not view(replace(live, oldest_readable_s=299.9)).gauge.exceeded
    assert view(replace(live, oldest_readable_s=300.0)).gauge.exceeded


@pytest.mark.parametrize("at", ["", "yesterday", "2026-11-21T14:22:05"])
def test_a_time_that_is_none_or_lacks_its_zone_is_refused(at: str) -> None:
    with pytest.raises(ValueError, match=r"time|isoformat"):
        view(replace(pictures.normal(), at=at))


def test_denials_and_unused_grants_stand_below_all_other_alarms_each_with_its_cause() -> None:
    live = pictures.normal()
    lines = [
        AlarmLine(at=pictures.iso(1), kind="denied", gate="north", place="in", cause="wrong-pin"),
        AlarmLine(at=pictures.iso(2), kind="denied", gate="north", place="in", cause="pass-expired"),
        AlarmLine(at=pictures.iso(3), kind="not-taken", gate="north", place="in"),
        AlarmLine(at=pictures.iso(4), kind="denied", gate="north", place="in", cause="wrong-pin"),
        AlarmLine(at=pictures.iso(900), kind="forced", gate="north", place="door"),
    ]
    shown = view(replace(live, alarms=lines)).alarms
    assert [(alarm.kind, alarm.cause, alarm.count) for alarm in shown] == [
        ("forced", "", 1), ("denied", "wrong-pin", 2), ("denied", "pass-expired", 1), ("not-taken", "", 1),
    ]  # fmt: skip


def test_what_is_withheld_is_not_unknown_for_lack_of_knowledge() -> None:
    live = pictures.normal()
    blank = replace(live.areas[0], lowest=None, best=None, highest=None, unnamed=0, named=0, causes=[], withheld=True)
    shown = view(replace(live, areas=[blank, *live.areas[1:]], smallest_area_shown=5))
    assert [area.withheld for area in shown.areas] == [True, False, False, False]
    assert (shown.withheld, shown.smallest_area_shown) == (1, 5)
