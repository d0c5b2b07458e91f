"""Whose turn it is on the line, and what a session does with answers, silence and commands.

With libosdp, without a line: the devices are the simulator's, pure, and time is set by hand.
"""

import time
from collections import deque

from drivers.osdp.library import Panel
from drivers.osdp.messages import (
    CardBits,
    CommandRefused,
    InsecureRead,
    OutputControl,
    PdLost,
    PdOnline,
    PdSetup,
    Report,
    SetLed,
    SetOutput,
)
from drivers.osdp.session import SILENT_S, STALE_S, PdSession
from drivers.osdp.turns import ANSWER_S, Turns
from simulators.cards import ProximityCard
from simulators.osdp import codes, commands, replies
from simulators.osdp.device import PeripheralDevice
from simulators.osdp.state import ReaderState
from tests.vectors.osdp_device import crc

BAUD = 115_200
KEY = bytes.fromhex("9a1c03e7554b20f8d1463a7c8e9b0f62")


class Line:
    """Devices and sessions on a line that takes no time. Wall time passes for libosdp's polls only."""

    def __init__(self, devices: int) -> None:
        self.now_s = 1000.0
        self.reports: list[Report] = []
        self.asked: list[int] = []
        self.deaf: set[int] = set()
        keys = [bytes([number]) + KEY[1:] for number in range(devices)]
        self.devices = [
            PeripheralDevice(ReaderState(address=n, serial=n, key=keys[n], baud=BAUD), lambda count: b"\x05" * count)
            for n in range(devices)
        ]
        self.sessions = [PdSession(PdSetup(n, (keys[n],)), self.reports.append) for n in range(devices)]
        self._arriving: deque[bytes] = deque()
        self.turns = Turns(self.sessions, BAUD, self._write)
        for device in self.devices:
            device.power_on()

    def _write(self, frame: bytes) -> None:
        self.asked.append(frame[1])
        for device in self.devices:
            if device.state.address not in self.deaf:
                self._arriving.append(device.receive(b"\xff" + frame, self.now_s))

    def run(self, seconds: float) -> None:
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            due_s = self.turns.advance(self.now_s)
            while self._arriving:
                if piece := self._arriving.popleft():
                    self.turns.heard(piece, self.now_s)
                    due_s = self.now_s
            self.now_s = min(max(due_s, self.now_s + 0.001), end_s)

    def told(self, kind: type) -> list[Report]:
        return [report for report in self.reports if isinstance(report, kind)]


def test_every_device_comes_online_and_has_its_turns() -> None:
    line = Line(4)
    line.run(1)
    assert {report.address for report in line.reports if isinstance(report, PdOnline)} == {0, 1, 2, 3}
    del line.asked[:]
    for session in line.sessions:
        for _ in range(3):
            session.submit(SetLed(session.address, 1, 0, 4, 4, 0), line.now_s)
    line.run(0.5)
    assert sorted(line.asked[:4]) == [0, 1, 2, 3]
    assert sorted(line.asked[4:8]) == [0, 1, 2, 3], "no one twice before all had their turn"


def test_an_output_comes_before_everything_that_waits() -> None:
    line = Line(3)
    line.run(1)
    for session in line.sessions:
        session.submit(SetLed(session.address, 1, 0, 4, 4, 0), line.now_s)
    line.sessions[2].submit(SetOutput(2, 0, 5, 50), line.now_s)
    del line.asked[:]
    line.run(0.01)
    assert line.asked[0] == 2
    assert line.devices[2].body.output_states[0]


def test_outputs_are_switched_in_the_order_in_which_they_were_told() -> None:
    line = Line(1)
    line.run(1)
    session = line.sessions[0]
    for control, timer_ds in ((OutputControl.TIMED_ON, 50), (OutputControl.OFF, 0)):
        session.submit(SetOutput(0, 0, control, timer_ds), line.now_s)
    line.run(0.2)
    assert not line.devices[0].body.output_states[0], "relocked after the release, not before it"


def test_a_flood_of_lights_keeps_no_output_out() -> None:
    line = Line(1)
    line.run(1)
    for _ in range(40):
        line.sessions[0].submit(SetLed(0, 1, 0, 4, 4, 0), line.now_s)
    line.sessions[0].submit(SetOutput(0, 0, OutputControl.TIMED_ON, 50), line.now_s)
    line.run(0.1)
    assert line.devices[0].body.output_states[0]


def test_a_silent_device_is_lost_after_eight_seconds_and_costs_its_neighbours_no_turn() -> None:
    line = Line(2)
    line.run(1)
    line.deaf = {0}
    line.sessions[0].submit(SetLed(0, 1, 0, 4, 4, 0), line.now_s)
    line.sessions[1].submit(SetLed(1, 1, 0, 4, 4, 0), line.now_s)
    line.run(SILENT_S - 0.5)
    assert not line.told(PdLost)
    line.run(1.5)
    assert line.told(PdLost) == [PdLost(0, answers=False)]
    line.deaf = set()
    line.run(3)
    assert len(line.told(PdOnline)) == 3


def test_a_command_that_its_device_never_got_is_dropped_and_told() -> None:
    line = Line(1)
    line.run(1)
    line.deaf = {0}
    session = line.sessions[0]
    session.submit(SetLed(0, 1, 0, 4, 4, 0), line.now_s)
    line.run(0.1)
    session.submit(SetOutput(0, 0, 5, 50), line.now_s)
    line.run(STALE_S + 0.5)
    line.deaf = set()
    line.run(0.9)
    assert CommandRefused(0) in line.reports, "the door would open for somebody who left"
    line.run(10)
    assert not line.devices[0].body.output_states[0]


def test_an_output_that_gets_no_answer_ends_the_session_soon() -> None:
    line = Line(1)
    line.run(1)
    line.deaf = {0}
    line.sessions[0].submit(SetOutput(0, 0, 5, 50), line.now_s)
    line.run(STALE_S + 1.5)
    assert line.told(PdLost) == [PdLost(0, answers=False)]


def test_commands_for_a_device_that_is_not_online_are_refused() -> None:
    line = Line(1)
    line.sessions[0].submit(SetOutput(0, 0, 5, 50), line.now_s)
    assert line.reports == [CommandRefused(0)]


def test_a_flood_of_commands_is_refused_beyond_a_measure() -> None:
    line = Line(1)
    line.run(1)
    for _ in range(40):
        line.sessions[0].submit(SetLed(0, 1, 0, 4, 4, 0), line.now_s)
    assert len(line.told(CommandRefused)) == 40 - 16


def test_a_late_answer_is_taken_as_long_as_its_question_stands() -> None:
    line = Line(1)
    line.run(1)
    line.deaf = {0}
    line.sessions[0].submit(SetLed(0, 1, 0, 4, 4, 0), line.now_s)
    held: list[bytes] = []
    line.turns._write = held.append
    line.run(ANSWER_S + 0.01)
    answer = line.devices[0].receive(next(frame for frame in held if frame[1] == 0), line.now_s)
    line.turns.heard(answer, line.now_s)
    assert line.sessions[0]._question == b""
    assert line.sessions[0].is_online


def test_a_card_that_nobody_asked_for_is_an_alarm_and_no_card() -> None:
    line = Line(1)
    line.run(1)
    body = bytes([0x50, 0, 1, 26, 0]) + ProximityCard.of(13, 4567).h10301.data
    frame = bytes([0x53, 0x80, 7 + len(body), 0, 0x04]) + body
    line.turns.heard(frame + crc(frame), line.now_s)
    assert line.told(InsecureRead) == [InsecureRead(0, 26)]
    assert not line.told(CardBits)


def test_a_device_that_says_it_has_its_neighbours_address_is_soon_asked_at_its_own() -> None:
    line = Line(2)
    line.run(1)
    session = line.sessions[0]
    moved = replies.Report(codes.Reply.COM, replies.communication(commands.Communication(1, 9600)))
    line.devices[0].body.reports.appendleft(moved)
    while not session.counts["question-refused"]:
        time.sleep(0.01)  # polls take libosdp's time
        line.run(0.01)
    line.run(3)
    assert line.told(PdLost) == [PdLost(0, answers=False)], "its neighbour goes on"
    assert session.is_online


def test_the_frame_that_makes_libosdp_give_up_is_broken_for_every_address() -> None:
    for address in range(0x7F):
        frame = Panel(address, KEY, PdSession(PdSetup(address, (KEY,)), print))._broken_frame()
        assert frame[-2:] != crc(frame[:-2])
