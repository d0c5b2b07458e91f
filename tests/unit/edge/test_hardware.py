"""Drivers for what the site file and the device file say, and words for what does not fit together."""

from pathlib import Path

import pytest

from contract.clock import SystemClock
from contract.ids import PortalId, ReaderId
from contract.site import Gate, GateDevices, parse_site
from edge.hardware import HardwareError, build
from edge.hardware.retired_keys import RetiredKeys
from tests.unit.edge.parts import EDGE, SITE

KEY, OTHER_KEY = "0123456789abcdef1032547698badcfe", "9a1c03e7554b20f8d1463a7c8e9b0f62"
IN, OUT = ReaderId("north-in"), ReaderId("north-out")
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


def two_readers() -> str:
    """The gate with a second OSDP reader, on a line of its own."""
    return SITE.replace('kind = "serial"\naccess_point = "out"', 'kind = "osdp"\naccess_point = "out"')


@pytest.mark.parametrize(
    ("scbk", "scbk_next", "says"),
    [
        ({IN: KEY, OUT: KEY}, {}, "readers north-in and north-out share a key"),
        ({IN: KEY, OUT: OTHER_KEY}, {OUT: KEY}, "readers north-in and north-out share a key"),
        ({IN: KEY, OUT: OTHER_KEY}, {IN: "30" * 16}, "north-in: the key's bytes are all equal"),
        ({IN: KEY, OUT: "303132333435363738393a3b3c3d3e3f"}, {}, "north-out: this is SCBK-D"),
        ({IN: KEY, OUT: OTHER_KEY}, {IN: KEY}, "its next key is the one in force"),
    ],
)
def test_each_reader_has_a_key_of_its_own_and_a_next_one_that_is_as_good(
    scbk: dict[ReaderId, str], scbk_next: dict[ReaderId, str], says: str, tmp_path: Path
) -> None:
    devices = GateDevices(lines=DEVICES.lines, scbk=scbk, scbk_next=scbk_next)
    with pytest.raises(HardwareError, match=says):
        build(gate(two_readers()), devices, SystemClock(), tmp_path)


def test_keys_that_were_rotated_away_are_remembered_without_being_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    retired = RetiredKeys(path)
    assert not retired.has(bytes.fromhex(KEY))
    retired.retire(bytes.fromhex(KEY))
    assert RetiredKeys(path).has(bytes.fromhex(KEY))
    assert not RetiredKeys(path).has(bytes.fromhex(OTHER_KEY))
    assert KEY not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_a_disk_that_refuses_does_not_stop_the_gate_and_a_damaged_file_does(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_bytes(b"\xff")
    retired = RetiredKeys(tmp_path / "keys")
    retired._path = in_the_way / "keys"
    retired.retire(bytes.fromhex(KEY))
    assert retired.has(bytes.fromhex(KEY)), "as long as this process lives"
    with pytest.raises(HardwareError, match="would be good again"):
        RetiredKeys(in_the_way)
