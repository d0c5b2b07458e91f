"""Looks at the devices of a simulated gate: what stands on the bench's page and in its state.

Belongs here: reading. Does not belong here: changing anything (doing.py).
"""

import msgspec

from contract.site import BoardConfig, ReaderConfig
from simulators.bench.cards import CardsBefore
from simulators.bench.state import BenchState, BoardNow, LineNow, PortalNow, ReaderNow
from simulators.boards.modbus_board import SimulatedModbusBoard
from simulators.boards.serial_relay import SimulatedSerialRelay
from simulators.door import Contact, Door
from simulators.gate import SimulatedReader
from simulators.line import PtyLine
from simulators.line_faults import NO_FAULTS
from simulators.portal import SimulatedPortal, WireState
from simulators.readers.osdp_reader import SimulatedOsdpReader
from simulators.turnstile import Turnstile


def reader_now(config: ReaderConfig, reader: SimulatedReader, cards: CardsBefore, key: str | None) -> ReaderNow:
    """Return how a reader stands. `key`: the one that the gate knows, for an OSDP reader."""
    held = cards.held.get(config.id)
    common = ReaderNow(
        config.id,
        config.kind.value,
        config.access_point,
        config.device,
        held=held.name if held else None,
    )
    if not isinstance(reader, SimulatedOsdpReader):
        return common
    return msgspec.structs.replace(
        common,
        is_powered=reader.state.is_powered,
        has_keypad=True,
        is_secure=reader.is_secure,
        light=reader.light,
        text=reader.text,
        tones=reader.tones,
        is_tampered=reader.state.is_tampered,
        has_failed_supply=reader.state.has_power_failure,
        has_right_key=reader.key is not None and reader.key.hex() == key,
        misbehaviour=" ".join(sorted(reader.misbehaviours)),
    )


def portal_now(portal: SimulatedPortal) -> PortalNow:
    """Return how a portal stands."""
    body = portal.body
    return PortalNow(
        portal.id,
        portal.config.kind.value,
        list(portal.config.access_points),
        is_released=portal.is_released,
        is_open=isinstance(body, Door) and body.is_open,
        passed=sum(body.turned.values()) if isinstance(body, Turnstile) else body.passed,
        is_wedged=isinstance(body, Door) and body.is_held,
        is_jammed=body.is_jammed,
        is_burning=body.is_fire,
        contacts=[contact.value for contact in Contact if contact in portal.contacts],
        cut=[contact.value for contact, state in portal.contacts.items() if state is not WireState.WHOLE],
    )


def board_now(config: BoardConfig, board: SimulatedModbusBoard | SimulatedSerialRelay) -> BoardNow:
    """Return how a board stands."""
    return BoardNow(config.id, config.kind.value, config.device, board.has_power)


def line_now(name: str, line: PtyLine) -> LineNow:
    """Return how a line stands."""
    usual, found = NO_FAULTS, line.faults
    names = ("loss", "corruption", "noise", "split", "delay_ms", "paced")
    return LineNow(
        name,
        line.is_plugged_in,
        can_be_bad=True,
        faults={each: float(getattr(found, each)) for each in names if getattr(found, each) != getattr(usual, each)},
    )


def why_unheard(state: BenchState, name: str) -> str:
    """Return why a gate can not have heard a card at this reader (a code of words.UNHEARD); empty if it could have."""
    reader = state.reader(name)
    if reader is None:
        return ""
    is_plugged_in = all(line.is_plugged_in for line in state.lines if line.name == reader.line)
    reasons = {
        "gate-stopped": not state.is_gate_running,
        "no-power": not reader.is_powered,
        "unplugged": not is_plugged_in,
        "no-card-service": reader.kind == "pcsc" and state.is_card_service_up is False,
        "another-key": reader.has_right_key is False,
        "not-secure": reader.is_secure is False,
    }
    return next((code for code, is_so in reasons.items() if is_so), "")
