"""A gate put together: what it says when its camera can not be served, and after an unclean stop."""

import ssl

import msgspec
import pytest

from contract.camera_trouble import GapReason
from contract.clock import ManualClock
from contract.events import DoorForced, GateRestarted
from contract.ids import CameraId, Epoch, PortalId
from contract.messages import CameraState
from contract.periods import Kind
from contract.site import GateDevices, parse_site
from edge.program import RING, VIDEO, GateProgram
from edge.recorder.recorder_process import RecorderProcess
from edge.recorder.shelf import Shelf, shelf_folder
from edge.ring_file import RecordKind, StoredRecord
from tests.integration.edge.conftest import Premises
from tests.unit.edge.parts import EVENT, NOON_NS
from tests.unit.recorder.test_shelf import put_up

SITE_WITH_CAMERA = """
[[area]]
id = "hall"
[[access_point]]
id = "in"
from = "outside"
to = "hall"
[[gate]]
id = "north"
[[gate.camera]]
id = "north-camera"
"""


async def test_a_camera_without_an_address_is_told_and_the_gate_works(premises: Premises) -> None:
    site = parse_site(SITE_WITH_CAMERA)
    program = GateProgram(premises.enrolment, site, premises.folder / "gate", premises.clock, GateDevices())
    async with program:
        assert program.cameras.recorders == {}
        assert program.cameras.snapshots is None
        assert program.cameras.states() == [
            CameraState("north-camera", recording=False, segments=0, why=GapReason.NOT_SERVED)
        ]
        assert any(counters["camera-not-served"] == 1 for counters in program.health._counters)


async def test_a_gate_that_can_not_be_put_together_leaves_its_ring_to_the_next(premises: Premises) -> None:
    site = parse_site(SITE_WITH_CAMERA)
    state = premises.folder / "gate"
    wrong = msgspec.structs.replace(premises.enrolment, tls_key_pem="no key")
    with pytest.raises(ssl.SSLError):
        GateProgram(wrong, site, state, premises.clock)
    async with GateProgram(premises.enrolment, site, state, premises.clock) as program:
        assert await program.journal.flush()


async def test_with_a_clock_set_by_hand_the_gate_follows_it_exactly(premises: Premises) -> None:
    premises.clock = clock = ManualClock(NOON_NS)
    premises.keep_keys()
    site = parse_site(SITE_WITH_CAMERA)
    state = premises.folder / "gate"
    async with GateProgram(premises.enrolment, site, state, clock, follows_controllers=False) as program:
        clock.advance_to(NOON_NS + 10**9)
        assert program.time.now_ns() == NOON_NS + 10**9
        assert program.time.stamp_ns() == NOON_NS + 10**9
        clock.advance_to(NOON_NS + 2 * 86_400 * 10**9)
        assert program.time.stamp_ns() == NOON_NS + 2 * 86_400 * 10**9


async def test_a_copied_ring_of_a_running_gate_is_an_unclean_stop(premises: Premises) -> None:
    premises.clock = clock = ManualClock(NOON_NS)
    premises.keep_keys()
    site = parse_site(SITE_WITH_CAMERA)
    state, copy = premises.folder / "gate", premises.folder / "copy"
    async with GateProgram(premises.enrolment, site, state, clock) as program:
        await program.journal.watermark_ns()
        (copy / "keys").mkdir(parents=True)
        for name in (RING, f"{RING}-wal", "keys/main.keys"):
            (copy / name).write_bytes((state / name).read_bytes())
    clock.advance_to(NOON_NS + 60 * 10**9)
    async with GateProgram(premises.enrolment, site, copy, clock) as again:
        await again.journal.flush()
        assert again.ring.journaled == 1
        found, _ = await again.ring.read(again.epoch, 1, 1, EVENT, most=1, most_bytes=1000)
        (event,) = premises.controller.open(found, premises.enrolment)
        assert event == GateRestarted(NOON_NS + 60 * 10**9, doubtful_from_ns=NOON_NS)


async def test_video_is_sealed_to_no_day_that_an_unconfirmed_clock_says(premises: Premises) -> None:
    """Ten days ahead after a power cut: a segment would be sealed to a day that is to come, and outlive its limit."""
    days = 10 * 86_400 * 10**9
    premises.clock = ManualClock(NOON_NS + days)
    site = parse_site(SITE_WITH_CAMERA)
    hardware = GateDevices(cameras={CameraId("north-camera"): "rtsp://127.0.0.1:1/"})
    async with GateProgram(premises.enrolment, site, premises.folder / "gate", premises.clock, hardware) as program:
        await program.keys.take(premises.controller.publish(NOON_NS, periods=20))
        recorder = program.cameras.recorders[CameraId("north-camera")]
        assert isinstance(recorder, RecorderProcess)
        ahead = site.retention.period_at(Kind.VIDEO, program.time.now_ns())
        assert program.keys.publics(ahead)
        assert recorder._key(ahead) is None
        program.journal.believe(premises.controller.name, NOON_NS)
        now = site.retention.period_at(Kind.VIDEO, program.time.now_ns())
        assert recorder._key(now) is not None
        assert recorder._due(program.time.now_ns())[0] == now != ahead


async def test_with_no_controller_and_after_a_power_cut_everything_dies_on_time(premises: Premises) -> None:
    """Nobody tells this gate anything: events and pictures go 24 hours after they were sealed, video after 30 days."""
    premises.clock = clock = ManualClock(NOON_NS)
    premises.keep_keys()
    site, state = parse_site(SITE_WITH_CAMERA), premises.folder / "gate"
    shelf = shelf_folder(state / VIDEO, CameraId("north-camera"))
    async with GateProgram(premises.enrolment, site, state, clock, follows_controllers=False) as program:
        granted = program.journal.append(DoorForced(program.time.stamp_ns(), PortalId("door")))
        assert granted == 1
        assert program.journal.append_snapshot(CameraId("north-camera"), granted, NOON_NS, b"jpeg")
        await program.journal.flush()
        first = program.epoch
        bodies = [record.body for kind in RecordKind for record in await _read(program, first, kind)]
        assert len(bodies) == 2
    video = site.retention.period_at(Kind.VIDEO, NOON_NS)
    filled = Shelf(shelf)
    put_up(filled, video)
    filled.finish()
    dies_ns = site.retention.dies_at_s(site.retention.period_at(Kind.MOVEMENT, NOON_NS)) * 10**9
    for at_ns, are_there in ((dies_ns - 1, True), (dies_ns, False)):
        clock.advance_to(at_ns)
        async with GateProgram(premises.enrolment, site, state, clock, follows_controllers=False) as program:
            found = [record.body for kind in RecordKind for record in await _read(program, first, kind)]
            assert (found == bodies) is are_there
        on_disk = b"".join(path.read_bytes() for path in state.glob(f"{RING}*"))
        assert all((body in on_disk) is are_there for body in bodies)
    for at_s, segments in ((site.retention.dies_at_s(video) - 1, 1), (site.retention.dies_at_s(video), 0)):
        clock.advance_to(at_s * 10**9)
        async with GateProgram(premises.enrolment, site, state, clock, follows_controllers=False) as program:
            assert program.cameras.old_shelves is not None
            program.cameras.old_shelves.look()
        assert len(list(shelf.glob("*.seg"))) == segments


async def _read(program: GateProgram, epoch: Epoch, kind: RecordKind) -> list[StoredRecord]:
    return (await program.ring.read(epoch, 1, 10, kind, most=10, most_bytes=10**6))[0]
