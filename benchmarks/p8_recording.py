"""P8: what recording a 1080p25 H.264 camera costs, sealed, beside `ffmpeg -c copy -f segment` in the same run.

Both record the same stream of the same simulated camera at the same time, each with a connection of its own. CPU time
is that of the recording process with all its threads, from the kernel's scheduler statistics.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from benchmarks.figure import Figure
from contract.clock import SystemClock
from contract.ids import CameraId, ControllerId, EdgeId, new_epoch
from contract.periods import Retention
from edge.recorder.recorder_process import CameraSettings, GateIdentity, RecorderProcess
from simulators.cameras.camera import SimulatedCamera
from simulators.cameras.film import SceneShape, scene_file

_KEY_EVERY_S: Final = 2
PEER = "ffmpeg -c copy -f segment"
TARGET = "at most 1.0 of ffmpeg"


@dataclass(frozen=True)
class Lengths:
    """How long the scene, a segment and the measuring are, in seconds."""

    scene_s: int
    segment_s: int
    for_s: float

    @property
    def shape(self) -> SceneShape:
        """The scene: the same camera, however long it is filmed."""
        return SceneShape(1920, 1080, 25, self.scene_s, key_every_s=_KEY_EVERY_S, bits_per_s=4_000_000, noise=12)


_FULL: Final = Lengths(scene_s=12, segment_s=10, for_s=60.0)
_SHORT: Final = Lengths(scene_s=4, segment_s=_KEY_EVERY_S, for_s=4.0)


def cpu_s(pid: int) -> float:
    """CPU seconds that all threads of a process have used (proc(5), schedstat)."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def pss_mb(pid: int) -> float:
    """Proportional set size of a process in megabytes (proc(5), smaps_rollup)."""
    line = next(x for x in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if x.startswith("Pss:"))
    return int(line.split()[1]) / 1000


def run(short: bool) -> list[Figure]:  # noqa: FBT001  the one choice there is
    """Record and measure; in a short run a few seconds of a shorter scene."""
    lengths = _SHORT if short else _FULL
    with tempfile.TemporaryDirectory() as folder:
        scene = scene_file(Path(folder) / "scene", lengths.shape, lambda *_: None)
        (Path(folder) / "peer").mkdir()
        return asyncio.run(_measure(Path(folder), scene, lengths))


async def _measure(folder: Path, scene: Path, lengths: Lengths) -> list[Figure]:
    camera = SimulatedCamera(scene)
    await camera.start()
    private = X25519PrivateKey.generate()
    recorder = RecorderProcess(
        CameraSettings(CameraId("p8"), camera.address, folder / "ours", lengths.segment_s, Retention()),
        GateIdentity(EdgeId("gate"), new_epoch(), Ed25519PrivateKey.generate()),
        lambda _: {ControllerId("control"): private.public_key().public_bytes_raw()},
        SystemClock(),
    )
    task = asyncio.create_task(recorder.run(), name="recorder")
    ffmpeg = await _ffmpeg(camera.address, folder / "peer", lengths.segment_s)
    try:
        # Both have come up when both have finished a segment; what starting costs is told apart.
        await _until(lambda: recorder.state.segments >= 2 and len(list((folder / "peer").iterdir())) >= 2)
        pids = recorder.pid or 0, ffmpeg.pid
        before = [cpu_s(pid) for pid in pids]
        await asyncio.sleep(lengths.for_s)
        after = [cpu_s(pid) for pid in pids]
        memory = [pss_mb(pid) for pid in pids]
    finally:
        task.cancel()
        ffmpeg.terminate()
        await asyncio.gather(task, ffmpeg.wait(), return_exceptions=True)
        await camera.stop()
    ours, peer = (100 * (end - begin) / lengths.for_s for begin, end in zip(before, after, strict=True))
    rows = (
        ("recording 1080p25 H.264 of 4 Mbit/s, sealed", ours, "% CPU", peer, TARGET),
        ("  its start and first segment", before[0], "CPU s", before[1], "none"),
        ("  its memory (PSS)", memory[0], "MB", memory[1], "none"),
    )
    return [
        Figure("P8", what, mine, unit, target, mine <= other if target == TARGET else None, other, PEER)
        for what, mine, unit, other, target in rows
    ]


async def _ffmpeg(address: str, folder: Path, segment_s: int) -> asyncio.subprocess.Process:
    program = shutil.which("ffmpeg")
    if program is None:
        raise RuntimeError("P8 needs ffmpeg beside it: make system-packages")
    quiet = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(
        *(program, "-nostdin", "-loglevel", "error", "-rtsp_transport", "tcp", "-i", address, "-c", "copy"),
        *("-f", "segment", "-segment_time", str(segment_s), str(folder / "%05d.mp4")),
        stdin=quiet,
        stdout=quiet,
    )


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    print(*run(short=False), sep="\n")
