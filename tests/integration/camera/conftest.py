"""A simulated camera, and a gate's side with a controller's keys, for tests over real RTSP."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from numpy.typing import NDArray

from contract.clock import SystemClock
from contract.ids import CameraId, ControllerId, EdgeId, new_epoch
from contract.periods import Period, Retention
from contract.sealing import unwrap
from contract.segments import read_chunks, read_header
from edge.recorder.recorder_process import CameraSettings, GateIdentity, RecorderProcess
from edge.recorder.shelf import shelf_folder
from simulators.cameras.camera import SimulatedCamera
from simulators.cameras.film import SceneShape, scene_file

CONTROLLER = ControllerId("control-a")
SHAPE = SceneShape(width=320, height=180, duration_s=20, bits_per_s=200_000)
LOGIN = "viewer:sesame-street"


def burned_number(image: NDArray[np.uint8]) -> int | None:
    """Read the row of blocks: 24 bits of number and 8 check bits; None unless they fit."""
    height, width = image.shape[:2]
    block = width // 32
    row = height - height // 36
    levels = [int(image[row, place * block + block // 2].mean()) for place in range(32)]
    word = sum((level > 127) << (31 - place) for place, level in enumerate(levels))
    number, check = word >> 8, word & 0xFF
    return number if check == (number & 0xFF) ^ (number >> 8 & 0xFF) ^ (number >> 16) ^ 0xA5 else None


class ShiftedClock(SystemClock):
    """The machine's clock, and what a test adds to it."""

    shift_ns = 0

    def now_ns(self) -> int:
        return super().now_ns() + self.shift_ns


@dataclass
class Gate:
    """What a recorder needs from its gate, and what a controller needs to open a segment."""

    folder: Path
    address: str
    retention: Retention = field(default_factory=Retention)
    segment_s: int = 2
    clock: ShiftedClock = field(default_factory=ShiftedClock)
    signer: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    privates: dict[Period, X25519PrivateKey] = field(default_factory=dict)
    camera: CameraId = field(default_factory=lambda: CameraId("north/1"))

    def publics(self, period: Period) -> dict[ControllerId, bytes]:
        private = self.privates.setdefault(period, X25519PrivateKey.generate())
        return {CONTROLLER: private.public_key().public_bytes_raw()}

    def recorder(self) -> RecorderProcess:
        return RecorderProcess(
            CameraSettings(self.camera, self.address, self.folder, self.segment_s, self.retention),
            GateIdentity(EdgeId("gate-1"), new_epoch(), self.signer),
            self.publics,
            self.clock,
            lambda: True,
        )

    @contextlib.asynccontextmanager
    async def recording(self) -> AsyncIterator[RecorderProcess]:
        """Run a recorder; at the end it is cancelled, as a gate that stops does."""
        recorder = self.recorder()
        task = asyncio.create_task(recorder.run(), name="recorder")
        try:
            yield recorder
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def files(self) -> list[Path]:
        """All segments of the camera on disk, oldest first."""
        shelf = shelf_folder(self.folder, self.camera)
        return sorted(shelf.glob("*.seg"), key=lambda path: int(path.stem.rpartition("-")[2]))

    def video(self, path: Path) -> bytes:
        """Open a segment as a controller does."""
        with path.open("rb") as file:
            header = read_header(file)
            header.wraps.check(self.signer.public_key())
            name = header.wraps.name
            private = self.privates[name.period]
            key = unwrap(name, CONTROLLER, header.wraps.wrap_for(CONTROLLER), private)
            return b"".join(read_chunks(file, header, key))

    def numbers(self, path: Path, tmp: Path) -> list[int]:
        """The numbers burned into a segment's frames."""
        plain = tmp / f"{path.stem}.mp4"
        plain.write_bytes(self.video(path))
        with av.open(str(plain)) as container:
            found = [burned_number(f.to_ndarray(format="bgr24").astype(np.uint8)) for f in container.decode(video=0)]
        assert None not in found
        return [number for number in found if number is not None]


def is_gapless(numbers: list[int]) -> bool:
    """Tell whether each number follows the one before it; after the scene's last frame comes its first."""
    return all((before + 1) % SHAPE.frames == after for before, after in pairwise(numbers))


def jpeg_number(jpeg: bytes) -> int | None:
    """The number burned into a snapshot, and that it is no larger than the camera sends it."""
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert image.shape[1] == 320
    return burned_number(image.astype(np.uint8))


async def eventually(condition: Callable[[], bool], limit_s: float = 40) -> None:
    """Wait until `condition` holds."""
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110  what is waited for happens in other processes
            await asyncio.sleep(0.05)


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scene_file(tmp_path_factory.mktemp("scene"), SHAPE, lambda *_: None)


@pytest.fixture
async def camera(scene: Path) -> AsyncIterator[SimulatedCamera]:
    camera = SimulatedCamera(scene, login=LOGIN)
    await camera.start()
    yield camera
    await camera.stop()


@pytest.fixture
def gate(tmp_path: Path, camera: SimulatedCamera) -> Gate:
    return Gate(tmp_path / "video", camera.address)
