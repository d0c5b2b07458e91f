"""The recorder between its pipes, without a camera: what it tells of the picture and of the room it has."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.camera_trouble import GapReason, PictureTrouble
from contract.clock import NS_PER_S, SystemClock
from contract.ids import CameraId
from contract.sealing import ContentKey
from edge.recorder import main
from edge.recorder.main import Recorder
from edge.recorder.wire import Begin, Frames, GiveKey, State
from tests.unit.recorder.test_recording import FIRST, RETENTION, Film, packets


class Piped(Recorder):
    """A recorder whose time of day stands still, and what it told."""

    def __init__(self, folder: Path, reports: tuple[int, int]) -> None:
        begin = Begin(CameraId("cam"), "rtsp://127.0.0.1:1/", str(folder), 60, RETENTION, 0, True, [], 1)
        super().__init__(begin, reports[1], reports[1])
        self._time.now_ns = lambda: FIRST.start_s * NS_PER_S  # type: ignore[method-assign]
        self._recording._gate_ns = self._time.now_ns
        self._read = reports[0]

    def told(self) -> State:
        """Look after everything once, and return what is told then."""
        self.look_after()
        (state,) = Frames().reports(os.read(self._read, 10_000))
        assert isinstance(state, State)
        return state


@pytest.fixture
def piped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Piped]:
    monkeypatch.setattr(main, "LOOK_AT_PICTURE_S", 0)
    monkeypatch.setattr(main, "HEARTBEAT_S", 0)
    pipe = os.pipe()
    yield Piped(tmp_path / "video", pipe)
    for end in pipe:
        os.close(end)


@pytest.mark.parametrize(("level", "trouble"), [(0, PictureTrouble.BLACK), (120, PictureTrouble.COVERED)])
def test_a_camera_that_shows_nothing_is_told_and_no_more_when_it_is_lost(
    piped: Piped, tmp_path: Path, level: int, trouble: PictureTrouble
) -> None:
    film = Film(tmp_path / "film")
    film.give_key(FIRST)
    key = film.keys[FIRST]
    assert not piped.told().recording
    piped.obey(GiveKey(key.name, _raw(key), film.wraps))
    for packet in packets(1, level=level):
        piped._recording.take(packet)
    piped._packet_at_ns = SystemClock().boottime_ns()
    assert (piped.told().picture, piped.told().picture) == (None, trouble)
    piped._recording.lost(GapReason.SILENT, "camera: silent")
    state = piped.told()
    assert (state.recording, state.why, state.picture) == (False, GapReason.SILENT, None)


def test_a_thread_that_hangs_in_a_camera_ends_the_recorder(piped: Piped, tmp_path: Path) -> None:
    """Such as a camera that sends noise without end: libav looks for the next packet in it for ever."""
    film = Film(tmp_path / "film")
    film.give_key(FIRST)
    piped.obey(GiveKey(film.keys[FIRST].name, _raw(film.keys[FIRST]), film.wraps))
    for packet in packets(1):
        piped._recording.take(packet)
    piped._packet_at_ns = SystemClock().boottime_ns()
    assert piped.told().recording
    assert not piped.failed
    piped._packet_at_ns -= round(main.STUCK_S * NS_PER_S)
    state = piped.told()
    assert (state.recording, state.why, piped.failed) == (False, GapReason.SILENT, True)


def _raw(key: ContentKey) -> bytes:
    return key._key
