"""The published vectors of SIA OSDP 2.2, annex E, against what really goes over our wire.

The device at the other end (osdp_device.py) must first derive every published value; then the real driver must get
through a handshake with it. Hostile variants of the same device show what the driver refuses.
"""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from contract.ids import ReaderId
from drivers.osdp.bus import OsdpBus
from drivers.osdp.config import DEFAULT_KEY, DefaultKeyError, OsdpBusConfig, OsdpPdConfig
from drivers.ports import CredentialRead, DeviceEvent, LossReason, ReaderLost, ReaderOnline
from simulators.line import PtyLine
from simulators.readers.osdp_reader import SimulatedOsdpReader
from tests.vectors.osdp_device import (
    ADDRESS,
    CARD,
    Blurting,
    Device,
    Downgrading,
    Interrupting,
    Noisy,
    Session,
    card_report,
    checksum,
    crc,
)

SHARED: Final = Path(__file__).parents[2].parent / "shared" / "data" / "osdp"
# Annex E of the standard, for a clone without the shared data.
ANNEX_E: Final = {
    "crc": [{"msg": "537F0D00046E0080250000", "crc_le": "6E38"}, {"msg": "53000900046100", "crc_le": "C066"}],
    "checksum": [{"msg": "537F0C00006E0080250000", "ck": "0F"}, {"msg": "53000800006100", "ck": "44"}],
    "secure_channel": {
        "scbk_d": "303132333435363738393A3B3C3D3E3F",
        "rnd_a_acu": "B0B1B2B3B4B5B6B7",
        "rnd_b_pd": "A0A1A2A3A4A5A6A7",
        "s_mac1": "5E86C676603BDEE2D8BEAFE178637332",
        "s_mac2": "6FDA86E857777E81132035758239172E",
        "s_enc": "BF8DC2A8329ACB8C67C6D0CD9A451682",
        "acu_cryptogram": "26D3356E07762D262801FC8E6665A891",
        "pd_cryptogram": "FDE5D2F428EC16312471EA3C02BD7796",
        "rmac_i": "B2A30057EB98BA2229EC1F875662B524",
    },
}
# A poll and its answers of a captured bus, for a clone without the shared data.
CAPTURED: Final = (
    ("in", "ff 53 00 08 00 04 60 eb aa"),
    ("out", "ff 53 80 0a 00 04 48 00 01 0f a1"),
    ("in", "ff 53 00 08 00 05 60 da 99"),
    ("out", "ff 53 80 08 00 05 40 68 9f"),
)
KEY: Final = bytes.fromhex("9a1c03e7554b20f8d1463a7c8e9b0f62")
OTHER_KEY: Final = bytes.fromhex("41e0d27b8c5f3396a80d7e12b4c96f05")
ENTRY: Final = ReaderId("entry")
NOT_SECURE: Final = ReaderLost(ENTRY, LossReason.NOT_SECURE)
LIMIT_S: Final = 60.0


class Driver:
    """The real driver on a line, and what it told."""

    def __init__(self, line: PtyLine, key: bytes) -> None:
        pd = OsdpPdConfig(address=ADDRESS, reader=ENTRY, scbk=key)
        self.bus = OsdpBus(OsdpBusConfig(device=str(line.path), pds=(pd,)), lambda _reader: None)
        self.events: list[DeviceEvent] = []

    async def run_until(self, condition: Callable[[], object]) -> None:
        task = asyncio.create_task(self.bus.readers[0].run(self.events.append))
        try:
            async with asyncio.timeout(LIMIT_S):
                while not condition() and not task.done():  # noqa: ASYNC110 - the device has no event
                    await asyncio.sleep(0.01)
        finally:
            task.cancel()
            await asyncio.wait([task])

    def told(self, kind: type[DeviceEvent]) -> list[DeviceEvent]:
        return [event for event in self.events if isinstance(event, kind)]

    def assert_nothing_was_accepted(self) -> None:
        assert self.told(ReaderLost)[0] in {ReaderLost(ENTRY, LossReason.NO_ANSWER), NOT_SECURE}
        assert not self.told(CredentialRead)


@pytest.fixture
async def line(tmp_path: Path) -> PtyLine:
    line = PtyLine(tmp_path / "line")
    line.plug_in()
    return line


def test_the_copy_of_the_vectors_is_that_of_the_shared_data() -> None:
    if SHARED.exists():
        shared = json.loads((SHARED / "sia-annex-e.json").read_text(encoding="utf-8"))
        assert {name: shared[name] for name in ANNEX_E} == ANNEX_E


def test_check_characters_are_those_of_annex_e() -> None:
    for row in ANNEX_E["crc"]:
        assert isinstance(row, dict)
        assert crc(bytes.fromhex(row["msg"])).hex().upper() == row["crc_le"]
    for row in ANNEX_E["checksum"]:
        assert isinstance(row, dict)
        assert checksum(bytes.fromhex(row["msg"])).hex().upper() == row["ck"]


def test_session_keys_and_cryptograms_are_those_of_annex_e() -> None:
    vector = ANNEX_E["secure_channel"]
    assert isinstance(vector, dict)
    session = Session(*(bytes.fromhex(vector[name]) for name in ("scbk_d", "rnd_a_acu", "rnd_b_pd")))
    for name in ("s_enc", "s_mac1", "s_mac2", "acu_cryptogram", "pd_cryptogram", "rmac_i"):
        assert getattr(session, name).hex().upper() == vector[name], name


@pytest.mark.parametrize("kind", [Device, Noisy])
async def test_the_driver_speaks_the_standard_s_secure_channel(line: PtyLine, kind: type[Device]) -> None:
    device, driver = kind(line, KEY), Driver(line, KEY)
    await driver.run_until(lambda: device.authenticated_polls >= 3)
    assert driver.told(ReaderOnline) == [ReaderOnline(ENTRY, secure=True)]
    assert device.expected_cryptograms == 1
    assert all(frame[1] == ADDRESS for frame in device.frames)


async def test_a_card_in_the_secure_channel_is_read(line: PtyLine) -> None:
    device, driver = Device(line, KEY), Driver(line, KEY)
    device.card = card_report(CARD)
    await driver.run_until(lambda: driver.told(CredentialRead))
    (read,) = driver.told(CredentialRead)
    assert isinstance(read, CredentialRead)
    assert read.credential.text == "h10301:13:4567"
    assert not any(CARD.h10301.data in frame for frame in device.frames)


async def test_a_wrong_key_is_refused(line: PtyLine) -> None:
    device, driver = Device(line, OTHER_KEY), Driver(line, KEY)
    device.card = card_report(CARD)
    await driver.run_until(lambda: len(device.rnd_a) >= 3)
    driver.assert_nothing_was_accepted()
    assert not driver.told(ReaderOnline)
    assert (device.authenticated_polls, device.expected_cryptograms) == (0, 0)
    assert driver.told(ReaderLost)[0] == NOT_SECURE


async def test_a_wrong_key_is_refused_by_a_simulated_reader_as_well(line: PtyLine) -> None:
    reader, driver = SimulatedOsdpReader(line, ADDRESS, OTHER_KEY), Driver(line, KEY)
    reader.power_on()
    await driver.run_until(lambda: reader.present(CARD.h10301) or driver.told(ReaderLost))
    driver.assert_nothing_was_accepted()
    assert not driver.told(ReaderOnline)


async def test_a_reader_with_the_default_key_is_refused(line: PtyLine) -> None:
    device, driver = Device(line, DEFAULT_KEY), Driver(line, KEY)
    device.card = card_report(CARD)
    await driver.run_until(lambda: len(device.rnd_a) >= 3)
    driver.assert_nothing_was_accepted()
    assert not driver.told(ReaderOnline)
    blocks = [frame[5:8] for frame in device.frames if frame[4] & 0x08]
    assert set(blocks) == {b"\x03\x11\x01"}, "the driver never offers the default key (a zero as third byte)"


def test_a_driver_with_the_default_key_does_not_start() -> None:
    with pytest.raises(DefaultKeyError):
        OsdpPdConfig(address=ADDRESS, reader=ENTRY, scbk=DEFAULT_KEY)


async def test_a_reader_that_only_speaks_clear_text_is_refused(line: PtyLine) -> None:
    reader, driver = SimulatedOsdpReader(line, ADDRESS, None), Driver(line, KEY)
    reader.power_on()
    await driver.run_until(lambda: driver.told(ReaderLost))
    driver.assert_nothing_was_accepted()
    assert not driver.told(ReaderOnline)


@pytest.mark.parametrize("kind", [Downgrading, Interrupting])
async def test_a_card_in_clear_text_is_refused(line: PtyLine, kind: type[Device]) -> None:
    device, driver = kind(line, KEY), Driver(line, KEY)
    await driver.run_until(lambda: driver.told(ReaderLost) and len(device.frames) >= 6)
    driver.assert_nothing_was_accepted()
    assert not driver.told(ReaderOnline)


async def test_a_card_in_clear_text_after_the_handshake_is_refused(line: PtyLine) -> None:
    device, driver = Blurting(line, KEY), Driver(line, KEY)
    await driver.run_until(lambda: len(device.rnd_a) >= 2 and driver.told(ReaderLost))
    driver.assert_nothing_was_accepted()


async def test_the_challenge_can_not_be_foretold(line: PtyLine) -> None:
    device = Device(line, KEY)
    for starts in (1, 2, 3):
        driver = Driver(line, KEY)
        await driver.run_until(lambda starts=starts: len(device.rnd_a) >= starts)  # type: ignore[misc]
    assert len(set(device.rnd_a)) == len(device.rnd_a), "libosdp by itself draws the same at every start"


def captured_frames() -> list[tuple[str, bytes]]:
    """Return direction and bytes of each captured frame, without the mark byte before it."""
    rows: list[tuple[str, str]] = list(CAPTURED)
    capture = SHARED / "sia-1-poll-cycle.osdpcap"
    if capture.exists():
        lines = [json.loads(row) for row in capture.read_text(encoding="utf-8").splitlines()]
        rows += [(row["io"], row["data"]) for row in lines]
    return [(io, bytes.fromhex(data).removeprefix(b"\xff")) for io, data in rows]


def test_every_captured_frame_has_the_standard_s_length_and_crc() -> None:
    for _io, frame in captured_frames():
        assert frame[0] == 0x53
        assert int.from_bytes(frame[2:4], "little") == len(frame)
        assert crc(frame[:-2]) == frame[-2:]


async def test_a_captured_bus_that_is_played_back_is_not_believed(line: PtyLine) -> None:
    replies = [frame for io, frame in captured_frames() if io == "out"]
    questions = 0

    def play_back(data: bytes) -> None:
        nonlocal questions
        if data:
            line.send(b"\xff" + replies[questions % len(replies)])
            questions += 1

    line.listen(play_back)
    pd = OsdpPdConfig(address=0, reader=ENTRY, scbk=KEY)
    driver = Driver(line, KEY)
    driver.bus = OsdpBus(OsdpBusConfig(device=str(line.path), pds=(pd,)), lambda _reader: None)
    await driver.run_until(lambda: questions >= 4 and driver.told(ReaderLost))
    driver.assert_nothing_was_accepted()
    assert not driver.told(ReaderOnline)
