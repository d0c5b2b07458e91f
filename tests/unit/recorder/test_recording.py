"""When a segment is cut and with which key, on packets of a small encoded film and a clock that stands still."""

import contextlib
import errno
import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from av.video.stream import VideoStream
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.camera_trouble import GapReason
from contract.clock import NS_PER_S
from contract.ids import ControllerId, EdgeId, Epoch
from contract.periods import Kind, Period, Retention
from contract.sealing import ContentKey, KeyName
from contract.segments import TruncatedSegmentError, read_chunks, read_header
from contract.site.camera import Mask
from drivers.camera.rtsp import VideoPacket
from edge.recorder.picture import newest_picture
from edge.recorder.recording import Recording
from edge.recorder.room import Room
from edge.recorder.segment_file import SegmentFile
from edge.recorder.shelf import Shelf
from edge.recorder.shelf_view import ShelfView

RETENTION = Retention(video_period_s=60, video_keep_s=300)
FIRST = Period(Kind.VIDEO, 600, 60)


class Film:
    """A recording under test, and the gate's time."""

    def __init__(self, folder: Path, seconds: int = 12, keep_bytes: int | None = None) -> None:
        self.now_ns = FIRST.start_s * NS_PER_S
        self.shelf = Shelf(folder)
        self.folder = folder
        self.taken = 0
        self.wraps = b""
        room = Room(folder, keep_bytes)
        self.recording = Recording(self.shelf, room, segment_s=4, retention=RETENTION, gate_ns=lambda: self.now_ns)
        self.keys: dict[Period, ContentKey] = {}
        self.packets = packets(seconds)

    def give_key(self, period: Period) -> None:
        key = self.keys[period] = ContentKey.draw(KeyName(EdgeId("gate-1"), Epoch(bytes(16)), period, "north"))
        public = X25519PrivateKey.generate().public_key().public_bytes_raw()
        self.wraps = key.wrap({ControllerId("a"): public}, Ed25519PrivateKey.generate())
        self.recording.give_key(key, self.wraps)

    def run(self, seconds: int) -> None:
        for _ in range(seconds * 5):
            self.run_one()

    def run_one(self) -> None:
        self.recording.take(next(self.packets))
        self.taken += 1
        self.now_ns += NS_PER_S // 5

    def sealed_frames(self) -> int:
        """How many frames can be read of the segment that is being written."""
        path = max(self.folder.glob("*.seg"))
        plain = []
        with path.open("rb") as file, contextlib.suppress(TruncatedSegmentError):
            header = read_header(file)
            for piece in read_chunks(file, header, self.keys[header.wraps.name.period]):
                plain.append(piece)  # noqa: PERF402  what came before the end counts
        if b"mdat" not in b"".join(plain):
            return 0
        with av.open(io.BytesIO(b"".join(plain)), "r") as container:
            return len(list(container.decode(video=0)))

    def told(self) -> tuple[bool, str, GapReason | None]:
        """Whether it records, and why not."""
        status = self.recording.status()
        return status.recording, status.error, status.why

    def gaps(self) -> list[tuple[float, float, str]]:
        """From when until when (seconds after the film began) nothing is there, and why; 0 for no end."""
        self.recording.look_after_disk(is_confirmed=True)
        begin_s = FIRST.start_s
        return [
            (gap.from_ns / NS_PER_S - begin_s, gap.until_ns / NS_PER_S - begin_s if gap.until_ns else 0, gap.why)
            for gap in ShelfView(self.folder).gaps(0, 2**62)
        ]

    def segments(self) -> list[tuple[Period, int]]:
        """Period and number of frames of each segment; -1 for one that was cut off."""
        found = []
        for path in sorted(self.folder.glob("*.seg")):
            with path.open("rb") as file:
                header = read_header(file)
                period = header.wraps.name.period
                try:
                    plain = b"".join(read_chunks(file, header, self.keys[period]))
                except TruncatedSegmentError:
                    found.append((period, -1))
                    continue
            with av.open(io.BytesIO(plain), "r") as container:
                found.append((period, len(list(container.decode(video=0)))))
        return found


def packets(seconds: int, codec: str = "libx264", level: int | None = None) -> Iterator[VideoPacket]:
    """A film of 5 frames a second, a key frame each second, as a camera's packets: ever lighter, or `level`."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream(codec, rate=5)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        stream.codec_context.gop_size = 5
        own = {"sc_threshold": "0"} if codec == "libx264" else {"x265-params": "log-level=none:scenecut=0"}
        stream.codec_context.options = {"preset": "ultrafast", "tune": "zerolatency", **own}
        for number in range(seconds * 5):
            image = np.full((64, 64, 3), number * 4 % 256 if level is None else level, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    with av.open(io.BytesIO(out.getvalue()), "r") as container:
        for packet in container.demux(container.streams.video[0]):
            if packet.size:
                assert packet.time_base == Fraction(1, 10240)
                yield packet


@pytest.fixture
def film(tmp_path: Path) -> Film:
    return Film(tmp_path)


def test_segments_end_with_the_first_key_frame_after_their_time(film: Film) -> None:
    film.give_key(FIRST)
    film.run(10)
    film.recording.stop()
    assert film.segments() == [(FIRST, 20), (FIRST, 20), (FIRST, 10)]


def test_h265_is_copied_as_h264_is(film: Film) -> None:
    film.packets = packets(6, "libx265")
    film.give_key(FIRST)
    film.run(6)
    film.recording.stop()
    assert film.segments() == [(FIRST, 20), (FIRST, 10)]


def test_what_is_half_a_second_old_is_in_the_file(film: Film) -> None:
    film.give_key(FIRST)
    for _ in range(3 * 5):
        film.run_one()
        sealed = film.sealed_frames()
        assert film.taken - sealed <= 4, "half a second by time or a key frame, and what the muxer still holds"


def test_a_new_period_begins_a_new_segment_under_its_own_key(film: Film) -> None:
    film.now_ns += 58 * NS_PER_S
    film.give_key(FIRST)
    film.give_key(FIRST.next())
    film.run(5)
    film.recording.stop()
    assert film.segments() == [(FIRST, 10), (FIRST.next(), 15)]


def test_without_a_key_of_the_period_nothing_is_recorded(film: Film) -> None:
    film.now_ns += 58 * NS_PER_S
    film.give_key(FIRST)
    film.run(4)
    status = film.recording.status()
    assert (status.recording, status.segments, status.why) == (False, 1, GapReason.NO_KEY)
    assert "no key" in status.error
    film.give_key(FIRST.next())
    film.run(2)
    film.recording.stop()
    assert film.segments() == [(FIRST, 10), (FIRST.next(), 10)]


def test_a_lost_stream_closes_the_segment(film: Film) -> None:
    film.give_key(FIRST)
    film.run(2)
    film.recording.lost(GapReason.SILENT, "camera: silent")
    assert film.told() == (False, "camera: silent", GapReason.SILENT)
    assert film.recording.group() is None
    assert film.segments() == [(FIRST, 10)]


def test_a_full_disk_ends_a_segment_and_not_the_recorder(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    film.give_key(FIRST)
    film.run(1)

    def full(_: SegmentFile, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(SegmentFile, "write", full)
        film.run(2)
        assert film.told() == (False, "can not write: No space left on device", GapReason.DISK)
    film.run(2)
    assert film.told() == (True, "", None)
    film.recording.stop()
    assert film.segments() == [(FIRST, -1), (FIRST, 10)]


def test_nothing_is_taken_after_a_stop(film: Film) -> None:
    film.give_key(FIRST)
    film.run(1)
    film.recording.stop()
    film.run(2)
    assert film.segments() == [(FIRST, 5)]


def test_the_dead_are_removed_and_the_one_being_written_is_not(film: Film) -> None:
    film.give_key(FIRST)
    film.run(5)
    film.now_ns = RETENTION.dies_at_s(FIRST) * NS_PER_S - 1
    film.recording.look_after_disk(is_confirmed=True)
    assert len(film.shelf) == 2
    film.now_ns += 1
    film.recording.look_after_disk(is_confirmed=True)
    assert len(film.shelf) == 1


def test_a_deletion_that_fails_is_told_and_tried_again(film: Film) -> None:
    film.give_key(FIRST)
    film.run(5)
    film.now_ns = RETENTION.dies_at_s(FIRST) * NS_PER_S
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "unlink", _read_only)
        film.recording.look_after_disk(is_confirmed=True)
        assert film.recording.status().error == "can not delete: Read-only file system"
        assert len(film.shelf) == 2
    film.recording.look_after_disk(is_confirmed=True)
    assert len(film.shelf) == 1


def _read_only(*_: object, **__: object) -> None:
    raise OSError(errno.EROFS, "Read-only file system")


def test_the_newest_picture_is_that_of_the_last_packet(film: Film) -> None:
    film.give_key(FIRST)
    film.run(2)
    film.recording.take(next(film.packets))
    group = film.recording.group()
    assert group is not None
    assert len(group.packets) == 1
    for asked, width in ((32, 32), (0, 64), (9999, 64)):
        picture = cv2.imdecode(np.frombuffer(newest_picture(group, asked, []) or b"", np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape[1] == width


def test_a_mask_is_black_in_every_picture_and_what_lies_beside_it_is_not(film: Film) -> None:
    film.run(2)
    group = film.recording.group()
    assert group is not None
    left_half = [(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]

    def picture(masks: list[Mask]) -> Any:  # noqa: ANN401  an array of OpenCV's
        jpeg = newest_picture(group, 0, masks) or b""
        return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)

    masked, bare = picture([left_half]), picture([])
    middle = bare.shape[1] // 2
    assert masked[:, : middle - 8].max() < 16
    assert bare[:, : middle - 8].max() > 16
    assert np.abs(masked[:, middle + 8 :].astype(int) - bare[:, middle + 8 :]).mean() < 8
