"""Reads as makers and sellers of serial readers print them, against our profiles and against the simulated readers.

Each row names where it is printed. A row without a source in the maker's own words is marked as a frame seen in use.
"""

import pytest

from drivers.ports import Credential
from drivers.serial.checksum import ChecksumKind, checksum
from drivers.serial.decoder import CardWord, SerialDecoder
from drivers.serial.profile import load_profile
from simulators.cards import ProximityCard, UidCard
from simulators.readers.serial_models import Presentable, VehicleTag, model


def text(printed: str) -> bytes:
    return printed.encode("ascii")


# profile, what is sent, the card's canonical text
READS = [
    # Seeed Studio, 125 kHz RFID module (113020002), data sheet page 3
    ("rdm6300", text("\x0262E3086CED08\x03"), "em4100:62e3086ced"),
    # an RDM6300 seen in use, as reported in a forum of Arduino, "RFID data format, RDM6300 vs EM4100 readers"
    ("rdm6300", bytes([2, 48, 49, 48, 48, 54, 51, 69, 57, 65, 69, 50, 53, 3]), "em4100:010063e9ae"),
    # ID Innovations, ID-2/12/20 LA series data sheet of 11.04.2013, section 4
    ("id-12la", text("\x020C000621A58E\r\n\x03"), "em4100:0c000621a5"),
    # Parallax, RFID card reader serial and USB, documentation v2.1, page 2
    ("parallax-28140", bytes.fromhex("0A 30 46 30 31 38 34 46 30 37 41 0D"), "em4100:0f0184f07a"),
    # a seller's sheet of the EM-18
    ("em-18", text("4500C5D1E9B8"), "em4100:4500c5d1e9"),
    # sheet of the 7941D, UART interface
    ("gwiot-7941", bytes.fromhex("02 0A 02 2E 00 B6 D7 B5 F2 03"), "em4100:2e00b6d7b5"),
    # another seller's sheet of the same protocol
    ("gwiot-7941", bytes.fromhex("02 0A 02 06 00 8E 6D 5D B0 03"), "em4100:06008e6d5d"),
    # Nedap, uPASS Target installation guide, section 6.5.2
    (
        "nedap-upass-target",
        text("400180013E00330E34244E103FFFC809A862A1EC1500\r\n"),
        "epc-96:4e103fffc809a862a1ec1500",
    ),
    # Advanced ID Asia Engineering, ST110 user's manual, page 34
    ("st110", text("350646766781206510000011\r"), "epc-96:350646766781206510000011"),
    ("st110", text("E0045BA51A010000\r"), "uid-8:e0045ba51a010000"),
    # MagicRF, M100 module command manual, single inventory
    (
        "uhf-m100",
        bytes.fromhex("BB 02 22 00 11 C9 34 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 3A 76 EF 7E"),
        "epc-96:30751feb705c5904e3d50d70",
    ),
    # an R200 module seen in use
    (
        "uhf-m100",
        bytes.fromhex("BB 02 22 00 11 C4 30 00 E2 00 00 1D 73 15 01 65 21 40 8F C6 B8 3E C2 7E"),
        "epc-96:e200001d7315016521408fc6",
    ),
]


@pytest.mark.parametrize(("profile", "sent", "card"), READS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_printed_read_is_the_card_that_is_printed_beside_it(profile: str, sent: bytes, card: str) -> None:
    decoder = SerialDecoder(load_profile(profile))
    (read,) = [*decoder.feed(sent), *decoder.silence()]
    assert isinstance(read, Credential)
    assert read.text == card


def test_the_answer_of_a_module_without_a_tag_is_no_read() -> None:
    # MagicRF, M100 module command manual, single inventory: no tag
    assert SerialDecoder(load_profile("uhf-m100")).feed(bytes.fromhex("BB 01 FF 00 01 15 16 7E")) == []


@pytest.mark.parametrize("profile", ["wiegand-hex", "wiegand-bits"])
def test_the_example_of_the_wiring_page_is_the_word_of_a_published_card(profile: str) -> None:
    # H10301, facility 176, number 50587: shared/data/wiegand
    sent = {"wiegand-hex": "W26:03618B36:F9\r\n", "wiegand-bits": "W26:11011000011000101100110110\r\n"}[profile]
    (read,) = SerialDecoder(load_profile(profile)).feed(text(sent))
    assert isinstance(read, CardWord)
    assert (read.word, read.bits) == (0x3618B36, 26)


@pytest.mark.parametrize("sent", ["04 FF 21 19 95", "04 00 01 DB 4B", "05 00 24 00 25 29", "05 00 2F 1E 72 34"])
def test_the_checksum_of_frames_of_uhf_readers_seen_in_use(sent: str) -> None:
    # commands to readers of the UHFReader18 family, as several open programs send them
    frame = bytes.fromhex(sent)
    assert checksum(ChecksumKind.CRC16_MCRF4XX, frame[:-2]).to_bytes(2, "little") == frame[-2:]


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        # the "check" values of the catalogue of parametrised CRC algorithms (reveng)
        (ChecksumKind.CRC16_MODBUS, 0x4B37),
        (ChecksumKind.CRC16_ARC, 0xBB3D),
        (ChecksumKind.CRC16_MCRF4XX, 0x6F91),
        (ChecksumKind.CRC16_X25, 0x906E),
        (ChecksumKind.CRC16_CCITT_FALSE, 0x29B1),
        (ChecksumKind.CRC16_XMODEM, 0x31C3),
        # counted by hand
        (ChecksumKind.XOR, 0x31),
        (ChecksumKind.SUM, 0xDD),
        (ChecksumKind.TWOS_COMPLEMENT, 0x23),
    ],
)
def test_checksums_of_the_usual_nine_digits(kind: ChecksumKind, check: int) -> None:
    assert checksum(kind, b"123456789") == check


# model, card, what it sends; sources as above
SENT: list[tuple[str, Presentable, bytes]] = [
    ("rdm6300", ProximityCard(bytes.fromhex("62E3086CED")), READS[0][1]),
    ("id-12la", ProximityCard(bytes.fromhex("0C000621A5")), READS[2][1]),
    ("parallax-28140", ProximityCard(bytes.fromhex("0F0184F07A")), READS[3][1]),
    ("em-18", ProximityCard(bytes.fromhex("4500C5D1E9")), READS[4][1]),
    ("gwiot-7941", ProximityCard(bytes.fromhex("2E00B6D7B5")), READS[5][1]),
    ("st110", VehicleTag(bytes.fromhex("350646766781206510000011")), READS[8][1]),
    ("uhf-m100", VehicleTag(bytes.fromhex("30751FEB705C5904E3D50D70")), READS[10][1]),
    ("wiegand-hex", ProximityCard.of(176, 50587), b"W26:03618B36:F9\r\n"),
    ("wiegand-bits", ProximityCard.of(176, 50587), b"W26:11011000011000101100110110\r\n"),
    ("promag-mf7", UidCard(bytes.fromhex("04A1B2C3")), b"04A1B2C3\r\n"),
]


@pytest.mark.parametrize(("name", "card", "sent"), SENT, ids=lambda value: value if isinstance(value, str) else "")
def test_a_simulated_reader_sends_what_is_printed(name: str, card: Presentable, sent: bytes) -> None:
    assert model(name).encode(card) == sent
