"""What hangs on a reader beside its antenna: strikes and turnstiles, contacts, keypad, light, text, supply."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

import pytest

from contract.ids import AccessPointId, PortalId, ReaderId
from contract.site import DpsLevel, Fail, PortalConfig, PortalKind
from drivers.osdp import portal as osdp_portal
from drivers.osdp.bus import OsdpBus
from drivers.osdp.config import OsdpBusConfig, OsdpPdConfig
from drivers.osdp.session import STALE_S
from drivers.ports import (
    BadCommandError,
    CredentialRead,
    DeviceIdentified,
    DoorPositionChanged,
    FireInputChanged,
    Indication,
    PassageCounted,
    PinEntered,
    PowerChanged,
    ReaderOnline,
    RequestToExit,
    TamperChanged,
)
from simulators.cards import ProximityCard
from simulators.line import PtyLine
from simulators.readers.osdp_reader import SimulatedOsdpReader
from tests.integration.drivers.conftest import Heard, Run

KEYS = {5: bytes.fromhex("9a1c03e7554b20f8d1463a7c8e9b0f62"), 6: bytes.fromhex("41e0d27b8c5f3396a80d7e12b4c96f05")}
ENTRY, SIDE = ReaderId("entry"), ReaderId("side")
IN, OUT = AccessPointId("in"), AccessPointId("out")
GATE, BACK = PortalId("gate"), PortalId("back")
Until = Callable[[Callable[[], object]], Awaitable[None]]


def door(portal: PortalId = GATE, hardware: ReaderId = ENTRY, **more: object) -> PortalConfig:
    return PortalConfig(id=portal, hardware=hardware, access_points=[IN], **more)  # type: ignore[arg-type]


class Stage:
    """Two simulated readers on a line and the driver for portals that hang on them."""

    def __init__(self, line: PtyLine, *portals: PortalConfig) -> None:
        line.plug_in()
        self.entry, self.side = (SimulatedOsdpReader(line, address, key) for address, key in KEYS.items())
        pds = (
            OsdpPdConfig(address=5, reader=ENTRY, scbk=KEYS[5]),
            OsdpPdConfig(address=6, reader=SIDE, scbk=KEYS[6]),
        )
        self.bus = OsdpBus(OsdpBusConfig(device=str(line.path), pds=pds, portals=portals), lambda _reader: None)
        self.entry.power_on()
        self.side.power_on()

    async def online(self, run: Run) -> tuple[Heard, Heard]:
        entry, side = (run(reader) for reader in self.bus.readers)
        await entry.next(ReaderOnline)
        await side.next(ReaderOnline)
        return entry, side


async def test_a_fail_safe_strike_has_power_unless_released_and_gets_it_back_by_itself(
    line: PtyLine, run: Run, until: Until
) -> None:
    stage = Stage(line, door(fail=Fail.SAFE))
    await stage.online(run)
    await until(lambda: stage.entry.outputs[0])
    (portal,) = stage.bus.portals
    assert portal.unlock(300)
    await until(lambda: not stage.entry.outputs[0])
    await until(lambda: stage.entry.outputs[0])
    assert portal.unlock(20_000)
    await until(lambda: not stage.entry.outputs[0])
    assert portal.lock()
    await until(lambda: stage.entry.outputs[0])
    stage.entry.power_off()
    assert not stage.entry.outputs[0], "without power it stands released"
    stage.entry.power_on()
    await until(lambda: stage.entry.outputs[0])


async def test_a_release_longer_than_one_command_is_told_again_before_it_runs_out(
    line: PtyLine, run: Run, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(osdp_portal, "ONE_COMMAND_MS", 1500)
    monkeypatch.setattr(osdp_portal, "RENEW_S", 0.5)
    stage = Stage(line, door())
    await stage.online(run)
    changes: list[bool] = []
    stage.entry.on_output(0, changes.append)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    assert stage.bus.portals[0].unlock(3000)
    await until(lambda: changes == [True])
    assert stage.bus.portals[0].unlock(100), "for somebody else, who is faster"
    await until(lambda: changes == [True, False])
    assert loop.time() - began_s >= 2.9, "neither cut to what one command can tell, nor by the shorter release"


async def test_a_renewed_release_ends_with_the_edge(
    line: PtyLine, run: Run, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(osdp_portal, "ONE_COMMAND_MS", 1000)
    monkeypatch.setattr(osdp_portal, "RENEW_S", 0.5)
    stage = Stage(line, door())
    await stage.online(run)
    assert stage.bus.portals[0].unlock(60_000)
    await until(lambda: stage.entry.outputs[0])
    line.hang_up()
    await until(lambda: not stage.entry.outputs[0])


async def test_a_process_that_stood_still_opens_no_door_afterwards(line: PtyLine, run: Run) -> None:
    stage = Stage(line, door())
    entry, _ = await stage.online(run)
    process_id = stage.bus.process_id
    assert process_id is not None
    released: list[bool] = []
    stage.entry.on_output(0, released.append)
    os.kill(process_id, signal.SIGSTOP)
    try:
        assert stage.bus.portals[0].unlock(5000), "nobody can know yet"
        await asyncio.sleep(STALE_S + 0.2)
    finally:
        os.kill(process_id, signal.SIGCONT)
    stage.entry.present(ProximityCard.of(13, 4567).h10301)
    await entry.next(CredentialRead)
    assert stage.bus.counters["osdp-command-refused"]
    assert True not in released


async def test_a_turnstile_is_released_for_one_way_and_counts_turns(line: PtyLine, run: Run, until: Until) -> None:
    turnstile = PortalConfig(
        id=GATE, hardware=ENTRY, access_points=[IN, OUT], kind=PortalKind.TURNSTILE,
        outputs={IN: 0, OUT: 1}, passed_inputs={IN: 2, OUT: 3},
    )  # fmt: skip
    stage = Stage(line, turnstile)
    entry, _ = await stage.online(run)
    (portal,) = stage.bus.portals
    assert portal.unlock(300, OUT)
    await until(lambda: stage.entry.outputs == [False, True])
    await until(lambda: stage.entry.outputs == [False, False])
    for wrong in (None, AccessPointId("elsewhere")):
        with pytest.raises(BadCommandError):
            portal.unlock(300, wrong)
    await entry.next(TamperChanged)  # by then the inputs at rest are known, so that a turn is a change
    stage.entry.set_input(3, active=True)
    assert await entry.next(PassageCounted) == PassageCounted(GATE, OUT)


async def test_one_reader_releases_a_portal_that_another_watches(line: PtyLine, run: Run, until: Until) -> None:
    stage = Stage(
        line,
        door(contacts="side", dps_input=2, dps_closes_when=DpsLevel.SHUT, rex_input=-1, fire_input=3),
        door(BACK, ENTRY, strike_output=1, contacts="entry", dps_input=-1, rex_input=1),
    )
    stage.side.set_input(2, active=True)
    entry, side = await stage.online(run)
    assert await side.next(DoorPositionChanged) == DoorPositionChanged(GATE, open=False)
    stage.side.set_input(3, active=True)
    await until(lambda: FireInputChanged(GATE, active=True) in side.events)
    stage.side.set_input(2, active=False)
    await until(lambda: DoorPositionChanged(GATE, open=True) in side.events)
    stage.entry.set_input(1, active=True)
    assert await entry.next(RequestToExit) == RequestToExit(BACK)
    gate, back = stage.bus.portals
    assert back.unlock(300)
    await until(lambda: stage.entry.outputs == [False, True])
    assert gate.unlock(300)
    await until(lambda: stage.entry.outputs[0])
    assert not any(stage.side.outputs)


async def test_an_output_that_the_reader_has_not_is_refused(line: PtyLine, run: Run) -> None:
    stage = Stage(line, door(strike_output=7))
    entry, _ = await stage.online(run)
    assert not stage.bus.portals[0].unlock(1000)
    await entry.next(TamperChanged)
    assert not any(stage.entry.outputs)


async def test_a_reader_that_knows_no_gentle_locking_is_locked_all_the_same(
    line: PtyLine, run: Run, until: Until
) -> None:
    stage = Stage(line, door(fail=Fail.SAFE))
    stage.entry.nak_next()
    await stage.online(run)
    await until(lambda: stage.entry.outputs[0])
    assert stage.bus.portals[0].unlock(300)
    await until(lambda: not stage.entry.outputs[0])


async def test_what_is_typed_is_a_pin_once_it_is_ended(line: PtyLine, run: Run) -> None:
    stage = Stage(line)
    entry, side = await stage.online(run)
    stage.entry.type_keys("12*4711#")
    assert await entry.next(PinEntered) == PinEntered(ENTRY, "4711")
    stage.side.type_keys("0815")
    assert await side.next(PinEntered) == PinEntered(SIDE, "0815"), "whoever stops typing has ended"
    assert "4711" not in repr(entry.events)


async def test_what_was_typed_before_a_card_is_not_its_holders_pin(line: PtyLine, run: Run) -> None:
    stage = Stage(line)
    entry, _ = await stage.online(run)
    stage.entry.type_keys("99")
    stage.entry.present(ProximityCard.of(1, 1).h10301)
    await entry.next(CredentialRead)
    stage.entry.type_keys("4711#")
    assert await entry.next(PinEntered) == PinEntered(ENTRY, "4711")


async def test_a_reader_says_what_it_is_and_how_its_supply_is(line: PtyLine, run: Run) -> None:
    stage = Stage(line)
    entry, _ = await stage.online(run)
    told = await entry.next(DeviceIdentified)
    assert (told.device, told.serial) == ("entry", "00000005")
    assert "secure channel (level 1)" in told.capabilities
    assert await entry.next(PowerChanged) == PowerChanged(ENTRY, failed=False)
    stage.entry.set_power_failure(failed=True)
    assert await entry.next(PowerChanged) == PowerChanged(ENTRY, failed=True)


async def test_a_reader_shows_light_tone_and_text(line: PtyLine, run: Run, until: Until) -> None:
    stage = Stage(line)
    await stage.online(run)
    await until(lambda: stage.entry.light == "blue")
    stage.bus.readers[0].indicate(Indication.PIN_WANTED)
    await until(lambda: stage.entry.text.strip() == "PIN, then #")
    assert stage.entry.tones == 1
    assert stage.side.text.strip() == ""
