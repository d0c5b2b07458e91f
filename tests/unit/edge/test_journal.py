"""The journal: numbers, sealing, what waits for keys, what can not be sealed any more, and the watermark."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from contract.clock import NS_PER_S, ManualClock
from contract.enrolment import Enrolment
from contract.events import AnyEvent, ClockDoubted, DoorForced, GateRestarted, PassageSnapshot
from contract.ids import CameraId, ControllerId, PortalId, new_epoch
from contract.periods import Retention
from contract.sealing import NotWrappedForError, WrapRefusedError
from edge import journal as journal_module
from edge.gate_time import GateTime
from edge.journal import MOST_JPEG_BYTES, Journal
from edge.period_keys import PeriodKeyStore
from edge.ring import Ring
from edge.ring_file import RingFile, StoredRecord
from edge.sealer import Sealer
from tests.unit.edge.parts import EVENT, NOON_NS, SNAPSHOT, PlayedController, enrol

HOUR_NS = 3600 * NS_PER_S
DOOR, CAMERA = PortalId("door"), CameraId("camera")


class Bench:
    """A journal on a ring, and the clock that moves it."""

    def __init__(self, folder: Path, enrolment: Enrolment, now_ns: int, lead_ns: int | None = None) -> None:
        epoch = new_epoch()
        self.clock = ManualClock(now_ns)
        self.time = GateTime(self.clock, lead_ns=lead_ns)
        self.keys = PeriodKeyStore(folder / "keys", enrolment.controller_keys())
        self.ring = Ring(RingFile(folder / "ring", epoch), self.time.now_ns)
        sealer = Sealer(enrolment.edge, epoch, enrolment.signer(), Retention(), self.keys.publics)
        self.journal = Journal(self.time, sealer, self.keys, self.ring)
        self.epoch = epoch

    def force(self) -> int | None:
        """Journal a forced door."""
        return self.journal.append(DoorForced(self.time.stamp_ns(), DOOR))

    async def records(self, *, snapshots: bool = False) -> list[StoredRecord]:
        """Everything of one kind in the ring."""
        await self.journal.flush()
        kind = SNAPSHOT if snapshots else EVENT
        found, _ = await self.ring.read(self.epoch, 1, 10**6, kind, most=10**6, most_bytes=10**9)
        return found


@pytest.fixture
def controller() -> PlayedController:
    return PlayedController()


@pytest.fixture
def enrolment(controller: PlayedController) -> Enrolment:
    return enrol([controller.card()])


@asynccontextmanager
async def bench(
    folder: Path, enrolment: Enrolment, now_ns: int = NOON_NS, lead_ns: int | None = None
) -> AsyncIterator[Bench]:
    made = Bench(folder, enrolment, now_ns, lead_ns)
    async with made.ring:
        yield made


def kinds(events: list[AnyEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


async def test_events_are_sealed_to_the_hours_key_and_nobody_else_opens_them(
    tmp_path: Path, controller: PlayedController, enrolment: Enrolment
) -> None:
    async with bench(tmp_path, enrolment) as made:
        await made.keys.take(controller.publish())
        assert [made.force(), made.force()] == [1, 2]
        records = await made.records()
        assert [record.number for record in records] == [1, 2]
        opened = controller.open(records, enrolment)
        assert opened == [DoorForced(NOON_NS, DOOR), DoorForced(NOON_NS + 1, DOOR)]
        stranger = PlayedController(ControllerId("other"))
        stranger.publish()
        with pytest.raises(NotWrappedForError):
            stranger.open(records, enrolment)
        impostor = PlayedController()
        impostor.publish()
        with pytest.raises(WrapRefusedError):
            impostor.open(records, enrolment)


async def test_one_content_key_a_period_and_a_new_one_when_keys_change(
    tmp_path: Path, controller: PlayedController, enrolment: Enrolment
) -> None:
    async with bench(tmp_path, enrolment) as made:
        await made.keys.take(controller.publish())
        made.force()
        made.force()
        made.clock.advance_to(NOON_NS + HOUR_NS)
        made.force()
        controller.privates.clear()
        await made.keys.take(controller.publish(NOON_NS))
        made.force()
        wraps = [record.wraps for record in await made.records()]
        assert wraps[0] == wraps[1]
        assert len(set(wraps)) == 3


async def test_events_wait_for_keys_in_memory_and_in_order(
    tmp_path: Path, controller: PlayedController, enrolment: Enrolment
) -> None:
    async with bench(tmp_path, enrolment) as made:
        assert [made.force(), made.force()] == [1, 2]
        assert not await made.journal.flush()
        assert made.journal.counters["events-held"] == 2
        assert await made.records() == []
        await made.keys.take(controller.publish())
        made.force()
        assert await made.journal.flush()
        assert made.journal.counters["events-held"] == 0
        opened = controller.open(await made.records(), enrolment)
        assert [event.occurred_ns for event in opened] == [NOON_NS, NOON_NS + 1, NOON_NS + 2]


async def test_an_event_whose_key_can_not_come_any_more_leaves_a_mark_in_its_place(
    tmp_path: Path, controller: PlayedController, enrolment: Enrolment
) -> None:
    async with bench(tmp_path, enrolment) as made:
        made.force()
        made.clock.advance_to(NOON_NS + HOUR_NS)
        made.force()
        await made.keys.take(controller.publish(NOON_NS + HOUR_NS))
        records = await made.records()
        assert [record.number for record in records] == [1, 2]
        opened = controller.open(records, enrolment)
        assert kinds(opened) == ["GateRestarted", "DoorForced"]
        assert isinstance(opened[0], GateRestarted)
        assert opened[0].doubtful_from_ns == NOON_NS
        assert made.journal.counters["events-unsealable"] == 1


async def test_a_gate_that_starts_in_1970_seals_as_soon_as_its_time_is_right(
    tmp_path: Path, controller: PlayedController, enrolment: Enrolment
) -> None:
    """Keys are retained by the broker, so they come before the first signed time."""
    async with bench(tmp_path, enrolment, 5 * NS_PER_S) as made:
        made.force()
        await made.keys.take(controller.publish())
        assert made.journal.counters["events-held"] == 1, "nothing can be put in its place yet"
        made.journal.believe("main", NOON_NS)
        made.force()
        made.force()
        assert made.journal.counters["events-held"] == 0
        records = await made.records()
        assert [record.number for record in records] == [1, 2, 3]
        stamps = [event.occurred_ns for event in controller.open(records, enrolment)]
        assert stamps == [NOON_NS, NOON_NS + 1, NOON_NS + 2]
        assert await made.journal.watermark_ns() >= stamps[-1]


async def test_a_clock_ten_days_ahead_seals_nothing_before_it_is_told_and_then_with_the_right_stamps(
    tmp_path: Path, controller: PlayedController, enrolment: Enrolment
) -> None:
    ahead_ns = 240 * HOUR_NS
    async with bench(tmp_path, enrolment) as made:
        await made.keys.take(controller.publish(periods=336))
    async with bench(tmp_path, enrolment, NOON_NS + ahead_ns, lead_ns=HOUR_NS) as made:
        made.force()
        made.clock.advance_to(NOON_NS + ahead_ns + 5)
        made.force()
        assert not made.journal.append_snapshot(CAMERA, 1, NOON_NS + ahead_ns, b"jpeg")
        assert await made.journal.watermark_ns() == 0
        assert await made.records() == []
        assert made.journal.counters["clock-ahead"] == 1
        await made.keys.take(controller.publish(NOON_NS, 336))
        assert await made.records() == [], "the same keys confirm nothing"
        made.journal.believe("main", NOON_NS + 7)
        made.force()
        opened = controller.open(await made.records(), enrolment)
        assert kinds(opened) == ["DoorForced", "DoorForced", "ClockDoubted", "DoorForced"]
        assert [event.occurred_ns for event in opened] == [NOON_NS + 2, NOON_NS + 7, NOON_NS + 8, NOON_NS + 9]
        assert opened[2] == ClockDoubted(NOON_NS + 8, leap_ms=(ahead_ns - 2) // 1_000_000)
        assert made.journal.counters["clock-ahead"] == 0
        assert made.time.highest_ns < NOON_NS + HOUR_NS


async def test_new_keys_confirm_a_clock_after_a_long_time_without_power(
    tmp_path: Path, controller: PlayedController, enrolment: Enrolment
) -> None:
    async with bench(tmp_path, enrolment) as made:
        await made.keys.take(controller.publish(periods=336))
    now_ns = NOON_NS + 100 * HOUR_NS
    async with bench(tmp_path, enrolment, now_ns, lead_ns=HOUR_NS) as made:
        made.force()
        assert await made.records() == []
        await made.keys.take(controller.publish(now_ns))
        assert [e.occurred_ns for e in controller.open(await made.records(), enrolment)] == [now_ns]
        made.clock.advance_to(now_ns + 2 * HOUR_NS)
        made.force()
        assert len(await made.records()) == 2, "this clock is confirmed and runs on"


async def test_memory_is_bounded_and_losses_are_counted(
    tmp_path: Path, enrolment: Enrolment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "MOST_HELD", 5)
    async with bench(tmp_path, enrolment) as made:
        assert [made.force() for _ in range(7)] == [1, 2, 3, 4, 5, None, None]
        assert made.journal.counters["events-lost"] == 2


async def test_keys_are_kept_for_a_restart_without_any_network(
    tmp_path: Path, controller: PlayedController, enrolment: Enrolment
) -> None:
    async with bench(tmp_path, enrolment) as made:
        await made.keys.take(controller.publish())
    async with bench(tmp_path, enrolment, NOON_NS + 1) as made:
        made.force()
        assert kinds(controller.open(await made.records(), enrolment)) == ["DoorForced"]


async def test_a_picture_lives_in_the_period_of_its_passage_or_not_at_all(
    tmp_path: Path, controller: PlayedController, enrolment: Enrolment
) -> None:
    async with bench(tmp_path, enrolment) as made:
        await made.keys.take(controller.publish())
        made.force()
        assert made.journal.append_snapshot(CAMERA, 1, NOON_NS, b"jpeg")
        assert not made.journal.append_snapshot(CAMERA, 1, NOON_NS, bytes(MOST_JPEG_BYTES + 1))
        made.clock.advance_to(NOON_NS + HOUR_NS)
        assert not made.journal.append_snapshot(CAMERA, 1, NOON_NS, b"late")
        (record,) = await made.records(snapshots=True)
        (opened,) = controller.open([record], enrolment)
        assert isinstance(opened, PassageSnapshot)
        assert (record.number, opened.grant_number, opened.jpeg) == (2, 1, b"jpeg")
        assert made.journal.counters["snapshots-dropped"] == 2
        assert made.ring.journaled == 1


async def test_the_watermark_covers_what_is_durable_and_nothing_that_waits(
    tmp_path: Path, controller: PlayedController, enrolment: Enrolment
) -> None:
    async with bench(tmp_path, enrolment) as made:
        assert await made.journal.watermark_ns() == NOON_NS
        made.clock.advance_to(NOON_NS + 10)
        made.force()
        first, second = await made.journal.watermark_ns(), await made.journal.watermark_ns()
        assert NOON_NS < first < second < NOON_NS + 10, "an event waits for its key: the watermark stays before it"
        await made.keys.take(controller.publish())
        made.clock.advance_to(NOON_NS + 100)
        watermark = await made.journal.watermark_ns()
        assert watermark == NOON_NS + 100
        assert made.ring.extents[-1].last == 1
        assert made.time.stamp_ns() > watermark


async def test_a_content_key_goes_at_the_end_of_its_period_whether_anybody_passes_or_not(
    tmp_path: Path, controller: PlayedController, enrolment: Enrolment
) -> None:
    async with bench(tmp_path, enrolment) as made:
        await made.keys.take(controller.publish())
        made.force()
        made.clock.advance_to(NOON_NS + HOUR_NS - 1)
        made.journal.forget()
        assert made.journal._sealer._sealed_to
        made.clock.advance_to(NOON_NS + HOUR_NS)
        made.journal.forget()
        assert not made.journal._sealer._sealed_to
        made.force()
        assert len({record.wraps for record in await made.records()}) == 2


async def test_an_event_that_waits_for_a_key_past_its_limit_is_forgotten_and_its_number_says_so(
    tmp_path: Path, controller: PlayedController, enrolment: Enrolment
) -> None:
    """It is in clear in memory: a gate that no controller ever gave a key keeps it for no longer than any other."""
    async with bench(tmp_path, enrolment) as made:
        made.force()
        made.clock.advance_to(NOON_NS + 12 * HOUR_NS)
        made.force()
        made.clock.advance_to(NOON_NS + 24 * HOUR_NS - 60 * NS_PER_S)
        made.journal.forget()
        assert kinds([held.event for held in made.journal._held]) == ["GateRestarted", "DoorForced"]
        await made.keys.take(controller.publish(NOON_NS + 23 * HOUR_NS))
        opened = controller.open(await made.records(), enrolment)
        assert kinds(opened) == ["GateRestarted", "GateRestarted"]
        assert [event.doubtful_from_ns for event in opened if isinstance(event, GateRestarted)] == [
            NOON_NS,
            NOON_NS + 12 * HOUR_NS,
        ]
