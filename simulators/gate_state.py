"""The state of a simulated gate: what is unplugged, cut, jammed or on fire, and what its readers remember.

    {"lines": {"bus": {"is_plugged_in": false, "faults": {"loss": 0.1}}}, "portals": {"door": {"is_held": true}}, ...}

What it leaves out is as it should be. It holds the keys of OSDP readers.

Belongs here: the value, and bringing a gate into it. Does not belong here: the devices (gate.py), cards that are held
before readers, files (bench/kept.py).
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from contract.ids import PortalId, ReaderId
from simulators.gate import SCBK_BYTES, SimulatedGate
from simulators.line_faults import NO_FAULTS, LineFaults
from simulators.osdp.state import ReaderState
from simulators.portal import PortalCondition
from simulators.readers.osdp_reader import SimulatedOsdpReader

_KEY: Final = re.compile(f"[0-9a-f]{{{2 * SCBK_BYTES}}}")


class GateStateError(ValueError):
    """A state that is not of this gate; the message says what does not fit."""


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


def with_keys(state: GateState, scbk: Mapping[ReaderId, str]) -> GateState:
    """Return the same state for a gate whose device file has other keys: a reader that had the right one has the right.

    A reader that had another key than its gate knew keeps that.
    """
    readers = {
        name: msgspec.structs.replace(reader, key=bytes.fromhex(scbk[name]))
        if name in scbk and reader.key is not None and reader.key.hex() == state.scbk.get(name)
        else reader
        for name, reader in state.readers.items()
    }
    return msgspec.structs.replace(
        state, readers=readers, scbk={name: scbk.get(name, key) for name, key in state.scbk.items()}
    )


def check(gate: SimulatedGate, state: GateState) -> None:
    """Raise GateStateError for a state that this gate can not be in."""
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
    for portal_name, condition in state.portals.items():
        wired = gate.portals[portal_name].contacts
        if unwired := set(condition.wires) - set(wired):
            known = ", ".join(wired) or "none"
            message = f"portal {portal_name} has no contact {', '.join(sorted(unwired))}; it has: {known}"
            raise GateStateError(message)
    for reader_name, reader_state in state.readers.items():
        here = readers[reader_name].state
        if (len(reader_state.inputs), reader_state.outputs) != (len(here.inputs), here.outputs):
            message = f"reader {reader_name} has {len(here.inputs)} inputs and {here.outputs} outputs, not others"
            raise GateStateError(message)
    for reader_name, key in state.scbk.items():
        if not _KEY.fullmatch(key):
            message = f"scbk of reader {reader_name} is not a key: it has {2 * SCBK_BYTES} hexadecimal digits"
            raise GateStateError(message)


def restore(gate: SimulatedGate, state: GateState) -> None:
    """Bring a gate that was started into `state`. Raises GateStateError, before anything has changed.

    A reader that differs restarts; inputs are not brought back by themselves, they follow their contacts.
    """
    check(gate, state)
    readers = _osdp(gate)
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
        reader = readers[reader_name]
        if msgspec.structs.replace(reader_state, inputs=reader.state.inputs) != reader.state:
            reader.restore(reader_state)
    gate.scbk |= state.scbk
    for portal_name, portal in gate.portals.items():
        portal.restore(state.portals.get(portal_name, PortalCondition()))


def _osdp(gate: SimulatedGate) -> dict[ReaderId, SimulatedOsdpReader]:
    return {name: reader for name, reader in gate.readers.items() if isinstance(reader, SimulatedOsdpReader)}
