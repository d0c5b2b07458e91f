"""What a gate says of its cameras and the controller alarms: once each time, and that it is over."""

from contract.camera_trouble import GapReason, PictureTrouble
from contract.clock import NS_PER_S
from contract.ids import EdgeId
from contract.messages import CameraState
from controller.service.alarms import Alarms
from controller.service.records.cameras import LEAST_RECORDED_PERCENT, LOST_AFTER_S, CameraWatch

GATE = EdgeId("north")


class Said:
    """A watch that hears one camera every two seconds, as long as it is told."""

    def __init__(self) -> None:
        self.alarms, self.now_s = Alarms(), 1_000
        self.watch = CameraWatch(self.alarms)
        self.over: list[str] = []
        self.alarms.on_over.append(lambda _at, kind, _gate, place: self.over.append(f"{kind} {place}"))

    def hear(self, state: CameraState, for_s: int) -> list[str]:
        """Return what is alarmed by now, oldest first."""
        for _ in range(0, for_s, 2):
            self.watch.hear(GATE, state, self.now_s * NS_PER_S)
            self.now_s += 2
        return [f"{line.kind} {line.place}" for line in reversed(self.alarms.lines())]


GOOD = CameraState("cam", recording=True, segments=1)
PATCHY = CameraState("cam", recording=True, segments=1, recorded_percent=20)
LOST = CameraState("cam", recording=False, segments=1, why=GapReason.SILENT)


def test_a_camera_that_hangs_up_for_a_moment_is_no_alarm() -> None:
    said = Said()
    for _ in range(3):
        said.hear(LOST, LOST_AFTER_S)
        assert said.hear(GOOD, 10) == []


def test_a_camera_that_stays_away_is_one_alarm_and_its_return_is_told() -> None:
    said = Said()
    assert said.hear(LOST, 600) == ["camera-lost cam"]
    assert said.over == []
    assert said.hear(GOOD, 600) == ["camera-lost cam", "camera-back cam"]
    assert said.over == ["camera-lost cam"]
    assert said.hear(LOST, 600) == ["camera-lost cam", "camera-back cam", "camera-lost cam"]


def test_each_trouble_of_a_picture_and_of_room_is_an_alarm_until_it_is_over() -> None:
    said = Said()
    states = [CameraState("cam", recording=True, segments=1, picture=trouble) for trouble in PictureTrouble]
    for state in (*states, CameraState("cam", recording=True, segments=1, cut_short=True)):
        said.hear(state, 120)
    said.hear(GOOD, 10)
    alarmed = ["camera-frozen cam", "camera-black cam", "camera-covered cam", "video-cut-short cam"]
    assert said.hear(GOOD, 10) == alarmed
    assert said.over == alarmed


def test_a_camera_that_records_a_part_of_the_hour_alone_is_one_alarm_until_it_has_recovered() -> None:
    said = Said()
    gone = CameraState("cam", recording=False, segments=1, why=GapReason.ENDED, recorded_percent=20)
    for _ in range(20):
        said.hear(gone, 10)
        assert said.hear(PATCHY, 10) == ["camera-patchy cam"]
    for percent in (LEAST_RECORDED_PERCENT, LEAST_RECORDED_PERCENT - 1, LEAST_RECORDED_PERCENT) * 3:
        said.hear(CameraState("cam", recording=True, segments=1, recorded_percent=percent), 10)
    assert said.over == [], "at the threshold it does not come and go"
    assert said.hear(GOOD, 10) == ["camera-patchy cam"]
    assert said.over == ["camera-patchy cam"]
