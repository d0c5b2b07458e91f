"""PC/SC readers of a gate as site file, device file and PIV folder describe them."""

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from contract.clock import SystemClock
from contract.ids import EdgeId
from contract.site import Gate, GateDevices, parse_site
from edge.hardware import HardwareError
from edge.hardware.pcsc import pcsc_readers
from tests.unit.drivers.pcsc.issuer import Site
from tests.unit.edge.scene import site_text

READERS = """
reader = [
    {id = "desk", kind = "pcsc", access_point = "in", device = "one"},
    {id = "spare", kind = "pcsc", access_point = "out", device = "two", plain_uid = true},
]
portal = []
"""
DEVICES = GateDevices(lines={"one": "Reader One 00 00", "two": "Reader Two"})


def gate(rest: str = READERS) -> Gate:
    return parse_site(site_text({}, rest)).gate_of(EdgeId("north"))


def test_each_reader_is_made(tmp_path: Path) -> None:
    (tmp_path / "roots").mkdir()
    (tmp_path / "roots" / "a.pem").write_bytes(Site().root.certificate.public_bytes(Encoding.PEM))
    for piv in (None, tmp_path):
        readers = list(pcsc_readers(gate(), DEVICES, SystemClock(), piv))
        assert [reader.id for reader in readers] == ["desk", "spare"]


@pytest.mark.parametrize(
    ("devices", "piv", "says"),
    [
        (GateDevices(lines={"one": "Reader One 00 00"}), False, "names no line 'two'"),
        (GateDevices(lines=DEVICES.lines, desfire_keys={"3042f5": "0123"}), False, "'3042f5' has to be 6 and 32"),
        (DEVICES, True, "roots is no folder"),
    ],
)
def test_what_does_not_fit_is_said(devices: GateDevices, piv: bool, says: str, tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match=says):
        list(pcsc_readers(gate(), devices, SystemClock(), tmp_path if piv else None))


def test_a_gate_without_such_a_reader_loads_nothing_of_it() -> None:
    code = "import sys, edge.main; sys.exit(any(name.split('.')[0] == 'smartcard' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_the_extra_it_says_which_one_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smartcard", None)
    for name in [name for name in sys.modules if name.startswith("drivers.pcsc")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(HardwareError, match="make pcsc"):
        list(pcsc_readers(gate(), DEVICES, SystemClock(), None))
