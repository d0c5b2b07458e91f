"""Modbus boards on a pseudo-terminal: simulated units below the real driver."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from contract.ids import AccessPointId, PortalId
from contract.site import BoardConfig, BoardKind, PortalConfig, PortalKind, Relock
from drivers.boards.modbus_board import ModbusBoard
from drivers.boards.modbus_bus import ModbusBus
from drivers.boards.profile import load_profile
from drivers.ports import (
    BadCommandError,
    BoardLost,
    BoardOnline,
    DeviceIdentified,
    DoorPositionChanged,
    LossReason,
    PassageCounted,
    RequestToExit,
)
from simulators.boards.modbus_board import SimulatedModbusBoard
from simulators.boards.models import MODBUS
from simulators.line import PtyLine
from simulators.line_faults import NO_FAULTS, LineFaults
from simulators.portal import SimulatedPortal
from tests.integration.drivers.conftest import Heard

WAVESHARE = "waveshare-rtu-relay-d-8ch"
IN, OUT = AccessPointId("in"), AccessPointId("out")
BAUD = 9600
Until = Callable[[Callable[[], object]], Awaitable[None]]
RunBoard = Callable[[ModbusBoard], Heard]


def door(number: int = 0, hardware: str = "board-1", relock: Relock = Relock.DEVICE) -> PortalConfig:
    return PortalConfig(
        PortalId(f"door-{number}"), hardware, [IN], strike_output=number,
        dps_input=2 * number, rex_input=2 * number + 1, relock=relock,
    )  # fmt: skip


class Wired:
    """Simulated units on one line, their doors, and the drivers of them; one driver more than units may be there."""

    def __init__(
        self,
        path: Path,
        profile: str,
        portals: dict[int, PortalConfig],
        absent: tuple[int, ...] = (),
        booms: tuple[int, ...] = (),
    ) -> None:
        self.line = PtyLine(path)
        self.units: dict[int, SimulatedModbusBoard] = {}
        self.portals: dict[int, SimulatedPortal] = {}
        boards = []
        for address, config in portals.items():
            if address not in absent:
                self.units[address] = self._unit(address, profile, config)
            board = load_profile(profile)
            assert board.modbus is not None
            own = BoardConfig(f"board-{address}", BoardKind.MODBUS, "line", profile, address)
            boards.append(ModbusBoard(own, board, board.modbus, [config], [config], booms=booms))
        self.boards = dict(zip(portals, boards, strict=True))
        ModbusBus(str(path), BAUD, boards)
        self.line.plug_in()

    def _unit(self, address: int, profile: str, config: PortalConfig) -> SimulatedModbusBoard:
        unit = SimulatedModbusBoard(self.line, address, MODBUS[profile], BAUD)
        portal = self.portals[address] = SimulatedPortal(config)
        if config.kind is PortalKind.TURNSTILE:
            for point, number in config.outputs.items():
                unit.on_output(number, lambda released, point=point: portal.on_output(released, point))  # type: ignore[misc]
        else:
            unit.on_output(config.strike_output, portal.on_output)
        portal.wire(lambda number, closed: unit.set_input(number, active=closed))
        unit.power_on()
        return unit


@pytest.mark.parametrize("profile", [WAVESHARE, "waveshare-rtu-io-8ch", "eletechsup-n4d3e16"])
async def test_a_board_times_its_relock_and_tells_of_its_door(
    tmp_path: Path, run: RunBoard, until: Until, profile: str
) -> None:
    wired = Wired(tmp_path / "line", profile, {1: door()})
    (portal,) = wired.boards[1].portals
    assert not portal.unlock(500), "it is not there yet"
    heard = run(wired.boards[1])
    assert (await heard.next(BoardOnline)).board == "board-1"
    assert (await heard.next(DeviceIdentified)).vendor == load_profile(profile).vendor
    assert await heard.next(DoorPositionChanged) == DoorPositionChanged(portal.id, open=False)
    assert portal.unlock(500, IN)
    await until(lambda: wired.portals[1].is_released)
    assert wired.portals[1].walk_through(IN)
    assert await heard.next(DoorPositionChanged) == DoorPositionChanged(portal.id, open=True)
    await until(lambda: not wired.portals[1].is_released)
    assert await heard.next(DoorPositionChanged) == DoorPositionChanged(portal.id, open=False)
    wired.portals[1].leave_by_button()
    assert await heard.next(RequestToExit) == RequestToExit(portal.id)
    assert wired.boards[1].counters["refusals"] == 0
    assert wired.units[1].framer.bad == 0


async def test_a_release_is_ended_and_is_not_cut_short_by_a_shorter_one(
    tmp_path: Path, run: RunBoard, until: Until
) -> None:
    wired = Wired(tmp_path / "line", WAVESHARE, {1: door()})
    (portal,) = wired.boards[1].portals
    heard = run(wired.boards[1])
    await heard.next(BoardOnline)
    assert portal.unlock(600_000)
    assert portal.unlock(100)
    await until(lambda: wired.portals[1].is_released)
    await asyncio.sleep(0.5)
    assert wired.portals[1].is_released
    assert portal.lock()
    await until(lambda: not wired.portals[1].is_released)
    with pytest.raises(BadCommandError, match="3600000 ms, not 0"):
        portal.unlock(0)


async def test_the_gate_relocks_a_board_without_timer_also_when_it_leaves(
    tmp_path: Path, run: RunBoard, until: Until
) -> None:
    wired = Wired(tmp_path / "line", "advantech-adam-4055", {1: door(relock=Relock.EDGE)})
    wired.units[1].relays.set(0, closed=True)
    heard = Heard()
    running = asyncio.create_task(wired.boards[1].run(heard))
    await heard.next(BoardOnline)
    assert not wired.portals[1].is_released, "whatever a gate before this one left open is shut"
    (portal,) = wired.boards[1].portals
    assert portal.unlock(300)
    await until(lambda: wired.portals[1].is_released)
    await until(lambda: not wired.portals[1].is_released)
    assert portal.unlock(600_000)
    await until(lambda: wired.portals[1].is_released)
    running.cancel()
    await asyncio.wait([running])
    assert not wired.portals[1].is_released


async def test_an_output_that_holds_up_a_boom_stays_as_it_is_until_there_is_an_order(
    tmp_path: Path, until: Until
) -> None:
    wired = Wired(tmp_path / "line", "advantech-adam-4055", {1: door(relock=Relock.EDGE)}, booms=(0,))
    wired.units[1].relays.set(0, closed=True)
    moved: list[bool] = []
    wired.units[1].on_output(0, moved.append)
    heard = Heard()
    running = asyncio.create_task(wired.boards[1].run(heard))
    await heard.next(DoorPositionChanged)
    await asyncio.sleep(0.6)  # outputs have been read back
    wired.line.hang_up()
    await heard.next(BoardLost)
    wired.line.plug_in()
    await heard.next(DoorPositionChanged)
    assert moved == [], "whatever a gate before this one left"
    (portal,) = wired.boards[1].portals
    assert portal.unlock(600_000)
    await asyncio.sleep(0.6)
    running.cancel()
    await asyncio.wait([running])
    assert moved == [], "nor when it leaves"
    running = asyncio.create_task(wired.boards[1].run(heard))
    await until(portal.lock)
    await until(lambda: moved == [False])
    running.cancel()
    await asyncio.wait([running])


async def test_of_several_orders_for_one_output_that_wait_the_last_one_counts(
    tmp_path: Path, run: RunBoard, until: Until
) -> None:
    wired = Wired(tmp_path / "line", WAVESHARE, {1: door()})
    (portal,) = wired.boards[1].portals
    moved: list[bool] = []
    wired.units[1].on_output(0, moved.append)
    await run(wired.boards[1]).next(BoardOnline)
    assert portal.unlock(600_000)
    await until(lambda: moved == [True])
    assert portal.lock()
    assert portal.unlock(600_000)
    await asyncio.sleep(0.3)
    assert moved == [True], "an order of a moment ago lets nothing fall"


async def test_an_output_that_is_on_beyond_its_time_is_switched_off(
    tmp_path: Path, run: RunBoard, until: Until
) -> None:
    wired = Wired(tmp_path / "line", WAVESHARE, {1: door()})
    heard = run(wired.boards[1])
    await heard.next(BoardOnline)
    wired.units[1].relays.set(0, closed=True)
    await until(lambda: not wired.portals[1].is_released)
    assert wired.boards[1].counters["relocked-late"] >= 1


async def test_a_turnstile_turns_the_way_that_was_granted(tmp_path: Path, run: RunBoard, until: Until) -> None:
    arm = PortalConfig(
        PortalId("arm"), "board-1", [IN, OUT], kind=PortalKind.TURNSTILE,
        outputs={IN: 2, OUT: 3}, passed_inputs={IN: 4, OUT: 5},
    )  # fmt: skip
    wired = Wired(tmp_path / "line", WAVESHARE, {1: arm})
    (portal,) = wired.boards[1].portals
    heard = run(wired.boards[1])
    await heard.next(BoardOnline)
    await asyncio.sleep(0.3)
    with pytest.raises(BadCommandError, match="no one way None"):
        portal.unlock(1000)
    assert portal.unlock(1000, OUT)
    await until(lambda: wired.portals[1].walk_through(OUT))
    assert not wired.portals[1].walk_through(IN)
    assert await heard.next(PassageCounted) == PassageCounted(portal.id, OUT)


async def test_an_absent_unit_is_told_and_its_neighbours_do_not_wait(
    tmp_path: Path, run: RunBoard, until: Until
) -> None:
    away = (1, 3, 4, 5, 6, 7)
    wired = Wired(tmp_path / "line", WAVESHARE, {n: door(0, f"board-{n}") for n in range(1, 8)}, absent=away)
    heard = {address: run(board) for address, board in wired.boards.items()}
    for absent in away:
        assert await heard[absent].next(BoardLost) == BoardLost(f"board-{absent}", LossReason.NO_ANSWER)
    await heard[2].next(DoorPositionChanged)
    for _ in range(4):  # a change of little more than 400 ms always counts
        wired.portals[2].force()
        await asyncio.sleep(0.45)
        wired.portals[2].shut()
        assert (await heard[2].next(DoorPositionChanged)).open
        assert not (await heard[2].next(DoorPositionChanged)).open
    assert not any(isinstance(event, BoardLost) for event in heard[2].events)


async def test_a_board_that_lost_power_and_a_line_that_was_unplugged_come_back(
    tmp_path: Path, run: RunBoard, until: Until
) -> None:
    wired = Wired(tmp_path / "line", WAVESHARE, {n: door(0, f"board-{n}") for n in (1, 2)})
    heard = {address: run(board) for address, board in wired.boards.items()}
    for each in heard.values():
        await each.next(BoardOnline)
    wired.units[1].power_off()
    assert (await heard[1].next(BoardLost)).reason is LossReason.NO_ANSWER
    assert not wired.boards[1].portals[0].unlock(1000)
    wired.units[1].power_on()
    await heard[1].next(BoardOnline)
    assert not any(isinstance(event, BoardLost) for event in heard[2].events)
    wired.line.hang_up()
    for each in heard.values():
        assert (await each.next(BoardLost)).reason is LossReason.LINE_LOST
    wired.line.plug_in()
    for each in heard.values():
        await each.next(BoardOnline)
    assert wired.boards[1].portals[0].unlock(1000)
    await until(lambda: wired.portals[1].is_released)


async def test_a_line_that_is_not_there_is_told_once(tmp_path: Path, run: RunBoard) -> None:
    wired = Wired(tmp_path / "line", WAVESHARE, {1: door()})
    wired.line.hang_up()
    heard = run(wired.boards[1])
    assert (await heard.next(BoardLost)).reason is LossReason.LINE_ABSENT
    wired.line.plug_in()
    await heard.next(BoardOnline)
    assert [event for event in heard.events if isinstance(event, BoardLost)] == [
        BoardLost("board-1", LossReason.LINE_ABSENT)
    ]


async def test_a_board_that_refuses_what_its_profile_says_does_not_come_online(tmp_path: Path, run: RunBoard) -> None:
    wired = Wired(tmp_path / "line", "icpdas-tm-p3r3", {1: door(relock=Relock.EDGE)})
    wired.units[1].model = MODBUS["eletechsup-n4d3e16"]
    heard = run(wired.boards[1])
    assert (await heard.next(BoardLost)).reason is LossReason.NO_ANSWER
    assert wired.boards[1].counters["refusals"] >= 1


async def test_a_bad_cable_opens_nothing_and_accuses_nobody(tmp_path: Path, run: RunBoard, until: Until) -> None:
    wired = Wired(tmp_path / "line", WAVESHARE, {1: door()})
    moved: list[tuple[int, bool]] = []
    for number in range(8):
        wired.units[1].on_output(number, lambda closed, number=number: moved.append((number, closed)))  # type: ignore[misc]
    heard = run(wired.boards[1])
    await heard.next(BoardOnline)
    wired.line.set_faults(LineFaults(loss=0.01, corruption=0.02, noise=0.02, split=True))
    await until(lambda: wired.boards[1].counters["silences"] >= 5)
    wired.line.set_faults(NO_FAULTS)
    assert moved == []
    assert not any(isinstance(event, DoorPositionChanged) and event.open for event in heard.events)
    await until(lambda: wired.boards[1].portals[0].unlock(300))
    await until(lambda: moved == [(0, True), (0, False)])


async def test_an_order_that_nobody_took_opens_nothing_later(tmp_path: Path, run: RunBoard, until: Until) -> None:
    wired = Wired(tmp_path / "line", WAVESHARE, {1: door()})
    closed: list[bool] = []
    wired.units[1].on_output(0, closed.append)
    heard = run(wired.boards[1])
    await heard.next(BoardOnline)
    wired.units[1].power_off()
    assert wired.boards[1].portals[0].unlock(60_000), "nobody has noticed yet"
    await heard.next(BoardLost)
    wired.units[1].power_on()
    await heard.next(BoardOnline)
    silences = wired.boards[1].counters["silences"]
    await heard.next(DoorPositionChanged)
    assert closed == []
    assert silences >= 3


async def test_an_answer_that_comes_late_is_not_taken_for_that_to_the_next_question(
    tmp_path: Path, run: RunBoard, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This model keeps outputs and inputs in registers, whose answers look alike: a strike is not a button."""
    config = PortalConfig(
        PortalId("door-1"), "board-1", [IN], strike_output=1, dps_input=0, rex_input=1, debounce_ms=0
    )  # fmt: skip
    wired = Wired(tmp_path / "line", "eletechsup-n4d3e16", {1: config})
    heard, loop, late = run(wired.boards[1]), asyncio.get_running_loop(), list[bytes]()
    await heard.next(DoorPositionChanged)
    send_at_once, second_is_on = wired.line.send, bytes([1, 3, 2, 0, 2])

    def let_go() -> None:
        while late:
            send_at_once(late.pop(), BAUD)

    def send(data: bytes, baud: int) -> None:
        if data.startswith(second_is_on):
            late.append(data)
            loop.call_later(0.3, let_go)  # or right before its next answer
        else:
            let_go()
            send_at_once(data, baud)

    monkeypatch.setattr(wired.line, "send", send)
    assert wired.boards[1].portals[0].unlock(10_000)
    await until(lambda: wired.boards[1].counters["silences"] >= 3)
    assert not [event for event in heard.events if isinstance(event, RequestToExit)]


async def test_a_line_that_fails_as_nobody_foresaw_is_told_to_whoever_runs_a_board(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("never seen before")

    monkeypatch.setattr("drivers.serial_link.open_line", fails)
    wired = Wired(tmp_path / "line", WAVESHARE, {1: door()})
    with pytest.raises(RuntimeError, match="never seen before"):
        async with asyncio.timeout(10):
            await wired.boards[1].run(print)
