"""Scored scenes: their files, the width they may have, and what they leave behind."""

import math

import pytest

from contract.clock import NS_PER_S
from contract.ids import AreaId
from contract.periods import HOUR_S
from simulators.scene import SceneError
from simulators.scenes.allowed import allowed_width, poisson_quantile
from simulators.scenes.enact import enact
from simulators.scenes.file import Assumes, parse_scored_scene, read_scene, scene_names
from simulators.scenes.story import Record, Story

HEAD = """
[scene]
title = "Try"
site = "campus"
days = 2
start = 2026-03-02
moment_every_min = 60
controllers = 2
[scene.assumes]
why = "tried"
"""
PEOPLE = """
[simulation]
people = 30
[simulation.day]
overstay_rate = 0.0
"""


def story(*mishaps: str, people: str = PEOPLE, seed: int = 1) -> Story:
    tables = "".join("\n[[scene.mishap]]\n" + mishap.replace("; ", "\n") + "\n" for mishap in mishaps)
    return enact(parse_scored_scene("try", HEAD + tables + people), seed)


def records(told: Story, what: str, controller: int = 0) -> list[Record]:
    return [a.record for a in told.arrivals if a.record.what == what and a.controller == controller]


def at_h(told: Story, hours: float) -> int:
    return told.begin_ns + int(hours * HOUR_S) * NS_PER_S


def test_every_scene_that_was_asked_for_is_there_and_says_why_its_width_is_what_it_is() -> None:
    asked = {
        "quiet-day",
        "morning-rush",
        "missed-reads",
        "ghosts",
        "tailgating",
        "van-of-four",
        "night-shift",
        "network-cut",
        "broker-wiped",
        "clocks-wrong",
        "gates-dead",
        "by-the-window",
        "special-event",
        "controller-burns",
        "armed-attack",
        "clocks-apart",
        "long-stays",
        "dead-gate",
        "areas-in-areas",
        "tours",
        "vehicle-day",
        "vehicles-swap",
        "vehicles-cut",
    }
    assert asked <= set(scene_names())
    for name in scene_names():
        assumes = read_scene(name).about.assumes
        assert assumes.why
        assert bool(assumes.named) == bool(assumes.named_why)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "scene try"),
        (HEAD.replace("campus", "nowhere") + PEOPLE, "no site 'nowhere'"),
        (HEAD + '[[scene.mishap]]\nkind = "flood"\n' + PEOPLE, "flood"),
        (HEAD + '[[scene.mishap]]\nkind = "cut"\nfrom_h = 1\nto_h = 2\ngates = ["x"]\n' + PEOPLE, "names x"),
        (HEAD + PEOPLE.replace("30", "-1"), "people is -1"),
    ],
)
def test_a_bad_file_is_refused_by_name(text: str, says: str) -> None:
    with pytest.raises(SceneError, match=says):
        parse_scored_scene("try", text)


@pytest.mark.parametrize(("mean", "least"), [(0.0, 0), (0.5, 4), (1.0, 5), (10.0, 21)])
def test_the_quantile_is_that_of_printed_tables(mean: float, least: int) -> None:
    assert poisson_quantile(mean) == least


def test_the_width_is_the_sum_that_the_guide_names() -> None:
    assumes = Assumes("tried", missed_exit_rate=0.01, missed_entry_rate=0.005, exits_per_day=100, entries_per_day=200)
    # m x = 1: q(1) = 5, q(7.5) = 17; over three days q(3) = 10; f e = 1 over four days: q(4) = 11.
    assert allowed_width(assumes) == 17 + 10 + 11
    assert allowed_width(Assumes("tried", named=7)) == 7


def test_one_seed_gives_one_story() -> None:
    assert story() == story()
    assert story() != story(seed=2)


def test_where_nothing_is_wrong_both_controllers_hear_everything_at_once_and_reads_tell_the_truth() -> None:
    told = story()
    assert records(told, "granted", 0) == records(told, "granted", 1) != []
    assert all(arrival.at_ns == arrival.record.stamped_ns for arrival in told.arrivals)
    areas = {point.id: (point.from_area, point.to_area) for point in told.site.access_point}
    ways = [areas[str(record.said["access_point"])] for record in records(told, "granted")]  # type: ignore[index]
    inside = sum(source == "outside" for source, _ in ways) - sum(target == "outside" for _, target in ways)
    assert told.moments[-1].inside[AreaId("")] == inside


def test_what_a_cut_gate_seals_comes_in_order_afterwards_or_never() -> None:
    told = story('kind = "cut"; gates = ["north"]; from_h = 8; to_h = 46')
    late = [a for a in told.arrivals if a.record.source == "north" and a.at_ns >= at_h(told, 46)]
    assert late == sorted(late, key=lambda arrival: (arrival.at_ns, arrival.record.number))
    assert min(a.record.stamped_ns for a in late) > at_h(told, 46 - 24)
    deaf = next(m for m in told.moments if m.at_ns > at_h(told, 20))
    assert {each.gate for each in deaf.statements[0]} == {gate.id for gate in told.site.gate} - {"north"}
    last = next(each for each in told.moments[-1].statements[0] if each.gate == "north")
    assert 1 < last.first <= last.last


def test_a_dead_gate_reads_nobody_and_says_so_when_it_is_back() -> None:
    told = story('kind = "dead"; gates = ["north", "south", "garage"]; from_h = 6; to_h = 20')
    assert [r for r in records(told, "granted") if r.stamped_ns < at_h(told, 20) and r.source == "north"] == []
    assert [record.stamped_ns for record in records(told, "restarted")] == [at_h(told, 20)] * 3
    assert max(moment.inside[AreaId("")] for moment in told.moments if moment.at_ns < at_h(told, 14)) > 15


def test_the_last_that_a_gate_tells_before_it_dies_is_heard() -> None:
    told = story('kind = "dead"; gates = ["north"]; from_h = 10.123; to_h = 20')
    heard_ns = [
        statement.clock_ns
        for moment in told.moments
        for statement in moment.statements[0]
        if statement.gate == "north" and moment.at_ns < at_h(told, 10.123)
    ]
    assert at_h(told, 10.123) - max(heard_ns) <= 2 * NS_PER_S, "a real gate tells every two seconds"


def test_a_burned_controller_hears_nothing_more_and_the_other_one_everything() -> None:
    told = story('kind = "controller-down"; controller = 0; from_h = 12; to_h = 24; burns = true')
    assert max(a.at_ns for a in told.arrivals if a.controller == 0) < at_h(told, 12)
    assert len(records(told, "granted", 1)) > len(records(told, "granted", 0))
    assert all(set(m.statements) == {1} for m in told.moments if m.at_ns > at_h(told, 12))


def test_a_wiped_broker_and_a_disorderly_one_lose_nothing() -> None:
    told = story(
        'kind = "broker-wiped"; controller = 0; at_h = 8.5; lost_s = 1800; again_s = 60',
        'kind = "disorder"; late = 0.3; delay_s = 60; twice = 0.3',
    )
    known = {controller: {(r.source, r.number) for r in records(told, "granted", controller)} for controller in (0, 1)}
    assert known[0] == known[1]
    assert len(records(told, "granted")) > len(known[0])
    assert [a.at_ns for a in told.arrivals] == sorted(a.at_ns for a in told.arrivals)


def test_a_wrong_clock_is_on_every_stamp_of_its_gate() -> None:
    told = story('kind = "clock-wrong"; gate = "north"; ahead_s = 40')
    off = {a.record.stamped_ns - a.at_ns for a in told.arrivals if a.record.source == "north"}
    assert off == {40 * NS_PER_S}


EVACUATION = 'kind = "emergency"; plan = "evacuate"; at_h = 38; lasts_h = 2; warden_min = 15'


def test_an_evacuation_empties_the_site_and_everybody_is_accounted_for() -> None:
    told = story(EVACUATION + "; by_window = 0.5; at_readers = 0.5", people=PEOPLE + "lunch_out_rate = 0.0\n")
    (order,) = told.orders
    before = [m.inside[AreaId("")] for m in told.moments if m.at_ns < order.opened_ns][-1]
    assert before > 15
    looked_at = [moment.at_ns for moment in told.moments if moment.at_ns >= order.opened_ns]
    assert looked_at[0] == order.opened_ns
    assert len(looked_at) > 15, "ten times as often as before"
    assert told.moments[-1].inside[AreaId("")] == 0
    at_muster = [r for r in records(told, "granted") if str(r.said["access_point"]).endswith("-here")]
    ticked = records(told, "accounted-for")
    assert len({r.said["person"] for r in [*at_muster, *ticked]}) == before
    assert min(len(at_muster), len(ticked)) > 0
    assert {record.said["area"] for record in records(told, "area-swept")} == {"grounds", "tower", "hall"}
    assert math.isclose(told.end_ns, order.closed_ns)


def test_a_tablet_that_is_offline_delivers_later_what_it_was_told() -> None:
    told = story(EVACUATION + "; tablet_offline_min = 30; at_readers = 0.0")
    online_ns = told.orders[0].opened_ns + 30 * 60 * NS_PER_S
    marks = [arrival for arrival in told.arrivals if arrival.record.what == "accounted-for"]
    assert min(mark.at_ns for mark in marks) >= online_ns
    assert min(mark.record.stamped_ns for mark in marks) < online_ns
