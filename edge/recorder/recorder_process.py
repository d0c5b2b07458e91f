"""The gate's side of a recorder: starts its process, supervises it, and asks it for pictures.

    recorder = RecorderProcess(
        CameraSettings(camera=..., address=..., folder=state / "video", segment_s=60, retention=site.retention),
        GateIdentity(edge=..., epoch=..., signer=enrolment.signer()),
        public_keys=lambda period: {controller: public key of that VIDEO period},   # empty while none is known
        clock=gate_clock,
        is_confirmed=lambda: gate_clock.is_confirmed,              # until then nothing is deleted
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(recorder.run(), name="recorder")      # until cancelled; then the open segment is sealed
    jpeg = await recorder.snapshot()                            # None if there is no picture
    recorder.state                                              # contract.messages.CameraState, for Health

The gate draws the content key of each video period here, wraps it to every controller, signs the wraps, and passes key
and wraps over the pipe, the next period's a minute ahead. Where another controller's key becomes known, a new content
key is drawn. The recorder keeps none of it on disk. A recorder that dies or falls silent is started again.

Belongs here: one child process. Does not belong here: any video library (only the child loads them), or policy.
"""

import asyncio
import secrets
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.camera_trouble import GapReason
from contract.clock import NS_PER_S, Clock
from contract.ids import CameraId, ControllerId, EdgeId, Epoch
from contract.messages import CameraState
from contract.periods import Kind, Period, Retention
from contract.sealing import ContentKey, KeyName
from contract.site.camera import CountingLine, Mask
from edge.counting.wire import Crossing, Sight
from edge.recorder.wire import (
    MOST_BYTES,
    Begin,
    ClockOffset,
    GiveKey,
    Order,
    Report,
    State,
    Stop,
    TakeSnapshot,
    reports,
)
from process.beside import end
from process.pipe import BadPipeError, framed

PublicKeys = Callable[[Period], Mapping[ControllerId, bytes]]
"""Gives each enrolled controller's public key (32 bytes, X25519) of a VIDEO period, as far as it is known."""

SILENCE_S: Final = 20.0
"""A recorder that said nothing for so long (it speaks every 5 s) is taken to be stuck."""
SNAPSHOT_PIXELS: Final = 480
"""Width of a passage's picture, which travels to every controller."""
_AHEAD_S: Final = 60
_TICK_S: Final = 1.0
_OFFSET_STEP_NS: Final = 50_000_000
_SNAPSHOT_S: Final = 3.0
_STOP_S: Final = 5.0
_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 30.0
_WELL_AFTER_S: Final = 60.0
_READ_BYTES: Final = 64 * 1024

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """What is to be recorded. `folder`: for the video of this gate; `segment_s`: length of a file in seconds.

    `masks`: black in all pictures that are taken of it; the recording has them painted where it is looked at.
    `keep_bytes`: how much disk its segments may take, None for all there is. `counts`: where people are counted.
    """

    camera: CameraId
    address: str = field(repr=False)
    folder: Path
    segment_s: int
    retention: Retention
    masks: list[Mask] = field(default_factory=list)
    keep_bytes: int | None = None
    counts: CountingLine | None = None


@dataclass(frozen=True, slots=True)
class GateIdentity:
    """Who seals: the gate, this run of it, and its key for signatures."""

    edge: EdgeId
    epoch: Epoch
    signer: Ed25519PrivateKey = field(repr=False)


class RecorderProcess:
    """One camera's recorder, seen from the gate; also the gate's source of snapshots."""

    def __init__(
        self,
        settings: CameraSettings,
        identity: GateIdentity,
        public_keys: PublicKeys,
        clock: Clock,
        is_confirmed: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._identity = identity
        self._public_keys = public_keys
        self._clock = clock
        self._is_confirmed = is_confirmed
        self._keys: dict[Period, tuple[dict[ControllerId, bytes], GiveKey]] = {}
        self._process: Process | None = None
        self._told = State(recording=False, segments=0, error="not started")
        self._asked: dict[int, asyncio.Future[bytes]] = {}
        self._asks = 0
        self.onlooker: Callable[[Crossing | Sight], None] = lambda _: None
        """Is told who crosses the camera's line, and whether anybody could be seen."""

    @property
    def state(self) -> CameraState:
        """The camera as the recorder last reported it, for the gate's health."""
        told = self._told
        return CameraState(
            self._settings.camera,
            told.recording,
            told.segments,
            told.oldest_dies_s,
            GapReason.STOPPED if told.why is None and not told.recording else told.why,
            told.picture,
            told.cut_short,
            told.recorded_percent,
        )

    @property
    def last_error(self) -> str:
        """Why it does not record, without any address; empty while it records."""
        return self._told.error

    @property
    def pid(self) -> int | None:
        """The process that records now."""
        return None if self._process is None else self._process.pid

    async def snapshot(self, width_pixels: int = SNAPSHOT_PIXELS) -> bytes | None:
        """Return the newest picture as JPEG, at most so wide (0: as it is); None if there is none, or after 3 s."""
        if self._process is None:
            return None
        self._asks += 1
        ask = self._asks
        answer = self._asked[ask] = asyncio.get_running_loop().create_future()
        self._order(TakeSnapshot(ask, width_pixels))
        try:
            return await asyncio.wait_for(answer, _SNAPSHOT_S) or None
        except TimeoutError:
            return None
        finally:
            del self._asked[ask]

    async def run(self) -> None:
        """Keep the recorder at work until cancelled; then let it seal its open segment, and end it."""
        wait_s = _FIRST_WAIT_S
        loop = asyncio.get_running_loop()
        while True:
            began_s = loop.time()
            try:
                error = f"the recorder ended ({await self._one_life()})"
            except OSError as cause:
                # No process, memory or pipe to be had: the gate itself must go on.
                error = f"the recorder does not start ({cause.strerror})"
            self._told = msgspec.structs.replace(
                self._told, recording=False, error=error, why=GapReason.STOPPED, picture=None
            )
            self.onlooker(Sight(is_blind=True))
            _logger.warning("recorder_ended", camera=self._settings.camera, error=error)
            wait_s = _FIRST_WAIT_S if loop.time() - began_s > _WELL_AFTER_S else min(2 * wait_s, _LONGEST_WAIT_S)
            await asyncio.sleep(wait_s)

    async def _one_life(self) -> int:
        """Start the process and attend to it until it ends; returns its exit status."""
        process = self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "edge.recorder.main"), stdin=PIPE, stdout=PIPE, limit=MOST_BYTES
        )
        settings, told = self._settings, self._clock_offset()
        try:
            self._order(
                Begin(
                    settings.camera,
                    settings.address,
                    str(settings.folder),
                    settings.segment_s,
                    settings.retention,
                    told.offset_ns,
                    told.is_confirmed,
                    settings.masks,
                    settings.keep_bytes,
                    settings.counts,
                )
            )
            tasks = [
                asyncio.create_task(self._listen(process), name="recorder reports"),
                asyncio.create_task(self._supply(told), name="recorder supply"),
            ]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            await self._end(process)
        return process.returncode or 0

    async def _listen(self, process: Process) -> None:
        """Take reports until the process closes its pipe or is silent for too long."""
        assert process.stdout is not None  # noqa: S101  asked for at its start
        incoming = reports()
        while True:
            try:
                data = await asyncio.wait_for(process.stdout.read(_READ_BYTES), SILENCE_S)
            except TimeoutError:
                _logger.warning("recorder_silent", camera=self._settings.camera)
                return
            if not data:
                return
            try:
                for report in incoming.feed(data):
                    self._take(report)
            except BadPipeError:
                _logger.warning("recorder_not_understood", camera=self._settings.camera)
                return

    def _take(self, report: Report) -> None:
        if isinstance(report, Crossing | Sight):
            self.onlooker(report)
            return
        if isinstance(report, State):
            if (report.recording, report.error) != (self._told.recording, self._told.error):
                _logger.info(
                    "recorder_state",
                    camera=self._settings.camera,
                    recording=report.recording,
                    error=report.error or None,
                )
            self._told = report
            return
        answer = self._asked.get(report.ask)
        if answer is not None and not answer.done():
            answer.set_result(report.jpeg)

    def _clock_offset(self) -> ClockOffset:
        return ClockOffset(self._clock.now_ns() - self._clock.boottime_ns(), self._is_confirmed())

    async def _supply(self, told: ClockOffset) -> None:
        """Give a new process its keys, and go on to tell it of other keys and of another time."""
        given: dict[Period, GiveKey] = {}
        while True:
            clock = self._clock_offset()
            is_step = abs(clock.offset_ns - told.offset_ns) > _OFFSET_STEP_NS
            if is_step or clock.is_confirmed != told.is_confirmed:
                told = clock
                self._order(told)
            for period in self._due(self._clock.now_ns()):
                key = self._key(period)
                if key is not None and given.get(period) is not key:
                    given[period] = key
                    self._order(key)
            await asyncio.sleep(_TICK_S)

    def _due(self, now_ns: int) -> list[Period]:
        now_s = now_ns // NS_PER_S
        period = self._settings.retention.period_at(Kind.VIDEO, now_ns)
        self._keys = {known: key for known, key in self._keys.items() if known.end_s > now_s}
        ahead_s = min(_AHEAD_S, period.length_s // 2)
        return [period, period.next()] if period.end_s - now_s <= ahead_s else [period]

    def _key(self, period: Period) -> GiveKey | None:
        """Return the content key of `period`, drawn anew where the controllers are others than before."""
        controllers = dict(self._public_keys(period))
        if not controllers:
            return None
        known = self._keys.get(period)
        if known is None or known[0] != controllers:
            name = KeyName(self._identity.edge, self._identity.epoch, period, self._settings.camera)
            key = secrets.token_bytes(32)
            wraps = ContentKey(name, key).wrap(controllers, self._identity.signer)
            known = self._keys[period] = (controllers, GiveKey(name, key, wraps))
        return known[1]

    def _order(self, order: Order) -> None:
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(framed(order))

    async def _end(self, process: Process) -> None:
        """Let the process seal its open segment and end; kill it if it does not."""
        self._order(Stop())
        self._process = None
        for answer in self._asked.values():
            if not answer.done():
                answer.set_result(b"")
        # Shielded, so that a second cancellation does not leave the process behind.
        await asyncio.shield(asyncio.create_task(end(process, _STOP_S), name="recorder end"))
