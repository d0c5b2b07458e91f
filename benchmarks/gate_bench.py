"""A gate for benchmarks: its site by transport, its policy, and its world in another process.

Belongs here: what P4 and P10 share. Does not belong here: measuring.
"""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from contract.clock import NS_PER_S, SystemClock
from contract.ids import AccessPointId, EdgeId, HolderId, PassId, PortalId
from contract.policy import FOREVER_S, AccessLevel, PolicyHeader, PolicyRow, new_digest_key, pack
from contract.policy import VERSION as POLICY_VERSION
from contract.site import AntiPassback, GateDevices, parse_site

if TYPE_CHECKING:
    from simulators.cards import ProximityCard, SmartCard
    from simulators.gate import SimulatedGate
    from simulators.pcsc import Heard, VirtualReader

EDGE: Final = EdgeId("north")
FACILITY: Final = 13
ENTRY: Final = AccessPointId("north-in")
EXIT: Final = AccessPointId("north-out")
DOOR: Final = PortalId("door")
_HEAD: Final = """
[site]
id = "bench"
[[area]]
id = "inside"
[[access_point]]
id = "north-in"
from = "outside"
to = "inside"
[[access_point]]
id = "north-out"
from = "inside"
to = "outside"
[[gate]]
id = "north"
"""
_OSDP: Final = """
[[gate.reader]]
id = "entry"
kind = "osdp"
hold_off_ms = 0
access_point = "north-in"
device = "bus"
address = 1
baud = 115200
"""
_SERIAL: Final = """
[[gate.reader]]
id = "{id}"
kind = "serial"
access_point = "north-{way}"
device = "{id}"
hold_off_ms = 0
"""
_PCSC: Final = """
[[gate.reader]]
id = "entry"
kind = "pcsc"
access_point = "north-in"
device = "Bench"
hold_off_ms = 0
"""
_MODBUS: Final = """
[[gate.board]]
id = "io"
kind = "modbus"
device = "modbus"
profile = "waveshare-rtu-relay-d-8ch"
baud = 115200
"""
_RELAY: Final = """
[[gate.board]]
id = "relay"
kind = "serial-relay"
device = "usb"
profile = "lcus-1"
"""
_PORTAL: Final = """
[[gate.portal]]
id = "door"
access_points = ["north-in", "north-out"]
unlock_ms = 100
hardware = "{hardware}"
"""
SITE: Final = _HEAD + _OSDP + _SERIAL.format(id="exit", way="out") + _PORTAL.format(hardware="entry")
"""An OSDP entry reader with a door, and a serial exit reader."""
_BY_IO: Final = _MODBUS + _PORTAL.format(hardware="io")
PCSC_READER: Final = "Bench"
PIV: Final = "piv"
"""Folder of what PIV cards are judged by."""


class Transport(StrEnum):
    """By which ways a card comes and an unlock goes."""

    OSDP = "OSDP"
    SERIAL_MODBUS = "serial reader, Modbus relay"
    SERIAL_RELAY = "serial reader, serial relay"
    DESFIRE_MODBUS = "DESFire, Modbus relay"
    PIV_MODBUS = "PIV P-256, Modbus relay"

    @property
    def site(self) -> str:
        """The site file."""
        entry = _SERIAL.format(id="entry", way="in")
        match self:
            case Transport.OSDP:
                return SITE
            case Transport.SERIAL_MODBUS:
                return _HEAD + entry + _BY_IO
            case Transport.SERIAL_RELAY:
                watched = 'contacts = "io"\nrelock = "edge"\n'
                return _HEAD + entry + _MODBUS + _RELAY + _PORTAL.format(hardware="relay") + watched
        return _HEAD + _PCSC + _BY_IO

    @property
    def is_smart_card(self) -> bool:
        """Whether it needs a PC/SC service."""
        return self in {Transport.DESFIRE_MODBUS, Transport.PIV_MODBUS}


class Told(msgspec.Struct):
    """What the world tells: the gate's device file, the cards that are held before it, and the environment of PC/SC."""

    devices: GateDevices
    credentials: list[str] = []
    environment: dict[str, str] = {}


def policy_document(credentials: int, others: Iterable[str] = ()) -> bytes:
    """Return a policy of EDGE that knows card numbers 0 to `credentials` - 1 of FACILITY, beyond 16 bits as well.

    `others`: canonical texts of further cards.
    """
    now_s = SystemClock().now_ns() // NS_PER_S
    header = PolicyHeader(
        POLICY_VERSION, EDGE, FOREVER_S, now_s, FOREVER_S, "UTC", AntiPassback.OFF,
        [AccessLevel(frozenset((ENTRY, EXIT)))], new_digest_key(),
    )  # fmt: skip
    rows = [(text, _row(credentials + number)) for number, text in enumerate(others)]
    return pack(header, (*rows, *((f"h10301:{FACILITY}:{n}", _row(n)) for n in range(credentials))))


def _row(number: int) -> PolicyRow:
    return PolicyRow(HolderId(f"{number:024x}"), PassId(f"{number:024x}"), 0)


@contextmanager
def presenting(folder: Path, cards: int, every_s: float, transport: Transport = Transport.OSDP) -> Iterator[None]:
    """Run the gate's world in a process of its own; it writes `folder/devices.json` and `folder/told.json`.

    Once `folder/go` is there it presents `cards` cards, and writes to `folder/whole.json` how long each took from the
    reader to the strike, in ms.
    """
    command = (sys.executable, "-m", "benchmarks.gate_bench", str(folder), str(cards), str(every_s), transport.name)
    with subprocess.Popen(command, stdin=subprocess.PIPE) as world:
        try:
            yield
        finally:
            world.terminate()


class _Hand:
    """What holds cards before the reader. `credentials`: their texts, as far as a policy does not know them anyway.

    `environment`, `desfire_keys`: what the gate is told besides.
    """

    def __init__(self, folder: Path, transport: Transport, stack: ExitStack) -> None:
        from simulators.cards import ProximityCard  # noqa: PLC0415  the world's own process

        self.proximity: list[ProximityCard] = [ProximityCard.of(FACILITY, number) for number in range(200)]
        self.credentials = [card.texts[1] for card in self.proximity]
        self.awake_ns = 0
        self.environment: dict[str, str] = {}
        self.desfire_keys: dict[str, str] = {}
        self._reader: VirtualReader | None = None
        self._card: SmartCard | None = None
        if transport.is_smart_card:
            self._take_smart_card(folder, transport, stack)

    def _take_smart_card(self, folder: Path, transport: Transport, stack: ExitStack) -> None:
        from simulators.bench.box import BoxCard, CardKind  # noqa: PLC0415
        from simulators.bench.smartcards import APPLICATION, SmartCards  # noqa: PLC0415
        from simulators.pcsc import PrivatePcscd  # noqa: PLC0415

        service = stack.enter_context(PrivatePcscd(folder / "pcsc", [PCSC_READER]))
        self.environment, self._reader = service.environment, service.reader
        self._reader.tap = self._heard
        kind = CardKind.DESFIRE if transport is Transport.DESFIRE_MODBUS else CardKind.PIV
        cards = SmartCards([BoxCard("card", kind)], datetime.now(UTC))
        cards.write(folder / PIV)
        self._card, self.credentials = cards.cards["card"], cards.credentials()["card"]
        self.desfire_keys = {APPLICATION.hex(): cards.desfire_key.hex()}

    def slots(self) -> dict[str, "_Slot"]:
        """Return what stands for the smart card reader."""
        return {} if self._reader is None else {PCSC_READER: _Slot(self._reader.name)}

    def present(self, gate: "SimulatedGate", number: int) -> Callable[[], None]:
        """Hold a card before the reader; return what takes it away again. Blocks for a smart card.

        `awake_ns` says when it was noticed: for a smart card that is its first command, after the service's poll.
        """
        self.awake_ns = 0
        if self._reader is None or self._card is None:
            self.awake_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
            gate.ways[ENTRY].present(self.proximity[number % len(self.proximity)])
            return lambda: None
        self._reader.insert(self._card)
        return self._reader.pull

    def _heard(self, heard: "Heard") -> None:
        if heard.moment == "command" and not self.awake_ns:
            self.awake_ns = heard.heard_boottime_ns


class _Slot:
    """A smart card reader that is served by hand."""

    def __init__(self, name: str) -> None:
        self.name = name

    def present(self, card: "ProximityCard") -> None:
        """Nobody holds proximity cards before it."""


async def _present(folder: Path, cards: int, every_s: float, transport: Transport) -> None:
    from simulators.gate import SimulatedGate  # noqa: PLC0415  the world's own process

    with ExitStack() as stack:
        hand = _Hand(folder, transport, stack)
        gate = SimulatedGate(parse_site(transport.site).gate_of(EDGE), folder / "lines", hand.slots())
        gate.start()
        devices = GateDevices(lines=gate.device_lines, scbk=gate.scbk, desfire_keys=hand.desfire_keys)
        told = Told(devices, hand.credentials, hand.environment)
        (folder / "told.json").write_bytes(msgspec.json.encode(told))
        (folder / "devices.json").write_bytes(msgspec.json.encode(devices))
        while not (folder / "go").exists():
            await asyncio.sleep(0.05)
        whole = []
        for number in range(cards):
            whole.append(await _present_once(gate, hand, number))
            await asyncio.sleep(every_s)
        (folder / "whole.json").write_bytes(msgspec.json.encode([ms for ms in whole if ms is not None]))
        await asyncio.Event().wait()


async def _present_once(gate: "SimulatedGate", hand: _Hand, number: int) -> float | None:
    """Return how many ms passed from the reader to the strike; None if it was not released."""
    portal = gate.portals[DOOR]
    take_away = await asyncio.to_thread(hand.present, gate, number) if hand.environment else hand.present(gate, number)
    released = await portal.released_within(3.0)
    whole_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - hand.awake_ns
    await asyncio.to_thread(take_away)
    await portal.at_rest()
    if hand.environment:
        await asyncio.sleep(random.uniform(0.8, 1.2))  # the service looks every 400 ms whether the card has gone
    return whole_ns / 1_000_000 if released else None


if __name__ == "__main__":
    asyncio.run(_present(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), Transport[sys.argv[4]]))
