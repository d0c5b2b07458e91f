"""The gate's service with devices that remember: what opens, what is shown, and what is journaled."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract import events
from contract.clock import SystemClock
from contract.enrolment import Enrolment
from contract.events import AnyEvent, DenialReason
from contract.ids import AccessPointId, CameraId, PortalId, ReaderId, new_epoch
from contract.periods import Retention
from contract.site import AntiPassback, ReaderKind, Site
from drivers import ports
from drivers.ports import Credential, Indication, LossReason, ReadRefusal
from edge.controllers import Controllers
from edge.domain.anti_passback import AntiPassbackMemory
from edge.gate import STALE_NS, Devices, Gate
from edge.gate_time import GateTime
from edge.journal import Journal
from edge.period_keys import PeriodKeyStore
from edge.policy_store import PolicyStore
from edge.ring import Ring
from edge.ring_file import RingFile
from edge.sealer import Sealer
from edge.snapshots import Snapshots, View
from tests.unit.edge.parts import (
    ANN,
    BOB_CARD,
    EVENT,
    SNAPSHOT,
    PlayedController,
    RememberingPortal,
    RememberingReader,
    enrol,
    site,
)

LIMIT_S = 20.0
IN, OUT = AccessPointId("in"), AccessPointId("out")
DOOR, READER_IN, READER_OUT = PortalId("door"), ReaderId("north-in"), ReaderId("north-out")
ANN_CREDENTIAL = Credential(format="h10301", facility=1, number=1)
CAMERA = CameraId("camera")


class Camera:
    """Takes the same picture each time, or none."""

    def __init__(self) -> None:
        self.jpeg: bytes | None = b"jpeg"
        self.asked_in_vain = asyncio.Event()

    async def snapshot(self) -> bytes | None:
        if self.jpeg is None:
            self.asked_in_vain.set()
        return self.jpeg


class Scene:
    """A gate with a door, a camera and a controller that can read its journal."""

    def __init__(self, folder: Path, site: Site, controller: PlayedController, enrolment: Enrolment) -> None:
        self.controller, self.enrolment, self.epoch = controller, enrolment, new_epoch()
        self.time = GateTime(SystemClock())
        self.keys = PeriodKeyStore(folder / "keys", enrolment.controller_keys())
        self.ring = Ring(RingFile(folder / "ring", self.epoch), self.time.now_ns)
        sealer = Sealer(enrolment.edge, self.epoch, enrolment.signer(), Retention(), self.keys.publics)
        self.journal = Journal(self.time, sealer, self.keys, self.ring)
        self.policy = PolicyStore(enrolment, folder, Controllers(enrolment, folder))
        self.reader, self.portal, self.camera = RememberingReader(READER_IN), RememberingPortal(DOOR), Camera()
        self.snapshots = Snapshots([View(CAMERA, [], self.camera)], self.journal)
        self.gate = Gate(
            site.gate_of(enrolment.edge),
            site.access_point,
            self.time,
            self.journal,
            self.policy,
            AntiPassbackMemory(Retention()),
            Devices({READER_IN: self.reader}, {DOOR: self.portal}),
            self.snapshots,
        )

    def read(self, credential: Credential = ANN_CREDENTIAL, reader: ReaderId = READER_IN) -> None:
        self.gate.take(ports.CredentialRead(reader, credential, self.gate._time.boottime_ns()))

    def door(self, *, is_open: bool) -> None:
        self.gate.take(ports.DoorPositionChanged(DOOR, is_open))

    async def journaled(self) -> list[AnyEvent]:
        await self.journal.flush()
        found, _ = await self.ring.read(self.epoch, 1, 10**6, EVENT, most=10**6, most_bytes=10**9)
        return self.controller.open(found, self.enrolment)

    async def until(self, last: type[events.Event]) -> list[AnyEvent]:
        """Wait until the journal ends with an event of that type; returns all of it."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                seen = await self.journaled()
                if seen and isinstance(seen[-1], last):
                    return seen
                await asyncio.sleep(0.01)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    controller = PlayedController()
    made = Scene(tmp_path, site(), controller, enrol([controller.card()]))
    async with made.ring:
        await made.keys.take(controller.publish(made.time.now_ns()))
        made.policy.activate(controller.policy(made.enrolment))
        made.door(is_open=False)
        yield made


def names(seen: list[AnyEvent]) -> list[str]:
    return [type(event).__name__ for event in seen]


async def test_a_grant_opens_shows_and_is_taken(scene: Scene) -> None:
    scene.read()
    assert scene.portal.unlocked_ms == [100]
    assert scene.reader.shown == [Indication.GRANTED]
    scene.door(is_open=True)
    scene.door(is_open=False)
    granted, taken = await scene.journaled()
    assert isinstance(granted, events.AccessGranted)
    assert (granted.access_point, granted.holder, granted.credential) == (IN, ANN, "h10301:1:1")
    assert taken == events.AccessTaken(taken.occurred_ns, IN, 1)
    assert taken.occurred_ns > granted.occurred_ns


async def test_a_grant_that_nobody_uses_is_not_taken(scene: Scene) -> None:
    scene.read()
    seen = await scene.until(events.AccessNotTaken)
    assert names(seen) == ["AccessGranted", "AccessNotTaken"]


async def test_a_denial_opens_nothing_and_says_why(scene: Scene) -> None:
    scene.gate.present(IN, BOB_CARD, READER_IN)
    scene.gate.present(IN, "h10301:9:9", READER_IN)
    assert scene.portal.unlocked_ms == []
    assert scene.reader.shown == [Indication.DENIED, Indication.DENIED]
    seen = await scene.journaled()
    assert [e.reason for e in seen if isinstance(e, events.AccessDenied)] == [
        DenialReason.NOT_PERMITTED_HERE,
        DenialReason.UNKNOWN_CREDENTIAL,
    ]


async def test_a_read_that_comes_late_opens_nothing(scene: Scene) -> None:
    late_ns = scene.gate._time.boottime_ns() - STALE_NS - 1
    scene.gate.take(ports.CredentialRead(READER_IN, ANN_CREDENTIAL, late_ns))
    assert scene.portal.unlocked_ms == []
    (refused,) = await scene.journaled()
    assert isinstance(refused, events.ReadRefused)
    assert refused.reason == "stale"
    assert scene.gate.counters["read-stale"] == 1


async def test_a_strike_that_is_away_is_said_at_once(scene: Scene) -> None:
    scene.portal.is_online = False
    scene.read()
    assert names(await scene.journaled()) == ["AccessGranted", "AccessNotTaken"]
    assert scene.gate.counters["unlock-not-submitted"] == 1
    assert scene.reader.shown == [Indication.DENIED], "no green light before a locked door"


async def test_forced_held_and_closed(scene: Scene) -> None:
    scene.door(is_open=True)
    scene.door(is_open=False)
    assert names(await scene.journaled()) == ["DoorForced", "DoorClosed"]
    scene.read(Credential(format="em4100", number=0x0F0184F07A), READER_OUT)
    scene.door(is_open=True)
    await scene.until(events.DoorHeld)
    assert scene.reader.shown == [Indication.READY, Indication.WARNING]
    scene.door(is_open=False)
    assert names(await scene.journaled())[2:] == ["AccessGranted", "AccessTaken", "DoorHeld", "DoorClosed"]


async def test_a_request_to_exit_opens_and_accuses_nobody(scene: Scene) -> None:
    scene.gate.take(ports.RequestToExit(DOOR))
    assert scene.portal.unlocked_ms == [100]
    scene.door(is_open=True)
    scene.door(is_open=False)
    assert names(await scene.journaled()) == ["ExitRequested"]


async def test_anti_passback_follows_the_door(scene: Scene) -> None:
    scene.policy.activate(scene.controller.policy(scene.enrolment, 2, AntiPassback.HARD))
    scene.read()
    scene.read()
    assert scene.reader.shown == [Indication.GRANTED, Indication.GRANTED], "he has not gone through yet"
    scene.door(is_open=True)
    scene.door(is_open=False)
    scene.read()
    assert scene.reader.shown[2:] == [Indication.DENIED]
    denied = (await scene.journaled())[-1]
    assert isinstance(denied, events.AccessDenied)
    assert denied.reason is DenialReason.ANTI_PASSBACK
    scene.gate.present(OUT, ANN_CREDENTIAL.text)
    scene.door(is_open=True)
    scene.door(is_open=False)
    scene.read()
    assert scene.reader.shown[3:] == [Indication.GRANTED]


async def test_readers_come_and_go(scene: Scene) -> None:
    scene.gate.take(ports.ReaderOnline(READER_IN, secure=True))
    assert names(await scene.journaled()) == []
    scene.read()
    scene.gate.take(ports.ReaderLost(READER_IN, LossReason.NO_ANSWER))
    states = {state.reader: state for state in scene.gate.reader_states()}
    assert (states["north-in"].online, states["north-in"].secure) == (False, False)
    assert (states["north-out"].kind, states["north-out"].secure) == (ReaderKind.SERIAL, None)
    scene.gate.take(ports.ReaderOnline(READER_IN, secure=True))
    scene.door(is_open=True)
    assert names(await scene.journaled()) == ["AccessGranted", "ReaderLost", "ReaderBack"]
    assert {s.reader: s.online for s in scene.gate.reader_states()}["north-in"]


async def test_tamper_is_told_when_it_changes(scene: Scene) -> None:
    for tampered in (False, True, True, False):
        scene.gate.take(ports.TamperChanged(READER_IN, tampered))
    seen = await scene.journaled()
    assert [(type(e).__name__, getattr(e, "active", None)) for e in seen] == [("Tamper", True), ("Tamper", False)]


async def test_a_babbling_reader_is_counted_and_does_not_fill_the_ring(scene: Scene) -> None:
    for _ in range(500):
        scene.gate.take(ports.ReadRefused(READER_IN, ReadRefusal.PARITY, 26))
    scene.gate.take(ports.ReadRefused(READER_IN, ReadRefusal.NOT_SECURE, 26))
    assert names(await scene.journaled()) == ["ReadRefused", "ReadRefused"]
    assert scene.gate.counters["read-parity"] == 500


async def test_each_grant_gets_a_picture_if_there_is_one(scene: Scene) -> None:
    running = asyncio.create_task(scene.snapshots.run())
    scene.read()
    async with asyncio.timeout(LIMIT_S):
        while True:
            found, _ = await scene.ring.read(scene.epoch, 1, 99, SNAPSHOT, most=9, most_bytes=10**6)
            if found:
                break
    (picture,) = scene.controller.open(found, scene.enrolment)
    assert picture == events.PassageSnapshot(picture.occurred_ns, CAMERA, 1, b"jpeg")
    scene.camera.jpeg = None
    scene.read()
    async with asyncio.timeout(LIMIT_S):
        await scene.camera.asked_in_vain.wait()
    await asyncio.sleep(0)
    assert scene.snapshots.counters["snapshots-missing"] == 1
    running.cancel()


async def test_without_a_policy_the_door_stays_shut(scene: Scene) -> None:
    scene.policy.rules = None
    scene.read()
    assert scene.portal.unlocked_ms == []
    (denied,) = await scene.journaled()
    assert isinstance(denied, events.AccessDenied)
    assert denied.reason is DenialReason.NO_POLICY
