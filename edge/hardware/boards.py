"""Boards of a gate: which hangs on which line, what its portals need of it, and what can not be.

Belongs here: fitting boards, profiles and portals together. Does not belong here: the drivers; they are imported only
for boards that there are, because a gate without boards does not carry their libraries.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, Protocol

from contract.site import (
    BoardConfig,
    BoardKind,
    Gate,
    GateDevices,
    LaneConfig,
    PortalConfig,
    PortalKind,
    Relock,
    SignalConfig,
)
from drivers.boards.portal import BoardPortal, outputs_of
from drivers.boards.profile import BadProfileError, BoardProfile, load_profile
from drivers.boards.signal import BoardSignal
from drivers.contacts import Contacts, Watched
from drivers.ports import Board
from edge.hardware.error import HardwareError
from edge.hardware.lines import path_of

LONGEST_ROUND_MS: Final = 100
"""Every input is looked at so often."""
_THINKING_MS: Final = 8
_REQUEST_BYTES: Final = 8
_ANSWER_BYTES: Final = 7
_BITS_PER_BYTE: Final = 10
_LEAST_SILENCE_MS: Final = 1.75
_SILENT_BYTES: Final = 3.5


class PortalBoard(Board, Protocol):
    """A board, the portals and signals that hang on it, and what it counts of bad input and lost orders."""

    counters: Counter[str]

    @property
    def portals(self) -> Sequence[BoardPortal]:
        """Which portals hang on its outputs."""
        ...

    @property
    def signals(self) -> Sequence[BoardSignal]:
        """Which sirens and relays hang on its outputs."""
        ...


def boards(config: Gate, devices: GateDevices) -> Iterator[PortalBoard]:
    """Yield the drivers of all boards; those on one Modbus line share it. Raises HardwareError."""
    profiles = {board.id: _profile(board, config) for board in config.board}
    try:
        yield from _modbus(config, devices, profiles)
        for board in config.board:
            if board.kind is not BoardKind.MODBUS:
                yield _single(board, profiles[board.id], devices, config)
    except ModuleNotFoundError as error:
        library = (error.name or "a library").partition(".")[0]
        message = f"this gate's boards need {library}, which is missing: `make install` in the program folder has it"
        raise HardwareError(message) from error


def _profile(board: BoardConfig, config: Gate) -> BoardProfile:
    """Return a board's profile, once it is clear that it can do what its portals and signals ask for."""
    try:
        profile = load_profile(board.profile)
    except BadProfileError as error:
        message = f"board {board.id}: {error}"
        raise HardwareError(message) from error
    if profile.kind is not board.kind:
        message = f"board {board.id}: {board.profile} is of kind {profile.kind}, not {board.kind}"
        raise HardwareError(message)
    if profile.bauds and board.baud not in profile.bauds:
        message = f"board {board.id}: {profile.title} can not be set to {board.baud} baud, but to {profile.bauds}"
        raise HardwareError(message)
    _check_beside(board, profile, config)
    for portal in config.portal:
        if portal.hardware == board.id:
            _check_driven(portal, board, profile)
        needs = Contacts([portal]).inputs
        if portal.watched_by == board.id and needs > profile.inputs:
            message = (
                f"portal {portal.id}: board {board.id} ({profile.title}) has {profile.inputs} inputs and {needs} are "
                "needed: name a device that has them in `contacts`, or -1 for contacts that are not wired"
            )
            raise HardwareError(message)
    return profile


def _check_beside(board: BoardConfig, profile: BoardProfile, config: Gate) -> None:
    """Refuse a signal or lane at a terminal that the board lacks."""
    for signal in config.signal:
        if signal.hardware == board.id and signal.output >= profile.outputs:
            message = f"signal {signal.id}: board {board.id} ({profile.title}) has {profile.outputs} outputs, from 0"
            raise HardwareError(message)
    for lane in config.lane:
        if lane.hardware == board.id and Contacts([lane]).inputs > profile.inputs:
            message = f"lane {lane.id}: board {board.id} ({profile.title}) has {profile.inputs} inputs, from 0"
            raise HardwareError(message)


def _check_driven(portal: PortalConfig, board: BoardConfig, profile: BoardProfile) -> None:
    if max(outputs_of(portal)) >= profile.outputs:
        message = f"portal {portal.id}: board {board.id} ({profile.title}) has {profile.outputs} outputs, from 0"
        raise HardwareError(message)
    if not profile.times_release and portal.relock is Relock.DEVICE:
        message = (
            f"portal {portal.id}: board {board.id} ({profile.title}) has no timer: should the gate die, the portal "
            'stays released. Take a board that has one, or accept that with relock = "edge"'
        )
        raise HardwareError(message)
    if profile.kind is BoardKind.SERIAL_RELAY and not _is_seen(portal):
        message = (
            f"portal {portal.id}: board {board.id} ({profile.title}) never acknowledges: whether the portal opened and "
            "shut has to be seen at a contact of another device (`contacts`, `dps_input`)"
        )
        raise HardwareError(message)
    pulse = profile.modbus.pulse if profile.modbus is not None else None
    longest_ms = max(portal.unlock_ms, portal.extended_unlock_ms)
    if pulse is not None and longest_ms > pulse.unit_ms * pulse.most:
        message = (
            f"portal {portal.id}: board {board.id} ({profile.title}) times at most {pulse.unit_ms * pulse.most} ms, "
            f"not {longest_ms}"
        )
        raise HardwareError(message)


def _is_seen(portal: PortalConfig) -> bool:
    """Whether a device other than the one that releases a portal sees it move."""
    has_contact = bool(portal.passed_inputs) if portal.kind is PortalKind.TURNSTILE else portal.dps_input >= 0
    return portal.watched_by != portal.hardware and has_contact


def _modbus(config: Gate, devices: GateDevices, profiles: dict[str, BoardProfile]) -> Iterator[PortalBoard]:
    on_lines = sorted((b for b in config.board if b.kind is BoardKind.MODBUS), key=lambda board: board.device)
    for line, group in groupby(on_lines, key=lambda board: board.device):
        from drivers.boards.modbus_board import ModbusBoard  # noqa: PLC0415  see the module
        from drivers.boards.modbus_bus import ModbusBus  # noqa: PLC0415

        on_line = list(group)
        _check_line(line, on_line, config)
        units = []
        for board in on_line:
            profile = profiles[board.id]
            assert profile.modbus is not None  # noqa: S101  its kind was compared
            driven, watched = _wired_to(board, config)
            sounded = _signals_of(board, config)
            units.append(ModbusBoard(board, profile, profile.modbus, driven, watched, sounded, _booms(driven, config)))
        ModbusBus(path_of(devices, line), on_line[0].baud, units)
        yield from units


def _check_line(line: str, on_line: Sequence[BoardConfig], config: Gate) -> None:
    bauds = {board.baud for board in on_line}
    if len(bauds) > 1:
        message = f"boards on line {line} have different rates: {sorted(bauds)}"
        raise HardwareError(message)
    addresses = [board.address for board in on_line]
    if len(set(addresses)) < len(addresses):
        message = f"two boards on line {line} have one address: {sorted(addresses)}"
        raise HardwareError(message)
    byte_ms = 1000 * _BITS_PER_BYTE / bauds.pop()
    silences_ms = 2 * max(_LEAST_SILENCE_MS, _SILENT_BYTES * byte_ms)
    look_ms = (_REQUEST_BYTES + _ANSWER_BYTES) * byte_ms + silences_ms + _THINKING_MS
    watched = {portal.watched_by for portal in config.portal} | {lane.hardware for lane in config.lane}
    watching = watched & {board.id for board in on_line}
    if look_ms * len(watching) > LONGEST_ROUND_MS:
        message = (
            f"line {line}: {len(watching)} boards with contacts would be looked at every {look_ms * len(watching):.0f} "
            f"ms, and {LONGEST_ROUND_MS} ms is the most: raise their rate, or give them another line"
        )
        raise HardwareError(message)


def _single(board: BoardConfig, profile: BoardProfile, devices: GateDevices, config: Gate) -> PortalBoard:
    path = path_of(devices, board.device)
    driven, watched = _wired_to(board, config)
    sounded = _signals_of(board, config)
    if profile.serial is not None:
        from drivers.boards.serial_relay import SerialRelay  # noqa: PLC0415  see the module

        return SerialRelay(board, profile, profile.serial, path, driven, sounded, _booms(driven, config))
    assert profile.gpio is not None  # noqa: S101  its kind was compared
    from drivers.boards.gpio import GpioBoard  # noqa: PLC0415

    outputs = {number for portal in driven for number in outputs_of(portal)} | {signal.output for signal in sounded}
    both = outputs & set(range(Contacts(watched).inputs))
    used = {number for each in watched for number in _inputs_of(each)}
    if both & used:
        message = f"board {board.id}: lines {sorted(both & used)} can not be outputs and inputs at once"
        raise HardwareError(message)
    booms = _booms(driven, config)
    if not used | outputs - booms:
        message = (
            f"board {board.id}: a chip that raises booms has to watch something as well: wire their contacts to it"
        )
        raise HardwareError(message)
    return GpioBoard(board, profile, profile.gpio, path, driven, watched, sounded, booms)


def _wired_to(board: BoardConfig, config: Gate) -> tuple[list[PortalConfig], list[Watched]]:
    """Return the portals that a board drives, and the portals and lanes that it watches."""
    driven = [portal for portal in config.portal if portal.hardware == board.id]
    watched: list[Watched] = [portal for portal in config.portal if portal.watched_by == board.id]
    return driven, [*watched, *(lane for lane in config.lane if lane.hardware == board.id)]


def _booms(driven: Iterable[PortalConfig], config: Gate) -> set[int]:
    """Return the outputs that hold up booms over vehicles: only who has looked under them may switch them off."""
    return {number for portal in driven if config.holds_up(portal) for number in outputs_of(portal)}


def _signals_of(board: BoardConfig, config: Gate) -> list[SignalConfig]:
    return [signal for signal in config.signal if signal.hardware == board.id]


def _inputs_of(watched: Watched) -> tuple[int, ...]:
    if isinstance(watched, LaneConfig):
        return tuple(number for number in (watched.presence_input, watched.clearance_input) if number >= 0)
    portal = watched
    own = tuple(portal.passed_inputs.values()) if portal.kind is PortalKind.TURNSTILE else (
        portal.dps_input, portal.rex_input,
    )  # fmt: skip
    return tuple(number for number in (*own, portal.fire_input) if number >= 0)
