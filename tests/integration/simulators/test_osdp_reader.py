"""Simulated OSDP readers on a real pseudo-terminal: several on a line, bad lines, baud rates, power, their state."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest
import serial

from simulators.cards import ProximityCard
from simulators.line import PtyLine
from simulators.line_faults import LineFaults
from simulators.osdp.codes import Command, Nak, Reply
from simulators.osdp.device import PeripheralDevice
from simulators.osdp.frame import Frame, decode, encode
from simulators.osdp.state import Misbehaviour, ReaderState
from simulators.osdp.stream import MessageStream
from simulators.readers.osdp_reader import DPS, LATE_S, SimulatedOsdpReader
from tests.unit.simulators.osdp.panel import KEY, OTHER_KEY

LIMIT_S = 60.0
CARD = ProximityCard.of(13, 4567)


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[PtyLine]:
    line = PtyLine(tmp_path / "line")
    line.plug_in()
    yield line
    line.hang_up()


class Port:
    """A panel's end of the line: one question at a time."""

    def __init__(self, line: PtyLine, baud: int = 9600) -> None:
        self.port = serial.Serial(str(line.path), baudrate=baud, timeout=0, write_timeout=0)
        self._sequence: dict[int, int] = {}

    async def answer(self, limit_s: float = LIMIT_S) -> Frame | None:
        """Return the next whole reply, or None if there is none within `limit_s`."""
        stream = MessageStream()
        loop = asyncio.get_running_loop()
        end_s = loop.time() + limit_s
        while loop.time() < end_s:
            for message in stream.feed(self.port.read(4096), 0.0):
                return decode(message)
            await asyncio.sleep(0.001)
        return None

    async def ask(self, address: int, code: int, payload: bytes = b"", limit_s: float = LIMIT_S) -> Frame | None:
        sequence = self._sequence.get(address, 0)
        frame = Frame(address=address, is_reply=False, sequence=sequence, code=code, payload=payload)
        self.port.write(encode(frame))
        reply = await self.answer(limit_s)
        if reply is not None:
            self._sequence[address] = sequence % 3 + 1
        return reply


@pytest.fixture
async def port(line: PtyLine) -> AsyncIterator[Port]:
    port = Port(line)
    yield port
    port.port.close()


@pytest.fixture
async def reader(line: PtyLine) -> AsyncIterator[SimulatedOsdpReader]:
    """A reader that speaks clear text, so that a test can read along."""
    reader = SimulatedOsdpReader(line, 5, None)
    reader.power_on()
    yield reader
    reader.power_off()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not condition():  # noqa: ASYNC110 - a device's timer
            await asyncio.sleep(0.005)


async def test_sixteen_readers_share_a_paced_line_and_each_answers_for_itself(line: PtyLine, port: Port) -> None:
    readers = [SimulatedOsdpReader(line, address, None, baud=230_400) for address in range(16)]
    for reader in readers:
        reader.power_on()
    port.port.baudrate = 230_400
    line.set_faults(LineFaults(paced=True))
    for reader in readers:
        identity = await port.ask(reader.address, Command.ID, b"\0")
        assert identity is not None
        assert (identity.address, identity.payload[5]) == (reader.address, reader.address)
    readers[3].power_off()
    assert await port.ask(3, Command.POLL, limit_s=0.2) is None
    assert await port.ask(4, Command.POLL) is not None


@pytest.mark.parametrize("faults", [LineFaults(split=True), LineFaults(noise=0.05, seed=3), LineFaults(delay_ms=30)])
async def test_a_bad_line_is_got_through(
    line: PtyLine, port: Port, reader: SimulatedOsdpReader, faults: LineFaults
) -> None:
    line.set_faults(faults)
    heard = []
    for _ in range(40):
        reply = await port.ask(5, Command.POLL, limit_s=0.15)
        heard.append(None if reply is None else reply.code)
        if heard.count(Reply.ACK) == 3:
            break
    assert heard.count(Reply.ACK) == 3
    assert reader.address == 5


async def test_a_driver_at_the_wrong_rate_hears_nothing_sensible_until_the_reader_is_set_to_it(
    line: PtyLine, port: Port, reader: SimulatedOsdpReader
) -> None:
    done = await port.ask(5, Command.COMSET, b"\x06" + (38_400).to_bytes(4, "little"))
    assert done is not None
    assert (done.code, done.address, reader.address, reader.baud) == (Reply.COM, 5, 6, 38_400)
    assert await port.ask(6, Command.POLL, limit_s=0.2) is None
    port.port.baudrate = 38_400
    assert await port.ask(6, Command.POLL) is not None


async def test_its_human_face(port: Port, reader: SimulatedOsdpReader) -> None:
    assert not reader.present(CARD.h10301), "nobody listens yet"
    assert not reader.type_keys("1")
    heard = [await port.ask(5, Command.POLL) for _ in range(2)]
    assert [frame and frame.code for frame in heard] == [Reply.ISTATR, Reply.LSTATR]
    reader.set_input(DPS, active=True)
    reader.set_tampered(tampered=True)
    reader.set_power_failure(failed=True)
    assert reader.present(CARD.h10301)
    assert reader.type_keys("4#")
    heard = [await port.ask(5, Command.POLL) for _ in range(6)]
    assert [(frame.code, frame.payload) for frame in heard if frame] == [
        (Reply.ISTATR, b"\1\0\0\0"),
        (Reply.LSTATR, b"\1\0"),
        (Reply.LSTATR, b"\1\1"),
        (Reply.RAW, b"\0\1\x1a\0" + CARD.h10301.data),
        (Reply.KEYPAD, b"\0\1\x34"),
        (Reply.KEYPAD, b"\0\1\x0d"),
    ]
    assert reader.hold(CARD.h10301)
    assert not reader.present(CARD.h10301), "two cards before one reader are none"
    reader.pull()
    heard = [await port.ask(5, Command.POLL) for _ in range(2)]
    assert [frame and frame.code for frame in heard] == [Reply.RAW, Reply.ACK]
    switched: list[bool] = []
    reader.on_output(1, switched.append)
    with pytest.raises(IndexError):
        reader.on_output(2, switched.append)
    await port.ask(5, Command.OUT, b"\1\5\1\0")
    await until(lambda: switched == [True, False])
    assert not reader.strike_is_released
    await port.ask(5, Command.TEXT, b"\0\1\0\1\1\4Open")
    await port.ask(5, Command.OUT, b"\1\2\0\0")
    assert (reader.text, reader.outputs) == ("Open", [False, True])
    reader.nak_next(Nak.BAD_LENGTH)
    refused = await port.ask(5, Command.POLL)
    assert refused is not None
    assert refused.payload == bytes([Nak.BAD_LENGTH])
    reader.power_off()
    assert switched == [True, False, True, False], "outputs fall with the power"


async def test_a_late_reader_answers_after_the_standard_s_patience(port: Port, reader: SimulatedOsdpReader) -> None:
    await port.ask(5, Command.POLL)
    reader.misbehave(Misbehaviour.LATE)
    assert await port.ask(5, Command.POLL, limit_s=LATE_S / 3) is None
    assert await port.answer() is not None
    reader.misbehave()
    assert reader.misbehaviours == frozenset()


async def test_a_state_is_a_file_and_makes_the_same_reader_again(line: PtyLine, tmp_path: Path) -> None:
    reader = SimulatedOsdpReader(line, 5, KEY, baud=19_200)
    reader.power_on()
    reader.set_input(2, active=True)
    reader.set_tampered(tampered=True)
    reader.misbehave(Misbehaviour.BUSY, Misbehaviour.LATE)
    reader.change_key(OTHER_KEY)
    saved = tmp_path / "reader.json"
    saved.write_bytes(msgspec.json.encode(reader.state))
    other = SimulatedOsdpReader(PtyLine(tmp_path / "other"), 9, None)
    other.restore(msgspec.json.decode(saved.read_bytes(), type=ReaderState))
    assert other.state == reader.state
    assert (other.address, other.baud, other.key) == (5, 19_200, OTHER_KEY)
    assert OTHER_KEY.hex() not in repr(other.state)
    other.lose_key()
    assert (other.key, other.state.installs) == (None, True)
    assert not PeripheralDevice(other.state, bytes).state.is_powered, "a device does nothing before it is powered"
    reader.power_off()
    other.power_off()
