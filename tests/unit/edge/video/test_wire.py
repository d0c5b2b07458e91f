"""What gate and video process say to each other arrives whole, however it is cut; nothing else is understood."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.ids import CameraId, ControllerId
from edge.video.wire import (
    AskPicture,
    BadPipeError,
    Begin,
    Counted,
    Frames,
    FromVideo,
    Listening,
    Picture,
    ToVideo,
    Trust,
    framed,
)

TRUST = Trust("pem", [ControllerId("main")])
BEGIN = Begin("127.0.0.1", 0, "/video", [CameraId("north/1")], "certificate", "secret key", TRUST)
DOWN: list[ToVideo] = [BEGIN, TRUST, Picture(7, b"jpeg"), Picture(8, b"")]


@settings(max_examples=30)
@given(step=st.integers(1, 200))
def test_messages_arrive_whole(step: int) -> None:
    stream = b"".join(framed(message) for message in DOWN)
    frames = Frames()
    assert [
        message for at in range(0, len(stream), step) for message in frames.to_video(stream[at : at + step])
    ] == DOWN
    up: list[FromVideo] = [Listening(8443), AskPicture(1, CameraId("a")), Counted("video-refused")]
    assert list(Frames().from_video(b"".join(framed(message) for message in up))) == up


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x01\xc1", b"\x00\x00\x00\x02{}", framed(DOWN[0])])
def test_what_is_no_message_of_this_side_is_refused_without_being_shown(data: bytes) -> None:
    with pytest.raises(BadPipeError) as caught:
        list(Frames().from_video(data))
    assert "secret" not in str(caught.value)


def test_neither_key_nor_picture_is_printed() -> None:
    assert "secret" not in repr(BEGIN)
    assert "jpeg" not in repr(DOWN[2])
