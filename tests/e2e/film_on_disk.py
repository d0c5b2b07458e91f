"""Days of one camera on a disk, in seconds: it is filmed, days pass, at last all of it is past its limit.

`python -m tests.e2e.film_on_disk DISK OUTSIDE`: what a gate and a controller's vault write goes to DISK; what a thief
copied while the days lived, and what was to be seen in the pictures, to OUTSIDE. It is a program of its own so that it
can be run with sealing off. Time is set by hand; recording, shelf and vault are the real ones. Belongs here: those
days. Does not belong here: what must be found on the disk afterwards (test_video_on_disk.py).
"""

import io
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.clock import NS_PER_S
from contract.ids import CameraId, ControllerId, EdgeId, Epoch
from contract.periods import Kind, Retention
from contract.sealing import ContentKey, KeyName
from controller.vault import FileVault
from drivers.camera.rtsp import VideoPacket
from edge.recorder.recording import Recording
from edge.recorder.room import Room
from edge.recorder.shelf import Shelf, shelf_folder

MAIN: Final = ControllerId("main")
NORTH, CAMERA = EdgeId("north"), CameraId("north-camera")
RETENTION: Final = Retention(video_period_s=60, video_keep_s=300)
"""A day of a minute, and thirty days of five."""
START_S: Final = 1_800_000_000
FILMED_S: Final = 150
LATE_S: Final = START_S + 1000
FRAMES_A_S: Final = 2
SIDE: Final = 96
SEEN_BYTES: Final = 48


def packets() -> Iterator[VideoPacket]:
    """A film of noise, so that each picture's bytes are its own, as a camera's packets."""
    out, noise = io.BytesIO(), np.random.default_rng(7)
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FRAMES_A_S)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = SIDE, SIDE, "yuv420p"
        stream.codec_context.gop_size = FRAMES_A_S
        stream.codec_context.options = {"preset": "ultrafast", "tune": "zerolatency", "sc_threshold": "0"}
        for _ in range(FILMED_S * FRAMES_A_S):
            image = noise.integers(0, 255, (SIDE, SIDE, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    with av.open(io.BytesIO(out.getvalue()), "r") as container:
        yield from (packet for packet in container.demux(container.streams.video[0]) if packet.size)


def days(disk: Path, outside: Path) -> None:
    """Live through the days; the last act is to wake up long after them."""
    now_ns = START_S * NS_PER_S
    gate, signer = disk / "state", Ed25519PrivateKey.generate()
    vault = FileVault(disk / "vault", MAIN)
    vault.ensure(RETENTION, now_ns)
    folder = shelf_folder(gate / "video", CAMERA)
    shelf = Shelf(folder)
    recording = Recording(shelf, Room(folder, None), segment_s=10, retention=RETENTION, gate_ns=lambda: now_ns)
    seen, given = [], set()
    for packet in packets():
        period = RETENTION.period_at(Kind.VIDEO, now_ns)
        if period not in given:
            given.add(period)
            key = ContentKey.draw(KeyName(NORTH, Epoch(bytes(16)), period, CAMERA))
            recording.give_key(key, key.wrap({MAIN: vault.public_key(period)}, signer))
        seen.append(bytes(packet)[-SEEN_BYTES:].hex())
        recording.take(packet)
        now_ns += NS_PER_S // FRAMES_A_S
    recording.stop()
    (outside / "seen").write_text("\n".join(seen))
    shutil.copytree(gate, outside / "copy")
    shutil.copytree(disk / "vault", outside / "stolen")
    now_s = LATE_S
    vault.destroy([period for period in vault.periods() if RETENTION.dies_at_s(period) <= now_s])
    while shelf.take_down(RETENTION, now_s):
        pass
    shelf.finish()


if __name__ == "__main__":
    days(Path(sys.argv[1]), Path(sys.argv[2]))
