"""Frames that the makers print in their papers, byte for byte: what our driver sends, and what the simulator hears.

Waveshare: wiki pages "Modbus RTU Relay" and "Modbus RTU IO 8CH", development protocol. Eletechsup: "N4D3E16 16CH RS485
IO controller command". CRC: the example of "Modbus over serial line" V1.02, and those frames.
"""

import pytest
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU, ModbusPDU

from drivers.boards import modbus_requests as requests
from drivers.boards.profile import ModbusProfile, load_profile
from simulators.boards.rtu import Request, RequestFramer, crc16


def modbus(name: str) -> ModbusProfile:
    profile = load_profile(name).modbus
    assert profile is not None
    return profile


WAVESHARE = modbus("waveshare-rtu-relay-d-8ch")
ELETECHSUP = modbus("eletechsup-n4d3e16")


def pulse(profile: ModbusProfile, number: int, duration_ms: int) -> ModbusPDU:
    assert profile.pulse is not None
    return requests.pulse(1, profile.pulse, number, duration_ms)


@pytest.mark.parametrize(
    ("request_", "frame"),
    [
        (requests.switch(1, WAVESHARE, 0, on=True), "01 05 00 00 FF 00 8C 3A"),
        (requests.switch(1, WAVESHARE, 0, on=False), "01 05 00 00 00 00 CD CA"),
        (pulse(WAVESHARE, 0, 700), "01 05 02 00 00 07 8D B0"),
        (pulse(WAVESHARE, 1, 800), "01 05 02 01 00 08 9C 74"),
        (requests.read(1, WAVESHARE.outputs, 8), "01 01 00 00 00 08 3D CC"),
        (requests.switch(1, ELETECHSUP, 0, on=True), "01 06 00 01 01 00 D9 9A"),
        (requests.switch(1, ELETECHSUP, 1, on=False), "01 06 00 02 02 00 29 6A"),
        (pulse(ELETECHSUP, 0, 10_000), "01 06 00 01 06 0A 5B AD"),
        (pulse(ELETECHSUP, 1, 99_001), "01 06 00 02 06 64 2A 41"),
        (requests.read(1, ELETECHSUP.outputs, 16), "01 03 00 70 00 01 85 D1"),
        (requests.read(1, ELETECHSUP.inputs or ELETECHSUP.outputs, 16), "01 03 00 C0 00 01 84 36"),
    ],
)
def test_a_request_is_what_the_maker_prints_and_the_simulator_hears(request_: ModbusPDU, frame: str) -> None:
    sent = FramerRTU(DecodePDU(is_server=False)).buildFrame(request_)
    assert sent == bytes.fromhex(frame)
    assert crc16(sent[:-2]) == sent[-2:]
    (heard,) = RequestFramer().feed(sent, 0.0)
    assert heard == Request(1, sent[1], int.from_bytes(sent[2:4], "big"), int.from_bytes(sent[4:6], "big"))


def test_answers_say_what_the_makers_say_of_them() -> None:
    framer = FramerRTU(DecodePDU(is_server=False))
    _, outputs = framer.handleFrame(bytes.fromhex("01 03 02 02 02 38 E5"), 1, 0)
    assert outputs is not None
    states = requests.states(outputs, ELETECHSUP.outputs, 16)
    assert [number for number, state in enumerate(states, 1) if state] == [2, 10]
    _, inputs = framer.handleFrame(bytes.fromhex("01 03 02 00 80 B9 E4"), 1, 0)
    assert inputs is not None
    assert requests.states(inputs, ELETECHSUP.outputs, 16).index(True) + 1 == 8


def test_the_crc_example_of_the_standard() -> None:
    assert crc16(bytes.fromhex("02 07")) == bytes.fromhex("41 12")
