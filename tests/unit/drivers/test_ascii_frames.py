import pytest

from drivers.ascii_frames import MAX_FRAME_BYTES, AsciiFramer, CardFrame, FrameRefused
from drivers.ports import ReadRefusal

CARD = 0x0F0184F07A


@pytest.mark.parametrize(
    "frame",
    [
        b"\x020F0184F07A00\x03",
        b"\x020f0184f07a00\x03",
        b"\x020F0184F07A00\r\n\x03",
    ],
)
def test_every_usual_shape_of_a_frame_is_read(frame: bytes) -> None:
    assert AsciiFramer().feed(frame) == [CardFrame(CARD)]
    without = frame.replace(b"7A00", b"7A").replace(b"7a00", b"7a")
    assert AsciiFramer(has_checksum=False).feed(without) == [CardFrame(CARD)]


def test_a_missing_checksum_is_not_taken_for_a_reader_that_sends_none() -> None:
    refused = [FrameRefused(ReadRefusal.WRONG_LENGTH, 10)]
    assert AsciiFramer().feed(b"\x020F0184F07A\x03") == refused
    (truncated, rest) = AsciiFramer().feed(b"\x020\x020184F07A00\x03")
    assert (truncated, [rest]) == (FrameRefused(ReadRefusal.TRUNCATED, 1), refused)


@pytest.mark.parametrize(
    ("frame", "blame"),
    [
        (b"\x020F0184F07A01\r\n\x03", ReadRefusal.BAD_CHECKSUM),
        (b"\x020F0184F07G00\x03", ReadRefusal.NOT_HEX),
        (b"\x020F0184 07A00\x03", ReadRefusal.NOT_HEX),
        (b"\x020F0184F07\x03", ReadRefusal.WRONG_LENGTH),
        (b"\x02\x03", ReadRefusal.WRONG_LENGTH),
        (b"\x020F0184F07A000\x03", ReadRefusal.WRONG_LENGTH),
        (b"\x02" + b"0" * (MAX_FRAME_BYTES + 1), ReadRefusal.OVERLONG),
    ],
)
def test_a_bad_frame_is_refused_with_its_blame(frame: bytes, blame: ReadRefusal) -> None:
    (refused,) = AsciiFramer().feed(frame)
    assert isinstance(refused, FrameRefused)
    assert refused.blame == blame


def test_a_frame_that_begins_anew_is_truncated_and_the_next_one_read() -> None:
    read = AsciiFramer().feed(b"\x020F01\x020F0184F07A00\x03")
    assert read == [FrameRefused(ReadRefusal.TRUNCATED, 4), CardFrame(CARD)]


def test_bytes_between_frames_are_counted_as_noise() -> None:
    framer = AsciiFramer()
    assert framer.feed(b"xy\x03\x020F0184F07A00\x03z") == [CardFrame(CARD)]
    assert framer.noise_bytes == 4


def test_a_half_frame_from_before_a_loss_of_the_line_is_forgotten() -> None:
    framer = AsciiFramer()
    framer.feed(b"\x020F01")
    framer.reset()
    assert framer.feed(b"84F07A00\x03") == []
