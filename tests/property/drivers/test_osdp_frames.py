"""Frames in noise, and bad frames in bulk: whatever arrives, nothing is believed that was not sent under the key."""

import os
import pty
import random
import select
import socket
import tty
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.osdp.bus_process import BusProcess, EdgeGoneError
from drivers.osdp.frames import LONGEST_BYTES, FrameReader, crc
from drivers.osdp.guard import Guard, Verdict
from drivers.osdp.messages import (
    PACKET_BYTES,
    CardBits,
    CommandRefused,
    Configure,
    Inputs,
    InsecureRead,
    Keys,
    LocalStatus,
    PdOnline,
    PdSetup,
    Report,
    SetLed,
    decode_report,
    encode,
)
from drivers.osdp.session import PdSession
from simulators.osdp.device import PeripheralDevice
from simulators.osdp.state import ReaderState
from tests.vectors import osdp_device

ADDRESSES = (0, 5, 126)
KEY = bytes.fromhex("9a1c03e7554b20f8d1463a7c8e9b0f62")
BELIEVED = CardBits | Keys | Inputs | LocalStatus
QUESTION = bytes.fromhex("53050e000d021560") + b"\x01\x02\x03\x04"


def framed(address: int, control: int, body: bytes) -> bytes:
    frame = bytes([0x53, address | 0x80]) + (7 + len(body)).to_bytes(2, "little") + bytes([control | 0x04]) + body
    return frame + osdp_device.crc(frame)


frames = st.builds(
    framed, st.sampled_from(ADDRESSES), st.integers(0, 15), st.binary(min_size=1, max_size=LONGEST_BYTES - 8)
)
quiet_noise = st.binary(max_size=20).map(lambda noise: noise.replace(b"\x53", b""))


@given(st.lists(st.tuples(quiet_noise, frames), max_size=6), st.lists(st.integers(1, 40), min_size=1, max_size=40))
def test_frames_between_noise_arrive_whole_however_they_are_cut(
    sent: list[tuple[bytes, bytes]], cuts: list[int]
) -> None:
    reader, found = FrameReader(ADDRESSES), []
    stream, at, turn = b"".join(noise + frame for noise, frame in sent), 0, 0
    while at < len(stream):
        step = cuts[turn % len(cuts)]
        found += reader.feed(stream[at : at + step])
        at, turn = at + step, turn + 1
    assert found == [frame for _, frame in sent]


@given(st.binary(max_size=300), frames)
def test_no_noise_hides_a_frame_once_the_line_is_silent(noise: bytes, frame: bytes) -> None:
    reader = FrameReader(ADDRESSES)
    found = reader.feed(noise) + reader.settle()
    found += reader.feed(frame) + reader.settle()
    assert found[-1] == frame
    assert not reader.is_within_frame


@given(st.binary(max_size=400))
def test_what_is_found_has_its_check_characters(noise: bytes) -> None:
    reader = FrameReader(ADDRESSES)
    for frame in reader.feed(noise) + reader.settle():
        assert frame[-2:] == osdp_device.crc(frame[:-2]) == crc(frame[:-2])
        assert frame[1] & 0x7F in ADDRESSES


@given(frames)
def test_before_anything_was_asked_nothing_is_an_answer(frame: bytes) -> None:
    assert Guard().judge(frame) not in {Verdict.ANSWER, Verdict.RESTART}


@given(st.integers(0, 3), st.binary(min_size=1, max_size=60))
def test_in_a_session_only_sealed_frames_answer(sequence: int, body: bytes) -> None:
    guard = Guard()
    guard.ask(QUESTION[:4] + bytes([0x0C | sequence]) + QUESTION[5:] + b"\0\0")
    for number in range(4):
        for control, lead in ((0x04, b""), (0x0C, b"\x03\x12\x01"), (0x0C, b"\x03\x14\x01"), (0x0C, b"\x02\x15")):
            assert guard.judge(framed(5, control | number, lead + body)) is not Verdict.ANSWER
        is_next = number == sequence
        sealed = guard.judge(framed(5, 0x0C | number, b"\x02\x18" + body))
        assert sealed is (Verdict.ANSWER if is_next else Verdict.REFUSED)


class Fuzzed:
    """A device whose answers are spoilt on the way, and a session that has to live with that."""

    def __init__(self, chance: random.Random) -> None:
        self.reports: list[Report] = []
        self.session = PdSession(PdSetup(5, (KEY,)), self.reports.append)
        self._device = PeripheralDevice(ReaderState(address=5, serial=5, key=KEY), chance.randbytes)
        self._device.power_on()
        self._chance = chance
        self._now_s = 0.0

    def exchange(self, *, spoil: bool) -> bool:
        """Ask and answer once; return whether the answer was another one than the device gave."""
        self._now_s += 0.6  # libosdp's own clock stands still meanwhile: it sends commands, and never polls
        self.session.submit(SetLed(5, 1, 0, 4, 4, 0), self._now_s)
        frame = self.session.question(self._now_s)
        if not frame:
            return False
        told = self._device.receive(frame, self._now_s)
        answer = self._spoilt(told) if spoil else told
        if not answer or not self.session.take(answer, self._now_s):
            self.session.unanswered(self._now_s)
        return answer != told

    def _spoilt(self, answer: bytes) -> bytes:
        """Wrong, but framed well: the reader of frames would not let the rest through."""
        if len(answer) < 8:
            return b""
        body = bytearray(answer[5:-2])
        for _ in range(self._chance.randrange(1, 4)):
            body[self._chance.randrange(len(body))] = self._chance.randrange(256)
        if self._chance.random() < 0.2:
            body = bytearray(self._chance.randbytes(self._chance.randrange(1, 60)))
        return framed(5, answer[4] ^ self._chance.choice([0, 0, 0, 8, self._chance.randrange(4)]), bytes(body))


@pytest.mark.fuzz
def test_any_bytes_in_any_order_crash_no_framing_and_no_guard(fuzz_count: int) -> None:
    chance = random.Random(20261121)
    reader, guard = FrameReader(ADDRESSES), Guard()
    guard.ask(QUESTION + b"\0\0")
    verdicts = set()
    for _ in range(fuzz_count):
        body = chance.randbytes(chance.randrange(1, 24))
        if chance.random() < 0.3:
            body = chance.choice([b"\x02\x16", b"\x02\x18", b"\x03\x12\x01", b"\x02\xff", b"\x50", b"\x41\x01"]) + body
        piece = framed(chance.choice(ADDRESSES), chance.randrange(16), body)
        if chance.random() < 0.5:
            piece = piece[: chance.randrange(len(piece))] + chance.randbytes(3)
        for frame in reader.feed(piece):
            verdicts.add(guard.judge(frame))
    assert verdicts == set(Verdict)
    assert {"bad-crc", "noise-bytes", "bad-length", "not-a-reply"} <= set(reader.refused)


@pytest.mark.fuzz
def test_no_spoilt_answer_is_believed_and_the_session_always_comes_back(fuzz_count: int) -> None:
    fuzzed, chance = Fuzzed(random.Random(20261121)), random.Random(20261122)
    believed = 0
    for _ in range(fuzz_count // 4):  # each exchange is several frames, and most begin a session anew
        is_spoilt = fuzzed.exchange(spoil=chance.random() < 0.3)
        of_it = [report for report in fuzzed.reports if isinstance(report, BELIEVED)]
        assert not (is_spoilt and of_it)
        believed += len(of_it)
        fuzzed.reports.clear()
    assert believed, "the others were"
    for _ in range(40):
        fuzzed.exchange(spoil=False)
    assert fuzzed.session.is_online


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[socket.socket, int]]:
    """The real process's code in a thread, on a real pseudo-terminal: its control socket, and the devices' end."""
    near, far = pty.openpty()
    tty.setraw(far)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.setblocking(False)

    def run() -> None:
        try:
            BusProcess(theirs, Configure(os.ttyname(far), 115_200, (PdSetup(5, (KEY,)),))).run()
        except EdgeGoneError:
            return

    thread = Thread(target=run, daemon=True)
    thread.start()
    yield ours, near
    ours.close()
    thread.join()
    for descriptor in (near, far):
        os.close(descriptor)
    theirs.close()


@pytest.mark.fuzz
def test_whatever_is_on_the_line_the_process_lives_and_believes_nothing(
    process: tuple[socket.socket, int], fuzz_count: int
) -> None:
    control, line = process
    control.settimeout(30)
    chance = random.Random(20261121)
    ends: list[socket.socket | int] = [line, control]
    reports: list[Report] = []
    for _ in range(fuzz_count // 40):
        body = chance.randbytes(chance.randrange(1, 24))
        lead = chance.choice([b"", b"\x02\x16", b"\x02\x18", b"\x03\x12\x01", b"\x03\x14\x01", b"\x50", b"\x45"])
        os.write(line, framed(5, chance.randrange(16), lead + body) + chance.randbytes(chance.randrange(4)))
        while select.select(ends, [], [], 0.001)[0]:
            if select.select([line], [], [], 0)[0]:
                os.read(line, 4096)
            if select.select([control], [], [], 0)[0]:
                reports.append(decode_report(control.recv(PACKET_BYTES)))
    control.send(encode(SetLed(5, 1, 0, 4, 4, 0)))
    while not reports or not isinstance(reports[-1], CommandRefused):
        reports.append(decode_report(control.recv(PACKET_BYTES)))
    assert not any(isinstance(report, BELIEVED | PdOnline) for report in reports)
    assert any(isinstance(report, InsecureRead) for report in reports)
