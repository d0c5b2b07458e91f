"""What gates say of vehicles, at the controller: who may say it, what is kept of it, who is told, how bounds widen."""

from datetime import UTC
from pathlib import Path

import pytest

from contract.clock import NS_PER_S
from contract.events import (
    AnyEvent,
    Expected,
    Occupants,
    OccupantsDiffer,
    PassageWithoutGrant,
    PeopleCrossed,
    TurnedAway,
    VehicleGranted,
    VehicleTurnedAway,
)
from contract.ids import AccessPointId, AccountId, ActId, CameraId, EdgeId, Epoch, LaneId, PortalId
from contract.site import parse_site
from controller.domain.presence.doubts import Doubt
from controller.domain.presence.flows import Flows
from controller.domain.presence.layout import WHOLE_SITE
from controller.domain.presence.reason import Reason
from controller.domain.presence.sides import one_sided
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.unwatched import IN_A_VEHICLE, Outlook, Past, Unwatched, unread_at
from controller.service.alarms import Alarms
from controller.service.records.ingest import STORED
from tests.unit.controller.kept import HALL, NORTH, SITE, START_S, Kept, taken, went
from tests.unit.controller.sources import at_ns

IN, OUT, LANE = AccessPointId("in"), AccessPointId("out"), LaneId("lane")


def granted(point: AccessPointId, grant: int, second: float) -> VehicleGranted:
    return VehicleGranted(at_ns(START_S + second), point, LANE, grant, "KVZ7719Q", 93, Expected.PERMITTED)


def beside(point: AccessPointId, grant: int, amount: int, second: float) -> Occupants:
    return Occupants(at_ns(START_S + second), ActId(f"act-{grant}"), point, grant, amount, AccountId("officer"))


def crossed(point: AccessPointId, seen: int, taken_there: int, at: int = 50) -> PeopleCrossed:
    return PeopleCrossed(at * NS_PER_S, point, CameraId("camera"), 0, seen, taken_there)


VAN: dict[int, AnyEvent] = {
    1: went("in", "dan", 1), 2: granted(IN, 1, 1.1), 3: beside(IN, 1, 3, 1.2), 4: taken("in", 1, 2),
    5: went("out", "dan", 20), 6: granted(OUT, 5, 20.1), 7: beside(OUT, 5, 2, 20.2), 8: taken("out", 5, 21),
    9: OccupantsDiffer(at_ns(START_S + 21.1), OUT, 5, 3, 2),
}  # fmt: skip
ALONE: tuple[AnyEvent, ...] = (
    granted(IN, 1, 1),
    VehicleTurnedAway(at_ns(START_S + 1), IN, LANE, TurnedAway.PLATE, "KVZ7719Q", 93, Expected.UNKNOWN),
    OccupantsDiffer(at_ns(START_S + 1), OUT, 1, 2, 3),
    PeopleCrossed(at_ns(START_S + 1), IN, CameraId("camera"), at_ns(START_S), 3, 2),
)


@pytest.fixture
async def kept(tmp_path: Path) -> Kept:
    return await Kept(tmp_path).begin()


@pytest.mark.parametrize("event", ALONE)
async def test_what_only_a_gate_can_see_no_controller_says(kept: Kept, event: AnyEvent) -> None:
    kept.ingest.may_mark = lambda edge: edge == NORTH  # as if it were one
    await kept.take(kept.source(), {1: event})
    assert kept.ingest.refused == {"ForgedMarkError": 1}
    assert kept.ingest.totals[STORED] == 0
    await kept.take(kept.source(EdgeId("south")), {1: event})
    assert kept.ingest.totals[STORED] == 1


async def test_a_plate_goes_with_the_passage_that_it_belongs_to(kept: Kept) -> None:
    kept.at(30)
    await kept.take(kept.source(), VAN)
    count = kept.movements.presence.headcount(HALL)
    assert (count.lowest, count.best, count.highest) == (0, 1, 1)
    assert sum(kept.movements.rows.values()) == len(VAN)
    stamps = kept.movements.gone(kept.movements.presence.advance_cut(at_ns(START_S + 25)))
    assert sorted(stamp.number for stamp in stamps) == sorted(VAN)
    assert kept.movements.presence.headcount(HALL).best == 1


async def test_a_restart_finds_passengers_and_doubts_again(kept: Kept, tmp_path: Path) -> None:
    kept.at(30)
    await kept.take(kept.source(), VAN)
    before = kept.movements.presence.headcounts()
    assert [cause.reason for cause in before[HALL].causes] == [Reason.OCCUPANTS_STAYED]
    kept.close()
    again = await Kept(tmp_path, kept.clock).begin()
    assert again.movements.presence.headcounts() == before
    again.close()


def test_a_vehicle_that_was_turned_away_is_a_notice_and_other_occupants_are_an_alarm_without_a_plate() -> None:
    alarms = Alarms()
    for event in (*ALONE, crossed(IN, 2, 2), crossed(IN, 1, 2)):
        alarms.of_event("road", event)
    told = {(line.kind, line.place, line.cause) for line in alarms.lines()}
    assert told == {
        ("vehicle-turned-away", "in", "plate"),
        ("occupants-differ", "out", ""),
        ("people-crossed", "in", ""),
    }
    assert len(alarms.lines()) == len(told)


def doubts(*events: AnyEvent, past: tuple[Past, ...] = (), swept_s: int = 0, closed_s: int = -1) -> list[Doubt]:
    """What is in doubt in the hall at 100 s."""
    unwatched = Unwatched(SITE, Flows(UTC, 0))
    for number, event in enumerate(events):
        unwatched.add(Stamp(event.occurred_ns, EdgeId("road"), Epoch(bytes(16)), number), event, 0)
    unwatched.close_period(closed_s)
    swept = {HALL: swept_s * NS_PER_S}
    return list(unwatched.doubts(Outlook(100 * NS_PER_S, {}, swept_ns=swept, past=past)).get(HALL, ()))


def test_more_than_were_read_widen_the_bounds_in_their_direction_and_fewer_take_nothing_back() -> None:
    at_ns_ = 50 * NS_PER_S
    assert doubts(crossed(IN, 5, 3)) == [Doubt(Reason.SEEN_CROSSING, 0, 2, at_ns_, "in")]
    assert doubts(crossed(OUT, 5, 3)) == [Doubt(Reason.SEEN_CROSSING, 2, 0, at_ns_, "out")]
    assert doubts(crossed(IN, 3, 3), crossed(OUT, 0, 4)) == []
    assert doubts(crossed(IN, 5, 3), swept_s=60) == []


def test_who_was_seen_to_follow_stays_in_doubt_when_the_key_is_dead_as_long_as_he_may_stay() -> None:
    assert unread_at(crossed(IN, 5, 3)) == (Reason.SEEN_CROSSING, "in", 2)
    assert unread_at(crossed(IN, 3, 3)) is None
    assert doubts(crossed(IN, 5, 3), closed_s=0) == []
    past = (Past(Reason.SEEN_CROSSING, "in", 40, 2), Past(Reason.SEEN_CROSSING, "out", 40, 2))
    assert doubts(past=past) == [Doubt(Reason.SEEN_CROSSING, 0, 2, 40 * NS_PER_S, "in")]


ROAD = """
area = [{{id = "hall"}}]
access_point = [{{id = "in", from = "outside", to = "hall"}}, {{id = "out", from = "hall", to = "outside"}}]
[site]
{declared}
[[gate]]
id = "road"
reader = [{{id = "r", kind = "osdp", access_point = "in"}}, {{id = "s", kind = "osdp", access_point = "out"}}]
board = [{{id = "io", kind = "modbus", device = "bus", profile = "waveshare-relay-8"}}]
portal = [
  {{id = "boom", kind = "barrier", hardware = "io", access_points = ["in"]}},
  {{id = "door", hardware = "s", access_points = ["out"], kind = "barrier"}},
]
[[gate.lane]]
id = "lane"
access_point = "in"
portal = "boom"
hardware = "io"
occupants = "{occupants}"
"""


def test_a_vehicle_that_followed_another_one_may_be_full() -> None:
    unwatched = Unwatched(parse_site(ROAD.format(declared="", occupants="officer")), Flows(UTC, 0))
    followed = PassageWithoutGrant(50 * NS_PER_S, PortalId("boom"), IN)
    unwatched.add(Stamp(followed.occurred_ns, EdgeId("road"), Epoch(bytes(16)), 1), followed, 0)
    seen = unwatched.doubts(Outlook(100 * NS_PER_S, {}))[HALL]
    assert seen == [Doubt(Reason.PASSED_UNREAD, 0, IN_A_VEHICLE, followed.occurred_ns, "boom")]
    unwatched.close_period(0)
    past = Outlook(100 * NS_PER_S, {}, past=[Past(Reason.PASSED_UNREAD, "in", 40, 2)])
    assert unwatched.doubts(past)[HALL] == [Doubt(Reason.PASSED_UNREAD, 0, 2 * IN_A_VEHICLE, 40 * NS_PER_S, "in")]


async def test_the_usual_flow_of_a_lane_is_one_of_persons(kept: Kept) -> None:
    kept.at(30)
    await kept.take(kept.source(), VAN)
    assert kept.unwatched.flows.densest == {IN: 4, OUT: 3}


@pytest.mark.parametrize(
    ("occupants", "declared", "found"),
    [
        ("officer", "", None),
        ("badges", "", None),
        ("nobody", "", Doubt(Reason.OCCUPANTS_UNCOUNTED, 0, 0, is_bounded=False)),
        ("nobody", "missed_entry_rate = 0.1", Doubt(Reason.OCCUPANTS_UNCOUNTED, 1, 1)),
    ],
)
def test_where_nobody_counts_who_is_in_vehicles_no_figure_is_exact(
    occupants: str, declared: str, found: Doubt | None
) -> None:
    sided = one_sided(parse_site(ROAD.format(declared=declared, occupants=occupants)))
    assert sided.get(HALL) == sided.get(WHOLE_SITE) == found
