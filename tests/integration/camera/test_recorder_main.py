"""The recorder's process alone on its pipes: how it ends, and what it answers to nonsense."""

import asyncio
import io
import sys
from asyncio.subprocess import PIPE, Process

from contract.clock import SystemClock
from contract.ids import ControllerId, EdgeId, new_epoch
from contract.periods import Kind
from contract.sealing import ContentKey, KeyName
from contract.segments import read_chunks, read_header
from edge.recorder.wire import Begin, GiveKey, State, TakeSnapshot, reports
from process.pipe import framed
from tests.integration.camera.conftest import Gate, eventually

KEY = bytes(range(32))


async def started() -> Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "edge.recorder.main", stdin=PIPE, stdout=PIPE)


async def test_when_the_gate_dies_the_open_segment_is_sealed_and_the_recorder_ends(gate: Gate) -> None:
    process = await started()
    assert process.stdin is not None
    assert process.stdout is not None
    clock = SystemClock()
    offset_ns = clock.now_ns() - clock.boottime_ns()
    period = gate.retention.period_at(Kind.VIDEO, clock.now_ns())
    key = ContentKey(KeyName(EdgeId("gate-1"), new_epoch(), period, gate.camera), KEY)
    wraps = key.wrap({ControllerId("a"): gate.publics(period)[ControllerId("control-a")]}, gate.signer)
    process.stdin.write(
        framed(Begin(gate.camera, gate.address, str(gate.folder), 60, gate.retention, offset_ns, True, [], None))
    )
    process.stdin.write(framed(GiveKey(key.name, KEY, wraps)))
    incoming, told = reports(), State(recording=False, segments=0, error="")
    while not told.recording:
        for report in incoming.feed(await process.stdout.read(65536)):
            assert isinstance(report, State)
            told = report
    await eventually(lambda: gate.files()[0].stat().st_size > 1000)
    process.stdin.close()
    assert await process.wait() == 0
    data = io.BytesIO(gate.files()[0].read_bytes())
    assert b"".join(read_chunks(data, read_header(data), key))


async def test_it_begins_with_begin_and_with_nothing_else() -> None:
    process = await started()
    assert process.stdin is not None
    process.stdin.write(framed(TakeSnapshot(1)))
    assert await process.wait() == 2


async def test_it_ends_when_there_is_nobody() -> None:
    process = await started()
    assert process.stdin is not None
    process.stdin.close()
    assert await process.wait() == 2
