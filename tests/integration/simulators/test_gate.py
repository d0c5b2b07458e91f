"""Any gate that a site file can describe: what is wired to what, and its state, which another gate takes up."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from contract.ids import AccessPointId, EdgeId, PortalId, ReaderId
from contract.site import Gate, parse_site
from simulators.boards.modbus_board import SimulatedModbusBoard
from simulators.door import Contact
from simulators.gate import SimulatedGate, WiringError
from simulators.gate_state import GateState, GateStateError, LineCondition, restore, state_of, with_keys
from simulators.line_faults import LineFaults
from simulators.portal import PortalCondition, WireState
from simulators.readers.osdp_reader import SimulatedOsdpReader

IN, OUT = AccessPointId("in"), AccessPointId("out")
DOOR, ARM = PortalId("door"), PortalId("arm")
ENTRY, EXIT = ReaderId("entry"), ReaderId("exit")
SITE = """
[[area]]
id = "inside"
[[access_point]]
id = "in"
from = "outside"
to = "inside"
[[access_point]]
id = "out"
from = "inside"
to = "outside"
[[gate]]
id = "north"
[[gate.reader]]
id = "entry"
kind = "osdp"
access_point = "in"
device = "bus"
[[gate.reader]]
id = "exit"
kind = "osdp"
access_point = "out"
device = "bus"
address = 1
[[gate.board]]
id = "io"
kind = "modbus"
device = "modbus"
profile = "waveshare-rtu-relay-d-8ch"
[[gate.board]]
id = "relay"
kind = "serial-relay"
device = "usb"
profile = "lcus-2"
[[gate.portal]]
id = "door"
hardware = "relay"
strike_output = 1
contacts = "entry"
relock = "edge"
access_points = []
fire_input = 5
[[gate.portal]]
id = "arm"
kind = "turnstile"
hardware = "exit"
contacts = "io"
access_points = ["in", "out"]
outputs = { in = 0, out = 1 }
passed_inputs = { in = 6, out = 7 }
"""


def gate_of(text: str) -> Gate:
    return parse_site(text).gate_of(EdgeId("north"))


def lines_there(gate: SimulatedGate) -> set[str]:
    return {name for name, path in gate.device_lines.items() if Path(path).is_symlink()}


def started(tmp_path: Path, name: str = "lines") -> SimulatedGate:
    gate = SimulatedGate(gate_of(SITE), tmp_path / name)
    gate.start()
    return gate


async def test_outputs_of_one_device_and_inputs_of_another(tmp_path: Path) -> None:
    gate = started(tmp_path)
    entry, io = gate.readers[ENTRY], gate.boards["io"]
    assert isinstance(entry, SimulatedOsdpReader)
    assert isinstance(io, SimulatedModbusBoard)
    gate.boards["relay"].relays.set(1, closed=True)
    assert gate.portals[DOOR].walk_through()
    assert entry.state.inputs == (True, False, False, False, False, False), "as many as are wired"
    gate.portals[ARM].on_output(True, OUT)
    assert gate.ways[OUT].walk_through()
    assert io.inputs[6:] == [False, True]
    assert set(gate.lines) == set(gate.device_lines) == {"bus", "modbus", "usb"}
    assert lines_there(gate) == {"bus", "modbus", "usb"}
    gate.stop()
    assert not gate.portals[ARM].is_released
    assert lines_there(gate) == set()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("waveshare-rtu-relay-d-8ch", "nonsense"), "profile 'nonsense' can not be simulated; modbus: waveshare"),
        (("strike_output = 1", "strike_output = 2"), "portal door: relay has fewer outputs"),
        (("out = 1 }", "out = 32 }"), "reader exit: a reader has 1 to 32 inputs and 1 to 32 outputs"),
        (("out = 7 }", "out = 8 }"), "portal arm: io has fewer inputs"),
        (('contacts = "entry"', 'contacts = "relay"'), "portal door: relay has no inputs"),
        (('kind = "serial-relay"', 'kind = "gpio"'), "a gpio of profile 'lcus-2' can not be simulated"),
        (('kind = "osdp"\naccess_point = "in"', 'kind = "pcsc"\naccess_point = "in"'), "entry is a smart card reader"),
        (('hardware = "relay"', 'hardware = "tty"'), "portal door: tty has no outputs"),
    ],
)
def test_what_can_not_be_wired_is_said(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    text = SITE.replace(*change)
    if "tty" in change[1]:
        text = text.replace(
            "[[gate.board]]", '[[gate.reader]]\nid = "tty"\nkind = "serial"\naccess_point = "in"\ndevice = "tty"\n'
            "[[gate.board]]", 1,
        )  # fmt: skip
    with pytest.raises(WiringError, match=says):
        SimulatedGate(gate_of(text), tmp_path)


async def test_a_state_is_a_value_that_another_run_takes_up(tmp_path: Path) -> None:
    gate = started(tmp_path)
    for mended in (gate, started(tmp_path, "other")):
        assert state_of(mended).portals == {DOOR: PortalCondition(), ARM: PortalCondition()}
    gate.lines["bus"].set_faults(LineFaults(loss=0.1))
    gate.lines["usb"].hang_up()
    gate.boards["io"].power_off()
    entry = gate.readers[ENTRY]
    assert isinstance(entry, SimulatedOsdpReader)
    entry.change_key(bytes(range(16)))
    entry.set_tampered(tampered=True)
    gate.boards["relay"].relays.set(1, closed=True)
    assert gate.portals[DOOR].hold()
    gate.portals[DOOR].set_wire(Contact.REX, WireState.SHORT)
    gate.portals[ARM].set_fire(active=True)
    gate.portals[ARM].jam(jammed=True)
    gate.portals[ARM].set_supply(on=False)
    again = started(tmp_path, "again")
    restore(again, msgspec.json.decode(msgspec.json.encode(state_of(gate)), type=GateState))
    assert state_of(again) == state_of(gate)
    assert again.scbk == gate.scbk
    assert "key" not in repr(state_of(gate))
    taken_up = again.readers[ENTRY]
    assert isinstance(taken_up, SimulatedOsdpReader)
    assert taken_up.key == bytes(range(16))
    assert taken_up.state.inputs[:2] == (True, True), "the door stands open and the button's wire is shorted"
    restore(again, GateState())
    assert again.lines["usb"].is_plugged_in
    assert again.portals[DOOR].condition == PortalCondition()
    for each in (gate, again):
        each.stop()
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"portals": {"gone": {}}}', "it has no portal gone; it has: arm, door"),
        ('{"scbk": {"io": ""}}', "no OSDP reader io"),
        ('{"scbk": {"entry": "00"}}', "scbk of reader entry is not a key: it has 32 hexadecimal digits"),
        ('{"portals": {"arm": {"wires": {"dps": "cut"}}}}', "portal arm has no contact dps; it has: "),
        ('{"readers": {"entry": {"address": 1, "serial": 1, "outputs": 3}}}', "reader entry has 6 inputs"),
    ],
)
async def test_a_state_of_another_gate_changes_nothing(tmp_path: Path, text: str, says: str) -> None:
    gate = started(tmp_path)
    before = state_of(gate)
    state = msgspec.json.decode(text, type=GateState)
    state = msgspec.structs.replace(state, lines={"usb": LineCondition(is_plugged_in=False)})
    with pytest.raises(GateStateError, match=says):
        restore(gate, state)
    assert state_of(gate) == before
    gate.stop()


async def test_a_state_fits_a_gate_with_other_keys(tmp_path: Path) -> None:
    gate, other = started(tmp_path), started(tmp_path, "other")
    wrong = gate.readers[EXIT]
    assert isinstance(wrong, SimulatedOsdpReader)
    wrong.change_key(bytes(range(16)))
    restore(other, with_keys(state_of(gate), other.scbk))
    assert other.scbk[ENTRY] != gate.scbk[ENTRY]
    right, wrong_again = other.readers[ENTRY], other.readers[EXIT]
    assert isinstance(right, SimulatedOsdpReader)
    assert isinstance(wrong_again, SimulatedOsdpReader)
    assert right.key == bytes.fromhex(other.scbk[ENTRY])
    assert wrong_again.key == bytes(range(16))
    for each in (gate, other):
        each.stop()
