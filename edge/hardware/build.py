"""A gate's readers, boards and portals, made from the site file and the gate's private device file.

Belongs here: which kind of driver serves what, and what no two of them can share. Does not belong here: one kind (its
own module), drivers, or what is done with them (edge/gate.py).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

from contract.clock import Clock
from contract.ids import PortalId, ReaderId, SignalId
from contract.site import Gate, GateDevices, PortalConfig, PortalKind, ReaderKind
from drivers.boards.portal import outputs_of
from drivers.contacts import Contacts
from drivers.ports import Board, PortalHardware, Reader, SignalHardware
from edge.gate import Devices
from edge.hardware.boards import boards
from edge.hardware.error import HardwareError
from edge.hardware.osdp import buses
from edge.hardware.pcsc import pcsc_readers
from edge.hardware.retired_keys import RetiredKeys
from edge.hardware.serial import serial_reader

RETIRED_KEYS: Final = "retired-reader-keys"


def build(config: Gate, devices: GateDevices, clock: Clock, state: Path, piv: Path | None = None) -> Devices:
    """Return the drivers of `config`: readers, boards, and portals at outputs of either.

    `state`: the gate's folder. `piv`: folder with roots/, intermediates/ and crls/ for PIV cards. Readers of kind `log`
    have no device. Raises HardwareError.
    """
    _check_lines(config)
    _check_terminals(config)
    readers: dict[ReaderId, Reader] = {}
    portals: dict[PortalId, PortalHardware] = {}
    signals: dict[SignalId, SignalHardware] = {}
    made: dict[str, Board] = {}
    counters: list[Counter[str]] = []
    for bus in buses(config, devices, RetiredKeys(state / RETIRED_KEYS)):
        readers |= {reader.id: reader for reader in bus.readers}
        portals |= {portal.id: portal for portal in bus.portals}
        signals |= {signal.id: signal for signal in bus.signals}
        counters.append(bus.counters)
    for reader in config.reader:
        if reader.kind is ReaderKind.SERIAL:
            readers[reader.id] = serial_reader(reader, devices, clock)
    readers |= {reader.id: reader for reader in pcsc_readers(config, devices, clock, piv)}
    for board in boards(config, devices):
        made[board.id] = board
        portals |= {portal.id: portal for portal in board.portals}
        signals |= {signal.id: signal for signal in board.signals}
        counters.append(board.counters)
    for portal in config.portal:
        if portal.id not in portals:
            message = f"portal {portal.id}: {portal.hardware} has no outputs; only OSDP readers and boards have"
            raise HardwareError(message)
    for signal in config.signal:
        if signal.id not in signals:
            message = f"signal {signal.id}: {signal.hardware} has no outputs; only OSDP readers and boards have"
            raise HardwareError(message)
    in_order = {reader.id: readers[reader.id] for reader in config.reader if reader.id in readers}
    return Devices(in_order, portals, made, counters, signals)


def _check_lines(config: Gate) -> None:
    """Refuse a line that two kinds of devices would open, and one that two serial devices would."""
    users: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for reader in config.reader:
        if reader.kind is not ReaderKind.LOG:
            users[reader.device].append((reader.kind.value, str(reader.id)))
    for board in config.board:
        users[board.device].append((board.kind.value, board.id))
    for line, on_line in users.items():
        kinds = {kind for kind, _ in on_line}
        if len(on_line) > 1 and (len(kinds) > 1 or kinds.isdisjoint({"osdp", "modbus"})):
            names = ", ".join(f"{name} ({kind})" for kind, name in on_line)
            message = f"line {line!r} is opened by one driver alone, and {names} would share it"
            raise HardwareError(message)


def _check_terminals(config: Gate) -> None:
    """Refuse a terminal that serves two ends, and contacts at a device that has no inputs."""
    watching = {str(r.id) for r in config.reader if r.kind is ReaderKind.OSDP} | {board.id for board in config.board}
    taken: dict[tuple[str, str, int], PortalId] = {}
    for portal in config.portal:
        if Contacts([portal]).inputs and portal.watched_by not in watching:
            message = (
                f"portal {portal.id}: {portal.watched_by} has no inputs; name an OSDP reader or a board in `contacts`, "
                "or -1 for contacts that are not wired"
            )
            raise HardwareError(message)
        for terminal in _terminals(portal):
            if terminal in taken:
                device, what, number = terminal
                message = f"portal {portal.id}: {what} {number} of {device} already serves portal {taken[terminal]}"
                raise HardwareError(message)
            taken[terminal] = portal.id
    _check_lanes(config, watching, taken)
    sounding: dict[tuple[str, str, int], SignalId] = {}
    for signal in config.signal:
        terminal = (signal.hardware, "output", signal.output)
        serves = f"portal {taken[terminal]}" if terminal in taken else sounding.get(terminal)
        if serves is not None:
            message = f"signal {signal.id}: output {signal.output} of {signal.hardware} already serves {serves}"
            raise HardwareError(message)
        sounding[terminal] = signal.id


def _check_lanes(config: Gate, watching: AbstractSet[str], taken: Mapping[tuple[str, str, int], PortalId]) -> None:
    """Refuse a loop or beam at a device without inputs, or at a terminal that serves something else."""
    seen: dict[tuple[str, int], tuple[str, PortalId]] = {}
    for lane in config.lane:
        if lane.hardware not in watching:
            message = f"lane {lane.id}: {lane.hardware} has no inputs; name an OSDP reader or a board"
            raise HardwareError(message)
        for what, number in (("presence", lane.presence_input), ("clearance", lane.clearance_input)):
            if number < 0:
                continue
            use = (what, lane.portal if what == "clearance" else PortalId(lane.id))
            portal = taken.get((lane.hardware, "input", number))
            if portal is not None or seen.setdefault((lane.hardware, number), use) != use:
                other = f"portal {portal}" if portal is not None else f"the {seen[lane.hardware, number][0]} of a lane"
                message = f"lane {lane.id}: input {number} of {lane.hardware} already serves {other}"
                raise HardwareError(message)


def _terminals(portal: PortalConfig) -> Iterator[tuple[str, str, int]]:
    """Yield (device, what, number) of each terminal that a portal uses."""
    for number in outputs_of(portal):
        yield portal.hardware, "output", number
    own = portal.passed_inputs.values() if portal.kind is PortalKind.TURNSTILE else (portal.dps_input, portal.rex_input)
    for number in (*own, portal.fire_input):
        if number >= 0:
            yield portal.watched_by, "input", number
