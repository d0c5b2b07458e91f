"""Loops and beams of lanes at the inputs of devices: what can not be wired is refused, and told why."""

from pathlib import Path

import pytest

from contract.clock import SystemClock
from contract.ids import EdgeId
from contract.site import GateDevices, parse_site
from edge.hardware import HardwareError, build
from tests.unit.contract.test_site_lanes import BACK, LANE, SITE

READER = '[[gate.reader]]\nid = "exit"\nkind = "serial"\naccess_point = "out"\ndevice = "tty"\n'


def built(text: str, folder: Path) -> None:
    devices = GateDevices(lines={"modbus": "/dev/null", "tty": "/dev/null"})
    build(parse_site(text).gate_of(EdgeId("north")), devices, SystemClock(), folder)


def test_lanes_of_one_barrier_share_its_beam(tmp_path: Path) -> None:
    built(SITE + LANE + BACK, tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SITE + LANE.replace("presence_input = 2", "presence_input = 0"), "input 0 of io already serves portal boom"),
        (SITE + LANE + BACK.replace("input = 4", "input = 2"), "input 2 of io already serves the presence of a lane"),
        (SITE + LANE.replace("presence_input = 2", "presence_input = 9"), "has 8 inputs"),
        (SITE + READER + LANE.replace('"io"', '"exit"'), "exit has no inputs"),
    ],
)
def test_what_can_not_be_wired_is_refused(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match=words):
        built(text, tmp_path)
