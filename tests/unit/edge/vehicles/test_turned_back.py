"""Vehicles that are turned away where their people count already: who is counted out, and who may be gone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract.clock import NS_PER_S
from contract.events import Admitted, AnyEvent, PassageWithoutGrant, TurnedAway, UnnamedPassed, VehicleUnseen
from contract.ids import OUTSIDE, AccountId, AreaId, HolderId, LaneId, new_act_id
from contract.periods import Retention
from contract.site import parse_site
from drivers import ports
from drivers.ports import LaneInput
from edge.domain.acting import EnterOccupants, PassVehicle, TurnAway
from edge.domain.vehicles.parties import Parties, Party
from edge.domain.vehicles.shown import LaneShown, Phase
from edge.vehicles.turned_back import ways_back
from tests.property.edge.lock_bodies import SITE
from tests.unit.edge.scene import GateScene, Person, scene_of

ANN, BOB, STRANGER = Person(1), Person(2), Person(9)
MIRA = AccountId("a" * 24)
LOCK = SITE.replace('plate = "required"', 'plate = "shown"').rstrip() + '\nreject_portal = "outer"\n'
BACK_WAY = """
[[access_point]]
id = "back"
from = "lock"
to = "outside"
[[gate]]"""
BOTH_WAYS = LOCK.replace("\n[[gate]]", BACK_WAY).replace(
    'access_points = ["outer"]', 'access_points = ["outer", "back"]'
)
YARD_WAYS = BOTH_WAYS.replace('[[gate.interlock]]\nportals = ["outer", "inner"]\n', "")
BOTH_LANES = (
    BOTH_WAYS
    + """[[gate.lane]]
id = "back"
access_point = "back"
portal = "outer"
hardware = "io"
presence_input = 6
clearance_input = 3
"""
)
BY_THE_SIDE = LOCK.replace("\n[[gate]]", BACK_WAY).replace(
    'reject_portal = "outer"',
    'reject_portal = "side"\n[[gate.portal]]\nid = "side"\nkind = "barrier"\nhardware = "io"\nunlock_ms = 700\n'
    'passage_ms = 5000\naccess_points = ["back"]\nstrike_output = 2\ndps_input = -1\nrex_input = -1\n',
)


class Lock(GateScene):
    """Two barriers, one behind the other."""

    def seen(self, way: str) -> LaneShown:
        return self.officer.lanes[LaneId(way)]

    def drives_through(self, way: str) -> None:
        self.door(way, is_open=True)
        for where, active in (
            (LaneInput.CLEARANCE, True), (LaneInput.PRESENCE, False), (LaneInput.CLEARANCE, False),
        ):  # fmt: skip
            self.lane(way, where, active=active)
        self.after(1)
        self.door(way, is_open=False)
        self.after(1)

    def enters(self, person: Person, beside: int) -> None:
        """A vehicle comes into the lock and stands before the inner barrier."""
        self.lane("outer", LaneInput.PRESENCE, active=True)
        self.read(person, "outer")
        visit = self.seen("outer").visit
        if person is STRANGER:
            self.act(PassVehicle(new_act_id(), LaneId("outer"), visit, "motorcade", beside))  # type: ignore[arg-type]
        else:
            self.act(EnterOccupants(new_act_id(), LaneId("outer"), visit, beside))
        assert self.seen("outer").phase is Phase.OPENED
        self.drives_through("outer")
        self.lane("inner", LaneInput.PRESENCE, active=True)

    def turns_away(self) -> None:
        self.act(TurnAway(new_act_id(), LaneId("inner"), self.seen("inner").visit, TurnedAway.DRIVER))

    def act(self, act: EnterOccupants | PassVehicle | TurnAway) -> None:
        self.gate._acts.take(MIRA, act)

    def goes_back(self) -> None:
        """Off the inner loop, under the outer boom, over the loop before it, and away."""
        self.door("outer", is_open=True)
        for way, where, active in (
            ("inner", LaneInput.PRESENCE, False), ("outer", LaneInput.CLEARANCE, True),
            ("outer", LaneInput.PRESENCE, True), ("outer", LaneInput.CLEARANCE, False),
            ("outer", LaneInput.PRESENCE, False),
        ):  # fmt: skip
            self.lane(way, where, active=active)
            self.after(0.1)
        self.after(1)
        self.door("outer", is_open=False)
        self.after(5)

    async def counted(self) -> list[AnyEvent]:
        """What moves the count by hand, or puts it in doubt."""
        kinds = (Admitted, UnnamedPassed, VehicleUnseen, PassageWithoutGrant)
        return [event for event in await self.journaled() if isinstance(event, kinds)]


@pytest.fixture
async def lock(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Lock]:
    async with scene_of(Lock, tmp_path, getattr(request, "param", LOCK), (ANN, BOB)) as scene:
        for way in ("outer", "inner"):
            for where in LaneInput:
                scene.lane(way, where, active=False)
        scene.after(1)
        yield scene


async def test_who_is_seen_to_go_back_is_counted_out_and_nobody_is_accused(lock: Lock) -> None:
    lock.enters(ANN, 2)
    lock.turns_away()
    lock.goes_back()
    out, doubt = await lock.counted()
    assert isinstance(out, UnnamedPassed)
    assert (out.amount, out.area, out.other, out.by) == (-2, "lock", OUTSIDE, MIRA)
    assert isinstance(doubt, VehicleUnseen), "no way leads out by which the driver could be counted by name"
    assert doubt.persons == 1


@pytest.mark.parametrize("lock", [BOTH_WAYS], indirect=True)
async def test_by_a_way_that_leads_out_the_driver_is_counted_out_by_name(lock: Lock) -> None:
    lock.enters(ANN, 2)
    lock.turns_away()
    lock.goes_back()
    admitted, out = await lock.counted()
    assert isinstance(admitted, Admitted)
    assert (admitted.holder, admitted.access_point, admitted.by) == (ANN.holder, "back", MIRA)
    assert isinstance(out, UnnamedPassed)
    assert (out.amount, out.area) == (-2, "lock")


@pytest.mark.parametrize("lock", [BOTH_LANES], indirect=True)
async def test_the_loop_of_the_way_out_accuses_nobody(lock: Lock) -> None:
    lock.lane("back", LaneInput.PRESENCE, active=False)
    lock.enters(ANN, 0)
    lock.turns_away()
    lock.lane("inner", LaneInput.PRESENCE, active=False)
    lock.lane("back", LaneInput.PRESENCE, active=True)
    lock.door("outer", is_open=True)
    lock.lane("outer", LaneInput.CLEARANCE, active=True)
    lock.lane("back", LaneInput.PRESENCE, active=False)
    lock.goes_back()
    (admitted,) = await lock.counted()
    assert isinstance(admitted, Admitted)
    assert (admitted.holder, admitted.access_point) == (ANN.holder, "back")


@pytest.mark.parametrize("lock", [YARD_WAYS], indirect=True)
async def test_where_people_get_out_of_vehicles_nobody_knows_who_goes_back_in_one(lock: Lock) -> None:
    lock.enters(ANN, 2)  # and parks; by another gate somebody else has come into the same area
    lock.turns_away()
    lock.goes_back()
    (doubt,) = await lock.counted()
    assert isinstance(doubt, VehicleUnseen)
    assert doubt.persons == 0


@pytest.mark.parametrize("lock", [BOTH_WAYS], indirect=True)
async def test_who_came_in_by_an_officers_word_goes_back_as_he_came(lock: Lock) -> None:
    lock.enters(STRANGER, 1)
    lock.turns_away()
    lock.goes_back()
    events = await lock.counted()
    assert [event.amount for event in events if isinstance(event, UnnamedPassed)] == [1, -2]
    assert sum(isinstance(event, Admitted) for event in events) == 1, "inwards"


async def test_where_two_came_in_on_one_opening_nobody_knows_which_of_them_goes_back(lock: Lock) -> None:
    lock.enters(ANN, 2)
    lock.lane("inner", LaneInput.PRESENCE, active=False)
    lock.door("outer", is_open=True)
    for where, active in (
        (LaneInput.PRESENCE, True), (LaneInput.CLEARANCE, True), (LaneInput.PRESENCE, False),
        (LaneInput.CLEARANCE, False),
    ):  # fmt: skip
        lock.lane("outer", where, active=active)
    lock.after(1)
    lock.lane("inner", LaneInput.PRESENCE, active=True)
    lock.turns_away()
    lock.after(6)
    lock.goes_back()
    followed, doubt = await lock.counted()
    assert isinstance(followed, PassageWithoutGrant)
    assert isinstance(doubt, VehicleUnseen)
    assert doubt.persons == 0


async def test_after_one_has_left_unread_nobody_knows_who_is_still_in_the_lock(lock: Lock) -> None:
    lock.enters(ANN, 2)
    lock.door("inner", is_open=True)  # by hand
    lock.lane("inner", LaneInput.CLEARANCE, active=True)
    lock.lane("inner", LaneInput.PRESENCE, active=False)
    lock.lane("inner", LaneInput.CLEARANCE, active=False)
    lock.after(1)
    lock.door("inner", is_open=False)
    lock.after(6)
    lock.lane("inner", LaneInput.PRESENCE, active=True)
    lock.turns_away()
    lock.goes_back()
    followed, doubt = await lock.counted()
    assert isinstance(followed, PassageWithoutGrant)
    assert isinstance(doubt, VehicleUnseen)
    assert doubt.persons == 0


async def test_who_stays_in_the_lock_stays_counted(lock: Lock) -> None:
    lock.enters(ANN, 2)
    lock.turns_away()
    lock.after(20)
    lock.lane("inner", LaneInput.PRESENCE, active=False)
    lock.after(20)
    assert await lock.counted() == []


@pytest.mark.parametrize("lock", [BOTH_WAYS], indirect=True)
@pytest.mark.parametrize("waits", [True, False])
async def test_one_that_drives_in_on_the_way_back_of_another_counts_nobody_out(lock: Lock, waits: bool) -> None:
    lock.enters(ANN, 2)
    if waits:
        lock.lane("outer", LaneInput.PRESENCE, active=True)
        lock.after(5)
    lock.turns_away()
    lock.door("outer", is_open=True)
    for where, active in (
        (LaneInput.PRESENCE, True), (LaneInput.CLEARANCE, True), (LaneInput.PRESENCE, False),
        (LaneInput.CLEARANCE, False),
    ):  # fmt: skip
        lock.lane("outer", where, active=active)
        lock.after(0.5)
    lock.after(5)
    (followed,) = await lock.counted()
    assert isinstance(followed, PassageWithoutGrant)
    assert followed.access_point == "outer"
    lock.turns_away()
    lock.goes_back()
    (_, doubt) = await lock.counted()
    assert isinstance(doubt, VehicleUnseen), "two are in the lock, and nobody knows which of them goes"


@pytest.mark.parametrize("lock", [BOTH_WAYS], indirect=True)
async def test_whoever_walks_through_on_the_way_back_of_another_counts_nobody_out(lock: Lock) -> None:
    lock.enters(ANN, 2)
    lock.turns_away()
    lock.door("outer", is_open=True)
    lock.lane("outer", LaneInput.CLEARANCE, active=True)
    lock.lane("outer", LaneInput.CLEARANCE, active=False)
    lock.after(5)
    assert await lock.counted() == []


async def test_who_may_go_on_after_all_is_not_counted_out(lock: Lock) -> None:
    lock.enters(ANN, 2)
    lock.turns_away()
    lock.after(20)
    lock.read(ANN, "inner")
    lock.act(PassVehicle(new_act_id(), LaneId("inner"), lock.seen("inner").visit, "motorcade", 2))  # type: ignore[arg-type]
    lock.read(ANN, "inner")
    lock.after(1)
    lock.drives_through("inner")
    assert not [event for event in await lock.counted() if isinstance(event, VehicleUnseen)]
    assert all(event.amount > 0 for event in await lock.counted() if isinstance(event, UnnamedPassed))


async def test_a_board_that_is_lost_meanwhile_leaves_it_in_doubt(lock: Lock) -> None:
    lock.enters(ANN, 2)
    lock.turns_away()
    lock.door("outer", is_open=True)
    lock.lane("inner", LaneInput.PRESENCE, active=False)
    lock.lane("outer", LaneInput.CLEARANCE, active=True)
    lock.gate.take(ports.BoardLost("io", ports.LossReason.NO_ANSWER))
    (doubt,) = await lock.counted()
    assert doubt == VehicleUnseen(doubt.occurred_ns, doubt.access_point, AreaId("lock"), OUTSIDE, 3)  # type: ignore[union-attr]


@pytest.mark.parametrize("lock", [BY_THE_SIDE], indirect=True)
async def test_a_way_back_that_nobody_watches_leaves_it_in_doubt(lock: Lock) -> None:
    lock.enters(ANN, 2)
    lock.turns_away()
    assert lock.unlocked("side")
    assert await lock.counted() == []
    lock.lane("inner", LaneInput.PRESENCE, active=False)
    lock.after(10)
    (doubt,) = await lock.counted()
    assert isinstance(doubt, VehicleUnseen)
    assert (doubt.persons, doubt.area, doubt.other) == (3, "lock", OUTSIDE)


async def test_of_one_that_nobody_knows_any_more_the_number_is_unknown(lock: Lock) -> None:
    lock.lane("inner", LaneInput.PRESENCE, active=True)
    lock.turns_away()
    lock.goes_back()
    (doubt,) = await lock.counted()
    assert isinstance(doubt, VehicleUnseen)
    assert doubt.persons == 0


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        (LOCK, {"inner": ("lock", "outside", None)}),
        (BOTH_WAYS, {"inner": ("lock", "outside", "back")}),
        (BY_THE_SIDE, {"inner": ("lock", "outside", "back")}),
        (LOCK.replace('from = "lock"', 'from = "outside"'), {}),
        (LOCK.replace('from = "lock"\nto = "yard"', 'from = "yard"\nto = "outside"'), {}),
    ],
)
def test_where_a_reject_portal_leads(site: str, expected: dict[str, tuple[str, str, str | None]]) -> None:
    parsed = parse_site(site)
    ways = ways_back(parsed.gate[0], {point.id: point for point in parsed.access_point})
    assert {
        lane: (way.area, way.other, None if way.point is None else way.point.id) for lane, way in ways.items()
    } == expected


RETENTION, NOW_NS, YARD = Retention(), 1_800_000_000 * NS_PER_S, AreaId("yard")
ADA = HolderId("a" * 24)


def test_a_party_is_known_by_plate_driver_or_being_alone_and_is_forgotten_in_time() -> None:
    parties = Parties(RETENTION)
    parties.entered(YARD, "W1", Party((ADA,), 2), NOW_NS)
    parties.entered(YARD, "", Party((), 1), NOW_NS)
    first = parties.find(YARD, "W1", HolderId(""), NOW_NS)
    assert first == parties.find(YARD, "", ADA, NOW_NS)
    assert parties.find(YARD, "W2", HolderId(""), NOW_NS) is None
    party = parties.take(YARD, first, NOW_NS)
    assert party is not None
    assert party.persons == 3
    alone = parties.find(YARD, "W2", HolderId(""), NOW_NS)
    assert alone is not None
    late_ns = NOW_NS + (RETENTION.movement_keep_s + RETENTION.movement_period_s) * NS_PER_S
    assert parties.take(YARD, alone, late_ns) is None
    assert len(parties) == 0
    assert ADA not in repr(party)
