"""What nobody read: silent gates, lost records, doors, evacuations, one-sided areas; and what a sweep settles."""

from collections.abc import Mapping
from datetime import UTC

import pytest

from contract.clock import NS_PER_S
from contract.events import (
    AnyEvent,
    DoorClosed,
    DoorForced,
    DoorHeld,
    FireRelease,
    FreeExit,
    GateRestarted,
    PassageWithoutGrant,
)
from contract.ids import AccessPointId, AreaId, EdgeId, Epoch, PortalId
from contract.periods import DAY_S, HOUR_S
from contract.site import Site, parse_site
from controller.domain.presence.doubts import Doubt
from controller.domain.presence.flows import HOURS_OF_WEEK, Flows, Usual
from controller.domain.presence.layout import WHOLE_SITE
from controller.domain.presence.reason import Reason
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.unwatched import Lost, Outlook, Past, Unwatched, unheard

HALL, VAULT = AreaId("hall"), AreaId("vault")
GATE, INNER = EdgeId("gate"), EdgeId("inner")
DOOR, ARM = PortalId("door"), PortalId("arm")
NOW_S = 1_772_409_600 + 36 * HOUR_S
MIN_NS = 60 * NS_PER_S
PERIOD_S = NOW_S - NOW_S % HOUR_S

SITE = """
area = [{id = "hall"}, {id = "vault", within = "hall"}]
access_point = [
  {id = "in", from = "outside", to = "hall"}, {id = "out", from = "hall", to = "outside"},
  {id = "down", from = "hall", to = "vault"}, {id = "up", from = "vault", to = "hall"},
]
[site]
longest_stay_h = 72
missed_exit_rate = 0.1
[[gate]]
id = "gate"
reader = [{id = "r1", kind = "osdp", access_point = "in"}, {id = "r2", kind = "osdp", access_point = "out"}]
portal = [{id = "door", hardware = "r1", access_points = ["in", "out"]}]
[[gate]]
id = "inner"
reader = [{id = "r3", kind = "osdp", access_point = "down"}, {id = "r4", kind = "osdp", access_point = "up"}]
[[gate.portal]]
id = "arm"
kind = "turnstile"
hardware = "r3"
access_points = ["down", "up"]
outputs = {down = 0, up = 1}
passed_inputs = {down = 0, up = 1}
"""


def now_ns(minutes: float = 0) -> int:
    return int(NOW_S * NS_PER_S + minutes * MIN_NS)


def unwatched(usual: Mapping[str, int] | None = None, site: Site | None = None) -> Unwatched:
    hours = range(HOURS_OF_WEEK)
    learned = [Usual(AccessPointId(p), h, float(n), n, 8) for p, n in (usual or {}).items() for h in hours]
    return Unwatched(site or parse_site(SITE), Flows(UTC, 0, learned))


def tell(of: Unwatched, event: AnyEvent, number: int = 1) -> None:
    of.add(Stamp(event.occurred_ns, GATE, Epoch(bytes(16)), number), event, PERIOD_S)


def doubts(of: Unwatched, area: AreaId, outlook: Outlook | None = None) -> list[tuple[Reason, int, int]]:
    found = of.doubts(outlook or Outlook(now_ns(), {}))
    return [(doubt.reason, doubt.fewer, doubt.more) for doubt in found.get(area, ())]


def test_a_gate_is_unheard_when_what_it_told_last_is_no_longer_all() -> None:
    counted = {GATE: now_ns() - 10 * NS_PER_S, INNER: now_ns() - 11 * NS_PER_S}
    assert unheard(counted, now_ns()) == {INNER: now_ns() - 11 * NS_PER_S}
    assert unheard({INNER: 0}, now_ns()) == {}, "a gate whose clock is not confirmed says 0"


def test_a_silent_gate_widens_by_its_usual_flow_for_the_time_and_only_where_it_leads() -> None:
    of = unwatched({"in": 60, "out": 30, "down": 20, "up": 20})
    short, long = (Outlook(now_ns(), {GATE: now_ns(-minutes)}) for minutes in (5, 50))
    (_, fewer, more), *_ = doubts(of, WHOLE_SITE, short)
    (_, later_fewer, later_more), *_ = doubts(of, WHOLE_SITE, long)
    assert 0 < fewer < more
    assert fewer < later_fewer < later_more
    assert doubts(of, HALL, short) == doubts(of, WHOLE_SITE, short)
    assert doubts(of, VAULT, short) == []
    assert doubts(of, WHOLE_SITE, Outlook(now_ns(), {INNER: now_ns(-5)})) == []
    assert [reason for reason, _, _ in doubts(of, VAULT, Outlook(now_ns(), {INNER: now_ns(-5)}))] == [
        Reason.GATE_SILENT
    ]


def test_what_is_in_doubt_says_since_when_and_where() -> None:
    of = unwatched({"in": 60, "out": 30})
    [doubt] = of.doubts(Outlook(now_ns(), {GATE: now_ns(-5)}))[HALL]
    assert (doubt.since_ns, doubt.place) == (now_ns(-5), "gate")


def test_exits_count_for_as_long_as_a_record_lives_and_entries_for_the_longest_stay() -> None:
    of = unwatched({"in": 10, "out": 10})

    def after(hours: int) -> tuple[Reason, int, int]:
        [only] = doubts(of, HALL, Outlook(now_ns(), {GATE: now_ns(-60 * hours)}))
        return only

    assert after(24)[1] == after(48)[1]
    assert after(48)[2] < after(72)[2] == after(200)[2]


def test_lost_records_are_at_most_as_many_persons_and_at_most_what_is_usual_and_end_with_the_longest_stay() -> None:
    of = unwatched({"in": 10, "out": 10})

    def of_lost(hours_ago: int, records: int) -> int:
        lost = [Lost(GATE, NOW_S - hours_ago * HOUR_S, records)]
        found = doubts(of, HALL, Outlook(now_ns(), {}, lost))
        assert all(fewer == 0 for _, fewer, _ in found)
        return sum(more for _, _, more in found)

    assert of_lost(30, 3) == 3
    assert 10 < of_lost(30, 500) < 60
    assert of_lost(80, 3) == 0


def test_a_gate_that_stopped_uncleanly_may_have_lost_its_last_moments() -> None:
    of = unwatched({"in": 60, "out": 60})
    tell(of, GateRestarted(now_ns(-20), now_ns(-23)))
    [(reason, fewer, more)] = doubts(of, HALL)
    assert reason is Reason.RECORDS_LOST
    assert fewer == more > 0
    of.close_period(PERIOD_S)
    assert doubts(of, HALL) == []


@pytest.mark.parametrize(
    "opens", [DoorForced(now_ns(-20), DOOR), DoorHeld(now_ns(-20), DOOR), FireRelease(now_ns(-20), DOOR, True)]
)
def test_a_portal_that_stands_open_widens_for_as_long_as_it_does(opens: AnyEvent) -> None:
    of = unwatched({"in": 60, "out": 60})
    tell(of, opens)
    [(reason, fewer, more)] = doubts(of, HALL)
    assert (reason, fewer) == (Reason.DOOR_OPEN, more)
    assert doubts(of, HALL, Outlook(now_ns(20), {}))[0][1] > fewer
    shuts = FireRelease(now_ns(-19), DOOR, False) if isinstance(opens, FireRelease) else DoorClosed(now_ns(-19), DOOR)
    tell(of, shuts, 2)
    closed = doubts(of, HALL)
    assert 1 < closed[0][1] < fewer
    assert doubts(of, HALL, Outlook(now_ns(20), {})) == closed


def test_events_of_a_portal_may_come_in_any_order() -> None:
    events: list[AnyEvent] = [DoorForced(now_ns(-20), DOOR), DoorHeld(now_ns(-15), DOOR), DoorClosed(now_ns(-10), DOOR)]
    forwards, backwards = unwatched({"in": 60, "out": 60}), unwatched({"in": 60, "out": 60})
    for number, event in enumerate(events):
        tell(forwards, event, number)
    for number, event in reversed(list(enumerate(events))):
        tell(backwards, event, number)
    assert forwards.doubts(Outlook(now_ns(), {})) == backwards.doubts(Outlook(now_ns(), {}))


def test_a_portal_that_still_stands_open_is_not_forgotten_with_its_key() -> None:
    of = unwatched()
    tell(of, DoorForced(now_ns(-20), DOOR))
    of.close_period(PERIOD_S)
    assert doubts(of, HALL) != []
    of.add(Stamp(now_ns(61), GATE, Epoch(bytes(16)), 9), DoorClosed(now_ns(61), DOOR), PERIOD_S + HOUR_S)
    of.close_period(PERIOD_S + HOUR_S)
    assert doubts(of, HALL) == []


def test_who_passed_without_a_grant_is_one_person_in_that_direction() -> None:
    of = unwatched()
    tell(of, PassageWithoutGrant(now_ns(-5), ARM, AccessPointId("down")))
    assert doubts(of, VAULT) == [(Reason.PASSED_UNREAD, 0, 1)]
    assert doubts(of, HALL) == []
    tell(of, FreeExit(now_ns(-4), DOOR), 2)
    assert doubts(of, WHOLE_SITE) == [(Reason.PASSED_UNREAD, 1, 0)]


@pytest.mark.parametrize(("reason", "place"), [(Reason.DOOR_OPEN, "door"), (Reason.PASSED_UNREAD, "in")])
def test_who_may_have_entered_before_keys_died_stays_in_doubt_for_the_longest_stay(reason: Reason, place: str) -> None:
    of = unwatched()

    def past(hours: int, swept: bool = False) -> list[tuple[Reason, int, int]]:
        swept_ns = {HALL: now_ns()} if swept else {}
        entries = [Past(reason, place, PERIOD_S - hours * HOUR_S, 3)]
        return doubts(of, HALL, Outlook(now_ns(), {}, swept_ns=swept_ns, past=entries))

    assert past(30) == past(70) == [(reason, 0, 3)]
    assert past(74) == past(30, swept=True) == []
    assert doubts(of, VAULT, Outlook(now_ns(), {}, past=[Past(reason, place, PERIOD_S - DAY_S, 3)])) == []


def test_while_people_evacuate_all_may_leave_by_any_way_and_a_sweep_settles_that() -> None:
    of = unwatched()
    [(reason, fewer, more)] = doubts(of, WHOLE_SITE, Outlook(now_ns(), {}, evacuating_ns=now_ns(-2)))
    assert (reason, fewer, more) == (Reason.EVACUATING, 312, 0)  # two minutes, a door and a window
    swept = Outlook(now_ns(), {}, evacuating_ns=now_ns(-2), swept_ns={WHOLE_SITE: now_ns(-1), HALL: now_ns()})
    assert doubts(of, WHOLE_SITE, swept) == [(Reason.EVACUATING, 156, 0)]
    assert doubts(of, HALL, swept)[0][1:] == (0, 0)


def test_while_people_evacuate_nobody_comes_in_by_a_silent_gate_from_the_outside() -> None:
    of = unwatched({"in": 60, "out": 60, "up": 60})
    silent = {GATE: now_ns(-30)}

    def more(evacuating: float | None) -> int:
        since_ns = None if evacuating is None else now_ns(evacuating)
        found = of.doubts(Outlook(now_ns(), silent, evacuating_ns=since_ns))[HALL]
        return sum(doubt.more for doubt in found if doubt.reason is Reason.GATE_SILENT)

    assert more(None) > more(-10) > more(-40) == 0


def test_a_sweep_settles_whatever_was_before_it() -> None:
    of = unwatched({"in": 60, "out": 60})
    tell(of, DoorForced(now_ns(-20), DOOR), 1)
    tell(of, DoorClosed(now_ns(-15), DOOR), 2)
    tell(of, PassageWithoutGrant(now_ns(-18), ARM, AccessPointId("down")), 3)
    lost = [Lost(GATE, PERIOD_S - DAY_S, 50)]
    swept = {area: now_ns(-10) for area in (WHOLE_SITE, HALL, VAULT)}
    silent = {GATE: now_ns(-20)}
    assert {reason for reason, *_ in doubts(of, HALL, Outlook(now_ns(), silent, lost))} == {
        Reason.DOOR_OPEN, Reason.GATE_SILENT, Reason.RECORDS_LOST,
    }  # fmt: skip
    after = doubts(of, HALL, Outlook(now_ns(), silent, lost, swept_ns=swept))
    since = doubts(of, HALL, Outlook(now_ns(), {GATE: now_ns(-10)}))
    assert [each for each in after if each[1:] != (0, 0)] == [each for each in since if each[0] is Reason.GATE_SILENT]
    assert doubts(of, VAULT, Outlook(now_ns(), {}, swept_ns=swept)) == []


def test_more_time_never_narrows() -> None:
    of = unwatched({"in": 7, "out": 11})
    before = (0, 0)
    for minutes in range(0, 600, 30):
        [(_, fewer, more)] = doubts(of, HALL, Outlook(now_ns(), {GATE: now_ns(-minutes) - 11 * NS_PER_S}))
        assert (fewer, more) >= before
        before = (fewer, more)


def one_door(points: str, extra: str = "", declared: str = "") -> Site:
    return parse_site(
        f"""
        area = [{{id = "hall"}}]
        access_point = [
          {{id = "in", from = "outside", to = "hall"}}, {{id = "out", from = "hall", to = "outside"}},
          {{id = "side", from = "outside", to = "hall"}},
        ]
        [site]
        {declared}
        [[gate]]
        id = "gate"
        reader = [
          {{id = "r1", kind = "osdp", access_point = "in"}}, {{id = "r2", kind = "osdp", access_point = "out"}},
          {{id = "r3", kind = "osdp", access_point = "side"}},
        ]
        portal = [
          {{id = "door", hardware = "r1", access_points = ["in", "out"]}},
          {{id = "side", hardware = "r3", access_points = [{points}] {extra}}},
        ]
        """
    )


def test_a_door_with_a_reader_on_one_side_makes_an_area_unknown_and_never_exact_where_a_rate_is_declared() -> None:
    found = unwatched(site=one_door('"side"')).doubts(Outlook(now_ns(), {}))
    assert found[HALL] == found[WHOLE_SITE] == [Doubt(Reason.ONE_SIDED, 0, 0, is_bounded=False)]
    declared = unwatched(site=one_door('"side"', declared="missed_exit_rate = 0.1")).doubts(Outlook(now_ns(), {}))
    assert declared[HALL] == [Doubt(Reason.ONE_SIDED, 1, 1)]


def test_a_lane_for_one_direction_has_no_other_side() -> None:
    arm = ', kind = "turnstile", outputs = {side = 0}, passed_inputs = {side = 0}'
    assert unwatched(site=one_door('"side"', arm)).doubts(Outlook(now_ns(), {})) == {}


@pytest.mark.parametrize(
    "points",
    [
        '{id = "in", from = "outside", to = "hall"}',
        '{id = "out", from = "hall", to = "outside"}',
        '{id = "here", from = "any", to = "hall"}',
    ],
)
def test_an_area_that_nobody_is_ever_read_to_enter_or_leave_is_unknown(points: str) -> None:
    site = parse_site(f'area = [{{id = "hall"}}]\naccess_point = [{points}]\n[site]\nmissed_exit_rate = 0.1\n')
    assert [doubt.is_bounded for doubt in unwatched(site=site).doubts(Outlook(now_ns(), {}))[HALL]] == [False]
