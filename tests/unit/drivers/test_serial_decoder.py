"""What serial readers send when something is wrong: each bad frame has its blame, and none becomes a card."""

import binascii

import pytest

from drivers.ports import Credential, ReadRefusal
from drivers.serial.decoder import CardWord, Said, SerialDecoder
from drivers.serial.framing import MAX_FRAME_BYTES, FrameRefused
from drivers.serial.profile import load_profile, parse_profile
from simulators.cards import CardBits, ProximityCard, UidCard
from simulators.readers.serial_models import VehicleTag, model

CARD = Credential(format="em4100", number=0x0F0184F07A)
EM4100 = ProximityCard(bytes.fromhex("0f0184f07a"))
TAG = VehicleTag(bytes.fromhex("e200001d7315016521408fc6"))


def said(profile: str, *pieces: bytes) -> list[Said]:
    """What a decoder says to the pieces and then to silence."""
    decoder = SerialDecoder(load_profile(profile))
    return [*(one for piece in pieces for one in decoder.feed(piece)), *decoder.silence()]


def blames(spoken: list[Said]) -> list[ReadRefusal | str]:
    return [one.blame if isinstance(one, FrameRefused) else "card" for one in spoken]


@pytest.mark.parametrize("frame", [b"\x020F0184F07A00\x03", b"\x020f0184f07a00\x03", b"\x020F0184F07A00\r\n\x03"])
def test_every_usual_shape_of_a_frame_is_read(frame: bytes) -> None:
    assert said("rdm6300", frame) == [CARD]


@pytest.mark.parametrize(
    ("frame", "blame"),
    [
        (b"\x020F0184F07A01\r\n\x03", ReadRefusal.BAD_CHECKSUM),
        (b"\x020F0184F07G00\x03", ReadRefusal.NOT_HEX),
        (b"\x020F0184 07A00\x03", ReadRefusal.NOT_HEX),
        (b"\x020F0184F07A\xe9\xe9\x03", ReadRefusal.NOT_HEX),
        (b"\x020F0184F07\x03", ReadRefusal.WRONG_LENGTH),
        (b"\x02\x03", ReadRefusal.WRONG_LENGTH),
        (b"\x02\r\n\x03", ReadRefusal.WRONG_LENGTH),
        (b"\x020F0184F07A000\x03", ReadRefusal.WRONG_LENGTH),
        (b"\x020F0184F07A\x03", ReadRefusal.WRONG_LENGTH),
        (b"\x020F0184F07A00", ReadRefusal.TRUNCATED),
    ],
)
def test_a_bad_frame_is_refused_with_its_blame(frame: bytes, blame: ReadRefusal) -> None:
    assert blames(said("rdm6300", frame)) == [blame]


def test_a_frame_without_end_is_given_up_and_the_next_one_read() -> None:
    spoken = said("rdm6300", b"\x02" + b"0" * (MAX_FRAME_BYTES + 9) + b"\x020F0184F07A00\x03")
    assert blames(spoken) == [ReadRefusal.OVERLONG, "card", ReadRefusal.NOISE]


def test_a_frame_that_begins_anew_is_truncated_and_the_next_one_read() -> None:
    assert said("rdm6300", b"\x020F01\x020F0184F07A00\x03") == [FrameRefused(ReadRefusal.TRUNCATED, 4), CARD]


def test_bytes_that_are_no_frame_are_told_of_after_silence_and_line_ends_are_nothing() -> None:
    assert said("rdm6300", b"xy\x03\x020F0184F07A00\x03z") == [CARD, FrameRefused(ReadRefusal.NOISE, 4)]
    assert said("rdm6300", b"\r\n\r\n") == []


def test_two_reads_merged_into_one_are_two_where_marks_tell_them_apart_and_none_where_not() -> None:
    one, other = EM4100, ProximityCard.of(13, 4567)
    assert blames(said("rdm6300", model("rdm6300").encode(one) + model("rdm6300").encode(other))) == ["card", "card"]
    assert blames(said("wie232", b"B0C59B" + b"0D11D7\r")) == [ReadRefusal.WRONG_LENGTH]
    assert blames(said("gwiot-7941", model("gwiot-7941").encode(one)[:4], model("gwiot-7941").encode(other))) == [
        ReadRefusal.WRONG_LENGTH,
        "card",
    ]


def test_a_line_that_is_too_long_takes_its_tail_with_it() -> None:
    assert blames(said("wie232", b"1" * (MAX_FRAME_BYTES + 1) + b"\r", b"B0C59B\r")) == [ReadRefusal.OVERLONG, "card"]
    assert blames(said("wie232", b"1" * (MAX_FRAME_BYTES + 1) + b"B0C59B\r")) == [ReadRefusal.OVERLONG]


def test_a_half_line_is_not_completed_by_the_line_after_a_silence() -> None:
    decoder = SerialDecoder(load_profile("wie232"))
    assert decoder.feed(b"B0C") == []
    assert decoder.is_amid
    assert decoder.silence() == [FrameRefused(ReadRefusal.TRUNCATED, 3)]
    assert blames(decoder.feed(b"59B\r")) == [ReadRefusal.WRONG_LENGTH]


def test_frames_without_marks_have_silence_on_both_sides_or_are_no_frames() -> None:
    decoder = SerialDecoder(load_profile("em-18"))
    frame = model("em-18").encode(EM4100)
    assert decoder.feed(frame) == []
    assert decoder.silence() == [CARD]
    # One digit lost: what is left with the first digit of the next frame has the right checksum, and another number.
    assert decoder.feed(frame[1:] + frame) == []
    assert blames(decoder.silence()) == [ReadRefusal.OVERLONG]
    assert decoder.feed(frame[1:]) == []
    assert blames(decoder.silence()) == [ReadRefusal.TRUNCATED]
    assert decoder.feed(frame[:-1] + b"1") == []
    assert blames(decoder.silence()) == [ReadRefusal.BAD_CHECKSUM]
    decoder.feed(frame * 100)
    assert decoder.silence() == [FrameRefused(ReadRefusal.OVERLONG, MAX_FRAME_BYTES)]


def test_a_frame_with_a_strong_checksum_is_found_again_without_silence() -> None:
    frame = model("uhf-ur").encode(TAG)
    assert blames(said("uhf-ur", frame[1:] + frame + frame)) == [ReadRefusal.WRONG_LENGTH, "card", "card"]


def test_signs_of_life_are_no_reads_and_unknown_kinds_of_cards_are_refused() -> None:
    assert said("uhf-m100", bytes.fromhex("BB01FF000115167E")) == []
    # SID UR series, user manual v1.14, page 72: a heartbeat; its checksum by the standard library
    heartbeat = bytes.fromhex("1400EE28") + bytes(15)
    crc = int(f"{binascii.crc_hqx(bytes(int(f'{byte:08b}'[::-1], 2) for byte in heartbeat), 0xFFFF):016b}"[::-1], 2)
    assert said("uhf-ur", heartbeat + crc.to_bytes(2, "little")) == []
    assert blames(said("gwiot-7941", bytes.fromhex("020907A1B2C3D40A03"))) == [ReadRefusal.UNSUPPORTED_CARD]
    assert blames(said("gwiot-7941", model("gwiot-7941").encode(UidCard(bytes.fromhex("a1b2c3d4"))))) == ["card"]


@pytest.mark.parametrize(
    ("sent", "blame"),
    [
        (b"W26:0003618B36:F9\r", ReadRefusal.WRONG_LENGTH),  # a byte too many
        (b"W26:07618B36:FD\r", ReadRefusal.WRONG_LENGTH),  # a 27th bit
        (b"W00::00\r", ReadRefusal.WRONG_LENGTH),
        (b"WAB:03618B36:74\r", ReadRefusal.NOT_HEX),
        (b"W26:03618B36:F8\r", ReadRefusal.BAD_CHECKSUM),
        (b"W26:3618B36\r", ReadRefusal.BAD_CHECKSUM),
        (b"W\r", ReadRefusal.WRONG_LENGTH),
    ],
)
def test_raw_card_bits_come_with_their_number_or_not_at_all(sent: bytes, blame: ReadRefusal) -> None:
    assert blames(said("wiegand-hex", sent)) == [blame]


def test_ones_and_zeros_are_nothing_else() -> None:
    assert blames(said("wiegand-bits", b"W26:11011000011000101100110112\r")) == [ReadRefusal.NOT_HEX]
    assert blames(said("wiegand-bits", b"W26:1101100001100010110011011\r")) == [ReadRefusal.WRONG_LENGTH]


LEFT = """
name = "left"
title = "T"
source = "S"
page = "p.md"
line = { bauds = [9600] }
frame = { kind = "fixed", bytes = 6, start = "aa", end = "bb" }
content = { digits = "bytes" }
[[card]]
format = "wiegand"
bits = 26
number = ":"
align = "left"
"""


def test_bits_may_stand_at_the_left_and_bytes_the_other_way_round() -> None:
    bits = CardBits(26, (0x3618B36 << 6).to_bytes(4, "big"))
    left = SerialDecoder(parse_profile(LEFT)).feed(b"\xaa" + bits.data + b"\xbb")
    right = (0x3618B36).to_bytes(4, "little")
    turned = LEFT.replace('align = "left"', 'order = "little"')
    reverse = SerialDecoder(parse_profile(turned)).feed(b"\xaa" + right + b"\xbb")
    for read in (*left, *reverse):
        assert isinstance(read, CardWord)
        assert (read.word, read.bits) == (0x3618B36, 26)
    spare = SerialDecoder(parse_profile(LEFT)).feed(b"\xaa" + bits.data[:3] + b"\x81\xbb")
    assert blames(spare) == [ReadRefusal.WRONG_LENGTH]
    no_end = SerialDecoder(parse_profile(LEFT)).feed(b"\xaa" + bits.data + b"\xbc")
    assert blames(no_end) == [ReadRefusal.WRONG_LENGTH]


def test_a_number_that_its_card_format_can_not_hold_is_refused() -> None:
    profile = LEFT.replace(
        '"wiegand"\nbits = 26\nnumber = ":"\nalign = "left"', '"h10301"\nfacility = ":2"\nnumber = "2:"'
    )
    decoder = SerialDecoder(parse_profile(profile))
    assert blames(decoder.feed(b"\xaa\x0d\x01\x11\xd7\xbb")) == [ReadRefusal.WRONG_LENGTH]
    (read,) = decoder.feed(b"\xaa\x0d\x00\x11\xd7\xbb")
    assert isinstance(read, Credential)
    assert read.text == "h10301:13:4567"
