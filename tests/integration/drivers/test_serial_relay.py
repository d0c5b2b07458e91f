"""Serial relay boards that never answer, on a pseudo-terminal."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from contract.ids import AccessPointId, PortalId
from contract.site import BoardConfig, BoardKind, PortalConfig, Relock
from drivers.boards.profile import load_profile
from drivers.boards.serial_relay import SerialRelay
from drivers.ports import BoardLost, BoardOnline, DeviceIdentified, LossReason
from simulators.boards.models import SERIAL_RELAY
from simulators.boards.serial_relay import SimulatedSerialRelay
from simulators.line import PtyLine
from tests.integration.drivers.conftest import Heard

Until = Callable[[Callable[[], object]], Awaitable[None]]
RunBoard = Callable[[SerialRelay], Heard]
DOOR = PortalConfig(
    PortalId("door"), "relay", [AccessPointId("in")], contacts="reader", strike_output=0, relock=Relock.EDGE
)


def wired(
    path: Path, profile: str = "lcus-2", booms: tuple[int, ...] = ()
) -> tuple[PtyLine, SimulatedSerialRelay, SerialRelay]:
    line = PtyLine(path)
    simulated = SimulatedSerialRelay(line, SERIAL_RELAY[profile], 9600)
    described = load_profile(profile)
    assert described.serial is not None
    config = BoardConfig("relay", BoardKind.SERIAL_RELAY, "line", profile)
    simulated.power_on()
    line.plug_in()
    return line, simulated, SerialRelay(config, described, described.serial, str(path), [DOOR], booms=booms)


@pytest.mark.parametrize("profile", SERIAL_RELAY)
async def test_it_releases_for_its_time_and_locks(tmp_path: Path, run: RunBoard, until: Until, profile: str) -> None:
    _, simulated, board = wired(tmp_path / "line", profile)
    (portal,) = board.portals
    assert not portal.unlock(100)
    heard = run(board)
    await heard.next(BoardOnline)
    assert (await heard.next(DeviceIdentified)).model == load_profile(profile).title
    assert portal.unlock(300)
    assert portal.unlock(100), "a shorter one does not cut it short"
    await until(lambda: simulated.relays.closed[0])
    await until(lambda: not simulated.relays.closed[0])
    assert not any(simulated.relays.closed[1:])
    assert simulated.framer.bad == 0


async def test_it_locks_when_it_comes_and_when_it_goes(tmp_path: Path, until: Until) -> None:
    _, simulated, board = wired(tmp_path / "line")
    simulated.relays.set(0, closed=True)
    heard = Heard()
    running = asyncio.create_task(board.run(heard))
    await heard.next(BoardOnline)
    await until(lambda: not simulated.relays.closed[0])
    assert board.portals[0].unlock(600_000)
    await until(lambda: simulated.relays.closed[0])
    running.cancel()
    await asyncio.wait([running])
    await until(lambda: not simulated.relays.closed[0])


async def test_an_output_that_holds_up_a_boom_stays_as_it_is_until_there_is_an_order(
    tmp_path: Path, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.boards.serial_relay.SAY_AGAIN_S", 0.05)
    line, simulated, board = wired(tmp_path / "line", booms=(0,))
    simulated.relays.set(0, closed=True)
    moved: list[bool] = []
    simulated.on_output(0, moved.append)
    heard = Heard()
    running = asyncio.create_task(board.run(heard))
    await heard.next(BoardOnline)
    line.hang_up()
    await heard.next(BoardLost)
    line.plug_in()
    await heard.next(BoardOnline)
    await asyncio.sleep(0.2)
    assert board.portals[0].unlock(600_000)
    await asyncio.sleep(0.2)
    running.cancel()
    await asyncio.wait([running])
    await asyncio.sleep(0.1)
    assert moved == []
    running = asyncio.create_task(board.run(heard))
    await until(board.portals[0].lock)
    await until(lambda: moved == [False])
    running.cancel()
    await asyncio.wait([running])


async def test_a_lost_order_to_lock_is_said_again(tmp_path: Path, run: RunBoard, until: Until) -> None:
    _, simulated, board = wired(tmp_path / "line")
    heard = run(board)
    await heard.next(BoardOnline)
    simulated.relays.set(0, closed=True)
    await until(lambda: not simulated.relays.closed[0])


async def test_unplugged_while_released_it_is_locked_when_it_is_back(
    tmp_path: Path, run: RunBoard, until: Until
) -> None:
    line, simulated, board = wired(tmp_path / "line")
    heard = run(board)
    await heard.next(BoardOnline)
    assert board.portals[0].unlock(600_000)
    await until(lambda: simulated.relays.closed[0])
    line.hang_up()
    assert (await heard.next(BoardLost)).reason is LossReason.LINE_LOST
    assert not board.portals[0].unlock(1000)
    assert simulated.relays.closed[0], "it has power and nobody tells it anything"
    line.plug_in()
    await heard.next(BoardOnline)
    await until(lambda: not simulated.relays.closed[0])


async def test_what_it_says_unasked_is_counted(tmp_path: Path, run: RunBoard, until: Until) -> None:
    line, _, board = wired(tmp_path / "line")
    heard = run(board)
    await heard.next(BoardOnline)
    line.send(b"\x00\xff\x01")
    await until(lambda: board.counters["unasked-bytes"] == 3)
