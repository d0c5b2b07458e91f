"""The pipe between gate and recorder: every message comes back as it went, in any pieces; anything else is named."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract.ids import CameraId, EdgeId, Epoch
from contract.periods import Kind, Period, Retention
from contract.sealing import KeyName
from edge.recorder.wire import (
    FRAME_LIMIT_BYTES,
    BadFrameError,
    Begin,
    ClockOffset,
    Frames,
    GiveKey,
    Order,
    Report,
    Snapshot,
    State,
    Stop,
    TakeSnapshot,
    framed,
)

ORDERS: list[Order] = [
    Begin(CameraId("north"), "rtsp://viewer:sesame@camera/1", "/var/lib/video", 60, Retention(), -5, True, [], None),
    ClockOffset(12, is_confirmed=False),
    GiveKey(KeyName(EdgeId("gate-1"), Epoch(bytes(16)), Period(Kind.VIDEO, 0, 86400), "north"), b"k" * 32, b"w"),
    TakeSnapshot(3),
    Stop(),
]


@given(st.lists(st.integers(1, 40), min_size=1))
def test_orders_pass_in_any_pieces(sizes: list[int]) -> None:
    stream = b"".join(framed(order) for order in ORDERS)
    frames, at = Frames(), 0
    got: list[Order] = []
    while at < len(stream):
        size = sizes[at % len(sizes)]
        got += frames.orders(stream[at : at + size])
        at += size
    assert got == ORDERS


def test_reports_pass() -> None:
    reports: list[Report] = [State(recording=True, segments=4, error=""), Snapshot(7, b"\xff\xd8")]
    assert list(Frames().reports(b"".join(framed(report) for report in reports))) == reports


@given(st.binary(max_size=60))
@example(b"\xa1\xff")
def test_anything_else_is_named(body: bytes) -> None:
    with suppress(BadFrameError):
        assert list(Frames().orders(len(body).to_bytes(4, "big") + body))


def test_what_was_not_understood_is_not_repeated() -> None:
    with pytest.raises(BadFrameError) as bad:
        list(Frames().orders(b"\0\0\0\x07\xa6sesame"))
    assert bad.value.__context__ is None
    assert "sesame" not in str(bad.value)


def test_an_endless_message_is_refused_before_it_came() -> None:
    with pytest.raises(BadFrameError):
        list(Frames().orders((FRAME_LIMIT_BYTES + 1).to_bytes(4, "big")))


def test_no_secret_shows_when_a_message_is_printed() -> None:
    printed = repr(ORDERS)
    assert "sesame" not in printed
    assert "kkk" not in printed
