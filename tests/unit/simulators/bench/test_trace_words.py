"""Serial and Modbus frames in words. Modbus frames are those of the application protocol's own examples (V1.1b3)."""

import pytest

from simulators.bench.modbus_words import modbus_words
from simulators.bench.trace import serial_words
from simulators.boards.rtu import crc16
from simulators.line import Direction


def test_what_an_ascii_reader_sends_is_shown_with_its_control_characters() -> None:
    assert serial_words(b"\x0201\xffAB\r\n\x03") == "<STX>01\\xffAB<CR><LF><ETX>"


@pytest.mark.parametrize(
    ("pdu", "direction", "words", "is_routine"),
    [
        ("02 00c4 0016", Direction.TO_DEVICES, "unit 17 read inputs at 196, 22 of them", True),  # 6.2
        ("02 03 acdb35", Direction.TO_DRIVER, "unit 17 read inputs: 00110101 11011011 10101100", True),  # 6.2
        ("03 02 022b", Direction.TO_DRIVER, "unit 17 read registers: 0x022b", True),  # 6.3
        ("05 00ac ff00", Direction.TO_DEVICES, "unit 17 write coil at 172: on", False),  # 6.5
        ("05 0200 0014", Direction.TO_DEVICES, "unit 17 write coil at 0x0200: 0x0014", False),
        ("06 0001 0003", Direction.TO_DRIVER, "unit 17 write register at 0x0001: 0x0003", False),  # 6.6
        ("0f 0013 000a 02 cd01", Direction.TO_DEVICES, "unit 17 write coils at 19, 10 of them, cd 01", False),  # 6.11
        ("81 02", Direction.TO_DRIVER, "unit 17 read coils: refused, illegal address", False),  # 7
        ("2b 01", Direction.TO_DEVICES, "unit 17 function 0x2b 01", False),
    ],
)
def test_modbus_in_words(pdu: str, direction: Direction, words: str, is_routine: bool) -> None:
    frame = b"\x11" + bytes.fromhex(pdu)
    whole = frame + crc16(frame)
    assert modbus_words(whole, direction) == [(words, is_routine)]
    assert modbus_words(whole * 2, direction) == [(words, is_routine)] * 2
    *first, (last, _) = modbus_words(whole + b"\x11\x05", direction)
    assert (first, last) == ([(words, is_routine)], "damaged: 11 05")


@pytest.mark.parametrize("frame", ["11", "1102", "110200c40016baa0"])
def test_a_damaged_frame_is_told_as_such(frame: str) -> None:
    ((words, is_routine),) = modbus_words(bytes.fromhex(frame), Direction.TO_DEVICES)
    assert words.startswith("damaged:")
    assert not is_routine
