"""The GPIO driver above a chip that this machine has not: its one call into the kernel is played."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self

import gpiod
import pytest
from gpiod.line import Bias, Direction, Value

from contract.ids import AccessPointId, PortalId
from contract.site import BoardConfig, BoardKind, PortalConfig, Relock
from drivers.boards.gpio import GpioBoard
from drivers.boards.profile import load_profile
from drivers.ports import BoardLost, BoardOnline, DoorPositionChanged, LossReason
from tests.integration.drivers.conftest import Heard

Until = Callable[[Callable[[], object]], Awaitable[None]]
RunBoard = Callable[[GpioBoard], Heard]
STRIKE, DPS, REX = 17, 22, 23
DOOR = PortalConfig(
    PortalId("door"), "pins", [AccessPointId("in")],
    strike_output=STRIKE, dps_input=DPS, rex_input=REX, relock=Relock.EDGE,
)  # fmt: skip


class PlayedChip:
    """What `gpiod.request_lines` gives, and what was asked of it."""

    def __init__(self) -> None:
        self.settings: dict[int, gpiod.LineSettings] = {}
        self.values: dict[int, Value] = {}
        self.is_there = True

    def request_lines(self, path: str, consumer: str, config: dict[int, gpiod.LineSettings]) -> Self:
        assert (path, consumer) == ("/dev/gpiochip0", "sacs")
        if not self.is_there:
            raise FileNotFoundError(path)
        self.settings |= config
        for line, settings in config.items():
            self.values[line] = settings.output_value
        return self

    def release(self) -> None:
        """The lines of booms are let go, and stay as they are."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.settings = {}

    def get_values(self, lines: list[int]) -> list[Value]:
        if not self.is_there:
            raise OSError(5, "gone")
        return [self.values[line] for line in lines]

    def set_value(self, line: int, value: Value) -> None:
        if not self.is_there:
            raise OSError(5, "gone")
        self.values[line] = value


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> PlayedChip:
    chip = PlayedChip()
    monkeypatch.setattr(gpiod, "request_lines", chip.request_lines)
    return chip


def board(*booms: int) -> GpioBoard:
    profile = load_profile("linux-gpio-pull-up")
    assert profile.gpio is not None
    config = BoardConfig("pins", BoardKind.GPIO, "chip", profile.name)
    return GpioBoard(config, profile, profile.gpio, "/dev/gpiochip0", [DOOR], [DOOR], booms=booms)


async def test_lines_are_requested_as_they_are_wired_and_obey(chip: PlayedChip, run: RunBoard, until: Until) -> None:
    pins = board()
    (portal,) = pins.portals
    assert not portal.unlock(100)
    heard = run(pins)
    await heard.next(BoardOnline)
    assert chip.settings[STRIKE].direction is Direction.OUTPUT
    assert chip.settings[STRIKE].output_value is Value.INACTIVE
    assert (chip.settings[DPS].bias, chip.settings[DPS].active_low) == (Bias.PULL_UP, True)
    assert not (await heard.next(DoorPositionChanged)).open
    assert portal.unlock(200)
    assert chip.values[STRIKE] is Value.ACTIVE
    chip.values[DPS] = Value.ACTIVE
    assert (await heard.next(DoorPositionChanged)).open
    await until(lambda: chip.values[STRIKE] is Value.INACTIVE)


async def test_it_locks_when_it_leaves(chip: PlayedChip) -> None:
    pins, heard = board(), Heard()
    running = asyncio.create_task(pins.run(heard))
    await heard.next(BoardOnline)
    assert pins.portals[0].unlock(600_000)
    running.cancel()
    await asyncio.wait([running])
    assert chip.values[STRIKE] is Value.INACTIVE
    assert chip.settings == {}
    assert not pins.portals[0].lock()


async def test_a_chip_that_goes_and_comes(chip: PlayedChip, run: RunBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.boards.gpio.RETRY_S", 0.01)
    chip.is_there = False
    pins = board()
    heard = run(pins)
    assert (await heard.next(BoardLost)).reason is LossReason.LINE_ABSENT
    chip.is_there = True
    await heard.next(BoardOnline)
    chip.is_there = False
    assert (await heard.next(BoardLost)).reason is LossReason.LINE_LOST
    assert not pins.portals[0].unlock(100)
    assert pins.counters["line-errors"] >= 2


async def test_the_line_of_a_boom_is_not_touched_before_there_is_an_order_nor_when_the_gate_leaves(
    chip: PlayedChip, until: Until
) -> None:
    pins, heard = board(STRIKE), Heard()
    chip.values[STRIKE] = Value.ACTIVE
    running = asyncio.create_task(pins.run(heard))
    await heard.next(DoorPositionChanged)
    assert STRIKE not in chip.settings
    assert pins.portals[0].unlock(600_000)
    assert chip.settings[STRIKE].output_value is Value.ACTIVE, "not off for a moment"
    running.cancel()
    await asyncio.wait([running])
    assert chip.values[STRIKE] is Value.ACTIVE
    running = asyncio.create_task(pins.run(heard))
    await until(pins.portals[0].lock)
    assert chip.values[STRIKE] is Value.INACTIVE
    assert pins.portals[0].unlock(200)
    assert chip.values[STRIKE] is Value.ACTIVE
    await until(lambda: chip.values[STRIKE] is Value.INACTIVE)
    running.cancel()
    await asyncio.wait([running])
