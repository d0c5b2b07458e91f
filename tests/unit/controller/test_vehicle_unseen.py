"""A vehicle that may have left, and nobody saw it: a doubt in the count as long as it matters, and an alarm."""

from datetime import UTC
from pathlib import Path

from contract.clock import NS_PER_S
from contract.events import AnyEvent, FreeExit, VehicleUnseen
from contract.ids import OUTSIDE, AccessPointId, EdgeId, Epoch, PortalId
from contract.site import parse_site
from controller.domain.presence.doubts import Doubt
from controller.domain.presence.flows import Flows
from controller.domain.presence.layout import WHOLE_SITE
from controller.domain.presence.reason import Reason
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.unwatched import IN_A_VEHICLE, Outlook, Unwatched
from controller.service.alarms import Alarms
from tests.unit.controller.kept import HALL, NORTH, SITE, START_S, Kept, taken, went
from tests.unit.controller.sources import at_ns
from tests.unit.controller.test_vehicle_events import ROAD

OUT = AccessPointId("out")
AT_NS = 50 * NS_PER_S


def doubts(persons: int, *, swept_s: int = 0, closed_s: int = -1) -> dict[str, list[Doubt]]:
    """What is in doubt at 100 s."""
    unwatched = Unwatched(SITE, Flows(UTC, 0))
    event = VehicleUnseen(AT_NS, OUT, HALL, OUTSIDE, persons)
    unwatched.add(Stamp(AT_NS, NORTH, Epoch(bytes(16)), 1), event, 0)
    unwatched.close_period(closed_s)
    found = unwatched.doubts(Outlook(100 * NS_PER_S, {}, swept_ns={HALL: swept_s * NS_PER_S}))
    return {area: list(each) for area, each in found.items() if each}


def test_all_who_were_in_it_may_be_gone_from_every_count_that_it_left() -> None:
    doubt = Doubt(Reason.PASSED_UNREAD, 3, 0, AT_NS, "out")
    found = doubts(3)
    assert found[HALL] == found[WHOLE_SITE] == [doubt]
    assert doubts(0)[HALL] == [doubt._replace(fewer=IN_A_VEHICLE)], "nobody knows how many"


def test_a_search_or_the_end_of_the_key_settles_it() -> None:
    assert HALL not in doubts(3, swept_s=60)
    assert doubts(3, swept_s=40)[HALL]
    assert doubts(3, closed_s=0) == {}


def test_it_is_an_alarm_that_names_the_lane() -> None:
    alarms = Alarms()
    alarms.of_event("road", VehicleUnseen(AT_NS, OUT, HALL, OUTSIDE, 3))
    assert [(line.kind, line.place) for line in alarms.lines()] == [("vehicle-unseen", "out")]


async def test_it_lowers_the_lowest_figure_alone_and_a_restart_finds_it_again(tmp_path: Path) -> None:
    kept = await Kept(tmp_path).begin()
    kept.at(30)
    events: dict[int, AnyEvent] = {1: went("in", "dan", 1), 2: taken("in", 1, 2)}
    await kept.take(kept.source(), {**events, 3: VehicleUnseen(at_ns(START_S + 9), OUT, HALL, OUTSIDE, 4)})
    beside = kept.movements.unwatched.doubts(Outlook(at_ns(START_S + 30), {}))
    count = kept.movements.presence.headcount(HALL, beside)
    assert (count.lowest, count.best, count.highest) == (0, 1, 1)
    kept.close()
    again = await Kept(tmp_path, kept.clock).begin()
    assert again.movements.unwatched.doubts(Outlook(at_ns(START_S + 30), {})) == beside
    again.close()


def test_a_vehicle_that_left_by_a_barrier_that_was_held_open_may_have_been_full() -> None:
    site = ROAD.format(declared="", occupants="officer").replace(
        'access_point = "in"\nportal = "boom"', 'access_point = "out"\nportal = "door"'
    )
    unwatched = Unwatched(parse_site(site), Flows(UTC, 0))
    unwatched.add(Stamp(AT_NS, EdgeId("road"), Epoch(bytes(16)), 1), FreeExit(AT_NS, PortalId("door")), 0)
    seen = unwatched.doubts(Outlook(100 * NS_PER_S, {}))[HALL]
    assert seen == [Doubt(Reason.PASSED_UNREAD, IN_A_VEHICLE, 0, AT_NS, "door")]


async def test_no_controller_says_so(tmp_path: Path) -> None:
    kept = await Kept(tmp_path).begin()
    kept.ingest.may_mark = lambda edge: edge == NORTH  # as if it were one
    await kept.take(kept.source(), {1: VehicleUnseen(at_ns(START_S + 1), OUT, HALL, OUTSIDE, 4)})
    assert kept.ingest.refused == {"ForgedMarkError": 1}
    await kept.take(kept.source(EdgeId("south")), {1: VehicleUnseen(at_ns(START_S + 1), OUT, HALL, OUTSIDE, 4)})
    assert kept.ingest.refused == {"ForgedMarkError": 1}
    kept.close()
