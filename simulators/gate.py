"""A simulated gate: its readers and doors on pseudo-terminals, wired as the site file says.

Wire face: what the real drivers open (`lines`, `scbk`). Human face: `ways`, one for each access point, with a reader to
hold a card before and a door to walk through.

Belongs here: wiring. Does not belong here: door physics (door.py, portal.py), devices (readers/), people (world.py).
Not simulated: access points without a reader or a door of their own; such a gate is refused.
"""

import secrets
from asyncio import Future
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from contract.ids import AccessPointId, PortalId, ReaderId
from contract.site import Gate, PortalConfig, ReaderConfig, ReaderKind
from simulators.cards import ProximityCard
from simulators.door import Contact
from simulators.line import PtyLine
from simulators.portal import SimulatedPortal
from simulators.readers.ascii_reader import SimulatedAsciiReader
from simulators.readers.osdp_reader import SimulatedOsdpReader

SCBK_BYTES: Final = 16

Present = Callable[[ProximityCard], object]
"""Holds a card before a reader."""


class WiringError(ValueError):
    """A gate that can not be built as its site file describes it."""


@dataclass(slots=True)
class Follower:
    """Somebody who waits to walk through on another's heels. `went` is done once he did."""

    person: int
    went: Future[None]


@dataclass(frozen=True, slots=True)
class Way:
    """One access point with its hardware. `followers`: who waits there for somebody to follow."""

    portal: SimulatedPortal
    present: Present
    followers: deque[Follower] = field(default_factory=deque)


class SimulatedGate:
    """All devices of one gate. `start` needs a running event loop and makes its lines appear."""

    def __init__(self, config: Gate, lines_dir: Path) -> None:
        """`lines_dir` will hold one link for each serial line. Raises WiringError."""
        self.scbk: dict[ReaderId, str] = {}
        self._lines = {reader.device: PtyLine(lines_dir / reader.device) for reader in config.reader}
        self._osdp: list[SimulatedOsdpReader] = []
        self._portals: dict[PortalId, SimulatedPortal] = {portal.id: SimulatedPortal() for portal in config.portal}
        present = {reader.id: self._connect(reader, config.portal) for reader in config.reader}
        self.ways: dict[AccessPointId, Way] = {
            reader.access_point: Way(self._portal_at(config, reader.access_point), present[reader.id])
            for reader in config.reader
        }

    @property
    def lines(self) -> dict[str, str]:
        """Device name of the site file -> path that the driver opens."""
        return {device: str(line.path) for device, line in self._lines.items()}

    def start(self) -> None:
        """Plug in all lines and power up all readers."""
        for line in self._lines.values():
            line.plug_in()
        for reader in self._osdp:
            reader.power_on()

    def stop(self) -> None:
        """Cut the power and unplug."""
        for reader in self._osdp:
            reader.power_off()
        for line in self._lines.values():
            line.hang_up()

    def _connect(self, config: ReaderConfig, portals: list[PortalConfig]) -> Present:
        line = self._lines[config.device]
        if config.kind is ReaderKind.SERIAL:
            return SimulatedAsciiReader(line, config.baud).present
        if config.kind is not ReaderKind.OSDP:
            message = f"reader {config.id} is of kind {config.kind}: only osdp and ascii have wires"
            raise WiringError(message)
        carried = next((portal for portal in portals if portal.hardware == config.id), None)
        key = secrets.token_bytes(SCBK_BYTES)
        self.scbk[config.id] = key.hex()
        if carried is None:
            reader = SimulatedOsdpReader(line, config.address, key)
        else:
            portal = self._portals[carried.id]
            reader = SimulatedOsdpReader(line, config.address, key, portal.on_strike)
            inputs = {Contact.DPS: carried.dps_input, Contact.REX: carried.rex_input}
            portal.wire(lambda contact, active: reader.set_input(inputs[contact], active=active))
        self._osdp.append(reader)
        return lambda card: reader.present(card.h10301)

    def _portal_at(self, config: Gate, access_point: AccessPointId) -> SimulatedPortal:
        for portal in config.portal:
            if access_point in portal.access_points:
                return self._portals[portal.id]
        message = f"gate {config.id}: access point {access_point} has no portal to walk through"
        raise WiringError(message)
