"""Strangers' readers on the real driver, with the secure channel.

No registry has a reader of an author who is neither us nor libosdp. So there are two that each are a stranger in part:
one whose frames, keys and codes are another author's (the `osdp` of PyPI, turned around), and libosdp's own peripheral
device, which is of the library that keeps our sessions, but strange in process, timing, manners, and what it refuses.
"""

import asyncio
import json
import os
import pty
import sys
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from contract.ids import AccessPointId, PortalId, ReaderId
from contract.site import PortalConfig
from drivers.osdp.bus import OsdpBus
from drivers.osdp.config import OsdpBusConfig, OsdpPdConfig
from drivers.ports import (
    CredentialRead,
    DeviceIdentified,
    DoorPositionChanged,
    Indication,
    PinEntered,
    ReaderLost,
    ReaderOnline,
)
from simulators.cards import ProximityCard
from tests.integration.drivers.conftest import LIMIT_S, Run

KEY: Final = bytes.fromhex("9a1c03e7554b20f8d1463a7c8e9b0f62")
CARD: Final = ProximityCard.of(13, 4567)
ENTRY, GATE = ReaderId("entry"), PortalId("gate")
OUTPUT: Final = 1
STRANGERS: Final = Path(__file__).parents[3] / ".venv-strangers" / "bin" / "python"
MASTER_KEY: Final = bytes.fromhex("0f1e2d3c4b5a69788796a5b4c3d2e1f0")


class Wire:
    """Two pseudo-terminals and a wire between them: the driver at one end, the stranger at the other."""

    def __init__(self) -> None:
        self._nears, self._fars = zip(*(pty.openpty() for _ in range(2)), strict=True)
        for far in self._fars:
            tty.setraw(far)
        self.ends = [os.ttyname(far) for far in self._fars]
        loop = asyncio.get_running_loop()
        for here, there in (self._nears, self._nears[::-1]):
            loop.add_reader(here, _carry, here, there)

    def close(self) -> None:
        for near in self._nears:
            asyncio.get_running_loop().remove_reader(near)
        for descriptor in (*self._nears, *self._fars):
            os.close(descriptor)


def _carry(here: int, there: int) -> None:
    os.write(there, os.read(here, 4096))


class Stranger:
    """Its process: orders to it, and what it was commanded."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    def told(self, order: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n".encode())

    async def obeys(self, is_meant: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for a command."""
        assert self._process.stdout is not None
        async with asyncio.timeout(LIMIT_S):
            while line := await self._process.stdout.readline():
                command: dict[str, Any] = json.loads(line)
                if is_meant(command):
                    return command
        raise AssertionError("the stranger ended")


@asynccontextmanager
async def stranger_on(path: str) -> AsyncIterator[Stranger]:
    script = Path(__file__).with_name("strangers_reader.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable, script, path, "5", KEY.hex(), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip
    try:
        yield Stranger(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    with closing(Wire()) as wire:
        yield wire


async def test_a_stranger_s_reader_works_in_the_secure_channel_and_comes_back(wire: Wire, run: Run) -> None:
    pd = OsdpPdConfig(address=5, reader=ENTRY, scbk=KEY)
    door = PortalConfig(id=GATE, hardware=ENTRY, access_points=[AccessPointId("in")])
    bus = OsdpBus(OsdpBusConfig(device=wire.ends[0], pds=(pd,), baud=115_200, portals=(door,)), lambda _reader: None)
    heard = run(bus.readers[0])
    async with stranger_on(wire.ends[1]) as stranger:
        assert await heard.next(ReaderOnline) == ReaderOnline(ENTRY, secure=True)
        told = await heard.next(DeviceIdentified)
        assert (told.vendor, told.model, told.serial, told.firmware) == ("EE-FF-C0", "3", "12345678", "1.2.3")
        # Asked for its states it refuses, once, which costs it its session; it is not asked again.
        await heard.next(ReaderLost)
        await heard.next(ReaderOnline)
        stranger.told(f"card 26 {CARD.h10301.data.hex()}")
        read = await heard.next(CredentialRead)
        assert read.credential.text == CARD.texts[0]
        assert bus.portals[0].unlock(700)
        released = await stranger.obeys(lambda command: command["command"] == OUTPUT and command["control_code"] == 5)
        assert (released["output_no"], released["timer_count"]) == (0, 7)
        bus.readers[0].indicate(Indication.DENIED)
        shown = await stranger.obeys(lambda command: "data" in command)
        assert shown["data"] == "No access"
        stranger.told("keys 4711#")
        assert await heard.next(PinEntered) == PinEntered(ENTRY, "4711")
        stranger.told("input 0 1")
        assert await heard.next(DoorPositionChanged) == DoorPositionChanged(GATE, open=True)
    await heard.next(ReaderLost)
    async with stranger_on(wire.ends[1]) as stranger:
        await heard.next(ReaderOnline)
        stranger.told(f"card 26 {CARD.h10301.data.hex()}")
        await heard.next(CredentialRead)


def derived_key(cuid: bytes) -> bytes:
    """The reader's key as that author derives it from a master key: AES over cUID and its complement."""
    encryptor = Cipher(algorithms.AES128(MASTER_KEY), modes.ECB()).encryptor()  # noqa: S305 - how the stranger does it
    return encryptor.update(cuid + bytes(byte ^ 0xFF for byte in cuid)) + encryptor.finalize()


async def test_a_reader_with_a_stranger_s_secure_channel_is_read_and_commanded(wire: Wire, run: Run) -> None:
    assert STRANGERS.exists(), "make strangers installs it"
    pd = OsdpPdConfig(address=5, reader=ENTRY, scbk=derived_key(bytes.fromhex("c0ffee0302785634")))
    door = PortalConfig(id=GATE, hardware=ENTRY, access_points=[AccessPointId("in")])
    config = OsdpBusConfig(device=wire.ends[0], pds=(pd,), baud=115_200, portals=(door,))
    bus = OsdpBus(config, lambda _reader: None)
    process = await asyncio.create_subprocess_exec(
        STRANGERS, Path(__file__).with_name("strangers_channel.py"), wire.ends[1], "5", MASTER_KEY.hex(),
        CARD.h10301.data.hex(), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        heard = run(bus.readers[0])
        assert await heard.next(ReaderOnline) == ReaderOnline(ENTRY, secure=True)
        assert (await heard.next(CredentialRead)).credential.text == CARD.texts[0]
        assert bus.portals[0].unlock(700)
        assert process.stdout is not None
        async with asyncio.timeout(LIMIT_S):
            while (await process.stdout.readline()).split() != [b"68", b"0005" + b"0700"]:
                pass
        assert not any(isinstance(event, ReaderLost) for event in heard.events[1:])
    finally:
        process.kill()
        await process.wait()
