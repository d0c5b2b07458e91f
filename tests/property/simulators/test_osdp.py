"""The simulators' OSDP codec under any frame, any split, any noise; and bad input in bulk for each of its decoders."""

import base64
import json
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.cards import ProximityCard
from simulators.osdp.capture import CaptureError, Record, line_of, record_of
from simulators.osdp.codes import Command
from simulators.osdp.device import PeripheralDevice
from simulators.osdp.finder import MessageFinder
from simulators.osdp.frame import (
    LARGEST_MESSAGE_BYTES,
    Block,
    BlockType,
    Frame,
    FrameError,
    crc,
    decode,
    encode,
)
from simulators.osdp.secure_channel import ChannelError, Session, SessionKeys
from simulators.osdp.state import ReaderState, StateError
from simulators.osdp.stream import MessageStream
from simulators.osdp.trace import Trace, TraceKey
from tests.unit.simulators.osdp.panel import KEY, OTHER_KEY, Panel, device_with

CARD = ProximityCard.of(13, 4567)
QUIET = st.binary(max_size=12).map(lambda noise: noise.replace(b"\x53", b"\x00"))
BLOCKS = st.none() | st.builds(Block, kind=st.sampled_from(BlockType) | st.integers(0, 255), data=st.binary(max_size=8))


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    frame = Frame(
        address=draw(st.integers(0, 127)),
        is_reply=draw(st.booleans()),
        sequence=draw(st.integers(0, 3)),
        code=draw(st.integers(0, 255)),
        payload=draw(st.binary(max_size=80)),
        block=draw(BLOCKS),
        mac=b"",
        with_crc=draw(st.booleans()),
    )
    if frame.has_mac:
        return Frame(
            **{name: getattr(frame, name) for name in frame.__slots__}
            | {"mac": draw(st.binary(min_size=4, max_size=4))}
        )
    return frame


@given(frames())
def test_what_is_encoded_is_decoded(frame: Frame) -> None:
    assert decode(encode(frame)) == frame


@given(frames(), st.data())
def test_a_single_wrong_bit_is_noticed(frame: Frame, data: st.DataObject) -> None:
    message = bytearray(encode(Frame(**{name: getattr(frame, name) for name in frame.__slots__} | {"with_crc": True})))
    message[data.draw(st.integers(0, len(message) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(FrameError):
        decode(bytes(message))


def pieces_of(data: bytes, draw: st.DataObject) -> list[bytes]:
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=12)))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


@given(st.lists(st.tuples(QUIET, frames()), max_size=6), st.data())
def test_messages_are_found_however_the_stream_is_split_and_whatever_is_between_them(
    parts: list[tuple[bytes, Frame]], data: st.DataObject
) -> None:
    messages = [encode(frame) for _noise, frame in parts]
    stream = b"".join(noise + b"\xff" + encode(frame) for noise, frame in parts)
    pieces = pieces_of(stream, data)
    device_s, witness_s = MessageStream(), MessageFinder()
    assert [message for piece in pieces for message in device_s.feed(piece, 0.0)] == messages
    found = [one for piece in pieces for one in witness_s.feed(piece, 0)] + witness_s.finish()
    assert [one.message for one in found if one.damage is None] == messages
    assert witness_s.noise_bytes <= len(stream) - sum(map(len, messages))


@given(st.lists(st.sampled_from(["poll", "card", "out", "keys", "repeat"]), max_size=12), st.data())
@settings(max_examples=50)
def test_a_witness_with_the_key_understands_every_session(acts: list[str], data: st.DataObject) -> None:
    panel = Panel(device_with())
    panel.shake_hands()
    for act in acts:
        if act == "card":
            panel.device.body.present(CARD.h10301)
        elif act == "keys":
            panel.device.body.press("5")
        elif act == "out":
            panel.ask(Command.OUT, b"\0\5\x05\0")
        elif act == "repeat":
            panel.transfer(panel.sent[-1])
            continue
        panel.ask(Command.POLL)
    stream = b"".join(b"\xff" + message for both in zip(panel.sent, panel.heard, strict=True) for message in both)
    trace = Trace([TraceKey(OTHER_KEY), TraceKey(KEY)])
    for piece in pieces_of(stream, data):
        trace.feed("trace", piece, 0)
    trace.finish(0)
    sums = trace.summary
    assert (sums.frames, sums.handshakes) == (len(panel.sent) * 2, 1)
    assert (sums.mac_bad, sums.mac_unchecked, sums.crc_bad, sums.length_bad, sums.noise_bytes) == (0, 0, 0, 0, 0)


@given(st.binary(max_size=100), st.binary(min_size=16, max_size=16))
def test_what_is_sealed_opens_once_and_in_its_place(payload: bytes, rnd_a: bytes) -> None:
    keys = SessionKeys.derive(KEY, rnd_a)
    sender, receiver = Session(keys, rnd_a), Session(keys, rnd_a)
    kind = BlockType.SCS_17 if payload else BlockType.SCS_15
    frame = Frame(address=1, is_reply=False, sequence=1, code=Command.OUT, payload=payload, block=Block(kind=kind))
    sealed = sender.sealed(frame)
    assert payload == b"" or sealed.payload != payload
    assert receiver.open(sealed) == payload
    reply = Frame(address=1, is_reply=True, sequence=1, code=0x40, block=Block(kind=BlockType.SCS_16))
    receiver.open(sender.sealed(reply))
    with pytest.raises(ChannelError):
        receiver.open(sealed)


@given(
    st.builds(Record, st.integers(0, 1 << 62), st.sampled_from(["input", "output", "trace"]), st.binary(max_size=64))
)
def test_a_record_is_what_its_line_says(record: Record) -> None:
    assert record_of(line_of(record, "test")) == record


@pytest.mark.fuzz
def test_messages_of_chance_are_decoded_or_refused_by_name(fuzz_count: int) -> None:
    chance = random.Random(20261121)
    decoded = 0
    for _ in range(fuzz_count):
        message = bytearray(b"\x53" + chance.randbytes(chance.randrange(1, 40)))
        if chance.random() < 0.9 and len(message) > 7:
            message[2:4] = len(message).to_bytes(2, "little")
            message[4] = chance.choice((0x04, 0x0C)) | chance.randrange(4)
            message[-2:] = crc(bytes(message[:-2])).to_bytes(2, "little")
        try:
            frame = decode(bytes(message))
        except FrameError:
            continue
        decoded += 1
        assert encode(frame) == message
    assert decoded > fuzz_count // 4


@pytest.mark.fuzz
def test_a_device_is_opened_by_nothing_that_a_stranger_sends(fuzz_count: int) -> None:
    chance = random.Random(20261121)
    device = device_with()
    now_s = 0.0
    codes = list(Command)
    for _ in range(fuzz_count):
        now_s += chance.choice((0.001, 0.05, 0.2))
        block = None if chance.random() < 0.4 else Block(kind=chance.randrange(0x0F, 0x1A), data=chance.randbytes(1))
        frame = Frame(
            address=chance.choice((5, 5, 5, 0x7F, 6)),
            is_reply=chance.random() < 0.05,
            sequence=chance.randrange(4),
            code=chance.choice(codes),
            payload=chance.randbytes(chance.choice((0, 1, 4, 8, 14, 16, 18))),
            block=block,
            mac=chance.randbytes(4),
            with_crc=chance.random() < 0.8,
        )
        message = bytearray(encode(frame))
        if chance.random() < 0.3:
            message[chance.randrange(len(message))] = chance.randrange(256)
        for answer in answers(device.receive(bytes(message), now_s)):
            assert answer.is_reply
    assert not device.is_secure
    assert device.body.output_states == [False, False]
    assert (device.state.key, device.state.address, device.state.baud, device.keys_taken) == (KEY, 5, 9600, 0)


def answers(data: bytes) -> list[Frame]:
    """Whatever a device says is whole messages and nothing else."""
    messages = MessageStream().feed(data, 0.0)
    assert b"".join(messages) == data
    return [decode(message) for message in messages]


@pytest.mark.fuzz
def test_a_witness_of_noise_and_broken_sessions_tells_something_of_each_and_never_fails(fuzz_count: int) -> None:
    chance = random.Random(20261121)
    panel = Panel(device_with())
    panel.shake_hands()
    panel.device.body.present(CARD.h10301)
    panel.greeted()
    panel.ask(Command.POLL)
    panel.ask(Command.LED, bytes(14))
    messages = panel.sent + panel.heard
    trace = Trace([TraceKey(KEY)])
    told = 0
    for number in range(fuzz_count):
        record = bytearray(chance.choice(messages))
        for _ in range(chance.randrange(3)):
            record[chance.randrange(len(record))] = chance.randrange(256)
        if chance.random() < 0.3:
            record = record[chance.randrange(len(record)) :]
        elif chance.random() < 0.2 and len(record) > 7:  # intact, and of no sense
            record[5] = chance.randrange(256)
            record[-2:] = crc(bytes(record[:-2])).to_bytes(2, "little")
        for frame in trace.feed(chance.choice(("in", "out")), bytes(record), number):
            told += 1
            assert frame.words
            assert frame.length_bytes <= max(LARGEST_MESSAGE_BYTES, len(record) + LARGEST_MESSAGE_BYTES)
            assert KEY.hex() not in frame.words
    told += len(trace.finish(0))
    sums = trace.summary
    assert (sums.frames, sums.crc_bad > 0, sums.length_bad > 0) == (told, True, True)


@pytest.mark.fuzz
def test_lines_of_chance_are_records_or_refused_by_name(fuzz_count: int) -> None:
    chance = random.Random(20261121)
    line = line_of(
        Record(1_693_167_786_033_907_099, "in", bytes.fromhex("ff53000800046 0ebaa".replace(" ", ""))), "test"
    )
    values: list[object] = [None, -1, 1e300, "", "x", [], {}, True, "ff", "f", 10**40, "9" * 5000]
    refused = read = 0
    for _ in range(fuzz_count):
        if chance.random() < 0.5:
            place = chance.randrange(len(line))
            damaged = line[:place] + chr(chance.randrange(1, 0x250)) + line[place + chance.randrange(4) :]
        else:
            row = json.loads(line)
            row[chance.choice(list(row))] = chance.choice(values)
            damaged = json.dumps(row)
        try:
            record_of(damaged)
            read += 1
        except CaptureError:
            refused += 1
    assert read
    assert refused


@pytest.mark.fuzz
def test_states_of_chance_are_states_or_refused_by_name(fuzz_count: int) -> None:
    chance = random.Random(20261121)
    text = msgspec.json.encode(ReaderState(address=5, serial=1, key=KEY))
    refused: set[str] = set()
    for _ in range(fuzz_count):
        damaged = bytearray(text)
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            PeripheralDevice(msgspec.json.decode(damaged, type=ReaderState), bytes)
        except (StateError, msgspec.DecodeError, UnicodeDecodeError) as error:
            refused.add(str(error))
    assert len(refused) > 5
    assert not any(base64.b64encode(KEY).decode() in words or KEY.hex() in words for words in refused)
