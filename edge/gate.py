"""One gate at work: what its devices say becomes a decision, an open door, and events.

Belongs here: the service that puts the parts of a gate together and hands each what concerns it. Does not belong here:
what follows a card (presenting.py), portals (portals.py), readers and boards (equipment.py), rules (domain/), drivers,
or where events go (journal.py, uplink.py).
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from contract import events
from contract.clock import NS_PER_S
from contract.ids import AccessPointId, AccountId, ControllerId, PortalId, ReaderId, SignalId
from contract.messages import BoardState, DoorOrder, ReaderState
from contract.site import AccessPoint, Assurance
from contract.site import Gate as GateConfig
from drivers import ports
from edge.crossings import Crossings
from edge.domain.acting import RECORDED, Act, ActResult
from edge.domain.anti_passback import AntiPassbackMemory
from edge.domain.door_orders import DoorOrders
from edge.domain.last_reads import LastReads
from edge.domain.vehicles.plates import PlateReader
from edge.equipment import Equipment
from edge.gate_time import GateTime
from edge.journal import Journal
from edge.officer_acts import OfficerActs
from edge.portals import Portals
from edge.presenting import PolicyInForce, Presenting
from edge.signalling import Signalling
from edge.snapshots import Snapshots
from edge.technician import ControllersLine, Line, OrderLine, Technicians
from edge.telling import Onlooker, Telling
from edge.vehicles.lanes import Lanes

STALE_NS: Final = 3 * NS_PER_S
"""A read that is older opens nothing: the machine stood still, and somebody else may be at the door by now."""
LOOK_EVERY_S: Final = 1.0
"""How often the wall clock is compared, and what is dead is forgotten."""

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Devices:
    """What a gate works with, by id; what has no hardware may be left out.

    `counters`: what the drivers refused, for the gate's health.
    """

    readers: Mapping[ReaderId, ports.Reader] = field(default_factory=dict)
    portals: Mapping[PortalId, ports.PortalHardware] = field(default_factory=dict)
    boards: Mapping[str, ports.Board] = field(default_factory=dict)
    counters: Sequence[Counter[str]] = ()
    signals: Mapping[SignalId, ports.SignalHardware] = field(default_factory=dict)


class Gate:
    """The gate of one edge. Belongs to the event loop. `counters` has reads refused and commands not taken.

    `points`: the access points of its readers. `snapshots`: None without a camera. `technicians`: who watches it.
    `onlooker`: an officer's screen. `plates`: None where nothing reads number plates.
    `crossings` takes what cameras count.
    """

    def __init__(
        self,
        config: GateConfig,
        points: Iterable[AccessPoint],
        time: GateTime,
        journal: Journal,
        policy: PolicyInForce,
        memory: AntiPassbackMemory,
        devices: Devices,
        snapshots: Snapshots | None = None,
        technicians: Technicians | None = None,
        onlooker: Onlooker | None = None,
        plates: PlateReader | None = None,
    ) -> None:
        by_id = {point.id: point for point in points}
        self._time = time
        self._journal = journal
        self._memory = memory
        self._sealing_to: tuple[int, list[ControllerId]] | None = None
        self._telling = Telling(time, journal, technicians or Technicians(), onlooker=onlooker)
        self._telling.technicians.standing = self._standing
        self._orders = DoorOrders()
        self._equipment = Equipment(config, devices.readers, self._telling)
        self._portals = Portals(config, by_id, devices.portals, memory, self._equipment, self._telling)
        self._signalling = Signalling(config.signal, devices.signals, self._telling)
        reads = LastReads()
        self._acts = OfficerActs(by_id, self._portals, self._signalling, reads, self._orders, self._telling)
        self._presenting = Presenting(
            config,
            by_id,
            policy,
            memory,
            self._portals,
            self._equipment,
            self._telling,
            snapshots,
            self._orders,
            reads,
            self._acts,
        )
        self._lanes: Lanes | None = None
        if config.lane:
            self._lanes = Lanes(
                config, by_id, policy, memory.retention, self._portals, self._presenting, self._orders, self._telling,
                plates,
            )  # fmt: skip
            self._presenting.lanes = self._portals.lanes = self._lanes
            self._acts.at_lanes = self._lanes.act
        self.crossings: Final = Crossings(config, by_id, self._portals, self._telling)
        self.counters = self._telling.counters

    def restarted(self, doubtful_from_ns: int) -> None:
        """Journal that the run before was not stopped cleanly: what happened since then may be missing."""
        self._telling.event(lambda at_ns: events.GateRestarted(at_ns, doubtful_from_ns))

    def present(
        self,
        point: AccessPointId,
        credential: str,
        reader: ReaderId | None = None,
        assurance: Assurance = Assurance.IDENTIFIED,
    ) -> None:
        """Decide about a credential (its canonical text) at an access point of this gate, and act on it.

        `assurance`: what the card proved.
        """
        self._presenting.present(point, reader, credential, assurance)

    def take(self, event: ports.DeviceEvent) -> None:
        """Take what a driver reports: the sink of every reader and board."""
        match event:
            case ports.CredentialRead(reader, _, read_ns) if self._time.boottime_ns() - read_ns > STALE_NS:
                self._equipment.take(ports.ReadRefused(reader, ports.ReadRefusal.STALE, 0))
            case ports.CredentialRead(reader, credential):
                point = self._equipment.access_point(reader)
                self._presenting.present(point, reader, credential.text, credential.assurance)
            case ports.PinEntered(reader, digits):
                self._presenting.pin_entered(reader, digits)
            case (
                ports.DoorPositionChanged() | ports.RequestToExit() | ports.PassageCounted() | ports.FireInputChanged()
            ):
                self._portals.take(event)
                self._tell_lanes(event)
            case ports.LaneInputChanged():
                self._tell_lanes(event)
            case ports.ReaderLost(device) | ports.BoardLost(device):
                self._equipment.take(event)
                self._portals.unwatched(device)
                if self._lanes is not None:
                    self._lanes.unwatched(device)
            case _:
                self._equipment.take(event)
                self._portals.take(event)
                self._tell_lanes(event)

    def seals_to(self, number: int, controllers: list[ControllerId], *, is_news: bool) -> None:
        """Tell technicians to whom this gate seals, by the root's list with that `number`.

        Journal it if it `is_news`.
        """
        self._sealing_to = number, controllers
        if is_news:
            self._telling.event(lambda at_ns: events.ControllersChanged(at_ns, number, controllers))
            self._telling.line(lambda at: ControllersLine(at, number, controllers))

    def order(self, order: DoorOrder) -> None:
        """Take an order from the control centre about doors and sirens, and obey it at once."""
        if self._orders.take(order):
            self._obey()
            self._telling.line(self._order_line)

    async def act(self, by: AccountId, act: Act) -> ActResult:
        """Carry out what an officer does at the screen; return when it is safe on the disk, or why it was refused."""
        result = self._acts.take(by, act)
        if result in RECORDED and not await self._journal.flush():
            return ActResult.DONE_NOT_SAFE
        return result

    def reader_states(self) -> list[ReaderState]:
        """Return all readers as they are now."""
        return self._equipment.reader_states()

    def board_states(self) -> list[BoardState]:
        """Return all boards as they are now."""
        return self._equipment.board_states()

    async def run(self) -> None:
        """Look after clock and memory until cancelled; then whoever still waits at a reader is denied."""
        try:
            while True:
                leap_ms = self._time.doubt()
                if leap_ms is not None:
                    self._doubted(leap_ms)
                now_ns = self._time.now_ns()
                self._memory.forget(now_ns)
                self._journal.forget()
                self._presenting.forget()
                self.crossings.tick()
                self._obey()
                self.counters["anti-passback-softened"] = int(self._memory.is_softened(now_ns))
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            self._presenting.stop()
            if self._lanes is not None:
                self._lanes.stop()

    def _tell_lanes(self, event: ports.DeviceEvent) -> None:
        if self._lanes is not None:
            self._lanes.take(event)

    def _doubted(self, leap_ms: int) -> None:
        _logger.warning("clock_doubted", leap_ms=leap_ms)
        self._telling.event(lambda at_ns: events.ClockDoubted(at_ns, leap_ms))

    def _obey(self) -> None:
        """Hold free what shall be free; to be called again and again, for strikes are released for seconds only."""
        now_ns = self._time.now_ns()
        self._portals.free(is_active=self._orders.exits_free(now_ns))
        if self._lanes is not None:
            self._lanes.obey()
        self._signalling.obey(self._orders.signals(now_ns))
        self.counters["entries-denied-by-order"] = int(self._orders.entries_denied(now_ns))

    def _order_line(self, at: str) -> OrderLine:
        now_ns = self._time.now_ns()
        return OrderLine(at, self._orders.exits_free(now_ns), self._orders.entries_denied(now_ns))

    def _standing(self) -> Iterator[Line]:
        yield self._order_line(self._telling.now_text())
        if self._sealing_to is not None:
            yield ControllersLine(self._telling.now_text(), *self._sealing_to)
        yield from self._equipment.standing()
        yield from self._portals.standing()
        yield from self._signalling.standing()
