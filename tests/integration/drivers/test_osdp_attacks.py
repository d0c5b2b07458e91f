"""The attacks on OSDP that are known (Bishop Fox, 2023), and three more that libosdp alone does not withstand.

The attacker has the wire: he plays the reader's part, or the reader itself is his. Each time he must get nothing: no
card is accepted, no key and no card word leaves the panel, and whatever comes in clear text is an alarm.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from contract.ids import AccessPointId, PortalId, ReaderId
from contract.site import PortalConfig
from drivers.osdp.bus import OsdpBus
from drivers.osdp.config import DEFAULT_KEY, DefaultKeyError, OsdpBusConfig, OsdpPdConfig
from drivers.osdp.guard import KEYSET
from drivers.ports import CredentialRead, DeviceEvent, LossReason, ReaderLost, ReaderOnline, ReadRefusal, ReadRefused
from simulators.line import Direction, PtyLine, TappedPiece
from simulators.osdp.state import Misbehaviour
from simulators.readers.osdp_reader import SimulatedOsdpReader
from tests.integration.drivers.conftest import LIMIT_S
from tests.vectors.osdp_device import ADDRESS, CARD, CHLNG, ID, RAW, Device, card_report

KEY = bytes.fromhex("9a1c03e7554b20f8d1463a7c8e9b0f62")
NEXT_KEY = bytes.fromhex("41e0d27b8c5f3396a80d7e12b4c96f05")
ENTRY = ReaderId("entry")
HANDSHAKE_BLOCKS = b"\x11\x13"
INSECURE = ReadRefused(ENTRY, ReadRefusal.NOT_SECURE, CARD.h10301.count)


@dataclass
class Stage:
    """A panel at work on a line, and what it and the line told."""

    line: PtyLine
    bus: OsdpBus
    events: list[DeviceEvent] = field(default_factory=list)
    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)

    def hear(self, piece: TappedPiece) -> None:
        (self.sent if piece.direction is Direction.TO_DEVICES else self.received).extend(piece.data)

    def told(self, kind: type[DeviceEvent]) -> list[DeviceEvent]:
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not condition():  # noqa: ASYNC110 - a simulated device has no event to wait for
                await asyncio.sleep(0.01)

    def frames(self) -> list[bytes]:
        """What the panel sent, frame by frame."""
        frames, rest = [], bytes(self.sent).replace(b"\xff\x53", b"\xff\xff\x53")
        while (start := rest.find(b"\x53")) >= 0 and len(rest) >= start + 5:
            length = int.from_bytes(rest[start + 2 : start + 4], "little")
            frames.append(rest[start : start + length])
            rest = rest[start + length :]
        return frames

    def assert_nothing_was_given_away(self) -> None:
        """No card was believed; no key went over the wire, in no form; the default key was never offered."""
        assert not self.told(CredentialRead)
        assert KEY not in self.sent
        for frame in self.frames():
            block = frame[5 : 5 + frame[5]] if frame[4] & 0x08 else b""
            assert frame[4] & 0x04, "CRC always"
            assert frame[5 + len(block)] != KEYSET
            if block and block[1] in HANDSHAKE_BLOCKS:
                assert block[2] == 1, "the reader's own key, not the default one"


@pytest.fixture
def line(tmp_path: Path) -> PtyLine:
    return PtyLine(tmp_path / "line")


@asynccontextmanager
async def panel_on(line: PtyLine, next_key: bytes | None = None) -> AsyncIterator[Stage]:
    """The real driver, in its real process, on a line whose wires are tapped."""
    pd = OsdpPdConfig(address=ADDRESS, reader=ENTRY, scbk=KEY, scbk_next=next_key)
    door = PortalConfig(id=PortalId("gate"), hardware=ENTRY, access_points=[AccessPointId("in")])
    bus = OsdpBus(OsdpBusConfig(device=str(line.path), pds=(pd,), portals=(door,)), lambda _reader: None)
    line.plug_in()
    stage = Stage(line, bus)
    line.tap(stage.hear)
    task = asyncio.create_task(bus.readers[0].run(stage.events.append))
    try:
        yield stage
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_attack_1_a_session_in_clear_text(line: PtyLine) -> None:
    """The reader speaks clear text from the first word, as most readers on the market do unless told otherwise."""
    reader = SimulatedOsdpReader(line, ADDRESS, None)
    reader.power_on()
    async with panel_on(line) as stage:
        await stage.until(lambda: stage.told(ReaderLost))
        reader.present(CARD.h10301)
        await stage.until(lambda: sum(frame[5] == ID for frame in stage.frames()) >= 3)
        assert not stage.told(ReaderOnline)
        stage.assert_nothing_was_given_away()


async def test_attack_1_cards_in_clear_text_beside_a_secure_session(line: PtyLine) -> None:
    reader = SimulatedOsdpReader(line, ADDRESS, KEY)
    reader.power_on()
    reader.misbehave(Misbehaviour.CLEAR_TEXT)
    async with panel_on(line) as stage:
        await stage.until(lambda: stage.told(ReaderOnline))
        reader.present(CARD.h10301)
        await stage.until(lambda: INSECURE in stage.events)
        reader.misbehave()
        await stage.until(lambda: reader.is_secure)
        stage.assert_nothing_was_given_away()


async def test_attack_2_a_reader_that_claims_to_know_no_secure_channel(line: PtyLine) -> None:
    reader = SimulatedOsdpReader(line, ADDRESS, KEY)
    reader.power_on()
    async with panel_on(line) as stage:
        await stage.until(lambda: stage.told(ReaderOnline))
        reader.power_off()
        reader.misbehave(Misbehaviour.DOWNGRADE)
        reader.power_on()
        await stage.until(lambda: stage.told(ReaderLost))
        asked = len(stage.frames())
        reader.present(CARD.h10301)
        await stage.until(lambda: sum(frame[5] == ID for frame in stage.frames()[asked:]) >= 3)
        assert len(stage.told(ReaderOnline)) == 1, "what once was secure does not become less"
        stage.assert_nothing_was_given_away()


@pytest.mark.parametrize("way", [Misbehaviour.ASK_FOR_KEY, Misbehaviour.LINGER_IN_INSTALL_MODE])
async def test_attack_3_a_reader_in_install_mode_is_sent_no_key(line: PtyLine, way: Misbehaviour) -> None:
    reader = SimulatedOsdpReader(line, ADDRESS, NEXT_KEY)
    if way is Misbehaviour.ASK_FOR_KEY:
        reader.lose_key()
    reader.misbehave(way)
    reader.power_on()
    async with panel_on(line) as stage:
        await stage.until(lambda: sum(frame[5:9] == b"\x03\x11\x01\x76" for frame in stage.frames()) >= 4)
        await stage.until(lambda: ReaderLost(ENTRY, LossReason.NOT_SECURE) in stage.events)
        assert not stage.told(ReaderOnline)
        assert reader.keys_taken == 0
        stage.assert_nothing_was_given_away()


async def test_attack_4_the_default_key(line: PtyLine) -> None:
    """Neither does the panel start with it, nor does a reader get in that has nothing else."""
    with pytest.raises(DefaultKeyError):
        OsdpPdConfig(address=ADDRESS, reader=ENTRY, scbk=DEFAULT_KEY)
    reader = SimulatedOsdpReader(line, ADDRESS, DEFAULT_KEY)
    reader.misbehave(Misbehaviour.DEFAULT_KEY)
    reader.power_on()
    async with panel_on(line) as stage:
        await stage.until(lambda: sum(frame[5:9] == b"\x03\x11\x01\x76" for frame in stage.frames()) >= 4)
        assert not stage.told(ReaderOnline)
        stage.assert_nothing_was_given_away()


async def test_attack_5_whoever_listens_from_the_first_byte_learns_no_key_and_no_card(line: PtyLine) -> None:
    """Provisioned off the bus, rotated off the bus: neither key is ever on the wire, nor is a card word."""
    reader = SimulatedOsdpReader(line, ADDRESS, KEY)
    reader.power_on()
    async with panel_on(line, NEXT_KEY) as stage:
        await stage.until(lambda: stage.told(ReaderOnline))
        reader.present(CARD.h10301)
        await stage.until(lambda: stage.told(CredentialRead))
        reader.power_off()
        reader.change_key(NEXT_KEY)
        reader.power_on()
        await stage.until(lambda: len(stage.told(ReaderOnline)) == 2)
        heard = bytes(stage.sent + stage.received)
        for secret in (KEY, NEXT_KEY, CARD.h10301.data):
            assert secret not in heard
        assert not any(frame[5 + (frame[5] if frame[4] & 0x08 else 0)] == KEYSET for frame in stage.frames())


class BehindAHandshakeBlock(Device):
    """Has no key, but the wire: lets the real reader shake hands, then sends a card behind a handshake's block."""

    def answer_securely(self, frame: bytes, control: int, block: bytes, body: bytes) -> bytes:
        super().answer_securely(frame, control, block, body)
        return self.reply(control, bytes([RAW]) + card_report(CARD), b"\x03\x12\x01")


class BeforeTheHandshake(Device):
    """Answers the first challenge with a card, and only then shakes hands."""

    def answer_clearly(self, control: int, body: bytes) -> bytes:
        if body[0] == CHLNG and not self.rnd_a:
            self.rnd_a.append(body[1:9])
            return self.reply(control, bytes([RAW]) + card_report(CARD))
        return super().answer_clearly(control, body)


class Liar(Device):
    """Says that it knows checksums alone, or that its buffer has no room for a question."""

    lie = b""

    def reply(self, control: int, body: bytes, block: bytes = b"") -> bytes:
        return super().reply(control, body.replace(b"\x08\x01\x00", self.lie) if self.lie else body, block)


async def test_a_card_behind_a_handshake_s_block_is_not_believed(line: PtyLine) -> None:
    """Alone, libosdp 3.2.9 looks for no authentication code behind such a block, even while its channel is up."""
    BehindAHandshakeBlock(line, KEY)
    async with panel_on(line) as stage:
        await stage.until(lambda: stage.told(ReaderOnline) and INSECURE in stage.events)
        await stage.until(lambda: len(stage.frames()) >= 8)
        stage.assert_nothing_was_given_away()


async def test_a_card_before_the_handshake_is_not_handed_out_after_it(line: PtyLine) -> None:
    """Alone, libosdp 3.2.9 keeps what came too early."""
    device = BeforeTheHandshake(line, KEY)
    async with panel_on(line) as stage:
        await stage.until(lambda: device.authenticated_polls >= 5)
        assert INSECURE in stage.events
        stage.assert_nothing_was_given_away()


@pytest.mark.parametrize("lie", [b"\x08\x00\x00", b"\x08\x01\x00\x0a\x03\x00"])
async def test_a_lie_about_its_abilities_does_not_shut_a_reader_out_for_ever(line: PtyLine, lie: bytes) -> None:
    """With libosdp 3.2.9 alone: checksums for ever, or never another word."""
    device = Liar(line, KEY)
    device.lie = lie
    async with panel_on(line) as stage:
        await stage.until(lambda: stage.told(ReaderLost) and len(stage.frames()) >= 8)
        assert not stage.told(ReaderOnline)
        device.lie = b""
        await stage.until(lambda: stage.told(ReaderOnline))
        stage.assert_nothing_was_given_away()


async def test_keys_in_clear_text_are_an_alarm_and_no_pin(line: PtyLine) -> None:
    reader = SimulatedOsdpReader(line, ADDRESS, KEY)
    reader.power_on()
    reader.misbehave(Misbehaviour.CLEAR_TEXT)
    async with panel_on(line) as stage:
        await stage.until(lambda: stage.told(ReaderOnline))
        reader.type_keys("4711#")
        await stage.until(lambda: ReadRefused(ENTRY, ReadRefusal.NOT_SECURE, 0) in stage.events)
        assert "PinEntered" not in {type(event).__name__ for event in stage.events}
