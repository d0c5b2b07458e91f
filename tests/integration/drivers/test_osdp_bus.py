import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from contract.ids import AccessPointId, PortalId, ReaderId
from contract.site import PortalConfig
from drivers.osdp.bus import OsdpBus
from drivers.osdp.config import OsdpBusConfig, OsdpPdConfig
from drivers.ports import (
    BadCommandError,
    CredentialRead,
    DoorPositionChanged,
    Indication,
    LossReason,
    ReaderLost,
    ReaderOnline,
    ReadRefusal,
    ReadRefused,
    RequestToExit,
    TamperChanged,
)
from simulators.cards import CardBits, ProximityCard
from simulators.door import Contact, ContactChange, Door
from simulators.line import PtyLine
from simulators.readers.osdp_reader import DPS, REX, SimulatedOsdpReader
from tests.integration.drivers.conftest import Run

KEY = bytes.fromhex("9a1c03e7554b20f8d1463a7c8e9b0f62")
OTHER_KEY = bytes.fromhex("41e0d27b8c5f3396a80d7e12b4c96f05")
ENTRY, SIDE = ReaderId("entry"), ReaderId("side")
GATE = PortalId("gate")
CARD = ProximityCard.of(13, 4567)
Until = Callable[[Callable[[], object]], Awaitable[None]]


class WiredDoor:
    """A door and the simulated reader that drives its strike and reports its contacts."""

    def __init__(self, line: PtyLine, open_s: float) -> None:
        self.door = Door(open_s)
        self.reader = SimulatedOsdpReader(line, 5, KEY, on_strike=self._on_strike)
        self.reader.power_on()

    def walk_through(self) -> bool:
        got_through, changes = self.door.walk_through(self._now_s())
        self._wire(changes)
        return got_through

    def leave_by_button(self) -> None:
        self._wire(self.door.leave_by_button(self._now_s()))

    def force(self) -> None:
        self._wire(self.door.force(self._now_s()))

    def _on_strike(self, released: bool) -> None:
        self.door.set_strike(released=released)

    def _wire(self, changes: list[ContactChange]) -> None:
        for change in changes:
            self.reader.set_input(DPS if change.contact is Contact.DPS else REX, active=change.active)
        if self.door.next_change_s is not None:
            asyncio.get_running_loop().call_at(self.door.next_change_s, self._advance)

    def _advance(self) -> None:
        self._wire(self.door.advance(self._now_s()))

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()


def bus_on(line: PtyLine, *more: OsdpPdConfig) -> OsdpBus:
    pd = OsdpPdConfig(address=5, reader=ENTRY, scbk=KEY)
    door = PortalConfig(id=GATE, hardware=ENTRY, access_points=[AccessPointId("in")])
    return OsdpBus(OsdpBusConfig(device=str(line.path), pds=(pd, *more), portals=(door,)), lambda _reader: None)


async def test_a_card_opens_a_door_and_the_device_relocks_it(line: PtyLine, run: Run, until: Until) -> None:
    line.plug_in()
    wired = WiredDoor(line, open_s=0.3)
    bus = bus_on(line)
    (reader,), (portal,) = bus.readers, bus.portals
    assert (reader.id, portal.id) == (ENTRY, GATE)
    assert not portal.unlock(500), "nothing is online yet"
    heard = run(reader)
    assert await heard.next(ReaderOnline) == ReaderOnline(ENTRY, secure=True)
    for told in (TamperChanged(ENTRY, tampered=False), DoorPositionChanged(GATE, open=False)):
        await until(lambda told=told: told in heard.events)  # type: ignore[misc]
    await until(lambda: wired.reader.light == "blue")

    assert not wired.walk_through()
    assert wired.reader.present(CARD.h10301)
    read = await heard.next(CredentialRead)
    assert (read.reader, read.credential.text) == (ENTRY, "h10301:13:4567")

    assert portal.unlock(500)
    reader.indicate(Indication.GRANTED)
    await until(lambda: wired.reader.strike_is_released)
    await until(lambda: wired.reader.light == "green" and wired.reader.tones == 1)
    assert wired.walk_through()
    await until(lambda: DoorPositionChanged(GATE, open=True) in heard.events)
    await until(lambda: heard.events.count(DoorPositionChanged(GATE, open=False)) == 2)
    await until(lambda: not wired.reader.strike_is_released)
    await until(lambda: wired.reader.light == "blue")

    assert portal.unlock(20_000)
    await until(lambda: wired.reader.strike_is_released)
    assert portal.lock()
    await until(lambda: not wired.reader.strike_is_released)
    with pytest.raises(BadCommandError):
        portal.unlock(3_600_001)


async def test_contacts_and_housing_are_told_once_for_each_change(line: PtyLine, run: Run) -> None:
    line.plug_in()
    wired = WiredDoor(line, open_s=0.2)
    bus = bus_on(line)
    heard = run(bus.readers[0])
    await heard.next(TamperChanged)
    wired.leave_by_button()
    await heard.next(RequestToExit)
    await heard.next(DoorPositionChanged)
    assert await heard.next(DoorPositionChanged) == DoorPositionChanged(GATE, open=False)
    wired.force()
    assert await heard.next(DoorPositionChanged) == DoorPositionChanged(GATE, open=True)
    wired.reader.set_tampered(tampered=True)
    assert await heard.next(TamperChanged) == TamperChanged(ENTRY, tampered=True)
    assert sum(isinstance(event, RequestToExit) for event in heard.events) == 1


async def test_bits_that_are_no_credential_are_refused_by_name(line: PtyLine, run: Run) -> None:
    line.plug_in()
    simulated = SimulatedOsdpReader(line, 5, KEY)
    simulated.power_on()
    bus = bus_on(line)
    heard = run(bus.readers[0])
    await heard.next(TamperChanged)
    good = CARD.h10301
    simulated.present(CardBits(26, bytes([good.data[0] ^ 0x80]) + good.data[1:]))
    damaged = await heard.next(ReadRefused)
    assert damaged == ReadRefused(ENTRY, ReadRefusal.PARITY, 26, "10000110100010001110101110")
    simulated.present(CardBits(37, b"\x11" * 5))
    unknown = await heard.next(ReadRefused)
    assert unknown == ReadRefused(ENTRY, ReadRefusal.UNKNOWN_FORMAT, 37, f"{0x1111111111 >> 3:037b}")


@pytest.mark.slow
async def test_a_dead_reader_does_not_silence_its_neighbour_and_is_back_soon(line: PtyLine, run: Run) -> None:
    line.plug_in()
    entry, side = SimulatedOsdpReader(line, 5, KEY), SimulatedOsdpReader(line, 6, OTHER_KEY)
    entry.power_on()
    side.power_on()
    bus = bus_on(line, OsdpPdConfig(address=6, reader=SIDE, scbk=OTHER_KEY))
    entry_heard, side_heard = run(bus.readers[0]), run(bus.readers[1])
    await entry_heard.next(ReaderOnline)
    await side_heard.next(ReaderOnline)
    entry.power_off()
    assert await entry_heard.next(ReaderLost) == ReaderLost(ENTRY, LossReason.NO_ANSWER)
    assert not bus.portals[0].unlock(1000)
    for number in range(3):
        assert side.present(ProximityCard.of(1, number).h10301)
        read = await side_heard.next(CredentialRead)
        assert (read.reader, read.credential.number) == (SIDE, number)
    assert not entry.present(CARD.h10301), "a dead reader reads nothing"
    entry.power_on()
    await entry_heard.next(ReaderOnline)  # libosdp by itself would leave it alone for 300 s
    entry.present(CARD.h10301)
    await entry_heard.next(CredentialRead)
    assert not [event for event in side_heard.events if isinstance(event, ReaderLost)]


async def test_a_reader_that_restarts_is_back_although_libosdp_would_leave_it_alone(line: PtyLine, run: Run) -> None:
    line.plug_in()
    simulated = SimulatedOsdpReader(line, 5, KEY)
    simulated.power_on()
    bus = bus_on(line)
    heard = run(bus.readers[0])
    for _ in range(2):
        await heard.next(ReaderOnline)
        simulated.power_off()
        simulated.power_on()
        assert await heard.next(ReaderLost) == ReaderLost(ENTRY, LossReason.NO_ANSWER)
    await heard.next(ReaderOnline)


async def test_a_line_that_hangs_up_and_returns_is_in_use_again(line: PtyLine, run: Run) -> None:
    bus = bus_on(line)
    heard = run(bus.readers[0])
    assert await heard.next(ReaderLost) == ReaderLost(ENTRY, LossReason.LINE_ABSENT)
    simulated = SimulatedOsdpReader(line, 5, KEY)
    simulated.power_on()
    for _ in range(2):
        line.plug_in()
        await heard.next(ReaderOnline)
        await heard.next(TamperChanged)
        simulated.present(CARD.h10301)
        await heard.next(CredentialRead)
        line.hang_up()
        assert await heard.next(ReaderLost) == ReaderLost(ENTRY, LossReason.LINE_LOST)


async def test_a_killed_bus_process_is_started_again_and_reads(line: PtyLine, run: Run) -> None:
    line.plug_in()
    simulated = SimulatedOsdpReader(line, 5, KEY)
    simulated.power_on()
    bus = bus_on(line)
    heard = run(bus.readers[0])
    await heard.next(ReaderOnline)
    first = bus.process_id
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert await heard.next(ReaderLost) == ReaderLost(ENTRY, LossReason.BUS_PROCESS_LOST)
    assert not bus.portals[0].unlock(1000)
    await heard.next(ReaderOnline)
    assert bus.process_id not in {None, first}
    await heard.next(TamperChanged)
    simulated.present(CARD.h10301)
    await heard.next(CredentialRead)


async def test_the_key_is_neither_in_the_arguments_nor_in_the_environment_of_the_process(
    line: PtyLine, run: Run
) -> None:
    line.plug_in()
    simulated = SimulatedOsdpReader(line, 5, KEY)
    simulated.power_on()
    bus = bus_on(line)
    await run(bus.readers[0]).next(ReaderOnline)
    process = Path(f"/proc/{bus.process_id}")
    seen = b"".join(place.read_bytes() for place in (process / "cmdline", process / "environ"))
    assert b"bus_process" in seen
    assert KEY not in seen
    assert KEY.hex().encode() not in seen.lower()


async def test_the_bus_process_ends_with_its_edge(line: PtyLine, until: Until) -> None:
    line.plug_in()
    bus = bus_on(line)
    task = asyncio.create_task(bus.readers[0].run(lambda _event: None))
    await until(lambda: bus.process_id is not None)
    process_id = bus.process_id
    assert process_id is not None
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)


async def test_the_next_reader_takes_over_when_the_one_that_served_the_line_stops(line: PtyLine, run: Run) -> None:
    line.plug_in()
    entry, side = SimulatedOsdpReader(line, 5, KEY), SimulatedOsdpReader(line, 6, OTHER_KEY)
    entry.power_on()
    side.power_on()
    bus = bus_on(line, OsdpPdConfig(address=6, reader=SIDE, scbk=OTHER_KEY))
    task = asyncio.create_task(bus.readers[0].run(lambda _event: None))
    await asyncio.sleep(0)
    heard = run(bus.readers[1])
    await heard.next(ReaderOnline)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await heard.next(ReaderOnline)
    await heard.next(TamperChanged)
    side.present(CARD.h10301)
    await heard.next(CredentialRead)
