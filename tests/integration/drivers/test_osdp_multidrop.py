"""Several readers on one bus: each with its own key, and none disturbed by what becomes of another."""

import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from contract.ids import AccessPointId, PortalId, ReaderId
from contract.site import PortalConfig
from drivers.osdp.bus import OsdpBus
from drivers.osdp.config import OsdpBusConfig, OsdpPdConfig
from drivers.ports import (
    CredentialRead,
    DeviceIdentified,
    KeyRotated,
    LossReason,
    ReaderLost,
    ReaderOnline,
)
from simulators.cards import ProximityCard
from simulators.line import PtyLine
from simulators.line_faults import LineFaults
from simulators.osdp.codes import Nak
from simulators.osdp.state import Misbehaviour
from simulators.readers.osdp_reader import SimulatedOsdpReader
from tests.integration.drivers.conftest import Heard, Run

KEYS = random.Random(20261121)
Until = Callable[[Callable[[], object]], Awaitable[None]]


@dataclass
class Bus:
    """A bus of simulated readers with the real driver at its end."""

    line: PtyLine
    devices: list[SimulatedOsdpReader]
    driver: OsdpBus
    heard: list[Heard]

    def numbers(self, index: int) -> list[int]:
        """The cards read at a reader, in order."""
        return [event.credential.number for event in self.heard[index].events if isinstance(event, CredentialRead)]

    def losses(self, index: int) -> list[ReaderLost]:
        return [event for event in self.heard[index].events if isinstance(event, ReaderLost)]


Make = Callable[..., Awaitable[Bus]]


@pytest.fixture
async def make(tmp_path: Path, run: Run) -> AsyncIterator[Make]:
    """Put `readers` readers on a line and wait until all are online."""
    buses: list[Bus] = []

    async def made(readers: int, baud: int = 115_200, faults: LineFaults | None = None, next_key: bytes = b"") -> Bus:
        line = PtyLine(tmp_path / "line")
        line.plug_in()
        devices, pds = [], []
        for address in range(readers):
            key = KEYS.randbytes(16)
            devices.append(SimulatedOsdpReader(line, address, key, baud=baud))
            devices[-1].power_on()
            pds.append(
                OsdpPdConfig(
                    address=address,
                    reader=ReaderId(f"r{address}"),
                    scbk=key,
                    scbk_next=next_key if address == 0 and next_key else None,
                )
            )
        door = PortalConfig(id=PortalId("gate"), hardware="r0", access_points=[AccessPointId("in")])
        config = OsdpBusConfig(device=str(line.path), pds=tuple(pds), baud=baud, portals=(door,))
        rotated: list[ReaderId] = []
        driver = OsdpBus(config, rotated.append)
        if faults is not None:
            line.set_faults(faults)
        heard = [run(reader) for reader in driver.readers]
        for one in heard:
            await one.next(ReaderOnline)
        buses.append(Bus(line, devices, driver, heard))
        return buses[-1]

    yield made
    for bus in buses:
        for device in bus.devices:
            device.power_off()


async def present_everywhere(bus: Bus, until: Until, cards: int, *, but: int | None = None) -> None:
    """Hold cards before every reader (but one), one after the other, and wait until each is read."""
    indexes = [index for index in range(len(bus.devices)) if index != but]
    before = {index: len(bus.numbers(index)) for index in indexes}
    for number in range(cards):
        for index in indexes:
            assert bus.devices[index].present(ProximityCard.of(index, number).h10301)
        for index in indexes:
            await until(lambda index=index, number=number: len(bus.numbers(index)) > before[index] + number)  # type: ignore[misc]
    for index in indexes:
        assert bus.numbers(index)[before[index] :] == list(range(cards))


async def reads_again(bus: Bus, index: int, until: Until) -> None:
    """Hold a card before a reader until one is read: those that it took while it was away may be lost."""
    seen = len(bus.numbers(index))

    def is_read() -> bool:
        bus.devices[index].present(ProximityCard.of(index, 99).h10301)
        return len(bus.numbers(index)) > seen

    await until(is_read)


@pytest.mark.slow
@pytest.mark.parametrize("baud", [9600, 230_400])
async def test_sixteen_readers_at_the_pace_of_the_line(make: Make, until: Until, baud: int) -> None:
    bus = await make(16, baud, LineFaults(paced=True))
    assert {event.serial for one in bus.heard for event in one.events if isinstance(event, DeviceIdentified)} == {
        f"{address:08X}" for address in range(16)
    }
    await present_everywhere(bus, until, 2)
    assert not any(bus.losses(index) for index in range(16))


@pytest.mark.parametrize(
    "trouble", [Misbehaviour.NAK, Misbehaviour.BUSY, Misbehaviour.BAD_CRC, Misbehaviour.BAD_MAC, Misbehaviour.LATE]
)
async def test_a_reader_in_trouble_disturbs_no_neighbour_and_is_back_soon(
    make: Make, until: Until, trouble: Misbehaviour
) -> None:
    bus = await make(3)
    bus.devices[1].misbehave(trouble)
    await present_everywhere(bus, until, 5, but=1)
    bus.devices[1].misbehave()
    await reads_again(bus, 1, until)
    assert not bus.losses(0)
    assert not bus.losses(2)


async def test_a_reader_that_restarts_again_and_again_disturbs_no_neighbour(make: Make, until: Until) -> None:
    bus = await make(3)
    for _ in range(3):
        bus.devices[1].power_off()
        bus.devices[1].power_on()
        await present_everywhere(bus, until, 2, but=1)
        await until(lambda: bus.devices[1].is_secure)
    assert not bus.losses(0)
    assert not bus.losses(2)
    assert {event.reason for event in bus.losses(1)} == {LossReason.NO_ANSWER}


async def test_one_refused_command_costs_a_reader_a_moment_and_its_neighbour_nothing(make: Make, until: Until) -> None:
    bus = await make(2)
    bus.devices[0].nak_next(Nak.UNABLE_TO_PROCESS)
    await until(lambda: bus.losses(0))
    await reads_again(bus, 0, until)
    assert not bus.losses(1)


async def test_an_unlock_that_could_not_be_sent_does_not_open_the_door_later(make: Make, until: Until) -> None:
    bus = await make(2)
    opened: list[bool] = []
    bus.devices[0].on_output(0, opened.append)
    bus.devices[0].power_off()
    assert bus.driver.portals[0].unlock(5000), "nobody knows yet that the reader is dead"
    await until(lambda: bus.losses(0))
    assert not bus.driver.portals[0].unlock(5000)
    bus.devices[0].power_on()
    await until(lambda: bus.devices[0].is_secure)
    await present_everywhere(bus, until, 3)
    assert not any(opened)


async def test_noise_and_flipped_bits_lose_no_card_and_no_reader(make: Make, until: Until) -> None:
    faults = LineFaults(corruption=0.002, loss=0.001, noise=0.01, split=True, seed=7)
    bus = await make(2)
    bus.line.set_faults(faults)
    await present_everywhere(bus, until, 6)
    assert not any(bus.losses(index) for index in range(2))


async def test_a_reader_is_rotated_to_its_next_key_and_the_old_one_is_refused(make: Make, until: Until) -> None:
    next_key = KEYS.randbytes(16)
    bus = await make(2, next_key=next_key)
    old_key = bus.devices[0].key
    assert old_key is not None
    assert not any(isinstance(event, KeyRotated) for event in bus.heard[0].events), "still the old one"
    bus.devices[0].power_off()
    bus.devices[0].change_key(next_key)
    bus.devices[0].power_on()
    assert await bus.heard[0].next(KeyRotated) == KeyRotated(ReaderId("r0"))
    await until(lambda: bus.devices[0].is_secure)
    assert bus.driver.readers[0].keys == (next_key,)
    bus.devices[0].power_off()
    bus.devices[0].change_key(old_key)
    bus.devices[0].power_on()
    await until(lambda: len(bus.losses(0)) == 2)
    await present_everywhere(bus, until, 10, but=0)
    assert not bus.devices[0].is_secure, "whoever still has the old key is let in no more"
    bus.devices[0].power_off()
    bus.devices[0].change_key(next_key)
    bus.devices[0].power_on()
    await until(lambda: bus.devices[0].is_secure)
    assert sum(isinstance(event, KeyRotated) for event in bus.heard[0].events) == 1
    assert not bus.losses(1)


async def test_a_restarted_process_knows_the_next_key_alone(make: Make, until: Until) -> None:
    next_key = KEYS.randbytes(16)
    bus = await make(1, next_key=next_key)
    old_key = bus.devices[0].key
    bus.devices[0].change_key(next_key)
    bus.devices[0].power_off()
    bus.devices[0].power_on()
    await bus.heard[0].next(KeyRotated)
    bus.devices[0].power_off()
    bus.devices[0].change_key(old_key or b"")
    first = bus.driver.process_id
    assert first is not None
    os.kill(first, signal.SIGKILL)
    bus.devices[0].power_on()
    await until(lambda: bus.driver.process_id not in {None, first})
    asked: list[bytes] = []
    bus.line.listen(asked.append)
    await until(lambda: b"".join(asked).count(b"\x03\x11\x01\x76") >= 3)
    assert not bus.devices[0].is_secure, "three challenges, none under the old key"
    bus.devices[0].change_key(next_key)
    await until(lambda: bus.devices[0].is_secure)


async def test_a_line_at_another_rate_is_no_reader_and_works_once_it_is_right(make: Make, until: Until) -> None:
    bus = await make(1, 115_200)
    state = bus.devices[0].state
    bus.devices[0].power_off()
    wrong = SimulatedOsdpReader(bus.line, 0, state.key, baud=9600)
    wrong.power_on()
    await until(lambda: bus.losses(0))
    await until(lambda: sum(bus.driver.counters.values()) > 0)
    assert not wrong.is_secure
    wrong.power_off()
    bus.devices[0].power_on()
    await until(lambda: bus.devices[0].is_secure)
