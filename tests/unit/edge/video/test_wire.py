"""What gate and video process say to each other arrives whole, however it is cut; nothing else is understood."""

import pytest

from contract.ids import CameraId, ControllerId
from edge.video.wire import (
    AskPicture,
    Begin,
    Counted,
    FromVideo,
    Listening,
    Picture,
    ToVideo,
    Trust,
    from_video,
    to_video,
)
from process.pipe import BadPipeError, framed

TRUST = Trust("pem", [ControllerId("main")])
BEGIN = Begin("127.0.0.1", 0, "/video", [CameraId("north/1")], "certificate", "secret key", TRUST)
DOWN: list[ToVideo] = [BEGIN, TRUST, Picture(7, b"jpeg"), Picture(8, b"")]


def test_each_side_understands_the_other() -> None:
    assert list(to_video().feed(b"".join(map(framed, DOWN)))) == DOWN
    up: list[FromVideo] = [Listening(8443), AskPicture(1, CameraId("a")), Counted("video-refused")]
    assert list(from_video().feed(b"".join(map(framed, up)))) == up


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x01\xc1", b"\x00\x00\x00\x02{}", framed(DOWN[0])])
def test_what_is_no_message_of_this_side_is_refused_without_being_shown(data: bytes) -> None:
    with pytest.raises(BadPipeError) as caught:
        list(from_video().feed(data))
    assert "secret" not in str(caught.value)


def test_neither_key_nor_picture_is_printed() -> None:
    assert "secret" not in repr(BEGIN)
    assert "jpeg" not in repr(DOWN[2])
