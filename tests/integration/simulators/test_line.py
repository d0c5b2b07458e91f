"""A line of a pseudo-terminal with its faults, its taps and the rate that the driver set."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import serial

from simulators.line import Direction, PtyLine, TappedPiece
from simulators.line_faults import NO_FAULTS, LineFaults

LIMIT_S = 60.0
DATA = bytes(range(64))


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[PtyLine]:
    line = PtyLine(tmp_path / "line")
    line.plug_in()
    yield line
    line.hang_up()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not condition():  # noqa: ASYNC110 - bytes arrive at a descriptor of another
            await asyncio.sleep(0.002)


async def received(port: serial.Serial, count: int) -> bytes:
    heard = bytearray()

    def take() -> bool:
        heard.extend(port.read(4096))
        return len(heard) >= count

    await until(take)
    return bytes(heard)


def opened(line: PtyLine, baud: int = 9600) -> serial.Serial:
    return serial.Serial(str(line.path), baudrate=baud, timeout=0, write_timeout=0)


async def test_both_directions_are_heard_by_devices_and_taps_until_a_tap_is_taken_off(line: PtyLine) -> None:
    heard: list[bytes] = []
    tapped: list[TappedPiece] = []
    line.listen(heard.append)
    take_off = line.tap(tapped.append)
    with opened(line) as port:
        port.write(b"question")
        await until(lambda: heard == [b"question"])
        line.send(b"answer")
        assert await received(port, 6) == b"answer"
        take_off()
        line.send(b"more")
        assert await received(port, 4) == b"more"
    assert [(piece.direction, piece.data) for piece in tapped] == [
        (Direction.TO_DEVICES, b"question"),
        (Direction.TO_DRIVER, b"answer"),
    ]
    assert tapped[0].at_ns < tapped[1].at_ns


@pytest.mark.parametrize(
    "faults",
    [LineFaults(split=True), LineFaults(delay_ms=20), LineFaults(paced=True), LineFaults(paced=True, split=True)],
)
async def test_what_is_late_arrives_whole_and_in_order(line: PtyLine, faults: LineFaults) -> None:
    line.set_faults(faults)
    heard = bytearray()
    line.listen(heard.extend)
    with opened(line, 115_200) as port:
        port.write(DATA)
        line.send(DATA, 115_200)
        line.set_faults(NO_FAULTS)
        line.send(b"after", 115_200)
        assert await received(port, len(DATA) + 5) == DATA + b"after"
        await until(lambda: len(heard) >= len(DATA))
    assert heard == DATA


async def test_a_line_that_hangs_up_loses_what_is_under_way_and_carries_again_when_it_returns(line: PtyLine) -> None:
    line.set_faults(LineFaults(delay_ms=30))
    line.send(DATA)
    line.hang_up()
    line.send(DATA)
    assert (line.is_plugged_in, line.driver_baud) == (False, None)
    line.plug_in()
    with opened(line) as port:
        line.send(b"back")
        assert await received(port, 4) == b"back"


async def test_a_device_at_another_rate_than_the_driver_hears_and_is_heard_garbled(line: PtyLine) -> None:
    slow, fast = bytearray(), bytearray()
    line.listen(slow.extend, lambda: 9600)
    line.listen(fast.extend, lambda: 115_200)
    with opened(line, 115_200) as port:
        assert line.driver_baud == 115_200
        port.write(DATA)
        await until(lambda: len(fast) == len(DATA))
        line.send(DATA, 9600)
        line.send(b"end", 115_200)
        answer = await received(port, 3)
        while not answer.endswith(b"end"):
            answer += await received(port, 1)
    assert fast == DATA
    assert slow
    assert DATA not in slow
    assert DATA not in answer


async def test_every_device_can_be_set_to_a_wrong_rate_and_back(line: PtyLine) -> None:
    heard: list[bytes] = []
    line.listen(heard.append)
    with opened(line, 9600) as port:
        for wrong_baud in (38_400, 0):
            line.set_faults(LineFaults(wrong_baud=wrong_baud))
            heard.clear()
            port.write(DATA)
            await until(lambda: heard)
            assert (b"".join(heard) == DATA) is (wrong_baud == 0)
            line.send(DATA)
            assert (await received(port, 10 if wrong_baud else len(DATA)) == DATA) is (wrong_baud == 0)
