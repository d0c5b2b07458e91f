"""The state of a simulated gate as a file: what is unplugged, cut, jammed or on fire, and what its readers remember.

    {"lines": {"bus": {"is_plugged_in": false, "faults": {"loss": 0.1}}}, "portals": {"door": {"is_held": true}}, ...}

What the file leaves out is as it should be. It holds the keys of OSDP readers: it is made with mode 0600.

Belongs here: the file and what it says. Does not belong here: the devices (gate.py), cards that are held before
readers.
"""

import os
from pathlib import Path

import msgspec

from contract.ids import PortalId, ReaderId
from simulators.gate import SimulatedGate
from simulators.line_faults import NO_FAULTS, LineFaults
from simulators.osdp.state import ReaderState
from simulators.portal import PortalCondition
from simulators.readers.osdp_reader import SimulatedOsdpReader

_MODE = 0o600


class GateStateError(ValueError):
    """A file that is no state, or not of this gate; the message says what does not fit."""


class LineCondition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A serial line."""

    is_plugged_in: bool = True
    faults: LineFaults = NO_FAULTS


class BoardCondition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A board."""

    has_power: bool = True


class GateState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole gate. `readers`: those of OSDP; others remember nothing.

    `scbk`: the keys that the gate's device file has, which are not those of a reader that was given another one.
    """

    def __repr__(self) -> str:
        """Without the keys."""
        return f"GateState(lines={list(self.lines)}, portals={list(self.portals)}, ...)"

    scbk: dict[ReaderId, str] = {}
    lines: dict[str, LineCondition] = {}
    readers: dict[ReaderId, ReaderState] = {}
    boards: dict[str, BoardCondition] = {}
    portals: dict[PortalId, PortalCondition] = {}


def state_of(gate: SimulatedGate) -> GateState:
    """Return how a gate is now."""
    return GateState(
        scbk=dict(gate.scbk),
        lines={
            name: LineCondition(is_plugged_in=line.is_plugged_in, faults=line.faults)
            for name, line in gate.lines.items()
        },
        readers={name: reader.state for name, reader in _osdp(gate).items()},
        boards={name: BoardCondition(has_power=board.has_power) for name, board in gate.boards.items()},
        portals={name: portal.condition for name, portal in gate.portals.items()},
    )


def restore(gate: SimulatedGate, state: GateState) -> None:
    """Bring a gate that was started into `state`. Raises GateStateError, NoSuchWireError."""
    readers = _osdp(gate)
    for what, named, there in (
        ("line", set(state.lines), set(gate.lines)),
        ("OSDP reader", {*state.readers, *state.scbk}, set(readers)),
        ("board", set(state.boards), set(gate.boards)),
        ("portal", set(state.portals), set(gate.portals)),
    ):
        if named - there:
            unknown, known = ", ".join(sorted(named - there)), ", ".join(sorted(there)) or "none"
            message = f"the state is of another gate: it has no {what} {unknown}; it has: {known}"
            raise GateStateError(message)
    for line_name, line in gate.lines.items():
        wanted = state.lines.get(line_name, LineCondition())
        line.set_faults(wanted.faults)
        if wanted.is_plugged_in:
            line.plug_in()
        else:
            line.hang_up()
    for board_name, board in gate.boards.items():
        if state.boards.get(board_name, BoardCondition()).has_power:
            board.power_on()
        else:
            board.power_off()
    for reader_name, reader_state in state.readers.items():
        readers[reader_name].restore(reader_state)
    gate.scbk |= state.scbk
    for portal_name, portal in gate.portals.items():
        portal.restore(state.portals.get(portal_name, PortalCondition()))


def save(gate: SimulatedGate, path: Path) -> None:
    """Write how a gate is now, for its owner's eyes alone. Raises OSError."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(state_of(gate))))
    new.replace(path)


def load(gate: SimulatedGate, path: Path) -> None:
    """Bring a gate that was started into the state that a file describes.

    Raises GateStateError, NoSuchWireError, OSError.
    """
    try:
        state = msgspec.json.decode(path.read_bytes(), type=GateState)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"{path} is no state of a simulated gate: {error}"
        raise GateStateError(message) from error
    restore(gate, state)


def _osdp(gate: SimulatedGate) -> dict[ReaderId, SimulatedOsdpReader]:
    return {name: reader for name, reader in gate.readers.items() if isinstance(reader, SimulatedOsdpReader)}
