"""One gate at work: what its devices say becomes a decision, an open door, and events.

The order of a read: decide, unlock, indicate, and only then journal; up to the unlock there is no disk, no network and
nothing that waits.

Belongs here: the service that joins domain, devices and journal. Does not belong here: rules (domain/), drivers, or
where events go (journal.py, uplink.py).
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from contract import events
from contract.clock import NS_PER_S
from contract.ids import AccessPointId, PortalId, ReaderId
from contract.messages import ReaderState
from contract.site import AccessPoint, PortalConfig, ReaderConfig, ReaderKind
from contract.site import Gate as GateConfig
from drivers import ports
from edge.domain import passage
from edge.domain.anti_passback import AntiPassbackMemory
from edge.domain.decide import Denial, Grant, Rules, decide
from edge.domain.passage import Passage
from edge.gate_time import GateTime
from edge.journal import Journal
from edge.snapshots import Snapshots

LOOK_EVERY_S: Final = 1.0
"""How often the wall clock is compared, and what is dead is forgotten."""
_REFUSALS_APART_NS: Final = NS_PER_S
"""A broken reader journals one refusal of a kind in this time; the counters have them all."""
_UNNUMBERED: Final = 0

_logger = structlog.get_logger(__name__)


class PolicyInForce(Protocol):
    """Whoever holds the policy."""

    @property
    def rules(self) -> Rules | None:
        """The policy in force, if there is one."""
        ...


@dataclass(frozen=True, slots=True)
class Devices:
    """What a gate works with, by id; readers without light and sound, and portals without hardware, may be left out."""

    readers: Mapping[ReaderId, ports.Reader] = field(default_factory=dict)
    portals: Mapping[PortalId, ports.PortalHardware] = field(default_factory=dict)
    boards: Mapping[str, ports.Board] = field(default_factory=dict)


@dataclass(slots=True)
class _Reader:
    config: ReaderConfig
    is_online: bool = False
    is_secure: bool = False
    was_lost: bool = False
    is_tampered: bool = False
    refused_ns: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Portal:
    config: PortalConfig
    passage: Passage
    has_contact: bool
    timer: asyncio.TimerHandle | None = None


class Gate:
    """The gate of one edge. Belongs to the event loop. `counters` has reads refused and commands not taken.

    `points`: the access points of its readers. `snapshots`: None without a camera.
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
    ) -> None:
        self._points = {point.id: point for point in points}
        self._time = time
        self._journal = journal
        self._policy = policy
        self._memory = memory
        self._devices = devices
        self._snapshots = snapshots
        self._readers = {reader.id: _Reader(reader) for reader in config.reader}
        self._portals = {portal.id: _portal(portal) for portal in config.portal}
        self._portal_of = {point: self._portals[p.id] for p in config.portal for point in p.access_points}
        self.counters: Counter[str] = Counter()

    def restarted(self, doubtful_from_ns: int) -> None:
        """Journal that the run before was not stopped cleanly: what happened since then may be missing."""
        self._journal.append(events.GateRestarted(self._time.stamp_ns(), doubtful_from_ns))

    def present(self, point_id: AccessPointId, credential: str, reader: ReaderId | None = None) -> None:
        """Decide about a credential (its canonical text) at an access point of this gate, and act on it."""
        point = self._points[point_id]
        decision = decide(self._policy.rules, credential, point, self._time.now_ns(), self._memory)
        if isinstance(decision, Denial):
            self._indicate(reader, ports.Indication.DENIED)
            self._journal.append(
                events.AccessDenied(self._time.stamp_ns(), point_id, decision.reason, credential, decision.holder)
            )
            return
        portal = self._portal_of.get(point_id)
        is_released = portal is None or self._unlock(portal)
        self._indicate(reader, ports.Indication.GRANTED)
        self._granted(decision, point, credential, portal, is_released=is_released)

    def take(self, event: ports.DeviceEvent) -> None:
        """Take what a driver reports: the sink of every reader."""
        match event:
            case ports.CredentialRead(reader, credential):
                self.present(self._readers[reader].config.access_point, credential.text, reader)
            case ports.ReadRefused(reader, reason):
                self._refused(self._readers[reader], reason.value)
            case ports.ReaderOnline(reader, secure):
                self._online(self._readers[reader], is_secure=secure)
            case ports.ReaderLost(reader, reason):
                self._lost(self._readers[reader], reason.value)
            case ports.TamperChanged(reader, tampered):
                self._tampered(self._readers[reader], is_active=tampered)
            case ports.DoorPositionChanged(portal, is_open):
                moved = self._portals[portal]
                self._conclude(moved, moved.passage.contact(is_open=is_open, now_ns=self._time.boottime_ns()))
            case ports.RequestToExit(portal):
                self._exit_requested(self._portals[portal])

    def reader_states(self) -> list[ReaderState]:
        """Return all readers as they are now."""
        return [
            ReaderState(
                reader.config.id,
                reader.config.kind,
                reader.is_online,
                reader.is_secure if reader.config.kind is ReaderKind.OSDP else None,
            )
            for reader in self._readers.values()
        ]

    async def run(self) -> None:
        """Look after clock and memory until cancelled."""
        while True:
            leap_ms = self._time.doubt()
            if leap_ms is not None:
                _logger.warning("clock_doubted", leap_ms=leap_ms)
                self._journal.append(events.ClockDoubted(self._time.stamp_ns(), leap_ms))
            now_ns = self._time.now_ns()
            self._memory.forget(now_ns)
            self.counters["anti-passback-softened"] = int(self._memory.is_softened(now_ns))
            await asyncio.sleep(LOOK_EVERY_S)

    def _granted(
        self, grant: Grant, point: AccessPoint, credential: str, portal: _Portal | None, *, is_released: bool
    ) -> None:
        at_ns = self._time.stamp_ns()
        number = self._journal.append(
            events.AccessGranted(
                at_ns, point.id, grant.holder, grant.pass_id, credential, grant.anti_passback_overridden
            )
        )
        if not is_released:
            if number is not None:
                self._journal.append(events.AccessNotTaken(self._time.stamp_ns(), point.id, number))
            return
        if portal is None or not portal.has_contact:
            self._memory.passed(grant.holder, point, at_ns)
        else:
            now_ns = self._time.boottime_ns()
            self._conclude(portal, portal.passage.granted(number or _UNNUMBERED, point.id, grant.holder, now_ns))
        if self._snapshots is not None and number is not None:
            self._snapshots.granted(number, at_ns)

    def _exit_requested(self, portal: _Portal) -> None:
        self._unlock(portal)
        self._conclude(portal, portal.passage.exit_requested(self._time.boottime_ns()))
        self._journal.append(events.ExitRequested(self._time.stamp_ns(), portal.config.id))

    def _refused(self, reader: _Reader, reason: str) -> None:
        self.counters[f"read-{reason}"] += 1
        self._indicate(reader.config.id, ports.Indication.DENIED)
        now_ns = self._time.boottime_ns()
        last_ns = reader.refused_ns.get(reason)
        if last_ns is None or now_ns - last_ns >= _REFUSALS_APART_NS:
            reader.refused_ns[reason] = now_ns
            self._journal.append(events.ReadRefused(self._time.stamp_ns(), reader.config.id, reason))

    def _online(self, reader: _Reader, *, is_secure: bool) -> None:
        reader.is_online, reader.is_secure = True, is_secure
        if reader.was_lost:
            reader.was_lost = False
            self._journal.append(events.ReaderBack(self._time.stamp_ns(), reader.config.id))

    def _lost(self, reader: _Reader, reason: str) -> None:
        reader.is_online, reader.is_secure, reader.was_lost = False, False, True
        _logger.warning("reader_lost", reader=reader.config.id, reason=reason)
        self._journal.append(events.ReaderLost(self._time.stamp_ns(), reader.config.id, reason))
        for portal in self._portals.values():
            if portal.config.hardware == reader.config.id:
                portal.passage.contact_lost()
                self._arm(portal)

    def _tampered(self, reader: _Reader, *, is_active: bool) -> None:
        if is_active != reader.is_tampered:
            reader.is_tampered = is_active
            self._journal.append(events.Tamper(self._time.stamp_ns(), reader.config.id, is_active))

    def _conclude(self, portal: _Portal, outcomes: Iterable[passage.Outcome]) -> None:
        for outcome in outcomes:
            self._journal_outcome(portal, outcome)
        self._arm(portal)

    def _journal_outcome(self, portal: _Portal, outcome: passage.Outcome) -> None:
        at_ns, portal_id = self._time.stamp_ns(), portal.config.id
        match outcome:
            case passage.Taken(number, point, holder):
                self._memory.passed(holder, self._points[point], at_ns)
                if number != _UNNUMBERED:
                    self._journal.append(events.AccessTaken(at_ns, point, number))
            case passage.NotTaken(number, point):
                if number != _UNNUMBERED:
                    self._journal.append(events.AccessNotTaken(at_ns, point, number))
            case passage.Forced():
                self._journal.append(events.DoorForced(at_ns, portal_id))
            case passage.Held():
                self._journal.append(events.DoorHeld(at_ns, portal_id))
            case passage.Closed():
                self._journal.append(events.DoorClosed(at_ns, portal_id))
                self._indicate_at(portal, ports.Indication.READY)
            case passage.Warned():
                self._indicate_at(portal, ports.Indication.WARNING)

    def _arm(self, portal: _Portal) -> None:
        if portal.timer is not None:
            portal.timer.cancel()
            portal.timer = None
        deadline_ns = portal.passage.deadline_ns()
        if deadline_ns is not None:
            wait_s = max(deadline_ns - self._time.boottime_ns(), 0) / NS_PER_S
            portal.timer = asyncio.get_running_loop().call_later(wait_s, self._tick, portal)

    def _tick(self, portal: _Portal) -> None:
        self._conclude(portal, portal.passage.tick(self._time.boottime_ns()))

    def _unlock(self, portal: _Portal) -> bool:
        hardware = self._devices.portals.get(portal.config.id)
        try:
            is_submitted = hardware is not None and hardware.unlock(portal.config.unlock_ms)
        except ports.BadCommandError as error:
            _logger.warning("unlock_refused", portal=portal.config.id, cause=str(error))
            is_submitted = False
        if not is_submitted:
            self.counters["unlock-not-submitted"] += 1
        return is_submitted

    def _indicate_at(self, portal: _Portal, indication: ports.Indication) -> None:
        for reader in self._readers.values():
            if reader.config.access_point in portal.config.access_points:
                self._indicate(reader.config.id, indication)

    def _indicate(self, reader: ReaderId | None, indication: ports.Indication) -> None:
        device = self._devices.readers.get(reader) if reader is not None else None
        if device is not None:
            device.indicate(indication)


def _portal(config: PortalConfig) -> _Portal:
    has_contact = config.dps_input >= 0
    return _Portal(
        config,
        Passage(unlock_ms=config.unlock_ms, held_after_ms=config.held_after_ms, has_contact=has_contact),
        has_contact,
    )
