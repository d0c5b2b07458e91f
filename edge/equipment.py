"""A gate's readers and boards as it sees them: who answers, who was opened, who lost power, what each one is.

Belongs here: their states, what is journaled of them, and what readers show. Does not belong here: what is read at them
(presenting.py), portals (portals.py), drivers.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog

from contract import events
from contract.clock import NS_PER_S
from contract.ids import AccessPointId, ReaderId
from contract.messages import BoardState, Identity, ReaderState
from contract.site import BoardConfig, ReaderConfig, ReaderKind
from contract.site import Gate as GateConfig
from drivers import ports
from edge.technician import DeviceLine, RefusedRead
from edge.telling import Telling

_REFUSALS_APART_NS: Final = NS_PER_S
"""A broken reader journals one refusal of a kind in this time; the counters have them all."""

_logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Reader:
    config: ReaderConfig
    is_online: bool = False
    is_secure: bool = False
    was_lost: bool = False
    is_tampered: bool = False
    has_no_power: bool = False
    identity: Identity | None = None
    refused_ns: dict[str, int] = field(default_factory=dict)

    @property
    def security(self) -> bool | None:
        """Whether its channel is secure; None for kinds that have none."""
        return self.is_secure if self.config.kind is ReaderKind.OSDP else None


@dataclass(slots=True)
class _Board:
    config: BoardConfig
    is_online: bool = False
    was_lost: bool = False
    identity: Identity | None = None


class Equipment:
    """Readers and boards of one gate. `devices`: readers that can be told something."""

    def __init__(self, config: GateConfig, devices: Mapping[ReaderId, ports.Reader], telling: Telling) -> None:
        self._devices = devices
        self._telling = telling
        self._readers = {reader.id: _Reader(reader) for reader in config.reader}
        self._boards = {board.id: _Board(board) for board in config.board}

    def access_point(self, reader: ReaderId) -> AccessPointId:
        """Return the access point that a reader serves."""
        return self._readers[reader].config.access_point

    def indicate(self, reader: ReaderId | None, indication: ports.Indication) -> None:
        """Let a reader show something, if it can."""
        device = self._devices.get(reader) if reader is not None else None
        if device is not None:
            device.indicate(indication)

    def indicate_at(self, points: Collection[AccessPointId], indication: ports.Indication) -> None:
        """Let all readers of these access points show something."""
        for reader in self._readers.values():
            if reader.config.access_point in points:
                self.indicate(reader.config.id, indication)

    def take(self, event: ports.DeviceEvent) -> None:
        """Take what a driver reports of a device itself; all else is passed over."""
        match event:
            case ports.ReadRefused(reader, reason, bits, raw):
                self.refused(reader, reason.value, bits, raw)
            case ports.ReaderOnline(reader, secure):
                self._online(self._readers[reader], is_secure=secure)
            case ports.ReaderLost(reader, reason):
                self._lost(self._readers[reader], reason.value)
            case ports.TamperChanged(reader, tampered):
                self._tampered(self._readers[reader], is_active=tampered)
            case ports.PowerChanged(reader, failed):
                self._power(self._readers[reader], is_active=failed)
            case ports.KeyRotated(reader):
                self._telling.event(lambda at_ns: events.KeyRotated(at_ns, reader))
                self._tell(reader, "key-rotated")
            case ports.BoardOnline(board):
                self._board_online(self._boards[board])
            case ports.BoardLost(board, reason):
                self._board_lost(self._boards[board], reason.value)
            case ports.DeviceIdentified():
                self._identified(event)

    def refused(self, reader: ReaderId, reason: str, bits: int = 0, raw: str = "") -> None:
        """A reader sent what is no credential, or what nobody asked for. `raw` goes to technicians alone."""
        self._telling.counters[f"read-{reason}"] += 1
        self.indicate(reader, ports.Indication.DENIED)
        self._telling.line(lambda at: RefusedRead(at, reader, reason, bits, raw))
        now_ns = self._telling.time.boottime_ns()
        refused_ns = self._readers[reader].refused_ns
        if reason not in refused_ns or now_ns - refused_ns[reason] >= _REFUSALS_APART_NS:
            refused_ns[reason] = now_ns
            self._telling.event(lambda at_ns: events.ReadRefused(at_ns, reader, reason))

    def reader_states(self) -> list[ReaderState]:
        """Return all readers as they are now."""
        return [
            ReaderState(
                reader.config.id, reader.config.kind, reader.is_online, reader.security, reader.identity,
                reader.is_tampered, reader.has_no_power,
            )
            for reader in self._readers.values()
        ]  # fmt: skip

    def board_states(self) -> list[BoardState]:
        """Return all boards as they are now."""
        return [
            BoardState(board.config.id, board.config.kind, board.is_online, board.identity)
            for board in self._boards.values()
        ]

    def standing(self) -> Iterator[DeviceLine]:
        """Yield lines that tell how the devices stand now."""
        at = self._telling.now_text()
        for reader in self._readers.values():
            online = DeviceLine(at, reader.config.id, "online", _secure(reader.security))
            yield online if reader.is_online else DeviceLine(at, reader.config.id, "lost")
            if reader.is_tampered:
                yield DeviceLine(at, reader.config.id, "tamper")
            if reader.has_no_power:
                yield DeviceLine(at, reader.config.id, "power-failed")
        for board in self._boards.values():
            yield DeviceLine(at, board.config.id, "online" if board.is_online else "lost")

    def _online(self, reader: _Reader, *, is_secure: bool) -> None:
        reader.is_online, reader.is_secure = True, is_secure
        if reader.was_lost:
            reader.was_lost = False
            self._telling.event(lambda at_ns: events.ReaderBack(at_ns, reader.config.id))
        self._tell(reader.config.id, "online", _secure(reader.security))

    def _lost(self, reader: _Reader, reason: str) -> None:
        reader.is_online, reader.is_secure, reader.was_lost = False, False, True
        _logger.warning("reader_lost", reader=reader.config.id, reason=reason)
        self._telling.event(lambda at_ns: events.ReaderLost(at_ns, reader.config.id, reason))
        self._tell(reader.config.id, "lost", reason)

    def _tampered(self, reader: _Reader, *, is_active: bool) -> None:
        if is_active != reader.is_tampered:
            reader.is_tampered = is_active
            self._telling.event(lambda at_ns: events.Tamper(at_ns, reader.config.id, is_active))
            self._tell(reader.config.id, "tamper" if is_active else "tamper-over")

    def _power(self, reader: _Reader, *, is_active: bool) -> None:
        if is_active != reader.has_no_power:
            reader.has_no_power = is_active
            self._telling.event(lambda at_ns: events.PowerTrouble(at_ns, reader.config.id, is_active))
            self._tell(reader.config.id, "power-failed" if is_active else "power-back")

    def _board_online(self, board: _Board) -> None:
        board.is_online = True
        if board.was_lost:
            board.was_lost = False
            self._telling.event(lambda at_ns: events.BoardBack(at_ns, board.config.id))
        self._tell(board.config.id, "online")

    def _board_lost(self, board: _Board, reason: str) -> None:
        board.is_online, board.was_lost = False, True
        _logger.warning("board_lost", board=board.config.id, reason=reason)
        self._telling.event(lambda at_ns: events.BoardLost(at_ns, board.config.id, reason))
        self._tell(board.config.id, "lost", reason)

    def _identified(self, event: ports.DeviceIdentified) -> None:
        identity = Identity(event.vendor, event.model, event.version, event.serial, event.firmware)
        if event.device in self._boards:
            self._boards[event.device].identity = identity
        else:
            self._readers[ReaderId(event.device)].identity = identity
        self._tell(event.device, "identified", f"{event.vendor} {event.model} {event.firmware}".strip())

    def _tell(self, device: str, what: str, detail: str = "") -> None:
        self._telling.line(lambda at: DeviceLine(at, device, what, detail))


def _secure(security: bool | None) -> str:  # noqa: FBT001  one of a reader's facts
    return "" if security is None else "secure" if security else "not-secure"
