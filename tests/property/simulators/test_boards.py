"""Simulated boards: requests however they are cut, and bad bytes in bulk."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.boards.modbus_board import SimulatedModbusBoard
from simulators.boards.models import MODBUS, SERIAL_RELAY, ModbusModel
from simulators.boards.rtu import Request, RequestFramer, answer, crc16
from simulators.boards.serial_relay import Switch, SwitchFramer
from simulators.line import PtyLine

UNIT = 3


def frame_of(request: Request) -> bytes:
    payload = request.address.to_bytes(2, "big") + request.value.to_bytes(2, "big")
    if request.data:
        payload += bytes([len(request.data)]) + request.data
    return answer(request.unit, request.function, payload)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    function = draw(st.sampled_from([1, 2, 3, 5, 6, 15]))
    data = draw(st.binary(min_size=1, max_size=4)) if function == 15 else b""
    word = st.integers(0, 0xFFFF)
    return Request(draw(st.integers(0, 255)), function, draw(word), draw(word), data)


@given(st.lists(requests(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_requests_are_heard_however_the_line_cuts_them(sent: list[Request], chance: random.Random) -> None:
    data = b"".join(frame_of(request) for request in sent)
    framer, heard, at = RequestFramer(), list[Request](), 0
    while at < len(data):
        size = chance.randint(1, 9)
        heard += framer.feed(data[at : at + size], at * 0.001)
        at += size
    assert heard == sent
    assert framer.bad == 0


@given(requests(), st.integers(1, 7))
def test_what_breaks_off_is_dropped_and_the_next_is_heard(request: Request, length: int) -> None:
    framer = RequestFramer()
    assert list(framer.feed(frame_of(request)[:length], 0.0)) == []
    assert list(framer.feed(frame_of(request), 1.0)) == [request]
    assert framer.bad == 1


@given(requests(), st.integers(0, 7), st.integers(0, 7))
def test_one_wrong_bit_is_no_request(request: Request, byte: int, bit: int) -> None:
    frame = bytearray(frame_of(request))
    if byte == 6 and request.function == 15:
        byte = 0  # the length decides when the frame ends
    frame[byte] ^= 1 << bit
    assert request not in list(RequestFramer().feed(bytes(frame) + bytes(64), 0.0))


@given(st.sampled_from(sorted(SERIAL_RELAY)), st.lists(st.tuples(st.integers(1, 8), st.booleans()), max_size=6))
def test_orders_are_heard_byte_by_byte(name: str, orders: list[tuple[int, bool]]) -> None:
    model = SERIAL_RELAY[name]
    framer, heard = SwitchFramer(model), list[Switch]()
    for number, closed in orders:
        body = bytes([model.head, number, closed])
        for byte in body + (bytes([sum(body) % 256]) if model.has_sum else b""):
            heard += framer.feed(bytes([byte]))
    assert heard == [Switch(number - 1, closed) for number, closed in orders if number <= model.outputs]


def board(model: ModbusModel) -> SimulatedModbusBoard:
    return SimulatedModbusBoard(PtyLine(Path("nowhere")), UNIT, model, 9600)


@pytest.mark.fuzz
async def test_any_request_gets_an_answer_and_only_a_write_moves_a_relay(fuzz_count: int) -> None:
    chance = random.Random(20261121)
    boards = [board(model) for model in MODBUS.values()]
    addresses = [0, 1, 2, 7, 8, 0x10, 0x17, 0x20, 0x70, 0xC0, 212, 480, 0x200, 0x207, 0x8000, 0xFFFF]
    for _ in range(fuzz_count):
        each = chance.choice(boards)
        function = chance.choice([1, 2, 3, 5, 6, 15, chance.randrange(256)])
        value = chance.choice([0, 1, 8, 0xFF00, 0x5500, 0x0100, 0x0200, 0x060A, chance.randrange(0x10000)])
        before = list(each.relays.closed)
        said = each.obey(
            Request(UNIT, function, chance.choice(addresses), value, chance.randbytes(chance.randrange(3)))
        )
        assert said[0] == UNIT
        assert said[1] in {function, function | 0x80}
        assert said[-2:] == crc16(said[:-2])
        is_refusal = bool(said[1] & 0x80) and not function & 0x80
        if is_refusal or function not in {5, 6, 15}:
            assert each.relays.closed == before
        for number in range(len(before)):
            each.relays.set(number, closed=chance.random() < 0.5)  # ends a time that runs


@pytest.mark.fuzz
def test_broken_bytes_move_nothing_and_the_next_request_is_heard(fuzz_count: int) -> None:
    chance = random.Random(20261121)
    framer, now_s = RequestFramer(), 0.0
    good = Request(UNIT, 5, 1, 0xFF00)
    for _ in range(fuzz_count):
        frame = bytearray(frame_of(Request(UNIT, chance.choice([1, 5, 15]), 1, chance.randrange(0x10000))))
        frame[chance.randrange(len(frame))] ^= 1 << chance.randrange(8)
        for request in framer.feed(bytes(frame[: chance.randint(1, len(frame))]), now_s):
            raise AssertionError(request)
        now_s += 1.0
        assert list(framer.feed(frame_of(good), now_s)) == [good]
        now_s += 1.0


@pytest.mark.fuzz
def test_noise_between_orders_to_a_relay_board(fuzz_count: int) -> None:
    chance = random.Random(20261121)
    framer = SwitchFramer(SERIAL_RELAY["lcus-8"])
    for _ in range(fuzz_count):
        body = bytes([0xA0, chance.randint(1, 8), chance.randrange(2)])
        noise = bytes(chance.randrange(0xA0) for _ in range(chance.randrange(4)))
        heard = list(framer.feed(noise + body + bytes([sum(body) % 256])))
        assert heard == [Switch(body[1] - 1, bool(body[2]))]
        wrong = body + bytes([(sum(body) + chance.randint(1, 255)) % 256])
        assert list(framer.feed(wrong + bytes(4))) == []
