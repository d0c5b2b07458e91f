"""The recorder between its pipes, without a camera: what it tells of the picture and of the room it has."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contract.camera_trouble import GapReason, PictureTrouble
from contract.clock import NS_PER_S, SystemClock
from contract.ids import CameraId
from contract.sealing import ContentKey
from edge.recorder import main
from edge.recorder.main import GateTime, Recorder
from edge.recorder.open_segment import media_ns
from edge.recorder.wire import Begin, ClockOffset, GiveKey, State, reports
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
        (state,) = reports().feed(os.read(self._read, 10_000))
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
    for packet in packets(1, level=level):
        piped._recording.take(packet)
    assert piped.told().picture is trouble, "a camera that hangs up now and then shows as little as before"


class TimeThatIsSet(GateTime):
    """A gate's time in whose setting another thread falls."""

    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def __setattr__(self, name: str, value: object) -> None:
        if name == "offset_ns":
            self.meanwhile()
        super().__setattr__(name, value)


def test_no_packet_is_told_by_a_time_that_is_half_set(piped: Piped) -> None:
    step_ns = 86_400 * NS_PER_S
    film = packets(4)
    piped._time = TimeThatIsSet(0, is_confirmed=True)
    piped._recording._gate_ns = piped._time.now_ns
    for _ in range(10):
        piped._recording.take(next(film))
    packet = next(film)
    taker = threading.Thread(target=lambda: piped._recording.take(packet))

    def take_meanwhile() -> None:
        taker.start()
        taker.join(0.2)  # it comes at once, or waits until the time is set

    piped._time.meanwhile = take_meanwhile
    piped.obey(ClockOffset(step_ns, is_confirmed=True))
    taker.join()
    piped._time.meanwhile = lambda: None
    for last in film:
        piped._recording.take(last)
        taken_ns = piped._recording._pace.taken_ns(media_ns(last))
        assert abs(taken_ns - piped._time.now_ns()) < 60 * NS_PER_S


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
