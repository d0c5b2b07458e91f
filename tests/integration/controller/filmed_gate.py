"""A gate that was filmed: sealed segments on real shelves, served by the gate's own server under its own certificate.

Belongs here: recording small films and serving them. Does not belong here: what a controller makes of them.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from contract.enrolment import Enrolment
from contract.ids import CameraId, Epoch
from contract.messages import VERSION, CameraState, Health
from contract.periods import Kind
from contract.sealing import ContentKey, KeyName
from contract.segments import SegmentWriter
from controller.composition.assembly import Assembly
from controller.domain.video.viewing import CameraOf
from edge.recorder.shelf import Shelf, shelf_folder
from edge.tls import server_context
from edge.video.serving import VideoServer
from edge.video.shelves import Shelves
from tests.integration.controller.conftest import MAIN, NORTH, NS, SITE

DOOR, STREET = CameraId("door"), CameraId("street")
EPOCH = Epoch(b"v" * 16)
PICTURE = cv2.imencode(".jpg", np.full((36, 64, 3), 200, np.uint8))[1].tobytes()


@dataclass
class FilmedGate:
    """The north gate's cameras. `counted`: what its health would count."""

    folder: Path
    enrolment: Enrolment
    assembly: Assembly
    counted: Counter[str] = field(default_factory=Counter)
    address: str = ""

    def record(self, camera: CameraId, start_ns: int, pieces: list[bytes], seconds: float) -> Path:
        """Seal a film that begins at `start_ns` as a segment; return its file."""
        period = SITE.retention.period_at(Kind.VIDEO, start_ns)
        key = ContentKey.draw(KeyName(self.enrolment.edge, EPOCH, period, camera))
        wraps = key.wrap({MAIN: self.assembly.truth.vault.public_key(period)}, self.enrolment.signer())
        folder = shelf_folder(self.folder, camera)
        shelf = Shelf(folder)
        file = shelf.put_up(period, start_ns)
        writer = SegmentWriter(file, file.number, key, wraps, start_ns)
        for piece in pieces:
            writer.write(piece)
        writer.finish()
        shelf.complete(file, start_ns + round(seconds * NS))
        shelf.finish()
        return max(folder.glob("*.seg"), key=lambda path: path.name.rpartition("-")[2])  # by its number

    def cut_off(self, camera: CameraId, start_ns: int) -> None:
        """Leave a segment as a gate does that loses its power before a byte of it is on disk."""
        shelf = Shelf(shelf_folder(self.folder, camera))
        shelf.leave(shelf.put_up(SITE.retention.period_at(Kind.VIDEO, start_ns), start_ns))
        shelf.finish()

    @contextmanager
    def served(self) -> Iterator[VideoServer]:
        """Serve them, as the gate's video process does, and let the controller hear where."""
        shelves = Shelves(self.folder, [DOOR, STREET])
        server = VideoServer("127.0.0.1", 0, shelves, lambda _: PICTURE, lambda what: self.counted.update([what]))
        enrolment = self.enrolment
        tls = server_context(enrolment.tls_certificate_pem, enrolment.tls_key_pem, enrolment.tls_ca_pem)
        server.trust(tls, frozenset({MAIN}))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.address = f"127.0.0.1:{server.port}"
        self.is_heard()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            self.address = ""

    def is_heard(self) -> None:
        """Let the controller hear of it now."""
        cameras = [CameraState(each, recording=True, segments=1) for each in (DOOR, STREET)]
        health = Health(
            VERSION, NORTH, EPOCH, self.assembly.truth.clock.now_ns() + self.counted["heard"] + 1, [], True, 1, 0, [],
            cameras, {}, 0, video=self.address,
        )  # fmt: skip
        self.counted["heard"] += 1
        self.assembly.truth.gates.hear(health)


def of(camera: CameraId) -> CameraOf:
    """A camera of the north gate."""
    return CameraOf(NORTH, camera)
