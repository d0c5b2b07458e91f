"""A lock of two barriers: one vehicle in it at a time, and whoever is in it can leave."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract.events import TurnedAway
from contract.ids import AccountId, LaneId, PortalId, new_act_id
from drivers.ports import LaneInput
from edge.domain.acting import EnterOccupants, TurnAway
from edge.domain.vehicles.shown import LaneShown, Needs, Phase
from tests.property.edge.lock_bodies import SITE
from tests.unit.edge.scene import GateScene, Person, scene_of

ANN, BOB = Person(1), Person(2)
MIRA = AccountId("a" * 24)
LOCK = SITE.replace('plate = "required"', 'plate = "shown"').rstrip() + '\nreject_portal = "outer"\n'


class Lock(GateScene):
    """Two barriers, one behind the other."""

    def seen(self, way: str) -> LaneShown:
        return self.officer.lanes[LaneId(way)]

    def arrives(self, way: str, person: Person) -> None:
        """A vehicle with everything that it needs."""
        self.lane(way, LaneInput.PRESENCE, active=True)
        self.read(person, way)
        self.gate._acts.take(MIRA, EnterOccupants(new_act_id(), LaneId(way), self.seen(way).visit, 0))

    def drives_through(self, way: str) -> None:
        self.door(way, is_open=True)
        for where, active in (
            (LaneInput.CLEARANCE, True), (LaneInput.PRESENCE, False), (LaneInput.CLEARANCE, False),
        ):  # fmt: skip
            self.lane(way, where, active=active)
        self.after(1)
        self.door(way, is_open=False)
        self.after(1)


@pytest.fixture
async def lock(tmp_path: Path) -> AsyncIterator[Lock]:
    async with scene_of(Lock, tmp_path, LOCK, (ANN, BOB)) as scene:
        for way in ("outer", "inner"):
            for where in LaneInput:
                scene.lane(way, where, active=False)
        scene.after(1)
        yield scene


async def test_one_vehicle_stands_in_the_lock_and_the_next_one_waits(lock: Lock) -> None:
    lock.arrives("outer", ANN)
    assert lock.seen("outer").phase is Phase.OPENED
    lock.drives_through("outer")
    lock.lane("inner", LaneInput.PRESENCE, active=True)
    lock.arrives("outer", BOB)
    assert lock.seen("outer").needs == (Needs.BARRIER,)
    lock.lane("inner", LaneInput.PRESENCE, active=False)
    lock.arrives("inner", ANN)
    assert lock.seen("inner").phase is Phase.OPENED
    lock.door("inner", is_open=True)
    lock.after(2)
    assert lock.seen("outer").needs == (Needs.BARRIER,), "the inner boom is up"
    lock.drives_through("inner")
    assert lock.seen("outer").phase is Phase.OPENED


async def test_who_is_turned_away_in_the_lock_can_leave_it(lock: Lock) -> None:
    lock.arrives("outer", ANN)
    lock.drives_through("outer")
    lock.lane("inner", LaneInput.PRESENCE, active=True)
    lock.unlocked("outer")
    away = TurnAway(new_act_id(), LaneId("inner"), lock.seen("inner").visit, TurnedAway.DRIVER)
    lock.gate._acts.take(MIRA, away)
    assert lock.unlocked("outer"), "the way back is open"
    assert not lock.strikes[PortalId("inner")].unlocked


async def test_one_that_is_on_its_way_between_the_loops_is_in_the_lock(lock: Lock) -> None:
    lock.arrives("outer", ANN)
    lock.drives_through("outer")
    lock.arrives("outer", BOB)
    lock.after(60)
    assert lock.seen("outer").needs == (Needs.BARRIER,), "no loop shows the first, and it has not left"
    lock.arrives("inner", ANN)
    lock.drives_through("inner")
    assert lock.seen("outer").phase is Phase.OPENED, "as soon as the inner boom is down"


async def test_one_that_nobody_has_seen_in_the_lock_for_long_keeps_it_shut_no_longer(lock: Lock) -> None:
    lock.arrives("outer", ANN)
    lock.drives_through("outer")
    lock.after(130)
    lock.arrives("outer", BOB)
    assert lock.seen("outer").phase is Phase.OPENED


async def test_one_that_went_back_out_leaves_the_lock_empty(lock: Lock) -> None:
    lock.arrives("outer", ANN)
    lock.drives_through("outer")
    lock.lane("inner", LaneInput.PRESENCE, active=True)
    lock.gate._acts.take(MIRA, TurnAway(new_act_id(), LaneId("inner"), lock.seen("inner").visit, TurnedAway.DRIVER))
    lock.lane("inner", LaneInput.PRESENCE, active=False)
    lock.drives_through("outer")
    lock.after(4)
    lock.arrives("outer", BOB)
    assert lock.seen("outer").phase is Phase.OPENED


async def test_an_entry_and_an_exit_that_hold_each_other_are_no_lock(tmp_path: Path) -> None:
    yard = LOCK.replace('from = "lock"\nto = "yard"', 'from = "lock"\nto = "outside"')
    async with scene_of(Lock, tmp_path, yard, (ANN, BOB)) as scene:
        for way in ("outer", "inner"):
            for where in LaneInput:
                scene.lane(way, where, active=False)
        scene.after(1)
        scene.arrives("outer", ANN)
        scene.drives_through("outer")
        scene.lane("inner", LaneInput.PRESENCE, active=True)
        scene.arrives("outer", BOB)
        assert scene.seen("outer").phase is Phase.OPENED
