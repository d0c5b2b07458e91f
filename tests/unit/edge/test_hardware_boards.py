"""Boards in the site file: which driver serves what, and words for what can not be."""

import sys
from pathlib import Path

import pytest

from contract.clock import SystemClock
from contract.ids import EdgeId, PortalId, ReaderId, SignalId
from contract.site import GateDevices, parse_site
from edge.gate import Devices
from edge.hardware import HardwareError, build

HEAD = """
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
"""
READER = """
[[gate.reader]]
id = "entry"
kind = "osdp"
access_point = "in"
device = "bus"
"""
SERIAL = """
[[gate.reader]]
id = "exit"
kind = "serial"
access_point = "out"
device = "tty"
"""
WAVESHARE = """
[[gate.board]]
id = "io"
kind = "modbus"
device = "modbus"
profile = "waveshare-rtu-relay-d-8ch"
"""
ADAM = WAVESHARE.replace('"io"', '"adam"').replace("waveshare-rtu-relay-d-8ch", "advantech-adam-4055") + "address = 2\n"
LCUS = """
[[gate.board]]
id = "relay"
kind = "serial-relay"
device = "usb"
profile = "lcus-1"
"""
GPIO = """
[[gate.board]]
id = "pins"
kind = "gpio"
device = "chip"
profile = "linux-gpio-pull-up"
"""
DEVICES = GateDevices(
    lines={name: f"/dev/{name}" for name in ("bus", "tty", "modbus", "usb", "chip")},
    scbk={ReaderId("entry"): "0123456789abcdef1032547698badcfe"},
)


def door(hardware: str, more: str = "", name: str = "door") -> str:
    points = '"in", "out"' if name == "door" else ""
    return f'[[gate.portal]]\nid = "{name}"\nhardware = "{hardware}"\naccess_points = [{points}]\n{more}\n'


def siren(hardware: str, output: int, name: str = "horn") -> str:
    return f'[[gate.signal]]\nid = "{name}"\nhardware = "{hardware}"\noutput = {output}\nplans = ["evacuate"]\n'


def built(text: str, tmp_path: Path) -> Devices:
    return build(parse_site(HEAD + text).gate_of(EdgeId("north")), DEVICES, SystemClock(), tmp_path)


@pytest.mark.parametrize(
    ("text", "boards", "readers"),
    [
        (WAVESHARE + door("io"), ["io"], []),
        (READER + WAVESHARE + door("io", 'contacts = "entry"'), ["io"], ["entry"]),
        (READER + WAVESHARE + door("entry", 'contacts = "io"'), ["io"], ["entry"]),
        (READER + LCUS + door("relay", 'contacts = "entry"\nrelock = "edge"'), ["relay"], ["entry"]),
        (WAVESHARE + LCUS + door("relay", 'contacts = "io"\nrelock = "edge"'), ["io", "relay"], []),
        (WAVESHARE + ADAM + door("adam", 'contacts = "io"\nrelock = "edge"'), ["io", "adam"], []),
        (GPIO + door("pins", 'strike_output = 7\nrelock = "edge"'), ["pins"], []),
        (SERIAL + WAVESHARE + door("io", 'kind = "turnstile"\noutputs = { in = 0, out = 1 }'), ["io"], ["exit"]),
    ],
)
def test_what_can_be_is_built(tmp_path: Path, text: str, boards: list[str], readers: list[str]) -> None:
    devices = built(text, tmp_path)
    assert sorted(devices.boards) == sorted(boards)
    assert list(devices.readers) == readers
    assert list(devices.portals) == [PortalId("door")]


@pytest.mark.parametrize(
    ("text", "output"),
    [(WAVESHARE, "io"), (READER, "entry"), (LCUS, "relay"), (GPIO, "pins")],
)
def test_a_siren_hangs_on_any_output(tmp_path: Path, text: str, output: str) -> None:
    assert list(built(text + siren(output, 0), tmp_path).signals) == [SignalId("horn")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (WAVESHARE.replace("waveshare-rtu-relay-d-8ch", "nonsense"), "board io: nobody described a board 'nonsense'"),
        (WAVESHARE.replace('"modbus"\nd', '"gpio"\nd'), "is of kind modbus, not gpio"),
        (WAVESHARE + "baud = 1200", "can not be set to 1200 baud"),
        (WAVESHARE.replace('device = "modbus"', 'device = "none"'), "names no line 'none'"),
        (ADAM + door("adam"), 'no timer: should the gate die.*relock = "edge"'),
        (LCUS + door("relay", 'relock = "edge"'), "never acknowledges"),
        (LCUS + door("relay", 'relock = "edge"\ndps_input = -1\nrex_input = -1'), "never acknowledges"),
        (LCUS + READER + door("relay", 'contacts = "entry"'), 'relock = "edge"'),
        (LCUS + READER + door("relay", 'contacts = "entry"\nrelock = "edge"\ndps_input = -1'), "never acknowledges"),
        (LCUS + READER + door("relay", 'contacts = "entry"\nrelock = "edge"\nstrike_output = 1'), "has 1 outputs"),
        (WAVESHARE + door("io", "dps_input = 8"), "has 8 inputs and 9 are needed"),
        (WAVESHARE + door("io", "unlock_ms = 4000000"), "times at most 3276700 ms, not 4000000"),
        (WAVESHARE + door("io") + door("io", "strike_output = 1", "other"), "input 0 of io already serves portal door"),
        (WAVESHARE + door("io") + door("io", "dps_input = 2\nrex_input = 3", "other"), "output 0 of io already serves"),
        (WAVESHARE + door("io", "rex_input = 0"), "input 0 of io already serves portal door"),
        (SERIAL + WAVESHARE + door("exit"), "exit has no inputs"),
        (SERIAL + WAVESHARE + door("exit", 'contacts = "io"'), "exit has no outputs"),
        (SERIAL.replace('"tty"', '"modbus"') + WAVESHARE, r"exit \(serial\), io \(modbus\) would share it"),
        (SERIAL + SERIAL.replace('"exit"', '"other"'), r"exit \(serial\), other \(serial\) would share it"),
        (WAVESHARE + ADAM.replace("address = 2", "address = 1"), r"one address: \[1, 1\]"),
        (WAVESHARE + ADAM + "baud = 19200", r"different rates: \[9600, 19200\]"),
        (
            "".join(
                WAVESHARE.replace('"io"', f'"io{n}"') + f"address = {n + 1}\n" + door(f"io{n}", name=f"door{n}")
                for n in range(4)
            ),
            "4 boards with contacts would be looked at every 124 ms",
        ),
        (WAVESHARE + door("io") + siren("io", 8), "signal horn: board io .* has 8 outputs, from 0"),
        (WAVESHARE + door("io") + siren("io", 0), "signal horn: output 0 of io already serves portal door"),
        (WAVESHARE + siren("io", 3) + siren("io", 3, "bell"), "signal bell: output 3 of io already serves horn"),
        (SERIAL + siren("exit", 0), "signal horn: exit has no outputs"),
        (READER + siren("entry", 300), "horn: 300 is no output number"),
        (GPIO + siren("pins", 1) + door("pins", 'relock = "edge"\nstrike_output = 5'), r"lines \[1\] can not be"),
        (GPIO + door("pins", 'relock = "edge"'), r"lines \[0\] can not be outputs and inputs at once"),
    ],
)
def test_what_can_not_be_is_said(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(HardwareError, match=says):
        built(text, tmp_path)


def test_a_library_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("drivers.boards.modbus")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pymodbus.pdu", None)
    with pytest.raises(HardwareError, match=r"need pymodbus, .*make install"):
        built(WAVESHARE + door("io"), tmp_path)
