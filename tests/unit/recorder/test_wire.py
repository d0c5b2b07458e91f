"""What gate and recorder say to each other is understood, and shows no secret."""

from contract.ids import CameraId, EdgeId, Epoch
from contract.periods import Kind, Period, Retention
from contract.sealing import KeyName
from edge.counting.wire import Sight
from edge.recorder.wire import (
    Begin,
    ClockOffset,
    GiveKey,
    Order,
    Report,
    Snapshot,
    State,
    Stop,
    TakeSnapshot,
    orders,
    reports,
)
from process.pipe import framed

ORDERS: list[Order] = [
    Begin(CameraId("north"), "rtsp://viewer:sesame@camera/1", "/var/lib/video", 60, Retention(), -5, True, [], None),
    ClockOffset(12, is_confirmed=False),
    GiveKey(KeyName(EdgeId("gate-1"), Epoch(bytes(16)), Period(Kind.VIDEO, 0, 86400), "north"), b"k" * 32, b"w"),
    TakeSnapshot(3),
    Stop(),
]


def test_each_side_understands_the_other() -> None:
    assert list(orders().feed(b"".join(map(framed, ORDERS)))) == ORDERS
    told: list[Report] = [State(recording=True, segments=4, error=""), Snapshot(7, b"\xff\xd8"), Sight(is_blind=True)]
    assert list(reports().feed(b"".join(map(framed, told)))) == told


def test_no_secret_shows_when_a_message_is_printed() -> None:
    printed = repr(ORDERS)
    assert "sesame" not in printed
    assert "kkk" not in printed
