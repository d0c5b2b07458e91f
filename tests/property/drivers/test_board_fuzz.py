"""Bytes from bad boards in bulk: whatever is not the answer to the question is not believed, and nothing falls over."""

import asyncio
import random

import pytest
from pymodbus.pdu import ModbusPDU

from drivers.boards import modbus_requests as requests
from drivers.boards.profile import ModbusProfile, load_profile
from drivers.boards.rtu_line import NoAnswerError, RtuLine
from simulators.boards.rtu import answer, crc16

UNIT = 7


def profile(name: str) -> ModbusProfile:
    modbus = load_profile(name).modbus
    assert modbus is not None
    return modbus


def bad_answer(chance: random.Random, function: int) -> bytes:
    """What a bad board, another board or a bad cable makes of an answer; now and then a right one."""
    payload = chance.choice([b"\x01\x05", b"\x02\x00\x05", b"\x01", b"", chance.randbytes(chance.randrange(6))])
    code = chance.choice([function, function, function | 0x80, chance.randrange(256)])
    frame = bytearray(answer(chance.choice([UNIT, UNIT, chance.randrange(256)]), code, payload))
    match chance.randrange(6):
        case 0:
            frame[chance.randrange(len(frame))] ^= 1 << chance.randrange(8)
        case 1:
            frame = frame[: chance.randrange(len(frame))]
        case 2:
            frame = bytearray(chance.randbytes(chance.randrange(4))) + frame
        case 3:
            frame += chance.randbytes(chance.randrange(1, 12))
    return bytes(frame)


@pytest.mark.fuzz
async def test_only_a_whole_answer_of_the_unit_is_believed(fuzz_count: int) -> None:
    chance = random.Random(20261121)
    line, loop = RtuLine("nowhere", 9600), asyncio.get_running_loop()
    io, registers = profile("waveshare-rtu-relay-d-8ch"), profile("eletechsup-n4d3e16")
    assert io.inputs is not None
    questions = [
        (requests.read(UNIT, io.inputs, 8), io.inputs, 8),
        (requests.read(UNIT, registers.outputs, 16), registers.outputs, 16),
    ]
    believed = 0
    for _ in range(fuzz_count):
        question, place, count = chance.choice(questions)
        line._asked, line._answer, line._buffer = question, loop.create_future(), b""
        data = bad_answer(chance, question.function_code)
        cut = chance.randrange(len(data) + 1)
        line._hear(data[:cut])
        line._hear(data[cut:])
        if line._answer.done():
            try:
                told: ModbusPDU = line._answer.result()
                states = requests.states(told, place, count) if not told.isError() else []
            except (NoAnswerError, requests.BadAnswerError):
                continue
            assert len(states) in {0, count}
            assert _has_answer_of(UNIT, question.function_code, data)
            believed += 1
    assert 0 < believed < fuzz_count


def _has_answer_of(unit: int, function: int, data: bytes) -> bool:
    """Whether somewhere in `data` stands a frame of `unit` with that function and a right CRC."""
    return any(
        data[start] == unit
        and data[start + 1] & 0x7F == function
        and crc16(data[start : end - 2]) == data[end - 2 : end]
        for start in range(len(data) - 3)
        for end in range(start + 4, len(data) + 1)
    )
