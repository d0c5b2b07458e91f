"""A simulated gate: its readers, boards and portals on pseudo-terminals, wired as the site file says.

Wire face: what the real drivers open (`device_lines`, `scbk`). Human face: `readers` to hold cards before, `portals` to
walk through, force and hold, `lanes` to drive through, `boards` to cut the power of, `lines` to unplug and disturb,
`sirens` to hear; `ways`, one for each access point that has both a reader and a portal, and `stands`, the readers that
open nothing.

A smart card reader hangs on the machine's PC/SC service and on no line: whoever runs that service (pcsc/) hands in a
`CardSlot` for each.

Belongs here: which devices there are and how they are wired. Does not belong here: physics (door.py, barrier.py,
turnstile.py), devices (readers/, boards/), people (world.py). Not simulated: GPIO chips.
"""

import secrets
from asyncio import Future
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, Protocol
from zlib import crc32

from contract.ids import AccessPointId, LaneId, PortalId, ReaderId, SignalId
from contract.site import (
    BoardConfig,
    BoardKind,
    Gate,
    LaneConfig,
    PortalConfig,
    PortalKind,
    ReaderConfig,
    ReaderKind,
    SignalConfig,
)
from simulators.boards.modbus_board import SimulatedModbusBoard
from simulators.boards.models import MODBUS, SERIAL_RELAY
from simulators.boards.serial_relay import SimulatedSerialRelay
from simulators.cards import ProximityCard
from simulators.doing import Doing, Onlooker
from simulators.lane import SimulatedLane
from simulators.line import PtyLine
from simulators.osdp.state import StateError
from simulators.portal import SimulatedPortal
from simulators.readers.osdp_reader import SimulatedOsdpReader
from simulators.readers.serial_reader import SimulatedSerialReader
from simulators.siren import SimulatedSiren

SCBK_BYTES: Final = 16
OSDP_OUTPUTS: Final = 2
OSDP_INPUTS: Final = 4
"""An OSDP reader has at least so many, and as many more as the site file wires."""

Present = Callable[[ProximityCard], object]
"""Holds a card before a reader."""
SimulatedBoard = SimulatedModbusBoard | SimulatedSerialRelay


class CardSlot(Protocol):
    """A virtual smart card reader (pcsc/) and the hand before it."""

    @property
    def name(self) -> str:
        """What the PC/SC service calls it."""
        ...

    def present(self, card: ProximityCard) -> object:
        """Hold a proximity card before it for a moment."""
        ...


SimulatedReader = SimulatedOsdpReader | SimulatedSerialReader | CardSlot


class WiringError(ValueError):
    """A gate that can not be built as its site file describes it."""


@dataclass(slots=True)
class Follower:
    """Somebody who waits to walk through on another's heels. `went` is done once he did."""

    person: int
    went: Future[None]


@dataclass(frozen=True, slots=True)
class Way:
    """One access point with its hardware. `followers`: who waits there for somebody to follow; `onlookers` see all."""

    point: AccessPointId
    portal: SimulatedPortal
    present: Present
    followers: deque[Follower] = field(default_factory=deque)
    onlookers: list[Onlooker] = field(default_factory=list)

    def show(self, person: int, doing: Doing) -> None:
        """Let onlookers see what a person does here."""
        for onlooker in self.onlookers:
            onlooker(person, doing)

    def walk_through(self) -> bool:
        """A person wants through now; returns whether he gets through."""
        return self.portal.walk_through(self.point)

    async def released_within(self, patience_s: float) -> bool:
        """Wait at most so long until somebody could go through; return whether he can."""
        return await self.portal.released_within(patience_s, self.point)


class SimulatedGate:
    """All devices of one gate. `start` needs a running event loop and makes its lines appear."""

    def __init__(self, config: Gate, lines_dir: Path, slots: Mapping[str, CardSlot] | None = None) -> None:
        """`lines_dir` will hold one link for each serial line. `slots`: by device name. Raises WiringError."""
        self.config = config
        self.scbk: dict[ReaderId, str] = {}
        self._slots = dict(slots or {})
        wired = [r.device for r in config.reader if r.kind in {ReaderKind.OSDP, ReaderKind.SERIAL}]
        wired += [board.device for board in config.board]
        self.lines: dict[str, PtyLine] = {device: PtyLine(lines_dir / device) for device in dict.fromkeys(wired)}
        self.portals: dict[PortalId, SimulatedPortal] = {p.id: SimulatedPortal(p) for p in config.portal}
        self.sirens: dict[SignalId, SimulatedSiren] = {each.id: SimulatedSiren(each.id) for each in config.signal}
        self.readers: dict[ReaderId, SimulatedReader] = {
            reader.id: self._reader(reader) for reader in config.reader if reader.kind is not ReaderKind.LOG
        }
        self.boards: dict[str, SimulatedBoard] = {board.id: self._board(board) for board in config.board}
        for portal in config.portal:
            self._drive(portal)
            self._watch(portal)
        for signal in config.signal:
            self._sound(signal)
        self.lanes: dict[LaneId, SimulatedLane] = {lane.id: self._lane(lane) for lane in config.lane}
        for lane in self.lanes.values():
            lane.share_boom([each for each in self.lanes.values() if each.portal is lane.portal])
        self.ways = self._ways()
        self.stands = self._stands()

    @property
    def device_lines(self) -> dict[str, str]:
        """Device name of the site file -> what its driver opens: a path, or the name of a smart card reader."""
        paths = {device: str(line.path) for device, line in self.lines.items()}
        return paths | {device: slot.name for device, slot in self._slots.items()}

    def start(self) -> None:
        """Plug in all lines and power up all devices."""
        for line in self.lines.values():
            line.plug_in()
        for device in self._powered():
            device.power_on()

    def stop(self) -> None:
        """Cut the power and unplug."""
        for device in self._powered():
            device.power_off()
        for line in self.lines.values():
            line.hang_up()

    def _ways(self) -> dict[AccessPointId, Way]:
        portal_of = {point: self.portals[portal.id] for portal in self.config.portal for point in portal.access_points}
        ways: dict[AccessPointId, Way] = {}
        for reader in self.config.reader:
            point = reader.access_point
            if reader.id in self.readers and point in portal_of:
                ways.setdefault(point, Way(point, portal_of[point], _presenting(self.readers[reader.id])))
        return ways

    def _stands(self) -> dict[AccessPointId, Present]:
        """The readers that only say "now here", by access point: nothing opens at them."""
        through = {point for portal in self.config.portal for point in portal.access_points}
        stands: dict[AccessPointId, Present] = {}
        for reader in self.config.reader:
            if reader.id in self.readers and reader.access_point not in through:
                stands.setdefault(reader.access_point, _presenting(self.readers[reader.id]))
        return stands

    def _powered(self) -> list[SimulatedOsdpReader | SimulatedBoard]:
        readers = [reader for reader in self.readers.values() if isinstance(reader, SimulatedOsdpReader)]
        return [*readers, *self.boards.values()]

    def _reader(self, config: ReaderConfig) -> SimulatedReader:
        if config.kind is ReaderKind.PCSC:
            if config.device not in self._slots:
                message = (
                    f"reader {config.id} is a smart card reader: it needs a virtual one named {config.device!r} "
                    "on a PC/SC service (simulators/pcsc)"
                )
                raise WiringError(message)
            return self._slots[config.device]
        line = self.lines[config.device]
        if config.kind is ReaderKind.SERIAL:
            try:
                return SimulatedSerialReader(line, config.profile, config.baud)
            except ValueError as error:
                message = f"reader {config.id}: {error}"
                raise WiringError(message) from None
        key = secrets.token_bytes(SCBK_BYTES)
        self.scbk[config.id] = key.hex()
        outputs, inputs = self._terminals_at(str(config.id))
        try:
            return SimulatedOsdpReader(
                line, config.address, key, baud=config.baud,
                outputs=max(OSDP_OUTPUTS, outputs), inputs=max(OSDP_INPUTS, inputs), serial=crc32(config.id.encode()),
            )  # fmt: skip
        except StateError as error:
            message = f"reader {config.id}: {error}"
            raise WiringError(message) from None

    def _terminals_at(self, device: str) -> tuple[int, int]:
        """Return how many outputs and inputs portals and sirens need at a device."""
        outputs, inputs = [-1], [-1]
        for portal in self.config.portal:
            is_turnstile = portal.kind is PortalKind.TURNSTILE
            if portal.hardware == device:
                outputs += portal.outputs.values() if is_turnstile else [portal.strike_output]
            if portal.watched_by == device:
                own = portal.passed_inputs.values() if is_turnstile else (portal.dps_input, portal.rex_input)
                inputs += [*own, portal.fire_input]
        for lane in self.config.lane:
            if lane.hardware == device:
                inputs += [lane.presence_input, lane.clearance_input]
        outputs += [signal.output for signal in self.config.signal if signal.hardware == device]
        return max(outputs) + 1, max(inputs) + 1

    def _board(self, config: BoardConfig) -> SimulatedBoard:
        line = self.lines[config.device]
        if config.kind is BoardKind.MODBUS and config.profile in MODBUS:
            return SimulatedModbusBoard(line, config.address, MODBUS[config.profile], config.baud)
        if config.kind is BoardKind.SERIAL_RELAY and config.profile in SERIAL_RELAY:
            return SimulatedSerialRelay(line, SERIAL_RELAY[config.profile], config.baud)
        message = (
            f"board {config.id}: a {config.kind} of profile {config.profile!r} can not be simulated; modbus: "
            f"{', '.join(MODBUS)}; serial-relay: {', '.join(SERIAL_RELAY)}"
        )
        raise WiringError(message)

    def _drive(self, config: PortalConfig) -> None:
        """Wire a portal's strike, or each direction of a turnstile, to the outputs of its device."""
        portal, device = self.portals[config.id], self._device(config.hardware)
        if not isinstance(device, SimulatedOsdpReader | SimulatedModbusBoard | SimulatedSerialRelay):
            message = f"portal {config.id}: {config.hardware} has no outputs"
            raise WiringError(message)
        try:
            if config.kind is PortalKind.TURNSTILE:
                for point, number in config.outputs.items():
                    device.on_output(number, partial(portal.on_output, point=point))
            else:
                device.on_output(config.strike_output, portal.on_output)
        except IndexError:
            message = f"portal {config.id}: {config.hardware} has fewer outputs than that"
            raise WiringError(message) from None

    def _sound(self, config: SignalConfig) -> None:
        """Wire a siren to the output of its device."""
        device = self._device(config.hardware)
        if not isinstance(device, SimulatedOsdpReader | SimulatedModbusBoard | SimulatedSerialRelay):
            message = f"signal {config.id}: {config.hardware} has no outputs"
            raise WiringError(message)
        try:
            device.on_output(config.output, self.sirens[config.id].on_output)
        except IndexError:
            message = f"signal {config.id}: {config.hardware} has fewer outputs than that"
            raise WiringError(message) from None

    def _watch(self, config: PortalConfig) -> None:
        """Wire a portal's contacts to the inputs of the device that watches it."""
        device = self._device(config.watched_by)
        if not isinstance(device, SimulatedOsdpReader | SimulatedModbusBoard):
            if self.portals[config.id].contacts:
                message = f"portal {config.id}: {config.watched_by} has no inputs; name another device in `contacts`"
                raise WiringError(message)
            return
        try:
            self.portals[config.id].wire(lambda number, closed: device.set_input(number, active=closed))
        except IndexError:
            message = f"portal {config.id}: {config.watched_by} has fewer inputs than that"
            raise WiringError(message) from None

    def _lane(self, config: LaneConfig) -> SimulatedLane:
        """Wire a lane's loop and beam to the inputs of its device."""
        device = self._device(config.hardware)
        if not isinstance(device, SimulatedOsdpReader | SimulatedModbusBoard):
            message = f"lane {config.id}: {config.hardware} has no inputs"
            raise WiringError(message)
        lane = SimulatedLane(config, self.portals[config.portal])
        try:
            lane.wire(lambda number, closed: device.set_input(number, active=closed))
        except IndexError:
            message = f"lane {config.id}: {config.hardware} has fewer inputs than that"
            raise WiringError(message) from None
        return lane

    def _device(self, name: str) -> SimulatedReader | SimulatedBoard | None:
        return self.boards.get(name) or self.readers.get(ReaderId(name))


def _presenting(reader: SimulatedReader) -> Present:
    if isinstance(reader, SimulatedOsdpReader):
        return lambda card: reader.present(card.h10301)
    return reader.present
