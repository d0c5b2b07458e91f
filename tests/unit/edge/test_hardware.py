"""Drivers for what the site file and the device file say, and words for what does not fit together."""

from pathlib import Path

import pytest

from contract.clock import SystemClock
from contract.ids import PortalId, ReaderId
from contract.site import Gate, GateDevices, parse_site
from edge.hardware import HardwareError, build
from tests.unit.edge.parts import EDGE, SITE

KEY = "0123456789abcdef1032547698badcfe"
DEVICES = GateDevices(lines={"bus": "/dev/bus", "line": "/dev/line"}, scbk={ReaderId("north-in"): KEY})


def gate(text: str = SITE) -> Gate:
    return parse_site(text).gate_of(EDGE)


def test_readers_and_portal_of_a_gate(tmp_path: Path) -> None:
    devices = build(gate(), DEVICES, SystemClock(), tmp_path)
    assert list(devices.readers) == ["north-in", "north-out"]
    assert {reader.id for reader in devices.readers.values()} == {"north-in", "north-out"}
    assert [portal.id for portal in devices.portals.values()] == [PortalId("door")]


def test_a_reader_of_a_log_has_no_device(tmp_path: Path) -> None:
    without_door = SITE.replace('kind = "osdp"', 'kind = "log"').partition("[[gate.portal]]")[0]
    devices = build(gate(without_door), DEVICES, SystemClock(), tmp_path)
    assert list(devices.readers) == ["north-out"]


@pytest.mark.parametrize(
    ("text", "devices", "says"),
    [
        (SITE, GateDevices(scbk=DEVICES.scbk), "names no line 'bus'; it has: none"),
        (SITE, GateDevices(lines=DEVICES.lines), "no secure channel key"),
        (SITE, GateDevices(lines=DEVICES.lines, scbk={ReaderId("north-in"): "xyz"}), "not hexadecimal"),
        (SITE, GateDevices(lines=DEVICES.lines, scbk={ReaderId("north-in"): "30" * 16}), "key"),
        (SITE.replace('kind = "osdp"', 'kind = "serial"'), DEVICES, "portal door: north-in has no inputs"),
        (SITE.replace('device = "bus"', 'device = "bus"\nformats = ["nonsense"]'), DEVICES, "nonsense"),
    ],
)
def test_what_does_not_fit_is_said_and_no_key_is_shown(
    text: str, devices: GateDevices, says: str, tmp_path: Path
) -> None:
    with pytest.raises(HardwareError, match=says) as told:
        build(gate(text), devices, SystemClock(), tmp_path)
    assert KEY not in str(told.value)
    assert "30" * 16 not in str(told.value)


def test_readers_on_one_line_have_one_rate(tmp_path: Path) -> None:
    second = (
        '[[gate.reader]]\nid = "r2"\nkind = "osdp"\naccess_point = "out"\ndevice = "bus"\naddress = 1\nbaud = 19200\n'
    )
    text = SITE.replace("[[gate.portal]]", second + "[[gate.portal]]")
    devices = GateDevices(lines=DEVICES.lines, scbk={ReaderId("north-in"): KEY, ReaderId("r2"): KEY[::-1]})
    with pytest.raises(HardwareError, match="different rates"):
        build(gate(text), devices, SystemClock(), tmp_path)
