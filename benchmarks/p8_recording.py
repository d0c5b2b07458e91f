"""P8: what recording 1080p25 H.264 cameras costs, sealed, beside `ffmpeg -c copy -f segment` in the same run.

Eight cameras at once, each recorded by both at the same time, over a connection of its own. CPU time is that of the
recording processes with all their threads, from the kernel's scheduler statistics; so it holds what this project's
recorder does besides, too: it seals, makes every second durable, and looks at a key frame now and then.
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
    """How many cameras there are, and how long scene, segment and measuring are, in seconds."""

    cameras: int
    scene_s: int
    segment_s: int
    for_s: float

    @property
    def shape(self) -> SceneShape:
        """The scene: the same camera, however long it is filmed."""
        return SceneShape(1920, 1080, 25, self.scene_s, key_every_s=_KEY_EVERY_S, bits_per_s=4_000_000, noise=12)


_FULL: Final = Lengths(cameras=8, scene_s=12, segment_s=10, for_s=60.0)
_SHORT: Final = Lengths(cameras=1, scene_s=4, segment_s=_KEY_EVERY_S, for_s=4.0)


@dataclass
class Pair:
    """One camera, and who records it: this project's recorder into `mine`, and ffmpeg into `peer`."""

    camera: SimulatedCamera
    recorder: RecorderProcess
    task: asyncio.Task[None]
    ffmpeg: asyncio.subprocess.Process
    mine: Path
    peer: Path

    @property
    def is_up(self) -> bool:
        """Whether both have finished a segment; what starting costs is told apart."""
        return self.recorder.state.segments >= 2 and len(list(self.peer.iterdir())) >= 2


def cpu_s(pid: int) -> float:
    """CPU seconds that all threads of a process have used (proc(5), schedstat)."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def pss_mb(pid: int) -> float:
    """Proportional set size of a process in megabytes (proc(5), smaps_rollup)."""
    line = next(x for x in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if x.startswith("Pss:"))
    return int(line.split()[1]) / 1000


def written(folder: Path) -> int:
    """How many bytes lie in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def run(short: bool) -> list[Figure]:  # noqa: FBT001  the one choice there is
    """Record and measure; in a short run a few seconds of a shorter scene."""
    lengths = _SHORT if short else _FULL
    with tempfile.TemporaryDirectory() as folder:
        scene = scene_file(Path(folder) / "scene", lengths.shape, lambda *_: None)
        return asyncio.run(_measure(Path(folder), scene, lengths))


async def _measure(folder: Path, scene: Path, lengths: Lengths) -> list[Figure]:
    pairs: list[Pair] = []
    try:
        for number in range(lengths.cameras):
            pair = await _pair(folder / str(number), scene, lengths.segment_s)
            pairs.append(pair)
        await _until(lambda: all(pair.is_up for pair in pairs))
        pids = [pair.recorder.pid or 0 for pair in pairs], [pair.ffmpeg.pid for pair in pairs]
        wrote = [sum(written(pair.mine) for pair in pairs), sum(written(pair.peer) for pair in pairs)]
        before = [sum(map(cpu_s, each)) for each in pids]
        await asyncio.sleep(lengths.for_s)
        after = [sum(map(cpu_s, each)) for each in pids]
        stream = [sum(written(pair.mine) for pair in pairs), sum(written(pair.peer) for pair in pairs)]
        memory = [sum(map(pss_mb, each)) for each in pids]
    finally:
        for pair in pairs:
            pair.task.cancel()
            pair.ffmpeg.terminate()
        await asyncio.gather(
            *(end for pair in pairs for end in (pair.task, pair.ffmpeg.wait())), return_exceptions=True
        )
        await asyncio.gather(*(pair.camera.stop() for pair in pairs))
    ours, peer = (
        100 * (end - begin) / lengths.for_s / lengths.cameras for begin, end in zip(before, after, strict=True)
    )

    def rate(written_bytes: int) -> float:
        return written_bytes * 8 / 1e6 / lengths.for_s / lengths.cameras

    at_once = f"{lengths.cameras} at once" if lengths.cameras > 1 else "alone"
    rows = (
        (f"recording 1080p25 H.264 of 4 Mbit/s, sealed, {at_once}", ours, "% CPU", peer, TARGET),
        # On a machine that is too busy the cameras send less, and what does not depend on that weighs more.
        ("  stream of one camera, on disk", rate(stream[0] - wrote[0]), "Mbit/s", rate(stream[1] - wrote[1]), "none"),
        ("  start and first segment of all", before[0], "CPU s", before[1], "none"),
        ("  memory of all (PSS)", memory[0], "MB", memory[1], "none"),
    )
    return [
        Figure("P8", what, mine, unit, target, mine <= other if target == TARGET else None, other, PEER)
        for what, mine, unit, other, target in rows
    ]


async def _pair(folder: Path, scene: Path, segment_s: int) -> Pair:
    camera = SimulatedCamera(scene)
    await camera.start()
    private = X25519PrivateKey.generate()
    recorder = RecorderProcess(
        CameraSettings(CameraId("p8"), camera.address, folder / "ours", segment_s, Retention()),
        GateIdentity(EdgeId("gate"), new_epoch(), Ed25519PrivateKey.generate()),
        lambda _: {ControllerId("control"): private.public_key().public_bytes_raw()},
        SystemClock(),
        lambda: True,
    )
    peer = folder / "peer"
    peer.mkdir(parents=True)
    task = asyncio.create_task(recorder.run(), name="recorder")
    return Pair(camera, recorder, task, await _ffmpeg(camera.address, peer, segment_s), folder / "ours", peer)


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
    async with asyncio.timeout(120):
        while not condition():
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    print(*run(short=False), sep="\n")
